"""Reads events in short pages, so that a slow reader holds no cursor, no lock and no transaction.

Each event is read once, even if a sync moves it meanwhile; an event that no longer matches is left out, and so is one
that came after the first page. One that was there, but matches only since, may be on a later page.

`follow` begins each page behind the last one, as long as no sync of the batch works, because only a sync moves events.
`find` reads the ids of all matching events at the beginning, 8 bytes each, those of the first page before all others,
so that a file begins at once; every page then reads its events with the filter again. That one long read keeps the
writers of a SQLite file waiting.
"""

from array import array
from collections.abc import Collection, Iterator, Sequence
from itertools import batched
from typing import Any, NamedTuple

from django.db.models import Max, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan

from batches.models import Batch, Event, SyncRun
from batches.models.event import POSITIONS_PER_ITEM
from batches.models.prepared import prepared, prepared_columns
from batches.models.run import UNFINISHED

PAGE_EVENTS = 2_000


class Page(NamedTuple):
    """Consecutive events of a batch, and the range of their sequences."""

    low: int
    high: int
    ids: array[int]


def follow(batch: Batch, events: QuerySet[Event], fields: Sequence[Any]) -> Iterator[list[list[Any]]]:
    """The values of these events of the batch in the vendor's order, page by page, a list for each field. The first
    field is the id, the last one the sequence.

    For events that are not filtered: each page reads on until it is full.
    """
    ordered = events.order_by("sequence", "id").values_list(*fields)

    @prepared_columns
    def behind(sequence: int, pk: int) -> QuerySet[Event, Any]:
        return ordered.filter(TupleGreaterThan(Tuple("sequence", "id"), (sequence, pk)))[:PAGE_EVENTS]

    sync = _last_sync(batch.pk, using=events.db)
    if sync and sync[0][1] in UNFINISHED:
        yield from (by_field(read(events, fields, page)) for page in find(events))
        return
    page, newest, written = behind(-1, 0), 0, array("q")
    while page[0]:
        ends = len(page[0]) < PAGE_EVENTS
        newest = newest or (max(page[0]) if ends else _newest(events))
        yield page if max(page[0]) <= newest else by_field([row for row in zip(*page, strict=True) if row[0] <= newest])
        if ends:
            return
        written.extend(page[0])
        page = behind(page[-1][-1], page[0][-1])
        if _last_sync(batch.pk, using=events.db) != sync:  # it may have moved some to or from this page
            others = _others(events, newest, set(written))
            yield from (by_field(read(events, fields, page)) for page in others)
            return


@prepared
def _last_sync(batch: int, *, using: str) -> QuerySet[SyncRun, tuple[int, str]]:
    return SyncRun.objects.using(using).filter(batch=batch).order_by("-pk").values_list("pk", "state")[:1]


def by_field(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(values) for values in zip(*rows, strict=True)]


def find(events: QuerySet[Event]) -> Iterator[Page]:
    """The pages of these events in the vendor's order. All ids are read when the second page is asked for."""
    first = list(_places(events)[:PAGE_EVENTS])
    if len(first) < PAGE_EVENTS:
        yield from map(_page, [first] if first else [])
        return
    newest = _newest(events)
    yield _page(first)
    yield from _others(events, newest, {pk for _, pk in first})


def _places(events: QuerySet[Event]) -> QuerySet[Event, tuple[int, int]]:
    return events.order_by("sequence", "id").values_list("sequence", "id")


def _newest(events: QuerySet[Event]) -> int:
    newest: int = Event.objects.using(events.db).aggregate(newest=Max("id"))["newest"]
    return newest


def _others(events: QuerySet[Event], newest: int, read: Collection[int]) -> list[Page]:
    """The pages of the events that were not read and did not come later, from one read of all ids."""
    places = _places(events).iterator(chunk_size=PAGE_EVENTS)
    others = ((sequence, pk) for sequence, pk in places if pk <= newest and pk not in read)
    return list(map(_page, batched(others, PAGE_EVENTS, strict=False)))


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
