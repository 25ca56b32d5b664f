"""The one EventFilter behind grid, deck, download and counts: what a query string means, and which events it names."""

import csv
from collections.abc import Iterable, Mapping
from functools import cached_property, reduce
from operator import or_
from typing import TYPE_CHECKING, Any

import django_filters
from django import forms
from django.core.exceptions import BadRequest
from django.db.models import F, Q, QuerySet
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from batches.models import Approval, Batch, Comparison, Event, EventPair, Stage
from batches.models.comparison import Match
from batches.models.event import Severity
from batches.models.search import mentions
from batches.sampling import REVIEWED
from reviewer.filters.confidence_bands import BAND_NAMES, band_condition
from reviewer.filters.moments import SinceField, moment
from reviewer.ordering.keyset import Sort
from reviewer.ordering.random_by_category import StratifiedRandom
from reviewer.ordering.rarest_first import RarestFirst

if TYPE_CHECKING:
    from django.contrib.auth.models import User

SORTS = {
    "item": Sort("Video order", ("sequence", "id")),
    "newest": Sort("Newest first", ("id",), descending=True),
    "-confidence": Sort("Most confident first", ("confidence", "id"), descending=True, nullable=True),
    "confidence": Sort("Least confident first", ("confidence", "id"), nullable=True),
    "-severity": Sort("Most severe first", ("severity_rank", "id"), descending=True),
    "uncertain": Sort("Most uncertain first", ("uncertainty", "id"), nullable=True),
    "rarest": RarestFirst("Rarest category first", ("category", "sequence", "id")),
    "sample": StratifiedRandom("At random, every category in turn", ("random_rank", "id")),
}
DEFAULT_SORT = "item"
MAX_IDS = 500
COMPARING = ("compare", "match", "proposed")  # mean something in one batch only
FIELDLESS = ("disputed", "ids", "band", "until", "undecided", *COMPARING)
SEVERITIES = {severity.label.lower(): severity for severity in reversed(Severity)}

UNDECIDED_OPINION = Q(vendor_approval__isnull=True) & ~Q(approval=Approval.PENDING)
OTHER_OPINION = Q(vendor_approval__isnull=False) & ~Q(approval=F("vendor_approval"))
DIFFERS = Q(decided_at__isnull=False) & (UNDECIDED_OPINION | OTHER_OPINION)
CHANGED = Q(changed_since=True)
HAS_THUMBNAIL = ~Q(thumbnail_url="")
DECIDED = Q(decided_at__isnull=False)  # said as well where another condition implies it: the index asks for it
DISPUTED = Q(consensus__stage=Stage.DISPUTED)
FLAGGED = Q(flagged_at__isnull=False)
COMMENTED = Q(conversation__comments__gt=0)
UNRESOLVED = Q(conversation__unresolved=True)
ME, NOBODY = "me", "nobody"  # what `assigned` says beside user names
DISAGREE = "disagree"  # what `match` says beside the kinds


def split_values(texts: Iterable[str]) -> list[str]:
    """Several values of one parameter: repeated, comma-separated or both; a value with a comma stands in quotes."""
    return list(dict.fromkeys(cell for text in texts for cell in _cells(text) if cell))


def _cells(text: str) -> list[str]:
    try:
        return next(csv.reader([text], skipinitialspace=True), [])
    except csv.Error:
        return [text]


def _given(value: Any) -> bool:
    """Whether a filter is on. A confidence of 0 is: it equals False, but is not it."""
    return value is not None and value is not False and value != "" and value != []


def join_value(value: str) -> str:
    """The text that `split_values` reads as this one value."""
    plain = value == value.strip() and not any(sign in value for sign in ',"\r\n')
    return value if plain else '"' + value.replace('"', '""') + '"'


class SeveralWidget(forms.SelectMultiple):
    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> list[str]:
        texts = data.getlist(name) if isinstance(data, MultiValueDict) else [data[name]] if data.get(name) else []
        return split_values(texts)


class SeveralField(forms.MultipleChoiceField):
    """Several values; with choices only those, and the error names them."""

    widget = SeveralWidget

    def valid_value(self, value: Any) -> bool:
        return not self.choices or super().valid_value(value)

    def validate(self, value: Any) -> None:
        for one in value or ():
            if "\0" in one:
                raise forms.ValidationError("Null characters are not allowed.")
            if not self.valid_value(one):
                valid = ", ".join(str(choice) for choice, _ in self.choices)  # type: ignore[union-attr, misc]
                raise forms.ValidationError(f"{one!r} is not one of: {valid}.")


