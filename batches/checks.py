"""Start-up checks for settings that would lose data or fail later."""

import os
import shutil
import sqlite3
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from batches.backup.postgres import OLD_SCHEMA
from batches.models.fields import cipher

WAL_FIXED = "3.51.3, or the 3.50.7 / 3.44.6 backports"
NETWORK_FILE_SYSTEMS = {
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "9p",
    "afs",
    "ceph",
    "glusterfs",
    "lustre",
    "gpfs",
    "ocfs2",
}
READ_ONLY_PARAMETERS = ("default_transaction_read_only", "in_hot_standby")
DISK_TOO_FULL = 200_000_000  # bytes free
MOUNTS = Path("/proc/self/mounts")


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


@register()
def sqlite_file_system(**kwargs: Any) -> list[CheckMessage]:
    """Locks of SQLite do not hold on network file systems, where two writers damage the file."""
    path = sqlite_folder()
    kind = file_system(path) if path else ""
    if kind not in NETWORK_FILE_SYSTEMS and not kind.startswith("fuse."):
        return []
    return [
        Error(
            f"The SQLite database is in {path}, on a network file system ({kind}), where it can be damaged.",
            hint="Move it to a local disk, or use PostgreSQL.",
            id="batches.E003",
        )
    ]


@register()
def sqlite_writable(**kwargs: Any) -> list[CheckMessage]:
    """Pages can still be read from such a file, so the server starts."""
    refused = unwritable_path()
    if refused is None:
        return []
    return [
        Warning(
            f"The database is read-only: {refused} cannot be written, so nobody can sign in or decide.",
            hint="Give it to the user that runs the server, on a disk that is not mounted read-only.",
            id="batches.W002",
        )
    ]


@register()
def disk_space(**kwargs: Any) -> list[CheckMessage]:
    """A full disk stops every write."""
    return [
        Warning(f"{path} has {free / 1e6:.0f} MB left.", hint="Free at least 200 MB.", id="batches.W001")
        for path, free in free_bytes().items()
        if free < DISK_TOO_FULL
    ]


@register(Tags.database)
def interrupted_restore(**kwargs: Any) -> list[CheckMessage]:
    """The data stands in another schema; new tables must not take its place."""
    if connection.vendor != "postgresql" or connection.introspection.table_names():
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM information_schema.schemata WHERE schema_name = %s", [OLD_SCHEMA])
        if cursor.fetchone() is None:
            return []
    return [Error("A restore was interrupted.", hint="Run `restore` again.", id="batches.E004")]


def sqlite_folder() -> Path | None:
    """The folder of the database file; None on PostgreSQL and in memory."""
    name = str(connection.settings_dict["NAME"])
    return Path(name).absolute().parent if connection.vendor == "sqlite" and name.startswith("/") else None


def unwritable_path() -> Path | None:
    """The database file of SQLite, or its folder, where the journal is made, if it cannot be written."""
    folder = sqlite_folder()
    paths = [folder, Path(connection.settings_dict["NAME"])] if folder else []
    return next((path for path in paths if path.exists() and not os.access(path, os.W_OK)), None)


def is_read_only() -> bool:
    """Whether the database says so before it is asked to write: costs no query."""
    if connection.vendor == "sqlite":
        return unwritable_path() is not None
    server = getattr(connection.connection, "info", None)  # PostgreSQL tells every client of changes
    return server is not None and any(server.parameter_status(name) == "on" for name in READ_ONLY_PARAMETERS)


def file_system(path: Path) -> str:
    """The kind of file system that holds a folder; empty where the system does not say."""
    try:
        mounts = [line.split() for line in MOUNTS.read_text().splitlines()]
    except OSError:
        return ""
    inside = [(len(point), kind) for _, point, kind, *_ in mounts if path.is_relative_to(point)]
    return max(inside, default=(0, ""))[1]


def free_bytes() -> dict[Path, int]:
    """The free space where the product writes, by folder."""
    wanted = [Path(settings.MEDIA_URL_ROOT), Path(settings.EXPORTS_ROOT), sqlite_folder()]
    existing = {next(folder for folder in (path, *path.parents) if folder.exists()) for path in wanted if path}
    return {folder: shutil.disk_usage(folder).free for folder in existing}
