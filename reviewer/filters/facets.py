"""The choices beside the grid and how many events each would give; loaded after the grid, which never waits.

Two readings for most of them: events grouped by approval, severity and category, and decided ones by reviewer and
reason. What few events have (comments, a person they are assigned to) is counted from there, where there is any, and
videos by themselves. What a choice is worth is the sum over the groups that fit every filter but its own.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count

from batches.models import Approval
from reviewer.filters.conditions import DECIDED, ME, NOBODY, SEVERITIES, FlagFilter
from reviewer.filters.events import EventFilter
from reviewer.filters.values import join_value

MAX_CHOICES = 60
MAX_VIDEOS = 300
GROUPED = {"approval": "approval", "severity": "severity_rank", "category": "category"}
FLAGS = {
    name: condition
    for name, condition in EventFilter.conditions().items()
    if isinstance(condition, FlagFilter) and not condition.hidden
}
TOGETHER = [name for name, flag in FLAGS.items() if not flag.counted_in]  # the others are counted one by one


@dataclass(frozen=True, slots=True)
class Choice:
    value: str  # as it stands in the query string
    label: str
    count: int | None
    on: bool


def facets(event_filter: EventFilter) -> dict[str, Any]:
    """Template context: lists of Choice, and the number of events of the whole filter."""
    wanted = {
        "approval": set(event_filter.values["approval"]),
        "severity": {SEVERITIES[word].value for word in event_filter.values["severity"]},
        "category": set(event_filter.values["category"]),
    }
    counted = [Count("pk"), *(Count("pk", filter=FLAGS[name].meaning) for name in TOGETHER)]
    names = [f"count{number}" for number in range(len(counted))]
    groups = event_filter.without(*GROUPED).order_by().values_list(*GROUPED.values())
    tally, sums = _tally(groups.annotate(**dict(zip(names, counted, strict=True))), wanted)
    decided = {name: set(event_filter.values[name]) for name in ("reviewer", "reason")}
    groups = event_filter.without(*decided).filter(DECIDED).order_by().values_list("decided_by__username", "reason")
    people, _ = _tally(groups.annotate(count=Count("pk")), decided)
    totals = sums or [0] * len(counted)
    flags = dict(zip(TOGETHER, totals[1:], strict=True)) | _few(event_filter)
    choices = _choices(event_filter, tally | people | _assigned(event_filter), flags)
    return {"total": totals[0], **choices, "videos": _videos(event_filter, totals[0])}


def _few(event_filter: EventFilter) -> dict[str, int]:
    """What few events have, counted only in a batch that has any."""
    few = {name: flag for name, flag in FLAGS.items() if flag.counted_in}
    relations = {flag.counted_in for flag in few.values()}
    existing = {relation for relation in relations if getattr(event_filter.batch, relation).exists()}
    return {
        name: event_filter.qs.filter(flag.meaning).count() if flag.counted_in in existing else 0
        for name, flag in few.items()
    }


def _assigned(event_filter: EventFilter) -> dict[str, Counter[Any]]:
    if not event_filter.batch.assignment_changes.exists():
        return {}
    groups = event_filter.without("assigned").order_by().values_list("assignment__user__username")
    counts = Counter({name or NOBODY: count for name, count in groups.annotate(count=Count("pk"))})
    own = event_filter.user.get_username() if event_filter.user else ""
    if own in counts and own not in event_filter.values["assigned"]:
        counts[ME] = counts.pop(own)
    return {"assigned": counts}


def _videos(event_filter: EventFilter, total: int) -> list[Choice]:
    """Those with the most events, in the order of the batch, and the chosen one."""
    groups = event_filter.without("item").values_list("item").annotate(count=Count("pk")).order_by("-count", "item")
    counts, item = dict(groups[:MAX_VIDEOS]), event_filter.values["item"]
    if item:
        counts[item] = total
    rows = event_filter.batch.items.filter(pk__in=counts).order_by("position", "pk").only("name", "external_id")
    return [Choice(str(one.pk), str(one), counts[one.pk], one.pk == item) for one in rows]


def uncounted(event_filter: EventFilter) -> dict[str, Any]:
    """The same choices before anything was counted; only the batch's own counters are free."""
    free = {} if set(event_filter.active) - {"approval"} else {"approval": event_filter.batch.counts}
    return {"loading": True, "total": event_filter.total, **_choices(event_filter, free, {})}


def _tally(rows: Iterable[tuple[Any, ...]], wanted: dict[str, set[Any]]) -> tuple[dict[str, Counter[Any]], list[int]]:
    """Rows of values, one for each name, and of counts → counts by value for each name, and the sums of what fits."""
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

    def named(name: str) -> list[Choice]:
        """The chosen ones, then the commonest."""
        there = tally.get(name, {})
        order = sorted(
            {*there, *values[name]} - {""}, key=lambda one: (one not in values[name], -there.get(one, 0), one)
        )
        return [Choice(join_value(one), one, count(name, one), one in values[name]) for one in order[:MAX_CHOICES]]

    return {
        "approvals": [
            Choice(word, label, count("approval", word), word in values["approval"]) for word, label in Approval.choices
        ],
        "severities": [
            Choice(word, word.capitalize(), count("severity", rank.value), word in values["severity"])
            for word, rank in SEVERITIES.items()
        ],
        "categories": named("category"),
        "reviewers": named("reviewer"),
        "reasons": named("reason"),
        "assigned": named("assigned"),
        "flags": [Choice(name, str(flag.label), flags.get(name), values[name]) for name, flag in FLAGS.items()],
    }