class SeveralFilter(django_filters.Filter):
    parent: "EventFilter"
    field_class = SeveralField

    def filter(self, qs: QuerySet[Event], value: list[str]) -> QuerySet[Event]:
        return qs.filter(**{f"{self.field_name}__in": value}) if value else qs


class DecidedFilter(SeveralFilter):
    """Values that only decided events have."""

    def filter(self, qs: QuerySet[Event], value: list[str]) -> QuerySet[Event]:
        return super().filter(qs.filter(DECIDED), value) if value else qs


class SinceFilter(django_filters.Filter):
    field_class = SinceField

    def filter(self, qs: QuerySet[Event], value: str) -> QuerySet[Event]:
        return qs.filter(DECIDED, decided_at__gte=moment(value)) if value else qs


class UntilFilter(django_filters.Filter):
    field_class = SinceField

    def filter(self, qs: QuerySet[Event], value: str) -> QuerySet[Event]:
        return qs.filter(DECIDED, decided_at__lt=moment(value)) if value else qs


class BandFilter(SeveralFilter):
    def filter(self, qs: QuerySet[Event], value: list[str]) -> QuerySet[Event]:
        return qs.filter(reduce(or_, (band_condition(name) for name in value))) if value else qs


class IdsField(SeveralField):
    """Up to 500 ids of events, comma-separated."""

    def clean(self, value: list[str]) -> list[int]:
        if len(value) > MAX_IDS:
            raise forms.ValidationError(f"At most {MAX_IDS} can be named.")
        for one in value:
            if not (one.isascii() and one.isdigit() and len(one) < 19):
                raise forms.ValidationError(f"{one!r} is not the number of an event.")
        return [int(one) for one in value]


class IdsFilter(django_filters.Filter):
    field_class = IdsField

    def filter(self, qs: QuerySet[Event], value: list[int]) -> QuerySet[Event]:
        return qs.filter(pk__in=value) if value else qs


class SeverityFilter(SeveralFilter):
    def filter(self, qs: QuerySet[Event], value: list[str]) -> QuerySet[Event]:
        return super().filter(qs, [str(SEVERITIES[word].value) for word in value])


class FlagFilter(django_filters.Filter):
    """On or absent. `0` and `false` mean absent, anything else than on or off is an error."""

    field_class = forms.TypedChoiceField

    def __init__(self, meaning: Q, label: str) -> None:
        super().__init__(
            label=label,
            choices=[("1", "yes"), ("true", "yes"), ("on", "yes"), ("0", "no"), ("false", "no")],
            coerce=lambda word: word in ("1", "true", "on"),
            empty_value=False,
            error_messages={"invalid_choice": "%(value)s is not one of: 1, 0."},
        )
        self.meaning = meaning

    def filter(self, qs: QuerySet[Event], value: bool) -> QuerySet[Event]:
        return qs.filter(self.meaning) if value else qs


class AssignedFilter(SeveralFilter):
    """User names; `me` is whoever asks, `nobody` what has no person."""

    def filter(self, qs: QuerySet[Event], value: list[str]) -> QuerySet[Event]:
        if not value:
            return qs
        user = self.parent.user
        named = {user.get_username() if one == ME and user else one for one in value} - {NOBODY}
        meaning = Q(assignment__user__username__in=named) if named else Q(pk__in=[])
        return qs.filter(meaning | Q(assignment__user__isnull=True) if NOBODY in value else meaning)


class IdFilter(django_filters.Filter):
    field_class = forms.IntegerField


class ComparedFilter(django_filters.Filter):
    """Events of the videos that are in another batch as well, by its number."""

    parent: "EventFilter"
    field_class = forms.IntegerField

    def filter(self, qs: QuerySet[Event], value: Any) -> QuerySet[Event]:
        return self.parent.paired(qs, EventPair.objects.all()) if value else qs


class MatchFilter(SeveralFilter):
    def filter(self, qs: QuerySet[Event], value: list[str]) -> QuerySet[Event]:
        if not value:
            return qs
        pairs = EventPair.objects.disagreeing() if DISAGREE in value else EventPair.objects.none()
        return self.parent.paired(qs, EventPair.objects.filter(match__in=value), pairs)


