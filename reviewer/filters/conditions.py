"""The kinds of filters on events. Each filter declares its properties, so that no other module keeps a list."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import Enum
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy

from batches.export.past import then
from batches.models import Assignment, DecidedCount, Event, EventPair, FilterCount, SearchMatch
from batches.models.batch import BatchQuerySet
from batches.models.confidence_band import BANDS
from batches.models.event import Origin
from batches.models.severity import Severity
from reviewer.filters.confidence_bands import BAND_NAMES, band_condition
from reviewer.filters.moments import SinceField, is_relative, moment
from reviewer.filters.values import IdsField, SeveralField, is_given
from reviewer.forms.fields import DecimalField

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as StrOrPromise

    from reviewer.filters.events import EventFilter

SEVERITIES = {severity.name.lower(): severity for severity in reversed(Severity)}
# Added even if another condition implies it, so that the index is used; a comparison of `decided_at` does without it.
DECIDED = Q(decided_at__isnull=False)
HAS_CORRECTIONS = Q(corrections__isnull=False)  # as well
DECIDED_COUNTS, CORRECTED_COUNTS = Q(is_decided=True), Q(is_corrected=True)  # the same, on `FilterCount`
COUNTED = {field.name for field in FilterCount._meta.get_fields()}
ME, NOBODY = "me", "nobody"  # values of `assigned` beside user names
DISAGREE = "disagree"  # a value of `match` beside the kinds


class Past(Enum):
    """How a filter applies to a moment in the past."""

    SAME = "the vendor's data: as today"
    LEDGER = "people's verdicts: the same condition, on the values that the ledger has for that moment"
    UNKNOWN = "not recorded: refused"


@dataclass(frozen=True, slots=True)
class About:
    """The properties of a filter. None has a default, so that every new filter declares all of them.

    `outcome`: it selects by the outcome of the review, so precision cannot be estimated from its events.
    `in_revision`: `batches.export.revision` changes whenever the result of the filter does.
    `any_batch`: it means the same in every batch, so a saved view keeps it.
    """

    past: Past
    outcome: bool
    in_revision: bool
    any_batch: bool


VENDOR = About(Past.SAME, outcome=False, in_revision=True, any_batch=True)
VERDICT = About(Past.LEDGER, outcome=True, in_revision=True, any_batch=True)
CORRECTED = About(Past.LEDGER, outcome=True, in_revision=True, any_batch=True)
ORIGIN = About(Past.SAME, outcome=True, in_revision=True, any_batch=True)
MARK = About(Past.UNKNOWN, outcome=True, in_revision=True, any_batch=True)
OPINIONS = About(Past.UNKNOWN, outcome=False, in_revision=True, any_batch=True)
TEAM = About(Past.UNKNOWN, outcome=False, in_revision=False, any_batch=True)  # comments and assignments
SEARCHED = replace(VENDOR, in_revision=False)  # a later sync may bring in more of what a search named
VALUES = replace(VENDOR, past=Past.LEDGER)  # the vendor's, until a person corrects it
VIDEO = replace(VENDOR, any_batch=False)
PICKED = replace(VIDEO, outcome=True)
BESIDE = About(Past.SAME, outcome=False, in_revision=False, any_batch=False)  # in a comparison with another batch
PARTNER = replace(BESIDE, past=Past.UNKNOWN)  # depends on verdicts in the other batch, or on a later comparison


class Condition(django_filters.Filter):
    """A condition on events. `hidden`: the form beside the grid has no field for it."""

    parent: "EventFilter"
    of_decided = False  # whether only decided events meet it
    counter: type[FilterCount | DecidedCount] = (
        FilterCount  # the counters that tell of it; `DecidedCount` of the others too
    )

    def __init__(self, *args: Any, about: About, hidden: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        self.about, self.hidden = about, hidden

    def condition(self, value: Any) -> Q:
        return Q(**{f"{self.field_name}__{self.lookup_expr}": value})

    def filter(self, qs: QuerySet[Event], value: Any) -> QuerySet[Event]:
        if not is_given(value):
            return qs
        condition = self.condition(value)
        return qs.filter(then(condition) if self.parent.at and self.about.past is Past.LEDGER else condition)

    def counted(self, value: Any) -> Q | None:
        """The same condition on `counter`; None where only the events can tell."""
        return None

    def counted_at_most(self, value: Any) -> Q | None:
        """A condition on `counter` that all of the events meet, and perhaps others; None if there is none."""
        return DECIDED_COUNTS if self.of_decided and self.counted(value) is None else self.counted(value)

    def keys(self, value: Any) -> QuerySet[Any, Any] | None:
        """The keys of the events that meet it, read apart from the others; None if they cannot be."""
        return None

    def _keys_of(self, rows: QuerySet[Any], name: str = "event") -> QuerySet[Any, Any]:
        return rows.filter(batch__in=self.parent.batch_ids).order_by().values_list(name, flat=True)

    def in_revision(self, value: Any) -> bool:
        """Whether `batches.export.revision` changes whenever the answer for this value does."""
        return self.about.in_revision


def counter_of(conditions: Iterable[Condition]) -> type[FilterCount | DecidedCount]:
    """The counters that tell of all of these."""
    return DecidedCount if any(condition.counter is DecidedCount for condition in conditions) else FilterCount


class SeveralFilter(Condition):
    field_class = SeveralField

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, lookup_expr="in", **options)

    def counted(self, value: list[str]) -> Q | None:
        return self.condition(value) if self.field_name in COUNTED else None


class DecidedFilter(SeveralFilter):
    """Values that only decided events have."""

    of_decided = True
    counter = DecidedCount

    def condition(self, value: list[str]) -> Q:
        return DECIDED & super().condition(value)

    def counted(self, value: list[str]) -> Q:
        return super().condition(value)


class OfCorrectedFilter(SeveralFilter):
    """Values that only corrected events have. They have an index, which SQLite leaves for that of decided ones."""

    def keys(self, value: list[str]) -> QuerySet[Any, Any]:
        return self._keys_of(Event.objects.filter(self.condition(value)), "pk")

    def counted_at_most(self, value: list[str]) -> Q:
        return CORRECTED_COUNTS


class VendorValueFilter(OfCorrectedFilter):
    """The vendor's values of a field that people corrected."""

    def condition(self, value: list[str]) -> Q:
        return HAS_CORRECTIONS & super().condition(value)


