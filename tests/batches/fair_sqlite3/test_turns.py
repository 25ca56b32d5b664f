"""Turns at the write lock of a SQLite file, on files of these tests' own."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import pytest
from django.db import OperationalError
from django.db.utils import ConnectionHandler
from pytest_django import DjangoDbBlocker

from batches.database_errors import is_unavailable
from batches.fair_sqlite3.base import FILE_IS_THERE, DatabaseWrapper
from batches.fair_sqlite3.turns import Turns

HOLD = """
import sys, time
from batches.fair_sqlite3.turns import Turns
print(Turns(sys.argv[1]).take(5), flush=True)
time.sleep(60)
"""


@pytest.fixture
def connect(tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[Callable[[], DatabaseWrapper]]:
    """Makes connections to a file of the test's own, which wait a fifth of a second."""
    opened: list[DatabaseWrapper] = []

    def make() -> DatabaseWrapper:
        options = {"timeout": 0.2, "transaction_mode": "IMMEDIATE"}
        settings = {"ENGINE": "batches.fair_sqlite3", "NAME": tmp_path / "turns.sqlite3", "OPTIONS": options}
        made = ConnectionHandler({"default": settings})["default"]
        assert isinstance(made, DatabaseWrapper)
        made.inc_thread_sharing()
        opened.append(made)
        return made

    with django_db_blocker.unblock():
        yield make
        for connection in opened:
            connection.close()


def begin(connection: DatabaseWrapper) -> None:
    connection.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)


def test_the_turn_ends_with_the_transaction(connect: Callable[[], DatabaseWrapper]) -> None:
    first, other = connect(), connect()
    for end in (first.commit, first.rollback, first.close):
        begin(first)
        with pytest.raises(OperationalError, match="database is locked"):
            begin(other)
        end()
        begin(other)
        other.rollback()
        first.close()
        other.close()


def test_reading_needs_no_turn(connect: Callable[[], DatabaseWrapper]) -> None:
    first, other = connect(), connect()
    begin(first)
    with other.cursor() as cursor:
        assert cursor.execute("SELECT 1").fetchone() == (1,)


def test_the_waiting_writer_gets_the_next_turn(tmp_path: Path) -> None:
    turns, order = Turns(str(tmp_path / "turn")), []
    assert turns.take(1)

    def wait() -> None:
        assert turns.take(5)
        order.append("waiting")
        turns.give_back()

    thread = Thread(target=wait, daemon=True)
    thread.start()
    order.append("first")
    turns.give_back()
    thread.join()
    assert order == ["first", "waiting"]


def test_the_turn_of_a_killed_process_is_free(tmp_path: Path) -> None:
    path = str(tmp_path / "turn")
    with subprocess.Popen([sys.executable, "-c", HOLD, path], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "True\n"
        turns = Turns(path)
        assert not turns.take(0.01)
        process.kill()
        assert turns.take(5)
        turns.give_back()


def test_where_no_file_can_be_made_sqlite_decides_alone(tmp_path: Path) -> None:
    turns = Turns(str(tmp_path / "missing" / "turn"))
    assert turns.take(0)
    turns.give_back()


@pytest.mark.case("K05")
def test_a_file_that_went_away_is_missed_and_not_begun_anew(
    connect: Callable[[], DatabaseWrapper], tmp_path: Path
) -> None:
    """An empty database in its place would serve 500, and go on doing so when the file is back."""
    serving, path = connect(), tmp_path / "turns.sqlite3"
    serving.settings_dict[FILE_IS_THERE] = True
    with pytest.raises(OperationalError) as error:
        serving.ensure_connection()
    assert is_unavailable(error.value)
    assert not path.exists()
    path.touch()
    serving.ensure_connection()
