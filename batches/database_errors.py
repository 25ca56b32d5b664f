"""Which errors say that the database cannot work at the moment, whatever was asked of it, and what goes on then."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError, InterfaceError, OperationalError, connection

SQLITE_CODES = frozenset({
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN,
})  # fmt: skip
READ_ONLY = "25006"  # PostgreSQL's code; its driver counts it as an internal error
DISK_FULL = "53100"
# Reading may go on; what others hold locked is not waited for again and again.
UNWRITABLE = frozenset({sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN})


def is_unavailable(error: BaseException | None) -> bool:
    """Whether an error, or one that led to it, says that the database cannot work at the moment."""
    while error is not None:
        if isinstance(error, DatabaseError | InterfaceError) and _is_temporary(error):
            return True
        error = error.__cause__ or error.__context__
    return False


def _is_temporary(error: DatabaseError | InterfaceError) -> bool:
    cause = error.__cause__
    if isinstance(cause, sqlite3.Error):
        return getattr(cause, "sqlite_errorcode", 0) & 0xFF in SQLITE_CODES
    return isinstance(error, OperationalError | InterfaceError) or getattr(cause, "sqlstate", None) == READ_ONLY


@contextmanager
def best_effort() -> Iterator[None]:
    """For a note that reading leaves behind, such as when a token was last used: left out if nothing can be written.

    Not within a transaction, which would not go on after the error.
    """
    try:
        yield
    except (DatabaseError, InterfaceError) as error:
        if connection.in_atomic_block or not refuses_writes(error):
            raise


def refuses_writes(error: BaseException | None) -> bool:
    """Whether an error, or one that led to it, says that the database is read-only or full."""
    while error is not None:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in UNWRITABLE or getattr(error, "sqlstate", None) in (READ_ONLY, DISK_FULL):
            return True
        error = error.__cause__ or error.__context__
    return False
