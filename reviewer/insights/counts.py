"""The figures of the insights page: a filtered set counted once, and what the charts draw of it.

At most five queries: all events in groups, from the counters where these can tell, and those that people added; decided
events by hour, person and reason; and, if the filter asks for an outcome, the groups without that condition, for
precision and consistent verdicts.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, NamedTuple

from django.db.models import CharField, Count, Exists, F, Func, OuterRef, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from batches.models import Approval, Event, Opinion
from batches.models.confidence_band import ConfidenceBand
from batches.models.event import Origin
from batches.models.opinion import Stage
from reviewer.filters.conditions import SEVERITIES
from reviewer.filters.confidence_bands import BAND_NAMES, band_label
from reviewer.filters.events import EventFilter
from reviewer.insights.charts import Bar, Scale, bars
from reviewer.insights.pace import paces

ORDER = (Approval.APPROVED, Approval.REJECTED, Approval.INVALID, Approval.PENDING)  # as they are stacked
MAX_BARS = 20
SEVERITY_NAMES = {severity.value: name for name, severity in SEVERITIES.items()}


class Group(NamedTuple):
    """A number of events that have these values in common. `people`: a person decided them, not the vendor."""

    category: str
    severity: int
    band: int
    approval: str
    people: bool
    size: int


class Work(NamedTuple):
    """A number of current verdicts that have these values in common; `hour` as `2026-05-04 10`, UTC."""

    hour: str
    reviewer: str
    reason: str
    approval: str
    size: int


class Hour(Func):
    """The hour of a moment as sortable text, without a call of Python for every row."""

    output_field = CharField()

    def as_sqlite(self, compiler, connection, **context):  # type: ignore[no-untyped-def]
        return self.as_sql(compiler, connection, template="substr(%(expressions)s, 1, 13)", **context)

    def as_postgresql(self, compiler, connection, **context):  # type: ignore[no-untyped-def]
        template = "to_char(%(expressions)s AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24')"
        return self.as_sql(compiler, connection, template=template, **context)


def grouped(event_filter: EventFilter, *without: str, only_added: bool = False) -> list[Group]:
    """The events with these filters off."""
    columns = ("category", "severity_rank", "band", "approval", "people")
    counters, events = event_filter.split(*without)
    if only_added and not events.query.is_empty():
        events = event_filter.narrowed(events, "origin", [Origin.REVIEWER])
    events = events.order_by().annotate(band=ConfidenceBand("confidence"), people=Q(decided_at__isnull=False))
    groups = [Group(*row) for row in events.values_list(*columns).annotate(count=Count("pk"))]
    if counters is not None:
        counters = counters.filter(is_added=True) if only_added else counters
        rows = counters.annotate(people=F("is_decided")).values_list(*columns).annotate(count=Sum("events"))
        groups += [Group(*row) for row in rows.filter(count__gt=0)]
    return groups


def without_added(groups: list[Group], event_filter: EventFilter, *without: str) -> list[Group]:
    """These groups of the filter without what people added, which does not count for the vendor's precision."""
    sizes = {group[:-1]: group.size for group in grouped(event_filter, *without, only_added=True)}
    return [group._replace(size=group.size - sizes.get(group[:-1], 0)) for group in groups] if sizes else groups


def work_of(event_filter: EventFilter) -> list[Work]:
    """Where all decided events meet the filter by the counters, or none do, it is asked of none: it may name columns
    that are not in the index of decided events.
    """
    off: tuple[str, ...] = ()
    if event_filter.active and (matching := event_filter.decided_count()) is not None:
        if matching == 0:
            return []
        off = tuple(event_filter.active) if matching == event_filter.decided_count(*event_filter.active) else ()
    rows = event_filter.without(*off, are_decided=True).order_by().annotate(hour=Hour("decided_at"))
    return [
        Work(*row)
        for row in rows.values_list("hour", "decided_by__username", "reason", "approval").annotate(count=Count("pk"))
    ]


@dataclass(frozen=True, slots=True)
class Reviewer:
    """One line of the table. `agreed`: opinions that became another one's verdict; `per_hour` as `pace` defines it."""

    name: str
    counts: dict[str, int]
    agreed: int
    per_hour: int | None
    last: str
    query: str

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def by_category(event_filter: EventFilter, groups: list[Group]) -> list[Bar]:
    def query(name: str, approval: str | None) -> str:
        return _query(event_filter, approval, category=[name])

    counted = _counted(groups, lambda group: group.category)
    return bars(_largest(counted), lambda name: name or _("no category"), query, ORDER)