class DecidedAtFilter(Condition):
    """A moment as people write it."""

    field_class = SinceField
    of_decided = True

    def __init__(self, lookup_expr: str, **options: Any) -> None:
        super().__init__("decided_at", lookup_expr, max_length=40, **options)

    def condition(self, value: str) -> Q:
        return super().condition(moment(value))

    def in_revision(self, value: str) -> bool:
        return super().in_revision(value) and not is_relative(value)


class CorrectedFilter(OfCorrectedFilter):
    """Fields that people corrected; `1` is any of them."""

    def condition(self, value: list[str]) -> Q:
        names = ["start_s", "end_s"] if "span" in value else []
        names += [name for name in value if name not in ("1", "span")]
        conditions = [Q(corrections__contains=f'"{name}":') for name in names]
        return HAS_CORRECTIONS if "1" in value else HAS_CORRECTIONS & reduce(or_, conditions)

    def counted(self, value: list[str]) -> Q | None:
        return CORRECTED_COUNTS if "1" in value else None


class OriginFilter(SeveralFilter):
    """`reviewer`: what people added; `vendor`: everything else."""

    def condition(self, value: list[str]) -> Q:
        added = Q(origin__isnull=False)
        return reduce(or_, [added if name == Origin.REVIEWER else ~added for name in value])

    def keys(self, value: list[str]) -> QuerySet[Any, Any] | None:
        return self._keys_of(Event.objects.added(), "pk") if value == [Origin.REVIEWER] else None

    def counted(self, value: list[str]) -> Q:
        return Q(is_added__in=[name == Origin.REVIEWER for name in value])


class BandFilter(SeveralFilter):
    def condition(self, value: list[str]) -> Q:
        return reduce(or_, map(band_condition, value))

    def counted(self, value: list[str]) -> Q:
        return Q(band__in=[BAND_NAMES.index(name) for name in value])


class IdsFilter(Condition):
    field_class = IdsField

    def condition(self, value: list[int]) -> Q:
        return Q(pk__in=value)


class SeverityFilter(SeveralFilter):
    def condition(self, value: list[str]) -> Q:
        return super().condition([str(SEVERITIES[name].value) for name in value])


class WordsFilter(Condition):
    field_class = forms.CharField

    def condition(self, value: str) -> Q:
        conditions = self.parent.word_conditions
        if value not in conditions:
            conditions[value] = self.parent.words_condition(value)
        return conditions[value]


class NumberFilter(Condition, django_filters.NumberFilter):
    field_class = DecimalField

    def counted(self, value: Decimal) -> Q | None:
        """From where a band begins; the first one has no beginning."""
        first = value * BANDS
        if self.lookup_expr != "gte" or first != int(first) or not 1 <= first < BANDS:
            return None
        return Q(band__gte=int(first), band__lt=BANDS)


