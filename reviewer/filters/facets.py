"""The choices beside the grid, with the number of events of each. They are loaded after the grid.

Two queries count most of them: events grouped by approval, severity and category, from the counters where these can
tell, and decided events by reviewer and reason. Comments and assignments, which few events have, are counted
separately, and so are videos. The count of a choice is the sum over the groups that match every filter but its own.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Aggregate, Count, Exists, OuterRef, QuerySet, Sum
from django.utils.translation import gettext as _

from batches.models import Approval, Batch, DecidedCount, Event, FilterCount, ItemCount
from batches.models.counters import Counters
from batches.models.unindexed import Unindexed
from reviewer.filters.conditions import ME, NOBODY, SEVERITIES, FlagFilter
from reviewer.filters.events import CORRECTED_FIELDS, MOST_READ, ORIGINS, EventFilter
from reviewer.filters.few_events import found_by_nothing_counted
from reviewer.filters.many_batches import ManyBatchesFilter
from reviewer.filters.values import join_value

MAX_CHOICES = 60
MAX_VIDEOS = 300
PEOPLE = {"reviewer": "decided_by__username", "reason": "reason"}
GROUPED = {"approval": "approval", "severity": "severity_rank", "category": "category"}
FLAGS = {
    name: condition
    for name, condition in EventFilter.conditions().items()
    if isinstance(condition, FlagFilter) and not condition.hidden
}
TOGETHER = [name for name, flag in FLAGS.items() if flag.rows is None]  # the others are counted separately


@dataclass(frozen=True, slots=True)
class Choice:
    value: str  # as in the query string
    label: str
    count: int | None
    on: bool


def facets(event_filter: EventFilter, *, whole: bool = False) -> dict[str, Any]:
    """Template context: lists of Choice, and the number of events of the whole filter.

    Where more than MOST_READ events would have to be read, no choice has a count, unless `whole`.
    """
    wanted = {
        "approval": set(event_filter.values["approval"]),
        "severity": {SEVERITIES[word].value for word in event_filter.values["severity"]},
        "category": set(event_filter.values["category"]),
    }
    decided = {name: set(event_filter.values[name]) for name in PEOPLE}
    counted, of_decided = event_filter.split(*GROUPED), event_filter.split(*decided, are_decided=True)
    if not whole and any(are_too_many(event_filter, events) for _, events in (counted, of_decided)):
        return _without_counts(event_filter)
    tally, sums = _tally(_groups(*counted), wanted)
    people, _ = _tally(_decided_groups(*of_decided), decided)
    totals = sums or [0] * (1 + len(TOGETHER))
    flags = dict(zip(TOGETHER, totals[1:], strict=True)) | _rare_flag_counts(event_filter)
    choices = _choices(event_filter, tally | people | _assigned(event_filter), flags)
    return {"total": totals[0], **choices, "videos": _videos(event_filter, totals[0])}


def are_too_many(event_filter: EventFilter, events: QuerySet[Event]) -> bool:
    """Whether these events are too many to read them while somebody waits."""
    some = events.order_by().values_list("pk")
    return event_filter.event_count > MOST_READ and bool(some[MOST_READ : MOST_READ + 1])


def _without_counts(event_filter: EventFilter) -> dict[str, Any]:
    """What can be chosen in the batch, and only the number of events, or than how many there are more."""
    batch = event_filter.batch
    tally: dict[str, Counter[Any]] = {"assigned": Counter()}
    for counter, columns in ((FilterCount, {"category": "category"}), (DecidedCount, PEOPLE)):
        rows: Any = counter.objects.filter(batch=batch).order_by().values_list(*columns.values())
        counted = rows.annotate(count=Sum("events")).filter(count__gt=0)
        tally |= _tally(counted, {name: set() for name in columns})[0]
    for people in batch.assignment_changes.values_list("people", flat=True):
        tally["assigned"].update([*people, NOBODY])
    choices = _choices(event_filter, tally, {}) | {"videos": _listed_videos(event_filter, dict(_largest(event_filter)))}
    total, more = event_filter.count_soon()
    return {"total": total, "exceeded": more, "uncounted": True} | {
        name: [replace(choice, count=None) for choice in some] for name, some in choices.items()
    }


def _groups(counters: Counters | None, events: QuerySet[Event]) -> list[Any]:
    """Values of GROUPED, the number of events, and of those with each of the flags counted together."""
    flags = [FLAGS[name] for name in TOGETHER]
    rows = _grouped(events.order_by(), [Count("pk"), *(Count("pk", filter=flag.meaning) for flag in flags)])
    if counters is not None:
        sums = (Sum("events", filter=flag.counted_as, default=0) for flag in flags)
        rows += _grouped(counters, [Sum("events"), *sums])
    return rows


def _decided_groups(counters: Counters | None, events: QuerySet[Event]) -> list[Any]:
    """Values of PEOPLE, and the number of events."""
    rows: list[Any] = list(events.order_by().values_list(*PEOPLE.values()).annotate(count=Count("pk")))
    if counters is not None:
        rows += counters.values_list(*PEOPLE.values()).annotate(count=Sum("events")).exclude(count=0)
    return rows


def _grouped(rows: QuerySet[Any], counted: list[Aggregate]) -> list[Any]:
    groups: Any = rows.values_list(*GROUPED.values())
    return list(groups.annotate(**{f"count{number}": count for number, count in enumerate(counted)}).exclude(count0=0))


def _rare_flag_counts(event_filter: EventFilter) -> dict[str, int]:
    """Counts of the flags that few events have; without a query in a batch that has none."""
    counts, batch = {}, event_filter.batch
    table_of = {name: flag.rows.model for name, flag in FLAGS.items() if flag.rows is not None}
    used = {table for table in set(table_of.values()) if table.objects.filter(batch=batch).exists()}
    for name, table in table_of.items():
        events = event_filter.without()
        counts[name] = event_filter.narrowed(events, name, value=True).count() if table in used else 0
    return counts


def _assigned(event_filter: EventFilter) -> dict[str, Counter[Any]]:
    if not event_filter.batch.assignment_changes.exists():
        return {}
    counters, events = event_filter.split("assigned")
    everyone = events.count() + (0 if counters is None else counters.aggregate(sum=Sum("events", default=0))["sum"])
    assigned = event_filter.batch.assignments.filter(user__isnull=False).order_by()
    events = event_filter.without("assigned").order_by().filter(assignment__in=assigned.values("pk"))
    counts = Counter(dict(events.values_list("assignment__user__username").annotate(count=Count("pk"))))
    counts[NOBODY] = everyone - counts.total()
    own = event_filter.user.get_username() if event_filter.user else ""
    if own in counts and own not in event_filter.values["assigned"]:
        counts[ME] = counts.pop(own)
    return {"assigned": counts}


def _videos(event_filter: EventFilter, total: int) -> list[Choice]:
    """The videos with the most events, in the order of the batch, and the selected one.

    Of very many events only those in the largest videos of the batch are counted.
    """
    item, largest = event_filter.values["item"], _largest(event_filter)
    if set(event_filter.active) <= {"item"}:
        counts = dict(largest)
    else:
        rest = _total_but_video(event_filter, total)
        events = event_filter.without("item") if rest or item else Event.objects.none()
        if rest > MOST_READ:
            events = found_by_nothing_counted(event_filter, "item").filter(item__in=[pk for pk, _ in largest])
        groups = events.order_by().annotate(video=Unindexed("item")).values_list("video").annotate(count=Count("pk"))
        counts = dict(groups.order_by("-count", "video")[:MAX_VIDEOS])
    if item:
        counts[item] = total
    return _listed_videos(event_filter, counts)


def _largest(event_filter: EventFilter) -> Any:
    """The largest videos of the batch: key and number of events."""
    by_video = ItemCount.objects.filter(batch__in=event_filter.batch_ids).order_by().values_list("item")
    return by_video.annotate(count=Sum("events")).filter(count__gt=0).order_by("-count", "item")[:MAX_VIDEOS]


def _listed_videos(event_filter: EventFilter, counts: dict[int, int]) -> list[Choice]:
    item = event_filter.values["item"]
    counts = {item: 0} | counts if item else counts
    rows = event_filter.batch.items.filter(pk__in=counts).order_by("position", "pk").only("name", "external_id")
    return [Choice(str(video.pk), str(video), counts[video.pk], video.pk == item) for video in rows]


def _total_but_video(event_filter: EventFilter, total: int) -> int:
    """The number of events without the filter by video, or of those with it where only the events can tell."""
    counters = event_filter.counters("item") if event_filter.values["item"] else None
    return total if counters is None else counters.aggregate(total=Sum("events", default=0))["total"]


def uncounted(event_filter: EventFilter) -> dict[str, Any]:
    """The same choices without counts, except for the counters that the batch has."""
    free = {} if set(event_filter.active) - {"approval"} else {"approval": event_filter.batch.counts}
    return {"loading": True, "total": event_filter.total, **_choices(event_filter, free, {})}


def choices_over_batches(event_filter: ManyBatchesFilter) -> dict[str, list[Choice]]:
    """The choices over several batches: counted by the batches' own counters, or not at all.

    The categories are those that the last sync of each batch left.
    """
    alone = not set(event_filter.active) - {"approval", *event_filter.scope_filters()}
    seen = Counter(name for names in event_filter.categories for name in names)
    choices = _choices(event_filter, {"approval": event_filter.counts if alone else {}, "category": seen}, {})
    uncounted = {name: [replace(choice, count=None) for choice in rows] for name, rows in choices.items()}
    return uncounted | ({"approvals": choices["approvals"]} if alone and not event_filter.values["approval"] else {})


def _tally(rows: Iterable[tuple[Any, ...]], wanted: dict[str, set[Any]]) -> tuple[dict[str, Counter[Any]], list[int]]:
    """Rows of values (one for each name) and counts → counts by value for each name, and sums of the matching rows."""
    tally: dict[str, Counter[Any]] = {name: Counter() for name in wanted}
    sums: list[int] = []
    for row in rows:
        values, counts = row[: len(wanted)], row[len(wanted) :]
        off = [name for name, value in zip(wanted, values, strict=True) if wanted[name] and value not in wanted[name]]
        for name, value in zip(wanted, values, strict=True):
            if not off or off == [name]:
                tally[name][value] += counts[0]
        if not off:
            sums = [sum(pair) for pair in zip(sums, counts, strict=True)] if sums else list(counts)
    return tally, sums


def _choices(event_filter: EventFilter, tally: dict[str, Any], flags: dict[str, int]) -> dict[str, list[Choice]]:
    values = event_filter.values

    def count(name: str, value: Any) -> int | None:
        return tally[name].get(value, 0) if name in tally else None

    def named(name: str, empty: str = "") -> list[Choice]:
        """The selected values, then the most frequent ones; the empty one only with a name."""
        counts, selected = tally.get(name, {}), values[name]
        offered = {*counts, *selected} - (set() if empty else {""})
        order = sorted(offered, key=lambda value: (value not in selected, -counts.get(value, 0), value))
        return [
            Choice(join_value(value), value or empty, count(name, value), value in selected)
            for value in order[:MAX_CHOICES]
        ]

    return {
        "approvals": [
            Choice(word, str(label), count("approval", word), word in values["approval"])
            for word, label in Approval.choices
        ],
        "severities": [
            Choice(word, str(rank.label), count("severity", rank.value), word in values["severity"])
            for word, rank in SEVERITIES.items()
        ],
        "categories": named("category", _("No category")),
        "reviewers": named("reviewer"),
        "reasons": named("reason"),
        "assigned": named("assigned"),
        **_people_made(event_filter, is_counted=bool(flags)),
        "flags": [Choice(name, str(flag.label), flags.get(name), values[name]) for name, flag in FLAGS.items()],
    }


def _people_made(event_filter: EventFilter, *, is_counted: bool) -> dict[str, list[Choice]]:
    """The corrected fields and where events come from, without counts.

    None in a batch without a correction or an added event, which only counting asks for.
    """
    events = Event.objects.filter(batch=OuterRef("pk"))
    corrected, added = Exists(events.filter(corrections__isnull=False)), Exists(events.added())
    batches = Batch.objects.filter(pk__in=event_filter.batch_ids) if is_counted else Batch.objects.none()
    exists = list(batches.values_list(corrected, added))
    choices = {"corrected": (CORRECTED_FIELDS, 0), "origin": (ORIGINS, 1)}
    return {
        name: [Choice(value, label.capitalize(), None, value in event_filter.values[name]) for value, label in options]
        if event_filter.values[name] or any(row[column] for row in exists)
        else []
        for name, (options, column) in choices.items()
    }
