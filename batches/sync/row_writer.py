"""Writes many rows at once: COPY on PostgreSQL, executemany on SQLite. Both are several times faster than the ORM."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import batched, chain, islice
from typing import Any

from django.db import connection, models, transaction

SQLITE_VARIABLES = 30_000  # per statement; SQLite's own limit is 32,766
LARGEST_STATEMENT = 1_024  # rows
LITERALS = {None: "NULL", "": "''", "pending": "'pending'", 0: "0", 1: "1"}
LITERAL_TYPES = frozenset({type(None), str, int, bool})  # 0.0 is no 0
NO_VALUES: Mapping[str, Any] = {}
LINES_TOGETHER = 200
NULL = "\\N"
ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}  # the backslash first

type Ready = str | Sequence[Any]  # the values of a row: the text of COPY on PostgreSQL


def new_ids(model: type[models.Model], count: int) -> range | list[int]:
    """`count` unused primary keys. Must run in the write transaction that inserts them."""
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # The sequence is looked up once: PostgreSQL would look in its catalog again for every key.
            cursor.execute(
                "WITH keys AS MATERIALIZED (SELECT pg_get_serial_sequence(%s, 'id')::regclass AS sequence)"
                " SELECT array_agg(nextval(sequence)) FROM keys, generate_series(1, %s)",
                [table, count],
            )
            return list(cursor.fetchone()[0])
        # The transaction is IMMEDIATE, so no other one inserts until it ends. AUTOINCREMENT never reuses a key.
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [model._meta.db_table])
        last = (cursor.fetchone() or (0,))[0]
        return range(last + 1, last + 1 + count)


def commit_without_waiting() -> None:
    """Let this transaction's commit not wait for the disk. A crash of PostgreSQL's server loses such commits of the
    last second, the newest ones first, and never one that somebody else's commit, which does wait, came after.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit = off")


def count_for_plans(model: type[models.Model]) -> None:
    """Let PostgreSQL count a table that many rows were added to. It plans by what it last counted, and would look for
    some of them by reading all, each time.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {connection.ops.quote_name(model._meta.db_table)}")


@contextmanager
def by_index() -> Iterator[None]:
    """For a query of a few rows of a large table. PostgreSQL plans by what it last counted: amid a large import it
    would rather read all that has come since, again for each chunk.
    """
    if connection.vendor != "postgresql":
        yield
        return
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL jit = off")
        yield
        cursor.execute("SET LOCAL enable_seqscan TO DEFAULT; SET LOCAL jit TO DEFAULT")


def insert(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    same: Mapping[str, Any] = NO_VALUES,
) -> None:
    """Insert rows of values in the order of `columns`, and the values that are the `same` in all rows.

    No signals and no defaults: every column that cannot be empty must be named.
    """
    insert_ready(model, columns, (), ready(rows), same)


def ready(rows: Iterable[Sequence[Any]]) -> Sequence[Ready]:
    """Rows of values as `insert_ready` takes them: another thread can make them while the database works."""
    return _lines(rows) if connection.vendor == "postgresql" else [*rows]


def insert_ready(
    model: type[models.Model],
    columns: Sequence[str],
    keys: Sequence[Sequence[int]],
    rows: Sequence[Ready],
    same: Mapping[str, Any] = NO_VALUES,
) -> None:
    """`insert` rows of which only the first columns, `keys`, were not known before."""
    if not rows:
        return
    table, names = connection.ops.quote_name(model._meta.db_table), [*columns, *same]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            key_texts = (map(str, column) for column in keys)
            _copy(cursor, table, names, map("\t".join, zip(*key_texts, rows, strict=True)), same)
        else:
            _insert_in_sqlite(cursor.cursor, table, names, [*keys, *zip(*rows, strict=True), *_filled(same, rows)])


def _copy(
    cursor: Any, table: str, columns: Sequence[str], lines: Iterable[str], same: Mapping[str, Any] = NO_VALUES
) -> None:
    """Some lines at a time, so that the server works while the others are made."""
    names = ", ".join(map(connection.ops.quote_name, columns))
    end = f"\t{_lines([[*same.values()]])[0]}\n" if same else "\n"
    with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
        for some in batched(lines, LINES_TOGETHER, strict=False):
            copy.write(end.join(some) + end)


def _lines(rows: Iterable[Sequence[Any]]) -> list[str]:
    """The rows as COPY reads them, in its text format. Made a column at a time, in two thirds of the time."""
    return [*map("\t".join, zip(*map(_cells, zip(*rows, strict=True)), strict=True))]


def _cells(values: Sequence[Any]) -> Sequence[str]:
    """The values of a column."""
    kinds = set(map(type, values))
    if kinds == {str}:
        text = "".join(values)
        return [*map(_escaped, values)] if any(sign in text for sign in ESCAPES) else values
    if len(kinds) == 1:
        return [*map(CELLS.get(kinds.pop(), _cell), values)]
    return [CELLS.get(type(value), _cell)(value) for value in values]


def _escaped(cell: str) -> str:
    for sign, escaped in ESCAPES.items():
        cell = cell.replace(sign, escaped)
    return cell


def _cell(value: Any) -> str:
    if isinstance(value, str | int):  # a choice
        return _escaped(str(value))
    raise TypeError(f"{type(value).__name__} is no value of a column")


CELLS: Mapping[type, Callable[[Any], str]] = {
    type(None): lambda _: NULL, str: _escaped, bool: "ft".__getitem__, int: str, float: repr, datetime: str,
}  # fmt: skip


def _filled(same: Mapping[str, Any], rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return ([value] * len(rows) for value in same.values())


def _insert_in_sqlite(
    cursor: sqlite3.Cursor, table: str, names: Sequence[str], columns: Sequence[Sequence[Any]]
) -> None:
    """Insert columns of values.

    Many rows per statement: between two statements SQLite releases the GIL to busy threads, and would have to wait for
    it again after every row, and its word index would write what it has. A value that all rows share stands in the
    statement: binding values takes longer than storing them. Few lengths of statements, so that they stay prepared.
    """
    literals = {name: _literal(values) for name, values in zip(names, columns, strict=True)}
    bound = [values for name, values in zip(names, columns, strict=True) if literals[name] is None]
    marks = f"({', '.join('?' if literal is None else literal for literal in literals.values())})"
    into = f"INSERT INTO {table} ({', '.join(map(connection.ops.quote_name, names))}) VALUES "
    values, count, width = chain.from_iterable(zip(*bound, strict=True)), len(columns[0]), len(bound)
    step = LARGEST_STATEMENT
    while count:
        while step > count or step * width > SQLITE_VARIABLES:
            step //= 2
        # Bypasses Django's cursor, whose debug and %s handling costs more than the insert.
        sqlite3.Cursor.execute(cursor, into + ", ".join([marks] * step), list(islice(values, step * width)))
        count -= step


def _literal(values: Sequence[Any]) -> str | None:
    """The SQL text of the value that all of these are, if it is a short one."""
    literal = LITERALS.get(values[0]) if type(values[0]) in LITERAL_TYPES else None
    return literal if literal is not None and values.count(values[0]) == len(values) else None


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
            _copy(cursor, "coming", [*columns, str(model._meta.pk.column)], _lines(rows))
            sets = ", ".join(f"{name} = coming.{name}" for name in names)
            cursor.execute(
                f"UPDATE {table} SET {sets} FROM coming WHERE {table}.{key} = coming.{key}; DROP TABLE coming"
            )
        else:
            sets = ", ".join(f"{name} = %s" for name in names)
            cursor.executemany(f"UPDATE {table} SET {sets} WHERE {key} = %s", rows)
