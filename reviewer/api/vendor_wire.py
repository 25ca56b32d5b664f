"""The parts that the wire formats of TwelveLabs and Wickson share: the vendor's data with our decisions.

A result with decisions has one more field, `reviewer_decisions`; everything else is as the vendor sent it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import batched
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.urls import reverse
from rest_framework.exceptions import ParseError
from rest_framework.request import Request

from batches.models import Batch, Event, Item
from reviewer.web.numbers import read_number

DECISIONS = "reviewer_decisions"
BATCH_ITEMS = 200  # in one query


def number_in(request: Request, name: str, default: int, maximum: int) -> int:
    """A parameter from 1 to `maximum`. Raises ParseError."""
    number = read_number(request.query_params.get(name, str(default)))
    if number is None or not 1 <= number <= maximum:
        raise ParseError(f"{name} is a number from 1 to {maximum}.")
    return number


def listed(batch: Batch) -> QuerySet[Item]:
    """The items that the vendor lists, in order."""
    return Item.objects.filter(batch=batch, gone_at__isnull=True).order_by("position", "id")


def in_short_reads(items: QuerySet[Item]) -> Iterator[list[Item]]:
    """These items in chunks, so that a slow client holds no cursor. The ids are read once, at the beginning."""
    for ids in batched(items.values_list("pk", flat=True), BATCH_ITEMS, strict=False):
        items_by_id = Item.objects.in_bulk(ids)
        yield [items_by_id[pk] for pk in ids]


def decided_in(items: Iterable[Item]) -> dict[int, list[dict[str, Any]]]:
    """Item → the decisions on its events, in the vendor's order. One query."""
    listed_or_added = Q(gone_at__isnull=True) | Q(origin__isnull=False)
    events = Event.objects.filter(listed_or_added, item__in=list(items), decided_at__isnull=False)
    decisions: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for event in events.select_related("decided_by").order_by("sequence", "id"):
        decisions[event.item_id].append(_decision(event))
    return decisions


def _decision(event: Event) -> dict[str, Any]:
    """`index`: place of the segment among all of the answer, from 0, null for one that a person added.

    Times are seconds, null for the whole item.
    """
    assert event.decided_by
    assert event.decided_at
    return {
        "event_id": event.pk, "index": None if event.is_added else event.raw_index, "category": event.category,
        "label": event.label, "start_time": event.start_s, "end_time": event.end_s, "approval": event.approval,
        "reason": event.reason, "note": event.note, "decided_by": event.decided_by.get_username(),
        "decided_at": event.decided_at.isoformat(),
        "changed_since": event.changed_since, "url": settings.PUBLIC_URL + reverse("event-detail", args=[event.pk]),
        **({"origin": event.origin} if event.is_added else {}),
    }  # fmt: skip


def with_decisions(result: dict[str, Any], decisions: list[dict[str, Any]] | None) -> dict[str, Any]:
    """A result of the vendor with people's decisions on it."""
    return result | {DECISIONS: decisions} if decisions else result
