"""Reads events in short pages: a slow reader holds no cursor, no lock and no transaction.

What is read is fixed when the reading begins: the numbers of the events that match then, 8 bytes each. Every page reads
its events anew, with the filter once more. So each event comes once however a sync moves it meanwhile, none is lost to
a shifted place, and one that stopped matching is left out.
"""

from array import array
from collections.abc import Iterator, Sequence
from itertools import batched
from typing import Any, NamedTuple

from django.db.models import QuerySet

from batches.models import Event
from batches.models.event import POSITIONS_PER_ITEM

SIZE = 1_000  # events a page


class Page(NamedTuple):
    """Some events that follow each other, and between which places of the batch they stood."""

    low: int
    high: int
    ids: array[int]


def find(events: QuerySet[Event]) -> Iterator[Page]:
    """The pages of these events in the vendor's order."""
    places = events.order_by("sequence", "id").values_list("sequence", "id")
    for some in batched(places.iterator(chunk_size=SIZE), SIZE, strict=False):
        yield Page(some[0][0], some[-1][0], array("q", [pk for _, pk in some]))


def find_repeated(events: QuerySet[Event], repeats: Sequence[tuple[int, int]]) -> Iterator[Page]:
    """As `find`, and the events of an item again at each further place (place in the list, item id; in order)."""
    start = 0
    for place, item_id in repeats:
        end = place * POSITIONS_PER_ITEM
        yield from find(events.filter(sequence__gte=start, sequence__lt=end))
        yield from find(events.filter(item=item_id))
        start = end
    yield from find(events.filter(sequence__gte=start))


def read(events: QuerySet[Event], fields: Sequence[Any], page: Page) -> list[tuple[Any, ...]]:
    """The values of a page's events; the first field is the id. One query, two where something moved since."""
    wanted = set(page.ids)
    there = events.filter(sequence__range=(page.low, page.high)).order_by("sequence", "id").values_list(*fields)
    rows = [row for row in there if row[0] in wanted]
    if len(rows) < len(wanted):
        moved = wanted.difference([row[0] for row in rows])
        rows += events.filter(pk__in=moved).order_by("sequence", "id").values_list(*fields)
    return rows
