"""The one EventFilter behind grid, deck, download and counts: what a query string means, and which events it names."""

import csv
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import django_filters
from django import forms
from django.core.exceptions import BadRequest
from django.db.models import F, Q, QuerySet
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from batches.models import Approval, Batch, Comparison, Event, EventPair
from batches.models.comparison import Match
from batches.models.event import Severity
from batches.models.search import mentions
from reviewer.paging import Sort
from reviewer.rarest import RarestFirst
from reviewer.since import SinceField, moment

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
}
DEFAULT_SORT = "item"
SEVERITIES = {severity.label.lower(): severity for severity in reversed(Severity)}

UNDECIDED_OPINION = Q(vendor_approval__isnull=True) & ~Q(approval=Approval.PENDING)
OTHER_OPINION = Q(vendor_approval__isnull=False) & ~Q(approval=F("vendor_approval"))
DIFFERS = Q(decided_at__isnull=False) & (UNDECIDED_OPINION | OTHER_OPINION)
CHANGED = Q(changed_since=True)
HAS_THUMBNAIL = ~Q(thumbnail_url="")
DECIDED = Q(decided_at__isnull=False)  # said as well where another condition implies it: the index asks for it
FLAGGED = Q(flagged_at__isnull=False)
DISAGREE = "disagree"  # what `match` says beside the kinds
COMPARING = ("compare", "match", "proposed")  # mean something in one batch only


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


class IdFilter(django_filters.Filter):
    field_class = forms.IntegerField


class ComparedFilter(django_filters.Filter):
    """Events of the videos that are in another batch as well, by its number."""

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

    Without a user nothing can be compared: the other batch may be one that whoever asks does not see.
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
    item = IdFilter(field_name="item", min_value=1, max_value=2**62, label="Video")
    differs = FlagFilter(DIFFERS, label="Differs from the vendor")
    changed = FlagFilter(CHANGED, label="Changed since decided")
    thumbnail = FlagFilter(HAS_THUMBNAIL, label="Has a thumbnail")
    flagged = FlagFilter(FLAGGED, label="Flagged for a second look")
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
        found = cls(query, queryset=Event.objects.filter(batch=batch).for_review())
        found.batch, found.user = batch, user
        if not found.is_valid():
            sentences = [f"{name}: {' '.join(errors)}" for name, errors in found.errors.items()]
            raise BadRequest(" ".join(sentences))
        found.comparison = found._compared()
        return found

    batch: Batch
    user: "User | None"
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
                query.setlist(name, [join_value(one) for one in value])
            elif _given(value):
                query[name] = "1" if value is True else str(value)
        return query.urlencode()

    @property
    def view_query(self) -> str:
        """The query of a saved view: it fits every batch, so no single video and no other batch is in it."""
        return self.query_with(item=None, **dict.fromkeys(COMPARING))

    @property
    def review_query(self) -> str:
        """What the deck opens with: the filter of the page; where it says nothing about approval, what is pending."""
        return self.query if self.active.get("approval") else self.query_with(approval=[str(Approval.PENDING)])

    @cached_property
    def chips(self) -> list[dict[str, str]]:
        """One for each value in use: its words, and the query string without it."""
        chips = []
        for name, value in self.active.items():
            for one in value if isinstance(value, list) else [value]:
                rest = [other for other in value if other != one] if isinstance(value, list) else None
                chips.append({"words": self._words(name, one), "query": self.query_with(**{name: rest})})
        return chips

    def _words(self, name: str, value: Any) -> str:
        label = str(self.filters[name].label)
        if value is True:
            return label
        if name == "item":
            return f"{label}: {self.batch.items.only('name', 'external_id').filter(pk=value).first() or value}"
        if name == "compare" and self.comparison:
            sides = (self.comparison.earlier, self.comparison.later)
            return f"Beside: {next((one for one in sides if one.pk == value), self.batch)}"
        if name in ("match", "proposed"):
            value = dict(self.filters[name].extra["choices"])[value].lower()
        return f"{label}: {value}"

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
