"""The same filter, asked of a moment in the past (`as_of=`): for downloads only, the pages show today."""
# Declared filters replace inherited ones of another class.
# mypy: disable-error-code="assignment"

from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import django_filters
from django.core.exceptions import BadRequest
from django.db.models import F, Q, QuerySet
from django.http import QueryDict

from batches.export.past import DECIDED_THEN, as_of
from batches.models import Approval, Batch, Event
from reviewer.filters.events import EventFilter, FlagFilter, SeveralFilter, SinceFilter
from reviewer.filters.moments import moment

if TYPE_CHECKING:
    from django.contrib.auth.models import User

_UNDECIDED_OPINION = Q(vendor_approval__isnull=True) & ~Q(then_approval=Approval.PENDING)
_OTHER_OPINION = Q(vendor_approval__isnull=False) & ~Q(then_approval=F("vendor_approval"))


class ThenFilter(SeveralFilter):
    """Values that only events decided by then have."""

    def filter(self, qs: QuerySet[Event], value: list[str]) -> QuerySet[Event]:
        return super().filter(qs.filter(DECIDED_THEN), value) if value else qs


class SinceThenFilter(SinceFilter):
    def filter(self, qs: QuerySet[Event], value: str) -> QuerySet[Event]:
        return qs.filter(DECIDED_THEN, Q(then_decided_at__gte=moment(value))) if value else qs


class UntilThenFilter(SinceFilter):
    def filter(self, qs: QuerySet[Event], value: str) -> QuerySet[Event]:
        return qs.filter(DECIDED_THEN, Q(then_decided_at__lt=moment(value))) if value else qs


class MomentFilter(SinceFilter):
    """The moment itself; it is in the events that the filter chooses from already."""

    def filter(self, qs: QuerySet[Event], value: str) -> QuerySet[Event]:
        return qs


class TodayOnly(django_filters.CharFilter):
    """Something whose past is not kept."""

    def filter(self, qs: QuerySet[Event], value: str) -> QuerySet[Event]:
        if value not in ("", "0", "false"):
            raise BadRequest(f"{self.label}: not known of a moment in the past; take as_of or this filter away.")
        return qs


class PastFilter(EventFilter):
    approval = SeveralFilter(field_name="then_approval", choices=Approval.choices, label="Approval")
    reviewer = ThenFilter(field_name="then_reviewer", label="Reviewer")
    reason = ThenFilter(field_name="then_reason", label="Reason")
    since = SinceThenFilter(label="Decided since", max_length=40)
    until = UntilThenFilter(label="Decided before", max_length=40)
    differs = FlagFilter(DECIDED_THEN & (_UNDECIDED_OPINION | _OTHER_OPINION), label="Differs from the vendor")
    changed = TodayOnly(label="Changed since decided")
    flagged = TodayOnly(label="Flagged for a second look")
    undecided = TodayOnly(label="Looked at by nobody here")
    comments = TodayOnly(label="Has comments")
    unresolved = TodayOnly(label="Comments not resolved")
    assigned = TodayOnly(label="Assigned to")
    disputed = TodayOnly(label="Opinions differ")
    match = TodayOnly(label="In the other batch")
    proposed = TodayOnly(label="Proposed")
    as_of = MomentFilter(label="As of", max_length=40)

    moment: datetime

    @classmethod
    def everything(cls, batch: Batch, query: QueryDict) -> QuerySet[Event]:
        return as_of(Event.objects.filter(batch=batch), _moment(query))

    @cached_property
    def active(self) -> dict[str, Any]:
        """The filters that are on; the moment is none of them."""
        return {name: value for name, value in super().active.items() if name != "as_of"}

    @property
    def total(self) -> int | None:
        return None


def _moment(query: QueryDict) -> datetime:
    try:
        return moment(str(query["as_of"]).strip())
    except ValueError as error:
        raise BadRequest(f"as_of: {error}") from error


def filter_of(batch: Batch, query: QueryDict, user: "User | None") -> tuple[EventFilter, datetime | None]:
    """The filter that a download's query means, and the moment it is asked of. Raises BadRequest."""
    if not query.get("as_of"):
        return EventFilter.of(batch, query, user), None
    when = _moment(query)
    query = query.copy()
    query["as_of"] = when.isoformat()  # "24h" is one moment for all that is read
    return PastFilter.of(batch, query, user), when