class ProposedFilter(SeveralFilter):
    """Events that nobody decided and whose partner in the other batch has one of these verdicts."""

    def filter(self, qs: QuerySet[Event], value: list[str]) -> QuerySet[Event]:
        if not value:
            return qs
        proposals = EventPair.objects.proposals().filter(earlier__approval__in=value)
        return qs.filter(pk__in=proposals.filter(comparison=self.parent.comparison).values("later"))


class EventFilter(django_filters.FilterSet):
    """`EventFilter.of(batch, request.GET, request.user)`. Unknown parameters are ignored; a wrong value raises BadRequest.

    Without a user nobody can ask for what is assigned to `me`, and nothing can be compared: the other batch may be one
    that whoever asks does not see.
    """

    approval = SeveralFilter(choices=Approval.choices, label="Approval")
    severity = SeverityFilter(
        field_name="severity_rank", choices=[(word, word.capitalize()) for word in SEVERITIES], label="Severity"
    )
    category = SeveralFilter(label="Category")
    confidence_min = django_filters.NumberFilter(
        field_name="confidence", lookup_expr="gte", min_value=0, max_value=1, label="Confidence from"
    )
    confidence_max = django_filters.NumberFilter(
        field_name="confidence", lookup_expr="lte", min_value=0, max_value=1, label="Confidence to"
    )
    q = django_filters.CharFilter(method="search", label="Text", max_length=200)
    reviewer = DecidedFilter(field_name="decided_by__username", label="Reviewer")
    reason = DecidedFilter(field_name="reason", label="Reason")
    since = SinceFilter(label="Decided since", max_length=40)
    until = UntilFilter(label="Decided before", max_length=40)
    band = BandFilter(choices=[(name, name) for name in BAND_NAMES], label="Confidence band")
    ids = IdsFilter(label="Chosen events")
    item = IdFilter(field_name="item", min_value=1, max_value=2**62, label="Video")
    differs = FlagFilter(DIFFERS, label="Differs from the vendor")
    changed = FlagFilter(CHANGED, label="Changed since decided")
    thumbnail = FlagFilter(HAS_THUMBNAIL, label="Has a thumbnail")
    undecided = FlagFilter(~REVIEWED, label="Looked at by nobody here")
    flagged = FlagFilter(FLAGGED, label="Flagged for a second look")
    comments = FlagFilter(COMMENTED, label="Has comments")
    unresolved = FlagFilter(UNRESOLVED, label="Comments not resolved")
    assigned = AssignedFilter(label="Assigned to")
    disputed = FlagFilter(DISPUTED, label="Opinions differ")
    compare = ComparedFilter(min_value=1, max_value=2**62, label="Beside batch")
    match = MatchFilter(choices=[*Match.choices, (DISAGREE, "They disagree")], label="In the other batch")
    proposed = ProposedFilter(choices=Approval.choices[1:], label="Proposed")
    sort = django_filters.ChoiceFilter(
        choices=[(name, sort.words) for name, sort in SORTS.items()],
        method="keep_order",
        label="Sort",
        error_messages={"invalid_choice": f"%(value)s is not one of: {', '.join(SORTS)}."},
    )

    @classmethod
    def of(cls, batch: Batch, query: QueryDict, user: "User | None" = None) -> "EventFilter":
        found = cls(query, queryset=cls.everything(batch, query))
        found.batch, found.user = batch, user
        if not found.is_valid():
            sentences = [f"{name}: {' '.join(errors)}" for name, errors in found.errors.items()]
            raise BadRequest(" ".join(sentences))
        asked = found.values["assigned"]
        if user is None and isinstance(asked, list) and ME in asked:
            raise BadRequest("assigned: nobody is signed in who could be “me”; give a user name.")
        found.comparison = found._compared()
        return found

    batch: Batch
    user: "User | None"
    queryset: QuerySet[Event]

    @classmethod
    def everything(cls, batch: Batch, query: QueryDict) -> QuerySet[Event]:
        """What the filter chooses from."""
        return Event.objects.filter(batch=batch).for_review()

    comparison: Comparison | None

    def _compared(self) -> Comparison | None:
        """What `compare` names. Raises BadRequest where there is none that this person may see."""
        wanted = self.values["compare"]
        if wanted is None:
            if self.values["match"] or self.values["proposed"]:
                raise BadRequest("compare: say beside which batch, by its number.")
            return None
        other = Batch.objects.visible_to(self.user).filter(pk=wanted).first() if self.user else None
        comparison = Comparison.objects.between(self.batch, other) if other else None
        if comparison is None:
            raise BadRequest(f"compare: this batch was not compared with a batch {wanted}.")
        return comparison

    def paired(self, events: QuerySet[Event], *pairs: QuerySet[EventPair]) -> QuerySet[Event]:
        """Events that are on this batch's side of one of the pairs."""
        comparison, meant = self.comparison, Q()
        assert comparison is not None  # `of` has seen to it
        for name in ("earlier", "later"):
            if getattr(comparison, f"{name}_id") == self.batch.pk:
                for some in pairs:
                    there = some.filter(comparison=comparison, **{f"{name}__isnull": False})
                    meant |= Q(pk__in=there.values(name))
        return events.filter(meant)

    def search(self, events: QuerySet[Event], name: str, text: str) -> QuerySet[Event]:
        return events.filter(mentions(self.batch.pk, text))

    def keep_order(self, events: QuerySet[Event], name: str, value: str) -> QuerySet[Event]:
        return events

    @property
    def values(self) -> dict[str, Any]:
        """What was asked, cleaned."""
        return self.form.cleaned_data

    @property
    def active(self) -> dict[str, Any]:
        """The filters that are on; the order is none of them."""
        on = {name: value for name, value in self.values.items() if _given(value)}
        return {name: value for name, value in on.items() if name != "sort"}

    @property
    def order(self) -> Sort:
        return SORTS[self.values["sort"] or DEFAULT_SORT].of(self.batch)

    @property
    def total(self) -> int | None:
        """How many events, where the batch's own counters say so; None where they would have to be counted."""
        if set(self.active) - {"approval"}:
            return None
        counts = self.batch.counts
        return sum(counts[name] for name in self.active.get("approval", counts))

    @cached_property
    def query(self) -> str:
        """The filter and the order as a query string: the one behind every link of the page."""
        return self.query_with()

    def query_with(self, **changes: Any) -> str:
        """As `query`, with some values replaced; an empty one is left out."""
        query = QueryDict(mutable=True)
        order = {} if self.values["sort"] == DEFAULT_SORT else {"sort": self.values["sort"]}
        for name, value in {**self.active, **order, **changes}.items():
            if isinstance(value, list):
                query.setlist(name, [join_value(str(one)) for one in value])
            elif _given(value):
                query[name] = "1" if value is True else str(value)
        return query.urlencode()

    @property
    def view_query(self) -> str:
        """The query of a saved view: it fits every batch, so no single video or event, and no other batch, is in it."""
        return self.query_with(item=None, ids=None, **dict.fromkeys(COMPARING))

    @property
    def review_query(self) -> str:
        """What the deck opens with: the filter of the page; where it says nothing about approval, what is pending."""
        return self.query if self.active.get("approval") else self.query_with(approval=[str(Approval.PENDING)])

    @cached_property
    def chips(self) -> list[dict[str, str]]:
        """One for each value in use: its words, and the query string without it."""
        chips = []
        for name, value in self.active.items():
            several = isinstance(value, list) and name != "ids"
            for one in value if several else [value]:
                rest = [other for other in value if other != one] if several else None
                chips.append({"words": self._words(name, one), "query": self.query_with(**{name: rest})})
        return chips

    def _words(self, name: str, value: Any) -> str:
        label = str(self.filters[name].label)
        if value is True:
            return label
        if name == "ids":
            return f"{len(value)} chosen event{'' if len(value) == 1 else 's'}"
        if name == "item":
            return f"{label}: {self.batch.items.only('name', 'external_id').filter(pk=value).first() or value}"
        if name == "compare" and self.comparison:
            sides = (self.comparison.earlier, self.comparison.later)
            return f"Beside: {next((one for one in sides if one.pk == value), self.batch)}"
        if name in ("match", "proposed"):
            value = dict(self.filters[name].extra["choices"])[value].lower()
        return f"{label}: {value}"

    @property
    def kept_fields(self) -> list[tuple[str, str]]:
        """What the form beside the grid has no field for."""
        return [pair for pair in self.hidden_fields if pair[0] in FIELDLESS]

    @property
    def hidden_fields(self) -> list[tuple[str, str]]:
        """All but the approval, for a form that asks for approval itself."""
        query = QueryDict(self.query)
        return [(name, value) for name in query if name != "approval" for value in query.getlist(name)]

    def without(self, *names: str) -> QuerySet[Event]:
        """The events as if these filters were off: what their choices are counted in."""
        events = self.queryset.all()
        for other in self.active:
            if other not in names:
                events = self.filters[other].filter(events, self.values[other])
        return events
