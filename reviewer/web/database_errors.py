"""Which errors say that the database cannot work at the moment, whatever was asked of it."""

import sqlite3

from django.db import DatabaseError, InterfaceError, OperationalError

SQLITE_CODES = frozenset({
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN,
})  # fmt: skip
READ_ONLY = "25006"  # PostgreSQL's code; its driver counts it as an internal error


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
