"""What a page of a large batch reads where few events match, or none: the counters say so beforehand.

In the order of the page a batch is read to its end for an event that is not there.
"""

from functools import reduce
from operator import and_
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import BooleanField, Case, Q, QuerySet, Sum, When

from batches.models import Event
from batches.models.counters import Counters
from reviewer.filters.conditions import counter_of
from reviewer.filters.confidence_bands import RANGE, least_uncertainty

if TYPE_CHECKING:
    from reviewer.filters.events import EventFilter

LARGE = 20_000  # events of the batches; fewer are read soon in any order
MAX_COUNTED = 20  # batches, of which counters are read for a page
FEW = 2_000  # events, which are sorted sooner than they are found in an order
# Filters with an index, and the orders that it has as well.
INDEXED = {
    **dict.fromkeys(("reviewer", "reason", "since", "until", "reviewed", "differs", "changed", "corrected",
                     "was_category", "was_severity", "flagged", "severity"), ()),
    **dict.fromkeys((*RANGE, "band"), ("confidence", "-confidence")),
    "category": ("item", "rarest", "sample"), "approval": ("item",),
}  # fmt: skip
MANY_CATEGORIES = 200
COMMON = 100  # one of so many events: a page of them is found sooner in its order than all of them are sorted


def listed(event_filter: "EventFilter") -> QuerySet[Event]:
    """The events of the filter, with a condition that changes nothing but how they are found. Up to six queries."""
    if not _is_large(event_filter):
        return event_filter.without()
    return _in_order(event_filter) if event_filter.few is None else event_filter.few


def _is_large(event_filter: "EventFilter") -> bool:
    """Whether the counters are asked: for none of so many batches that this would take long."""
    return not event_filter.at and event_filter.event_count >= LARGE and len(event_filter.batch_ids) <= MAX_COUNTED


def _by_severity(event_filter: "EventFilter") -> dict[int, int] | None:
    """How many events there are at most; None if nothing tells."""
    rows = _counters(event_filter)
    if rows is None:
        return None
    return dict(rows.values_list("severity_rank").annotate(count=Sum("events")).filter(count__gt=0))


def where_few(event_filter: "EventFilter") -> QuerySet[Event] | None:
    """The events of the filter, with their keys, where few match; None if many may. Up to six queries."""
    if not _is_large(event_filter):
        return None
    active, events, by_severity = event_filter.active, event_filter.without(), _by_severity(event_filter)
    if by_severity == {}:
        return events.none()
    if any(event_filter.few_keys(name, value) is not None for name, value in active.items()):
        return events
    if by_severity is not None and sum(by_severity.values()) <= FEW:
        return events.filter(pk__in=list(events.order_by().values_list("pk", flat=True)))
    # SQLite does not know how the values of a batch are spread: it takes each range for a quarter of all events.
    groups = {"confidence": [name for name in RANGE if name in active], "decided_at": event_filter.of_decided}
    for order, names in groups.items() if len(event_filter.batch_ids) == 1 else ():
        if names and not (few := _events_of(event_filter, names).order_by(order))[FEW : FEW + 1]:
            return events.filter(pk__in=list(few))
    return None


def categories(event_filter: "EventFilter") -> list[str]:
    """The categories that the events have at most; empty if nothing tells."""
    rows = _counters(event_filter) if _is_large(event_filter) else None
    if rows is None:
        return []
    counted = rows.values_list("category").annotate(count=Sum("events")).filter(count__gt=0)
    names = [name for name, _ in counted[: MANY_CATEGORIES + 1]]
    return names if len(names) <= MANY_CATEGORIES else []


def _counters(event_filter: "EventFilter") -> Counters | None:
    """Those of the events, and perhaps of others; None if they tell of no filter."""
    conditions, active = event_filter.conditions(), event_filter.active
    counted = {name: conditions[name].counted_at_most(value) for name, value in active.items()}
    return _of(event_filter, counted)


def _of(event_filter: "EventFilter", counted: dict[str, Q | None]) -> Counters | None:
    """The counters that meet these conditions, as far as they tell of them; None if they tell of none."""
    countable = {name: condition for name, condition in counted.items() if condition is not None}
    counter = counter_of(event_filter.conditions()[name] for name in countable)
    return (
        counter.objects.filter(*countable.values(), batch__in=event_filter.batch_ids).order_by() if countable else None
    )


def _events_of(event_filter: "EventFilter", names: list[str]) -> QuerySet[Event, int]:
    """The keys of the events that these filters select."""
    conditions = [event_filter.conditions()[name].condition(event_filter.values[name]) for name in names]
    return Event.objects.filter(*conditions, batch__in=event_filter.batch_ids).order_by().values_list("pk", flat=True)


def _in_order(event_filter: "EventFilter") -> QuerySet[Event]:
    """Many events, found in the part of the order in which there are any."""
    events, active, sort = event_filter.without(), event_filter.active, event_filter.sort_name
    apart = [name for name, orders in INDEXED.items() if name in active and sort not in orders]
    if apart and connection.vendor == "sqlite" and _are_common(event_filter, apart):
        events = _unindexed(event_filter, apart)
    if sort == "-severity" and (by_severity := _by_severity(event_filter)):
        events = events.filter(severity_rank__lte=max(by_severity))
    bounds = {name: active[name] for name in (*RANGE, "band") if name in active}
    if sort == "uncertain" and (least := least_uncertainty(**bounds)):
        events = events.filter(uncertainty__gte=least)
    return events


def found_by_nothing_counted(event_filter: "EventFilter", without: str) -> QuerySet[Event]:
    """The events with that filter off, for a look-up by another one: PostgreSQL would read a whole index of a filter
    that most events meet, to join it to the few that are looked up.
    """
    active, conditions = event_filter.active, event_filter.conditions()
    counted = [name for name, value in active.items() if conditions[name].counted(value) is not None]
    return _unindexed(event_filter, [] if event_filter.at else counted, without)


def _unindexed(event_filter: "EventFilter", names: list[str], *without: str) -> QuerySet[Event]:
    """The events with these filters off (`without`), and those of `names` as a condition that no index finds."""
    events = event_filter.without(*names, *without)
    wanted = [event_filter.conditions()[name].condition(event_filter.active[name]) for name in names]
    if not wanted:
        return events
    return events.filter(Case(When(reduce(and_, wanted), then=True), default=False, output_field=BooleanField()))


def _are_common(event_filter: "EventFilter", names: list[str]) -> bool:
    """Whether so many events meet what counters tell, and each other one of these filters, that a page of them is
    found in its order.
    """
    conditions, many = event_filter.conditions(), event_filter.event_count // COMMON
    counted = {name: conditions[name].counted(value) for name, value in event_filter.active.items()}
    rows = _of(event_filter, counted)
    if rows is not None and rows.aggregate(sum=Sum("events", default=0))["sum"] <= many:
        return False
    uncounted = [name for name in names if counted[name] is None]
    return not uncounted or bool(_events_of(event_filter, uncounted)[many : many + 1])
