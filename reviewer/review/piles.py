"""Piles: near-identical pending events that are shown as one card. A way of showing; the filter's events stay the same."""

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Count, QuerySet

from batches.models import Approval, Event, Likeness
from reviewer.filters.events import EventFilter


def one_by_one(chosen: EventFilter) -> bool:
    """Whether every event wants a look of its own: in a random sample, and where second opinions are asked for."""
    return chosen.values["sort"] == "sample" or chosen.batch.opinions_wanted > 1


def piles_of(chosen: EventFilter, events: Iterable[Event]) -> list[list[Event]]:
    """The piles with a pending event among these: all their pending events that the filter names, in its order.

    What is no longer pending, or outside the filter, is in no pile; one that is left alone is none. Short queries, whatever the batch.
    """
    pending = [event.pk for event in events if event.approval == Approval.PENDING and not one_by_one(chosen)]
    keys = set(Likeness.objects.filter(event__in=pending, pile__isnull=False).values_list("pile", flat=True))
    if not keys:
        return []
    pile_of = dict(Likeness.objects.filter(batch=chosen.batch, pile__in=keys).values_list("event_id", "pile"))
    piled = chosen.qs.filter(approval=Approval.PENDING, pk__in=pile_of)
    found: dict[int | None, list[Event]] = defaultdict(list)
    for event in chosen.order.after(piled, None, len(pile_of)):
        found[pile_of[event.pk]].append(event)
    return [pile for pile in found.values() if len(pile) > 1]


def with_piles(chosen: EventFilter, ids: Iterable[int]) -> set[int]:
    """These events and those that are shown on one card with them."""
    found = set(ids)
    if found and not one_by_one(chosen):
        likeness = Likeness.objects.filter(batch=chosen.batch, pile__isnull=False)
        keys = likeness.filter(event__in=found).values_list("pile", flat=True)
        found.update(likeness.filter(pile__in=list(keys)).values_list("event_id", flat=True))
    return found


def folded(chosen: EventFilter, events: QuerySet[Event]) -> int:
    """How many of these events are under the card of another one: they are that many more than their cards."""
    if one_by_one(chosen):
        return 0
    there = _piled(chosen, events).aggregate(events=Count("pk"), piles=Count("likeness__pile", distinct=True))
    return int(there["events"] - there["piles"])


def _piled(chosen: EventFilter, events: QuerySet[Event]) -> QuerySet[Event]:
    # The batch is said again of the likeness: the index of the piled ones begins with it.
    return events.filter(approval=Approval.PENDING, likeness__batch=chosen.batch, likeness__pile__isnull=False)
