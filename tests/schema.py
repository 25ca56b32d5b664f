"""Databases as older versions left them, and what a database consists of."""

import os
import re
import sqlite3
import subprocess
from collections import Counter
from contextlib import closing
from urllib.parse import urlsplit

from django.apps.registry import Apps
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from batches.management.whole_migrations import WholeExecutor
from tests.postgres import programs

# Names that the database or Django makes up: of a table that was renamed they keep the old one.
MADE_UP = re.compile(r"\bbatches_\w+?(?:_[0-9a-f]{8}(?:_fk_\w+)?|_pkey|_key|_check|_id_seq)\b")


def migrate_by_old_files(name: str) -> Apps:
    """The default database up to this one of the files that the squashed migration replaces, and the models of then."""
    return by_old_files().migrate([("batches", name)]).apps


def by_old_files() -> MigrationExecutor:
    executor = WholeExecutor(connection)
    executor.loader.replace_migrations = False
    executor.loader.build_graph()
    return executor


def definitions(url: str) -> Counter[str]:
    """Every column, constraint, index, trigger and function of the database, in whatever order it has them; all but
    the names that nobody chose.
    """
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(urlsplit(url).path)) as database:
            statements = [sql for (sql,) in database.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")]
        return Counter(MADE_UP.sub("made_up", part) for statement in statements for part in _parts(statement))
    dump = subprocess.run(
        [programs() / "pg_dump", "--schema-only", "--no-owner", url],
        capture_output=True, text=True, check=True, env=os.environ | {"PGTZ": "UTC"},
    ).stdout  # fmt: skip
    lines = [MADE_UP.sub("made_up", line.strip().rstrip(",")) for line in dump.splitlines()]
    return Counter(line for line in lines if line and not line.startswith(("--", "\\")))


def _parts(statement: str) -> list[str]:
    """A statement in pieces: its head, and what stands between the commas of its outermost brackets."""
    parts, depth = [""], 0
    for sign in statement:
        depth += (sign == "(") - (sign == ")")
        if (sign, depth) in {("(", 1), (",", 1), (")", 0)}:
            parts.append("")
        else:
            parts[-1] += sign
    return [part for text in parts if (part := " ".join(text.split()))]
