"""Copies of a SQLite file: VACUUM INTO out, SQLite's own backup in; both see one moment, whoever writes meanwhile."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from django.db import DatabaseError, connection, connections

from batches.backup.state import problems
from batches.errors import CopyFailed

MAGIC = b"SQLite format 3\x00"
COPY = "copy"


def write(part: Path) -> list[str]:
    """Copy our database into the empty file `part`; what in the copy does not agree with its ledger."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(part)])
        _intact(part)
        with _opened(part):
            return list(problems(COPY))
    except DatabaseError as error:
        raise CopyFailed(f"SQLite could not make the copy: {error}.") from error


def put_back(copy: Path) -> None:
    """Write the copy over our database, in one transaction: a process that has it open sees all of it or none."""
    _intact(copy)
    connection.close()
    with (
        closing(sqlite3.connect(_address(copy), uri=True)) as source,
        closing(sqlite3.connect(connection.settings_dict["NAME"], timeout=20)) as ours,
    ):
        try:
            source.backup(ours)
        except sqlite3.Error as error:
            raise CopyFailed(f"SQLite could not put the copy back: {error}.") from error


def _intact(copy: Path) -> None:
    with closing(sqlite3.connect(_address(copy), uri=True)) as database:
        try:
            answer = database.execute("PRAGMA integrity_check").fetchone()[0]
        except sqlite3.DatabaseError as error:
            answer = error
    if answer != "ok":
        raise CopyFailed(f"The copy is damaged: {answer}.")


def _address(copy: Path) -> str:
    # Nobody writes to a copy: no lock, no journal beside it, and it may lie on a read-only disk.
    return f"file:{quote(str(copy.absolute()))}?mode=ro&immutable=1"


@contextmanager
def _opened(copy: Path) -> Iterator[None]:
    """Django's models can read the copy as the database COPY."""
    connections.databases[COPY] = connections.databases["default"] | {"NAME": _address(copy), "OPTIONS": {}}
    try:
        yield
    finally:
        connections[COPY].close()
        del connections[COPY], connections.databases[COPY]
