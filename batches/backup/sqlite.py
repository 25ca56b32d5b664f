"""Copies a SQLite file with VACUUM INTO and restores it with SQLite's backup. Both are consistent during writes."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from django.db import DatabaseError, connection, connections

from batches.backup.state import SESSIONS, problems
from batches.errors import CopyFailed

MAGIC = b"SQLite format 3\x00"
COPY = "copy"


def write(part: Path) -> list[str]:
    """Copy our database into the empty file `part`. Returns the problems of the copy's ledger."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(part)])
        _forget_sessions(part)
        _intact(part)
        with _opened(part):
            return list(problems(COPY))
    except (DatabaseError, sqlite3.Error) as error:
        raise CopyFailed(f"SQLite could not create the copy: {error}.") from error


def undo_interrupted() -> None:
    """Nothing to do: SQLite itself rolls back what a killed process has begun."""


def put_back(copy: Path) -> None:
    """Replace our database by the copy in one transaction, so that other processes see all of it or nothing."""
    _intact(copy)
    connection.close()
    with (
        closing(sqlite3.connect(_address(copy), uri=True)) as source,
        closing(sqlite3.connect(connection.settings_dict["NAME"], timeout=20)) as database,
    ):
        try:
            source.backup(database)
        except sqlite3.Error as error:
            raise CopyFailed(f"SQLite could not restore the copy: {error}.") from error


def _forget_sessions(copy: Path) -> None:
    """Delete the sessions from the copy, so that it signs nobody in, and overwrite their pages."""
    with closing(sqlite3.connect(copy)) as database:
        database.execute("PRAGMA secure_delete=ON")
        if database.execute("SELECT 1 FROM sqlite_master WHERE name = ?", [SESSIONS]).fetchone():
            database.execute(f"DELETE FROM {SESSIONS}")  # noqa: S608  (Django's own table)
        database.commit()


def _intact(copy: Path) -> None:
    with closing(sqlite3.connect(_address(copy), uri=True)) as database:
        try:
            answer = database.execute("PRAGMA integrity_check").fetchone()[0]
        except sqlite3.DatabaseError as error:
            answer = error
    if answer != "ok":
        raise CopyFailed(f"The copy is damaged: {answer}.")


def _address(copy: Path) -> str:
    # Immutable: needs no lock and no journal file, so the copy may be on a read-only disk.
    return f"file:{quote(str(copy.absolute()))}?mode=ro&immutable=1"


@contextmanager
def _opened(copy: Path) -> Iterator[None]:
    """Open the copy for Django's models as the database COPY."""
    connections.databases[COPY] = connections.databases["default"] | {"NAME": _address(copy), "OPTIONS": {}}
    try:
        yield
    finally:
        connections[COPY].close()
        del connections[COPY], connections.databases[COPY]
