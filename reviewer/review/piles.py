"""Piles: near-identical pending events that are shown as one card. A way of showing; the filter's events stay the same."""

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Count, QuerySet

from batches.models import Approval, Event, PictureHash
from reviewer.filters.events import EventFilter


def piles_disabled(event_filter: EventFilter) -> bool:
    """Whether every event wants a look of its own: in a random sample, and where second opinions are asked for."""
    return event_filter.values["sort"] == "sample" or event_filter.batch.opinions_wanted > 1


def piles_of(event_filter: EventFilter, events: Iterable[Event]) -> list[list[Event]]:
    """The piles with a pending event among these: all their pending events that the filter names, in its order.

    What is no longer pending, or outside the filter, is in no pile; one that is left alone is none. Short queries, whatever the batch.
    """
    pending = [event.pk for event in events if event.approval == Approval.PENDING and not piles_disabled(event_filter)]
    keys = set(PictureHash.objects.filter(event__in=pending, pile__isnull=False).values_list("pile", flat=True))
    if not keys:
        return []
    pile_of = dict(PictureHash.objects.filter(batch=event_filter.batch, pile__in=keys).values_list("event_id", "pile"))
    piled = event_filter.qs.filter(approval=Approval.PENDING, pk__in=pile_of)
    found: dict[int | None, list[Event]] = defaultdict(list)
    for event in event_filter.order.after(piled, None, len(pile_of)):
        found[pile_of[event.pk]].append(event)
    return [pile for pile in found.values() if len(pile) > 1]


def with_piles(event_filter: EventFilter, ids: Iterable[int]) -> set[int]:
    """These events and those that are shown on one card with them."""
    found = set(ids)
    if found and not piles_disabled(event_filter):
        picture_hash = PictureHash.objects.filter(batch=event_filter.batch, pile__isnull=False)
        keys = picture_hash.filter(event__in=found).values_list("pile", flat=True)
        found.update(picture_hash.filter(pile__in=list(keys)).values_list("event_id", flat=True))
    return found


def hidden_in_piles(event_filter: EventFilter, events: QuerySet[Event]) -> int:
    """How many of these events are under the card of another one: they are that many more than their cards."""
    if piles_disabled(event_filter):
        return 0
    there = _piled(event_filter, events).aggregate(events=Count("pk"), piles=Count("picture_hash__pile", distinct=True))
    return int(there["events"] - there["piles"])


def _piled(event_filter: EventFilter, events: QuerySet[Event]) -> QuerySet[Event]:
    # The batch is said again of the picture_hash: the index of the piled ones begins with it.
    return events.filter(
        approval=Approval.PENDING, picture_hash__batch=event_filter.batch, picture_hash__pile__isnull=False
    )
