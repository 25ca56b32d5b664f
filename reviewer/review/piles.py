"""Piles: near-identical pending events that are shown as one card.

A way of showing; the filter's events stay the same.
"""

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Count, QuerySet

from batches.models import Approval, Event, PictureHash
from reviewer.filters.events import EventFilter


def piles_disabled(event_filter: EventFilter) -> bool:
    """Whether every event is shown on its own."""
    return not event_filter.has_piles


def piles_of(event_filter: EventFilter, events: Iterable[Event]) -> list[list[Event]]:
    """The piles with a pending event among these: all their pending events that the filter names, in its order.

    Events that are not pending, or outside the filter, are in no pile. A pile has at least two events. The queries are
    short in a batch of any size.
    """
    if piles_disabled(event_filter):
        return []
    # `reviewer.access.event_for` reads the pile with the event.
    pending = [
        event.pk
        for event in events
        if event.approval == Approval.PENDING and event.__dict__.get("pile", True) is not None
    ]
    if not pending:
        return []
    keys = set(PictureHash.objects.filter(event__in=pending, pile__isnull=False).values_list("pile", flat=True))
    if not keys:
        return []
    pile_of = dict(PictureHash.objects.filter(batch=event_filter.batch, pile__in=keys).values_list("event_id", "pile"))
    piled = event_filter.qs.filter(approval=Approval.PENDING, pk__in=pile_of)
    by_pile: dict[int | None, list[Event]] = defaultdict(list)
    for event in event_filter.order.after(piled, None, len(pile_of)):
        by_pile[pile_of[event.pk]].append(event)
    return [pile for pile in by_pile.values() if len(pile) > 1]


def with_piles(event_filter: EventFilter, ids: Iterable[int]) -> set[int]:
    """These events and those that are shown on one card with them."""
    all_ids = set(ids)
    if all_ids and not piles_disabled(event_filter):
        hashes = PictureHash.objects.filter(batch=event_filter.batch, pile__isnull=False)
        keys = hashes.filter(event__in=all_ids).values_list("pile", flat=True)
        all_ids.update(hashes.filter(pile__in=list(keys)).values_list("event_id", flat=True))
    return all_ids


def hidden_in_piles(event_filter: EventFilter, events: QuerySet[Event]) -> int:
    """How many of these events are shown under the card of another event."""
    if piles_disabled(event_filter):
        return 0
    counts = _piled(event_filter, events).aggregate(
        events=Count("pk"), piles=Count("picture_hash__pile", distinct=True)
    )
    return int(counts["events"] - counts["piles"])


def _piled(event_filter: EventFilter, events: QuerySet[Event]) -> QuerySet[Event]:
    # The batch of picture_hash is a condition too, because the index of piled events begins with it.
    return events.filter(
        approval=Approval.PENDING, picture_hash__batch=event_filter.batch, picture_hash__pile__isnull=False
    )