class IdFilter(Condition):
    field_class = forms.IntegerField

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, min_value=1, max_value=2**62, **options)


class SearchFilter(IdFilter):
    """The events that a search names."""

    def condition(self, value: int) -> Q:
        return Q(pk__in=SearchMatch.objects.filter(search=value, event__isnull=False).values("event"))


class FlagFilter(Condition):
    """On or absent. `0` and `false` mean absent; any value other than on or off is an error.

    `counted_as`: the same on counters. `rows`: of a table in which only few events have one, those of events that meet
    it; such a flag is counted separately. `indexed`: an index has just the events that meet it.
    """

    field_class = forms.TypedChoiceField

    def __init__(
        self,
        meaning: Q,
        label: "StrOrPromise",
        *,
        counted_as: Q | None = None,
        rows: QuerySet[Any] | None = None,
        indexed: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(
            label=label,
            choices=[("1", "yes"), ("true", "yes"), ("on", "yes"), ("0", "no"), ("false", "no")],
            coerce=lambda text: text in ("1", "true", "on"),
            empty_value=False,
            error_messages={"invalid_choice": gettext_lazy("%(value)s is not one of: 1, 0.")},
            **options,
        )
        self.meaning, self.counted_as, self.rows, self.indexed = meaning, counted_as, rows, indexed

    def condition(self, value: bool) -> Q:
        return self.meaning

    def counted(self, value: bool) -> Q | None:
        return self.counted_as

    def keys(self, value: bool) -> QuerySet[Any, Any] | None:
        if self.indexed:  # SQLite takes that of another filter
            return self._keys_of(Event.objects.filter(self.meaning), "pk")
        return None if self.rows is None else self._keys_of(self.rows)


class AssignedFilter(SeveralFilter):
    """User names; `me` is the person who asks, `nobody` an event without a person."""

    def condition(self, value: list[str]) -> Q:
        names = self._names(value)
        condition = Q(assignment__user__username__in=names) if names else Q(pk__in=[])
        return condition | Q(assignment__user__isnull=True) if NOBODY in value else condition

    def keys(self, value: list[str]) -> QuerySet[Any, Any] | None:
        names = self._names(value)
        return None if NOBODY in value else self._keys_of(Assignment.objects.filter(user__username__in=names))

    def _names(self, value: list[str]) -> set[str]:
        user = self.parent.user
        return {user.get_username() if name == ME and user else name for name in value} - {NOBODY}


class ComparedFilter(IdFilter):
    """Events of videos that are also in another batch, given by its number."""

    def condition(self, value: int) -> Q:
        return self.parent.paired([EventPair.objects.all()])


class MatchFilter(SeveralFilter):
    def condition(self, value: list[str]) -> Q:
        pairs = EventPair.objects.disagreeing() if DISAGREE in value else EventPair.objects.none()
        return self.parent.paired([EventPair.objects.filter(match__in=value), pairs])


class ScopeFilter(Condition):
    """Values that choose the batches whose events are listed: it is applied to batches, not to events."""

    def __init__(
        self, field_class: type[IdsField | SeveralField], batches_lookup: str, label: "StrOrPromise", **options: Any
    ) -> None:
        self.field_class, self.batches_lookup = field_class, batches_lookup
        super().__init__(label=label, about=VENDOR, **options)

    def filter(self, qs: QuerySet[Event], value: Any) -> QuerySet[Event]:
        return qs

    def counted(self, value: Any) -> Q:
        return Q()

    def narrowed(self, batches: BatchQuerySet, value: Any, visible: BatchQuerySet) -> BatchQuerySet:
        """Those of the batches that have one of the values. `visible`: all that the person may see."""
        return batches.filter(**{self.batches_lookup: value})


class PromptFilter(ScopeFilter):
    """Numbers of batches: the batches with the same prompt as one of them."""

    def narrowed(self, batches: BatchQuerySet, value: Any, visible: BatchQuerySet) -> BatchQuerySet:
        return batches.filter(prompt__in=visible.filter(pk__in=value).order_by().values("prompt"))


class ProposedFilter(SeveralFilter):
    """Events that nobody decided and whose partner in the other batch has one of these verdicts."""

    def condition(self, value: list[str]) -> Q:
        proposals = EventPair.objects.proposals().filter(earlier__approval__in=value)
        return Q(pk__in=proposals.filter(comparison=self.parent.comparison).values("later"))


class SortFilter(django_filters.ChoiceFilter):
    """The order. It is validated like a filter, and does not select events."""

    def filter(self, qs: QuerySet[Event], value: str) -> QuerySet[Event]:
        return qs
