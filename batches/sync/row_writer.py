"""Write many rows in one go: COPY on PostgreSQL, executemany on SQLite. Both are several times faster than the ORM."""

import sqlite3
from collections.abc import Sequence
from itertools import chain
from typing import Any

from django.db import connection, models

SQLITE_VARIABLES = 30_000  # in one statement; the library's own limit is 32,766


def new_ids(model: type[models.Model], count: int) -> range | list[int]:
    """`count` unused primary keys, inside the write transaction that will insert them."""
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count]
            )
            return [row[0] for row in cursor.fetchall()]
        # The transaction is IMMEDIATE: nobody else inserts until it ends. AUTOINCREMENT never reuses a key.
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [model._meta.db_table])
        last = (cursor.fetchone() or (0,))[0]
        return range(last + 1, last + 1 + count)


def insert(model: type[models.Model], columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Insert rows given as values in the order of `columns`. No signals, no defaults: every column is named."""
    table = connection.ops.quote_name(model._meta.db_table)
    names = ", ".join(connection.ops.quote_name(column) for column in columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            return
        # Many rows a statement: SQLite lets other threads run between two statements, and a sync's other threads are
        # busy parsing; with one row a statement it would wait for its turn after each of them.
        marks = f"({', '.join(['?'] * len(columns))})"
        step = SQLITE_VARIABLES // len(columns)
        for start in range(0, len(rows), step):
            some = rows[start : start + step]
            # Past Django's cursor: its debug and %s handling costs more than the insert.
            sqlite3.Cursor.execute(
                cursor.cursor,
                f"INSERT INTO {table} ({names}) VALUES {', '.join([marks] * len(some))}",
                list(chain.from_iterable(some)),
            )


def update(model: type[models.Model], columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Update rows by primary key: values in the order of `columns`, the key last."""
    if not rows:
        return
    quote = connection.ops.quote_name
    table, key = quote(model._meta.db_table), quote(str(model._meta.pk.column))
    names = [quote(column) for column in columns]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # One statement for all of them: a round trip a row would be most of the time.
            cursor.execute(
                f"CREATE TEMPORARY TABLE coming ON COMMIT DROP AS SELECT {', '.join([*names, key])} FROM {table} LIMIT 0"
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
