"""Queries whose SQL is built once in a process.

Django builds the SQL of a query anew each time, which takes several times as long as running it. A prepared query is
built with stand-ins for its values; each call puts its own values in their place.
"""

from collections.abc import Callable, Iterator
from copy import copy
from datetime import UTC, datetime, timedelta
from functools import wraps
from itertools import batched
from typing import Any
from uuid import UUID

from django.db import connections
from django.db.models import Model, QuerySet
from django.db.models.sql.compiler import SQLCompiler
from django.db.models.sql.constants import CURSOR

type Key = tuple[Any, ...]

FIRST_NUMBER = 2_000_000_011  # in the range of every column of numbers
TOO_LARGE = 2**63  # for any column
FIRST_MOMENT = datetime(1987, 6, 5, 4, 3, 2, 101, tzinfo=UTC)
CHUNK = 100  # rows that exist at a time while columns are read: few enough that no collection of garbage visits them


def prepared[M: Model, Row](build: Callable[..., QuerySet[M, Row]]) -> Callable[..., list[Row]]:
    """Make `build` a function that runs its query and returns the rows.

    The positional arguments are the query's values: numbers, texts, moments and UUIDs, and never None. `build` may only
    compare columns with them. What changes the query itself is named, and is hashable.
    """
    return _prepared(build, list)


def prepared_columns[M: Model](build: Callable[..., QuerySet[M, Any]]) -> Callable[..., list[list[Any]]]:
    """As `prepared`, for a query by `values_list`, whose columns are returned: of many rows, in less time."""
    return _prepared(build, _columns)


def _prepared(build: Callable[..., QuerySet[Any, Any]], read: Callable[[Any], Any]) -> Callable[..., Any]:
    queries: dict[Key, _Prepared] = {}

    @wraps(build)
    def rows(*values: int | str | datetime | UUID, **shape: Any) -> Any:
        if any(isinstance(value, int) and abs(value) >= TOO_LARGE for value in values):
            return read(build(*values, **shape))  # Django knows which rows these can match; a database refuses them
        key = (*map(type, values), *sorted(shape.items()))
        query = queries.get(key)
        if query is None:
            query = queries[key] = _Prepared(build, values, shape)
        return read(query.run(values))

    return rows


def _columns(queryset: "QuerySet[Any, Any] | _Run") -> list[list[Any]]:
    compiler = queryset.query.get_compiler(queryset.db)
    with compiler.execute_sql(CURSOR) as cursor:
        rows = compiler.results_iter(iter(lambda: cursor.fetchmany(CHUNK), []))
        columns: list[list[Any]] = [[] for _ in cursor.description]
        for chunk in batched(rows, CHUNK, strict=False):
            for column, values in zip(columns, zip(*chunk, strict=True), strict=True):
                column.extend(values)
    return columns


class _Prepared:
    """One query. It stands in for the QuerySet where Django makes objects of rows."""

    def __init__(self, build: Callable[..., QuerySet[Any, Any]], values: tuple[Any, ...], shape: dict[str, Any]):
        stand_ins = [_stand_in(value, number) for number, value in enumerate(values)]
        queryset: Any = build(*stand_ins, **shape)
        assert not queryset._prefetch_related_lookups, "a prepared query prefetches nothing"
        self.db, self.model = queryset.db, queryset.model
        self._fetch_mode, self._known_related_objects = queryset._fetch_mode, queryset._known_related_objects
        self._iterable, self._fields = queryset._iterable_class, queryset._fields
        self.compiler: SQLCompiler = queryset.query.get_compiler(self.db)
        self.sql, parameters = self.compiler.as_sql()
        del self.compiler.connection  # that of this thread, which may end
        adapted = [_adapted(value, self.db) for value in stand_ins]
        assert all(value in parameters for value in adapted), "each value is compared with a column"
        # The value that a parameter stands for, or else the parameter itself.
        self.parameters = [
            (adapted.index(parameter), None) if parameter in adapted else (None, parameter) for parameter in parameters
        ]

    def run(self, values: tuple[Any, ...]) -> "_Run":
        adapted = [_adapted(value, self.db) for value in values]
        return _Run(self, tuple(fixed if index is None else adapted[index] for index, fixed in self.parameters))


class _Run:
    """One run of a prepared query, with what Django asks of a QuerySet and of its `query`."""

    def __init__(self, prepared: _Prepared, parameters: tuple[Any, ...]) -> None:
        self.prepared, self.parameters, self.query = prepared, parameters, self
        self.db, self.model, self._fields = prepared.db, prepared.model, prepared._fields
        self._fetch_mode, self._known_related_objects = prepared._fetch_mode, prepared._known_related_objects

    def __iter__(self) -> Iterator[Any]:
        return iter(self.prepared._iterable(self))

    def get_compiler(self, using: str) -> SQLCompiler:
        compiler = copy(self.prepared.compiler)
        compiler.connection = connections[using]  # that of this thread
        compiler.as_sql = lambda *args, **kwargs: (self.prepared.sql, self.parameters)  # type: ignore[method-assign]
        return compiler


def _stand_in(value: Any, number: int) -> Any:
    if isinstance(value, datetime):
        return FIRST_MOMENT + timedelta(microseconds=number)
    if type(value) is int:
        return FIRST_NUMBER + number
    if type(value) is str:
        return f"stand-in {number}"
    if type(value) is UUID:
        return UUID(int=FIRST_NUMBER + number)
    raise TypeError(f"{value!r} cannot be a value of a prepared query.")


def _adapted(value: Any, using: str) -> Any:
    if isinstance(value, datetime):
        return connections[using].ops.adapt_datetimefield_value(value)
    if isinstance(value, UUID):
        return value if connections[using].features.has_native_uuid_field else value.hex
    return value
