"""Preparing a host: two that start together do it one after the other."""

from collections.abc import Callable
from threading import Event as Signal
from threading import Thread

import pytest
from django.core.management import call_command
from django.db import connection

from batches.management.prepare import one_host_at_a_time, prepare


@pytest.mark.skipif(connection.vendor == "sqlite", reason="a SQLite database has one host")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("prepares", [prepare, lambda: call_command("migrate", check_unapplied=True, verbosity=0)])
def test_a_second_host_waits_until_the_first_is_prepared(prepares: Callable[[], object]) -> None:
    entered, order = Signal(), []

    def second_host() -> None:
        entered.set()
        prepares()
        order.append("second")
        connection.close()

    thread = Thread(target=second_host, daemon=True)
    with one_host_at_a_time():
        thread.start()
        entered.wait(5)
        thread.join(0.2)
        order.append("first")
    thread.join(20)
    assert order == ["first", "second"]
