"""What a page of a large batch reads where few events match, or none: the counters say so beforehand.

In the order of the page a batch is read to its end for an event that is not there.
"""

from typing import TYPE_CHECKING

from django.db.models import QuerySet, Sum

from batches.models import Event, FilterCount
from reviewer.filters.confidence_bands import RANGE

if TYPE_CHECKING:
    from reviewer.filters.events import EventFilter

LARGE = 20_000  # events of a batch; a smaller one is read soon in any order
FEW = 2_000  # events, which are sorted sooner than they are found in an order


def listed(event_filter: "EventFilter") -> QuerySet[Event]:
    """The events of the filter, with a condition that changes nothing but how they are found. Up to four queries."""
    events, batch, conditions = event_filter.qs, event_filter.batch, event_filter.conditions()
    if event_filter.at or batch.event_count < LARGE:
        return events
    counted = [conditions[name].counted(value) for name, value in event_filter.active.items()]
    if countable := [condition for condition in counted if condition is not None]:
        rows = FilterCount.objects.filter(*countable, batch=batch).order_by().values_list("severity_rank")
        by_severity = dict(rows.annotate(count=Sum("events")).filter(count__gt=0))
        if sum(by_severity.values()) <= FEW:
            ids = list(events.order_by().values_list("pk", flat=True)) if by_severity else []
            return events.filter(pk__in=ids)
        if event_filter.sort_name == "-severity":
            events = events.filter(severity_rank__lte=max(by_severity))
    # SQLite does not know how the confidences of a batch are spread: it takes each range for a quarter of all events.
    bounds = [conditions[name].condition(value) for name, value in event_filter.active.items() if name in RANGE]
    if bounds:
        in_range = Event.objects.filter(*bounds, batch=batch).order_by("confidence", "id").values_list("pk", flat=True)
        if not in_range[FEW : FEW + 1]:
            return events.filter(pk__in=list(in_range))
    return events
