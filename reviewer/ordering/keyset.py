"""Keyset paging: a page is read from where the last one ended, so that page 4,000 costs what page 1 does."""

import base64
import binascii
import json
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, TypeVar

from django.core.exceptions import BadRequest
from django.db.models import F, Model, OrderBy, Q, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan
from django.http import QueryDict
from django.utils.functional import Promise

from batches.models import Batch
from batches.models.unindexed import UnindexedNumber

Row = TypeVar("Row", bound=Model)


class BadCursor(ValueError):
    """The text is not a cursor of ours."""


@dataclass(frozen=True, slots=True)
class Sort:
    """An order with an index behind it. The last field is unique; rows without the first one come last."""

    label: str | Promise
    fields: tuple[str, ...]
    descending: bool = False
    nullable: bool = False
    by_text: bool = False  # the first field is a text
    at_once: bool = False  # so few rows are asked for that all of them are sorted

    @property
    def columns(self) -> tuple[str, ...]:
        """What `cursor` reads of a row."""
        return self.fields

    def cursor(self, row: Model) -> str:
        """Opaque text that means: after this row."""
        return self._text([getattr(row, name) for name in self.fields])

    def _text(self, values: list[Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(values, separators=(",", ":")).encode()).decode().rstrip("=")

    def values(self, cursor: str) -> list[Any]:
        """The sort values in a cursor. Raises BadCursor."""
        try:
            values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        except (ValueError, binascii.Error, RecursionError) as error:
            raise BadCursor("not a cursor of this list") from error
        if not (isinstance(values, list) and len(values) == len(self.fields) and self._fits(values)):
            raise BadCursor("not a cursor of this list")
        return values

    def of(self, batch: Batch, categories: Collection[str] = (), *, at_once: bool = False) -> "Sort":
        """This order in this batch. `categories`: those that the events have at most, if that is known. `at_once`: so
        few events are asked for that all of them are sorted sooner than they are found in the order.
        """
        return replace(self, at_once=True) if at_once else self

    def after(self, rows: QuerySet[Row], values: list[Any] | None, size: int) -> list[Row]:
        """At most `size` rows behind the position, in order; from the beginning without one.

        One or two short queries.
        """
        return self._read(rows, values, size, forward=True)

    def before(self, rows: QuerySet[Row], values: list[Any], size: int) -> list[Row]:
        """The `size` rows in front of the position, nearest last."""
        return self._read(rows, values, size, forward=False)[::-1]

    def rows_before(self, rows: QuerySet[Row], values: list[Any]) -> QuerySet[Row]:
        """All rows in front of the position, to be counted."""
        if not self.nullable:
            return self._span(rows, self.fields, values, forward=False)
        first = self.fields[0]
        given, missing = Q(**{f"{first}__isnull": False}), Q(**{f"{first}__isnull": True})
        if values[0] is None:
            return rows.filter(given | missing & Q(**{f"{self.fields[1]}__{self._sign(False)}": values[1]}))
        return self._span(rows.filter(given), self.fields, values, forward=False)

    def _fits(self, values: list[Any]) -> bool:
        if None in values[1:] or (values[0] is None and not self.nullable):
            return False
        positions = values[1:] if self.by_text else values
        return all(map(_is_position, positions)) and (not self.by_text or is_text(values[0]))

    def _sign(self, forward: bool) -> str:
        return "lt" if self.descending is forward else "gt"

    def _read(self, rows: QuerySet[Row], values: list[Any] | None, size: int, *, forward: bool) -> list[Row]:
        if not self.nullable:
            return _found(rows, self._span(rows, self.fields, values, forward)[:size])
        first = self.fields[0]
        given = (rows.filter(**{f"{first}__isnull": False}), self.fields)
        missing = (rows.filter(**{f"{first}__isnull": True}), self.fields[1:])
        spans = [given, missing] if forward else [missing, given]
        inside = None if values is None else missing if values[0] is None else given
        page_rows: list[Row] = []
        for span in spans[spans.index(inside) if inside else 0 :]:
            position = values[-len(span[1]) :] if values and span is inside else None
            page_rows += _found(rows, self._span(*span, position, forward)[: size - len(page_rows)])
            if len(page_rows) == size:
                break
        return page_rows

    def _span(
        self, rows: QuerySet[Row], fields: tuple[str, ...], values: list[Any] | None, forward: bool
    ) -> QuerySet[Row]:
        descending = self.descending is forward
        if values and len(fields) > 1:
            lookup = TupleLessThan if descending else TupleGreaterThan
            rows = rows.filter(lookup(Tuple(*map(F, fields)), values))
        elif values:
            rows = rows.filter(**{f"{fields[0]}__{self._sign(forward)}": values[0]})
        order: list[Any] = [f"-{name}" if descending else name for name in fields]
        if self.at_once:
            order[0] = OrderBy(UnindexedNumber(fields[0]), descending=descending)
        return rows.order_by(*order)


def _found[M: Model](rows: QuerySet[M], page_rows: QuerySet[M]) -> list[M]:
    """These of the rows, found before anything of other tables is read: databases plan the joins for all rows."""
    if not rows.query.select_related or rows.query.annotations:
        return list(page_rows)
    whole = rows.order_by(*page_rows.query.order_by)
    whole.query.clear_where()
    return list(whole.filter(pk__in=page_rows.select_related(None).values("pk")))


def in_turn[M: Model](rows: QuerySet[M], keys: list[int]) -> list[M]:
    """These of the rows, in this order."""
    if not keys:
        return []
    whole = rows.order_by()
    if not rows.query.annotations:  # the rows with these keys were found: to look for them again may take long
        whole.query.clear_where()
    by_key = {row.pk: row for row in whole.filter(pk__in=keys)}
    return [by_key[key] for key in keys if key in by_key]


def is_text(value: Any) -> bool:
    """Whether databases take it: no other type, no null character, and no half of a surrogate pair."""
    try:
        return isinstance(value, str) and "\0" not in value and bool(value.encode() or True)
    except UnicodeEncodeError:
        return False


def _is_position(value: Any) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 2**63)


