"""The filter of the board: which batches, which categories and which weeks. Its names are those of the events' filter,
so that each figure is a link to exactly its events.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.core.exceptions import BadRequest
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from batches.models import Approval, Batch
from batches.models.batch import BatchQuerySet
from reviewer.filters.many_batches import ManyBatchesFilter
from reviewer.filters.moments import moment
from reviewer.filters.unknown import refuse_unknown

if TYPE_CHECKING:
    from django.contrib.auth.models import User

WEEK = timedelta(days=7)
DEFAULT_WEEKS, MAX_WEEKS = 12, 104
NAMES = ("project", "connection", "vendor", "prompt", "batch", "category")
BOARD_PARAMETERS = ("since", "until", "recall", "a", "b")  # beside the batches and categories
JUDGED = [str(Approval.APPROVED), str(Approval.REJECTED)]
DECIDED = [*JUDGED, str(Approval.INVALID)]


@dataclass(frozen=True, slots=True)
class Period:
    """Whole weeks, from a Monday up to the Monday after the last one (UTC)."""

    first: date
    end: date

    @property
    def weeks(self) -> list[date]:
        return [self.first + WEEK * number for number in range((self.end - self.first) // WEEK)]

    @property
    def last_day(self) -> date:
        return self.end - timedelta(days=1)

    @property
    def recent(self) -> "Period":
        """The last third, which is compared with what is before it."""
        return Period(self.end - WEEK * max(1, len(self.weeks) // 3), self.end)

    @property
    def earlier(self) -> "Period":
        return Period(self.first, self.recent.first)

    def __contains__(self, week: date) -> bool:
        return self.first <= week < self.end


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


@dataclass(frozen=True, slots=True)
class BoardFilter:
    """`BoardFilter.of(batches, request.GET, request.user)`. Raises BadRequest."""

    events: ManyBatchesFilter  # names the batches and the categories, without conditions on time
    period: Period

    @classmethod
    def of(cls, batches: BatchQuerySet, query: QueryDict, user: "User") -> "BoardFilter":
        refuse_unknown(query, {*NAMES, *BOARD_PARAMETERS})
        named = QueryDict(mutable=True)
        for name in NAMES:
            named.setlist(name, query.getlist(name))
        return cls(ManyBatchesFilter.over(batches, named, user), _period(query))

    @property
    def batches(self) -> BatchQuerySet:
        return self.events.batches

    @property
    def batch_ids(self) -> list[int]:
        return self.events.batch_ids

    @property
    def values(self) -> dict[str, Any]:
        return self.events.values

    @property
    def query(self) -> str:
        return self.query_with()

    @property
    def fields(self) -> list[tuple[str, str]]:
        """The whole filter, for a form with other fields."""
        query = QueryDict(self.query)
        return [(name, value) for name in query for value in query.getlist(name)]

    def query_with(self, **changes: Any) -> str:
        """The board's own query string."""
        return self.events.query_with(since=self.period.first, until=self.period.last_day, **changes)

    def events_query(self, period: Period | None = None, *, origin: str = "vendor", **changes: Any) -> str:
        """The query string of events that were decided in the period, as the counters count them."""
        weeks = period or self.period
        changes = {"approval": DECIDED, **changes}
        return self.events.query_with(origin=[origin], since=weeks.first, until=weeks.end, **changes)

    @property
    def latest_query(self) -> str:
        """The same with the latest weeks at any time, of the same number."""
        return self.events.query_with(since=f"{len(self.period.weeks) - 1}w")

    @property
    def chips(self) -> list[dict[str, str]]:
        weeks = {"since": str(self.period.first), "until": str(self.period.last_day)}
        end = "&".join(f"{name}={value}" for name, value in weeks.items())
        return [{**chip, "query": "&".join(filter(None, [chip["query"], end]))} for chip in self.events.chips]

    @property
    def projects(self) -> list[str]:
        names = self.visible.exclude(project="").order_by("project").values_list("project", flat=True)
        return list(names.distinct()[:200])

    @property
    def visible(self) -> BatchQuerySet:
        assert self.events.user is not None  # `of` took one
        return Batch.objects.visible_to(self.events.user).not_archived()


def _period(query: QueryDict) -> Period:
    today = timezone.now().astimezone(UTC).date()
    last = _day(query, "until") or today
    first = _day(query, "since") or monday(last) - WEEK * (DEFAULT_WEEKS - 1)
    if first > last:
        raise BadRequest(_("since: the period ends before it begins."))
    period = Period(monday(first), monday(last) + WEEK)
    if len(period.weeks) > MAX_WEEKS:
        raise BadRequest(_("since: at most {max_weeks} weeks.").format(max_weeks=MAX_WEEKS))
    return period


def _day(query: QueryDict, name: str) -> date | None:
    """The day of a moment as people write it. Raises BadRequest."""
    text = query.get(name, "").strip()
    if not text:
        return None
    try:
        when: datetime = moment(text)
    except ValueError as error:
        raise BadRequest(f"{name}: {error}") from error
    if not 1970 <= when.year <= 2200:
        raise BadRequest(_("{name}: give a year from 1970 to 2200.").format(name=name))
    return when.date()
