"""Preparing a host: two that start together do it one after the other."""

from threading import Event as Signal
from threading import Thread

import pytest
from django.db import connection

from batches.management.prepare import one_host_at_a_time


@pytest.mark.skipif(connection.vendor == "sqlite", reason="a SQLite database has one host")
@pytest.mark.django_db(transaction=True)
def test_a_second_host_waits_until_the_first_is_prepared() -> None:
    entered, order = Signal(), []

    def second_host() -> None:
        entered.set()
        with one_host_at_a_time():
            order.append("second")
        connection.close()

    thread = Thread(target=second_host)
    with one_host_at_a_time():
        thread.start()
        entered.wait(5)
        thread.join(0.2)
        order.append("first")
    thread.join(5)
    assert order == ["first", "second"]
