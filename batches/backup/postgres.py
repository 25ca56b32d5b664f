"""Copies a PostgreSQL database with its own programs, and checks the ledger in the dumped snapshot."""

import glob
import os
import shutil
import subprocess
from collections import Counter
from pathlib import Path

from django.db import DatabaseError, connection, transaction
from django.db.backends.postgresql.client import DatabaseClient

from batches.backup.state import SESSIONS, has_data, problems, tables
from batches.errors import CopyFailed
from batches.models import Action, Decision, Event

MAGIC = b"PGDMP"
COUNTED = {model._meta.db_table for model in (Event, Action, Decision)}
OLD_SCHEMA = "before_restore"  # has the old data while a restore runs


def write(part: Path) -> list[str]:
    """Dump our database into `part`. Returns the problems of its ledger.

    The archive is read back and must hold as many events and ledger rows as the snapshot.
    """
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SELECT pg_export_snapshot()")
            snapshot = cursor.fetchone()[0]
            left_out = (f"--exclude-table-data=public.{SESSIONS}", f"--exclude-schema={OLD_SCHEMA}")
            _run("pg_dump", "--format=custom", *left_out, f"--snapshot={snapshot}", f"--file={part}")
            counts = {table: _count(table) for table in COUNTED & tables()}
            wrong = list(problems())
    except DatabaseError as error:
        raise CopyFailed(f"PostgreSQL did not answer while it was copied: {error}.") from error
    rows = _rows(part)
    if {table: rows[table] for table in counts} != counts:
        raise CopyFailed(f"The archive is incomplete: it has {dict(rows)}, the database had {counts}.")
    return wrong


def undo_interrupted() -> None:
    """Bring back the old data if a restore was killed before the new data was complete, else remove what it left.

    The new data arrives in one transaction: either all of it is there or nothing.
    """
    if not _exists(OLD_SCHEMA):
        return
    if has_data():
        _execute(f"DROP SCHEMA {OLD_SCHEMA} CASCADE")
    else:
        _execute("DROP SCHEMA IF EXISTS public CASCADE", f"ALTER SCHEMA {OLD_SCHEMA} RENAME TO public")


def put_back(copy: Path) -> None:
    """Replace the data by the copy. The old data stays in another schema until the new data is complete."""
    _rows(copy)  # reads the whole archive, so that a damaged one is refused before anything changes
    aside = bool(tables())
    if aside:
        _execute(f"ALTER SCHEMA public RENAME TO {OLD_SCHEMA}", "CREATE SCHEMA public")
    connection.close()
    try:
        _run("pg_restore", "--no-owner", "--no-acl", "--exit-on-error", "--single-transaction", str(copy))
    except CopyFailed:
        if aside:
            _execute("DROP SCHEMA public CASCADE", f"ALTER SCHEMA {OLD_SCHEMA} RENAME TO public")
        raise
    if aside:
        _execute(f"DROP SCHEMA {OLD_SCHEMA} CASCADE")


def _exists(schema: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM information_schema.schemata WHERE schema_name = %s", [schema])
        return cursor.fetchone() is not None


def _count(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608  (our own tables)
        return int(cursor.fetchone()[0])


def _execute(*statements: str) -> None:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
    except DatabaseError as error:
        raise CopyFailed(f"PostgreSQL refused “{statements[0]}”: {str(error).strip()}.") from error


def _argv(program: str, *options: str) -> list[str]:
    paths = sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{program}"), key=lambda path: float(path.split("/")[4]))
    path = shutil.which(program) or (paths[-1] if paths else None)
    if path is None:
        raise CopyFailed(f"{program} is missing: install PostgreSQL's client programs (Debian: postgresql-client).")
    return [path, *options]


def _run(program: str, *options: str) -> None:
    """Run one of PostgreSQL's programs on our database."""
    # Django turns its settings into psql's arguments, with secrets in the environment.
    (_, *where, name), env = DatabaseClient.settings_to_cmd_args_env(connection.settings_dict, [])
    argv = _argv(program, *where, f"--dbname={name}", *options)
    result = subprocess.run(argv, env={**os.environ, **(env or {})}, capture_output=True, text=True, check=False)
    if result.returncode:
        raise CopyFailed(f"{result.stderr.strip() or f'{program} ended with {result.returncode}'}.")


def _rows(archive: Path) -> Counter[str]:
    """The number of rows by table. Reads the whole archive, and so detects an incomplete or damaged one."""
    rows: Counter[str] = Counter()
    table = ""
    argv = _argv("pg_restore", "--data-only", "--file=-", str(archive))
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        for line in process.stdout:
            if table and line != b"\\.\n":
                rows[table] += 1
            elif not table and line.startswith(b"COPY "):
                table = line.split(b" ")[1].decode().rpartition(".")[2].strip('"')
            else:
                table = ""
        message = process.stderr.read().decode(errors="replace").strip()
    if process.returncode:
        raise CopyFailed(f"The copy is damaged: {message}")
    return rows
