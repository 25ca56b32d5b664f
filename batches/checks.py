"""Start-up checks for settings that would lose data or fail later."""

import sqlite3
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from batches.models.fields import cipher

WAL_FIXED = "3.51.3, or the 3.50.7 / 3.44.6 backports"


@register(Tags.database)
def sqlite_journal(**kwargs: Any) -> list[CheckMessage]:
    """WAL with a library that has the WAL-reset bug can lose commits; the rollback journal cannot."""
    if connection.vendor != "sqlite":
        return []
    version = sqlite3.sqlite_version
    with connection.cursor() as cursor:
        mode = cursor.execute("PRAGMA journal_mode").fetchone()[0]
    if mode == "wal" and not settings.SQLITE_WAL_SAFE:
        return [
            Error(
                f"The database file is in WAL mode and SQLite {version} can lose commits in it.",
                hint=f"Use SQLite {WAL_FIXED}, or PRAGMA journal_mode=DELETE, or PostgreSQL.",
                id="batches.E001",
            )
        ]
    if not settings.SQLITE_WAL_SAFE:
        return [
            Info(
                f"SQLite {version}: rollback journal instead of WAL.",
                hint=f"Readers and writers take turns. WAL is used from SQLite {WAL_FIXED} on.",
                id="batches.I001",
            )
        ]
    return []


@register(Tags.security)
def credentials_keys(**kwargs: Any) -> list[CheckMessage]:
    """A malformed key would stop the first page that reads a connection."""
    try:
        cipher()
    except ImproperlyConfigured as error:
        return [Error(str(error), id="batches.E002")]
    return []
