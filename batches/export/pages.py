"""Reads events in short pages, so that a slow reader holds no cursor, no lock and no transaction.

The ids of the matching events are read at the beginning, 8 bytes each; those of the first page before all others, so
that a file begins at once. Every page then reads its events with the filter again. Each event is read once, even if a
sync moves it meanwhile; an event that no longer matches is left out, and so is one that came after the first page. One
that was there, but matches only since, may be on a later page.
"""

from array import array
from collections.abc import Iterator, Sequence
from itertools import batched
from typing import Any, NamedTuple

from django.db.models import Max, QuerySet

from batches.models import Event
from batches.models.event import POSITIONS_PER_ITEM

PAGE_EVENTS = 2_000


class Page(NamedTuple):
    """Consecutive events of a batch, and the range of their sequences."""

    low: int
    high: int
    ids: array[int]


def find(events: QuerySet[Event]) -> Iterator[Page]:
    """The pages of these events in the vendor's order. All ids are read when the second page is asked for."""
    rows = events.order_by("sequence", "id").values_list("sequence", "id")
    first = list(rows[:PAGE_EVENTS])
    if len(first) < PAGE_EVENTS:
        yield from map(_page, [first] if first else [])
        return
    newest = Event.objects.using(events.db).aggregate(newest=Max("id"))["newest"]
    yield _page(first)
    read = {pk for _, pk in first}
    others = (row for row in rows.iterator(chunk_size=PAGE_EVENTS) if row[1] <= newest and row[1] not in read)
    yield from list(map(_page, batched(others, PAGE_EVENTS, strict=False)))


def _page(rows: Sequence[tuple[int, int]]) -> Page:
    return Page(rows[0][0], rows[-1][0], array("q", [pk for _, pk in rows]))


def find_repeated(events: QuerySet[Event], repeats: Sequence[tuple[int, int]]) -> Iterator[Page]:
    """Like `find`, and an item's events again at each of `repeats` (position in the list, item id), which are in
    order.
    """
    start = 0
    for position, item_id in repeats:
        end = position * POSITIONS_PER_ITEM
        yield from find(events.filter(sequence__gte=start, sequence__lt=end))
        yield from find(events.filter(item=item_id))
        start = end
    yield from find(events.filter(sequence__gte=start))


def read(events: QuerySet[Event], fields: Sequence[Any], page: Page) -> list[tuple[Any, ...]]:
    """The values of a page's events; the first field is the id. One query, or two if events have moved since."""
    ids = set(page.ids)
    matches = events.filter(sequence__range=(page.low, page.high)).order_by("sequence", "id").values_list(*fields)
    rows = [row for row in matches if row[0] in ids]
    if len(rows) < len(ids):
        moved = ids.difference([row[0] for row in rows])
        rows += events.filter(pk__in=moved).order_by("sequence", "id").values_list(*fields)
    return rows