class Page[M: Model](NamedTuple):
    """`more`: the cursor of the next page; empty on the last one."""

    rows: list[M]
    more: str


def page[M: Model](query: QueryDict, sort: Sort, rows: QuerySet[M], size: int) -> Page[M]:
    """The page of these rows that `after=` of the query names, the first without it. Raises BadRequest."""
    return cut(sort, sort.after(rows, read_position(sort, query.get("after", "")), size + 1), size)


class PageBetween[M: Model](NamedTuple):
    """`more`: the cursor of the next page; `before`: that of the page in front. Empty where there is none."""

    rows: list[M]
    more: str
    before: str


def page_both_ways[M: Model](query: QueryDict, sort: Sort, rows: QuerySet[M], size: int) -> PageBetween[M]:
    """Like `page`, and the page in front of the row that `before=` names. Raises BadRequest."""
    position = read_position(sort, query.get("before", ""), "before")
    nearest = sort.before(rows, position, size + 1) if position else []
    if not nearest:
        page_rows, more = page(query, sort, rows, size)
        return PageBetween(page_rows, more, sort.cursor(page_rows[0]) if page_rows and query.get("after") else "")
    shown = nearest[-size:]
    return PageBetween(shown, sort.cursor(shown[-1]), sort.cursor(shown[0]) if len(nearest) > size else "")


def cut[M: Model](sort: Sort, rows: list[M], size: int) -> Page[M]:
    """The page that begins with these rows, of which one more than `size` was read."""
    return Page(rows[:size], sort.cursor(rows[size - 1]) if len(rows) > size else "")


def read_position(sort: Sort, text: str, name: str = "after") -> list[Any] | None:
    """The position that the parameter names; None for the beginning. Raises BadRequest."""
    try:
        return sort.values(text) if text else None
    except BadCursor as error:
        raise BadRequest(f"{name}: {error}.") from error
