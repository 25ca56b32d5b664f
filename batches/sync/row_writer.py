"""Writes many rows at once: COPY on PostgreSQL, executemany on SQLite. Both are several times faster than the ORM."""

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime
from itertools import chain
from typing import Any

from django.db import connection, models

SQLITE_VARIABLES = 30_000  # per statement; SQLite's own limit is 32,766


def new_ids(model: type[models.Model], count: int) -> range | list[int]:
    """`count` unused primary keys. Must run in the write transaction that inserts them."""
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count]
            )
            return [row[0] for row in cursor.fetchall()]
        # The transaction is IMMEDIATE, so no other one inserts until it ends. AUTOINCREMENT never reuses a key.
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [model._meta.db_table])
        last = (cursor.fetchone() or (0,))[0]
        return range(last + 1, last + 1 + count)


def insert(model: type[models.Model], columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Insert rows of values in the order of `columns`. No signals and no defaults: every column must be named."""
    table = connection.ops.quote_name(model._meta.db_table)
    names = ", ".join(connection.ops.quote_name(column) for column in columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            return
        # Many rows per statement: between two statements SQLite releases the GIL to a sync's busy parser threads, and
        # would have to wait for it again after every row.
        marks = f"({', '.join(['?'] * len(columns))})"
        step = SQLITE_VARIABLES // len(columns)
        for start in range(0, len(rows), step):
            chunk = rows[start : start + step]
            # Bypasses Django's cursor, whose debug and %s handling costs more than the insert.
            sqlite3.Cursor.execute(
                cursor.cursor,
                f"INSERT INTO {table} ({names}) VALUES {', '.join([marks] * len(chunk))}",
                list(chain.from_iterable(chunk)),
            )


def plain(value: Any) -> Any:
    """A value as the database's driver accepts it in raw SQL."""
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return json.dumps(value) if isinstance(value, list) else value


def update(model: type[models.Model], columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Update rows by primary key: values in the order of `columns`, the key last."""
    if not rows:
        return
    quote = connection.ops.quote_name
    table, key = quote(model._meta.db_table), quote(str(model._meta.pk.column))
    names = [quote(column) for column in columns]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # One statement for all rows: a round trip for each row would take most of the time.
            cursor.execute(
                f"CREATE TEMPORARY TABLE coming ON COMMIT DROP AS SELECT {', '.join([*names, key])} FROM {table}"
                " LIMIT 0"
            )
            with cursor.copy("COPY coming FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            sets = ", ".join(f"{name} = coming.{name}" for name in names)
            cursor.execute(f"UPDATE {table} SET {sets} FROM coming WHERE {table}.{key} = coming.{key}")
            cursor.execute("DROP TABLE coming")
        else:
            sets = ", ".join(f"{name} = %s" for name in names)
            cursor.executemany(f"UPDATE {table} SET {sets} WHERE {key} = %s", rows)