def by_severity(event_filter: EventFilter, groups: list[Group]) -> list[Bar]:
    def query(name: str, approval: str | None) -> str:
        return _query(event_filter, approval, severity=[name])

    counted = _counted(groups, lambda group: SEVERITY_NAMES[group.severity])
    shown = {name: counted[name] for name in SEVERITIES if name in counted}
    return bars(shown, lambda name: str(SEVERITIES[name].label), query, ORDER)


def by_band(event_filter: EventFilter, groups: list[Group]) -> list[Bar]:
    """The histogram of all bands. The band without confidence is left out if it has no events."""

    def query(number: int, approval: str | None) -> str:
        return _query(event_filter, approval, band=[BAND_NAMES[number]])

    counted = _counted(groups, lambda group: group.band)
    all_bands = {number: counted.get(number, Counter()) for number in range(len(BAND_NAMES) - 1)}
    return bars(all_bands | counted, band_label, query, ORDER)


def by_reason(event_filter: EventFilter, work: list[Work]) -> list[Bar]:
    def query(name: str, approval: str | None) -> str:
        return _query(event_filter, approval, reason=[name])

    counted = _counted([row for row in work if row.reason], lambda row: row.reason)
    return bars(_largest(counted), str, query, ORDER)


def by_time(event_filter: EventFilter, work: list[Work]) -> tuple[list[Bar], Scale]:
    """Verdicts by hour, or by day if they span more than two days; at most the last 60 steps."""
    scale = Scale.of(row.hour for row in work)
    counted = _counted(work, lambda row: scale.start(row.hour))

    def query(start: str, approval: str | None) -> str:
        return _query(event_filter, approval, since=scale.moment(start), until=scale.moment(scale.next(start)))

    return bars({start: counted.get(start, Counter()) for start in scale.steps}, scale.label, query, ORDER), scale


def agreed_opinions(events: QuerySet[Event]) -> list[Work]:
    """The opinions by which others than `decided_by` gave the verdicts that all agreed on."""
    later = Opinion.objects.filter(event=OuterRef("event"), user=OuterRef("user"), number__gt=OuterRef("number"))
    agreed = Opinion.objects.filter(
        ~Exists(later), event__in=events.order_by().values("pk"), event__consensus__stage=Stage.AGREED,
        approval=F("event__approval"),
    ).exclude(user=F("event__decided_by")).order_by()  # fmt: skip
    rows = agreed.annotate(hour=Hour("created_at")).values_list("hour", "user__username", "reason", "approval")
    return [Work(*row) for row in rows.annotate(count=Count("pk"))]


def reviewers(event_filter: EventFilter, work: list[Work]) -> list[Reviewer]:
    """A verdict that several people agreed on stands in the line of each: `decided` of one, `agreed` of the others."""
    opinions = agreed_opinions(event_filter.without()) if work else []
    own = paces(event_filter.batch) if work else {}
    counted, agreed = _counted(work, attrgetter("reviewer")), _counted(opinions, attrgetter("reviewer"))
    lines = []
    for name, counts in _by_size({**{name: Counter[str]() for name in agreed}, **counted}).items():
        kinds = {str(kind): counts[kind] for kind in ORDER[:3]}
        query = event_filter.query_with(reviewer=[name], sort=None)
        per_hour = own[name].per_hour if name in own else None
        last = max(row.hour for row in [*work, *opinions] if row.reviewer == name)
        lines.append(Reviewer(name, kinds, agreed.get(name, Counter()).total(), per_hour, f"{last}:00", query))
    return lines


def _query(event_filter: EventFilter, approval: str | None, **changes: Any) -> str:
    """The page's filter, narrowed to one bar, or to one verdict in it."""
    if approval:
        changes["approval"] = [str(approval)]
    return event_filter.query_with(sort=None, **changes)


def _counted[Key](rows: Iterable[Any], key: Callable[[Any], Key]) -> dict[Key, Counter[str]]:
    counted: dict[Key, Counter[str]] = {}
    for row in rows:
        counted.setdefault(key(row), Counter())[row.approval] += row.size
    return counted


def _by_size(counted: dict[str, Counter[str]]) -> dict[str, Counter[str]]:
    return dict(sorted(counted.items(), key=lambda pair: (-pair[1].total(), pair[0])))


def _largest(counted: dict[str, Counter[str]]) -> dict[str, Counter[str]]:
    return dict(list(_by_size(counted).items())[:MAX_BARS])
