"""The one EventFilter behind grid, deck, download and counts: the meaning of a query string, and the events it
selects.
"""

from collections import OrderedDict
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import django_filters
from django.core.exceptions import BadRequest
from django.db.models import Q, QuerySet, Sum
from django.http import QueryDict
from django.utils.text import format_lazy
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from batches.export.past import as_of
from batches.models import (
    Approval,
    Assignment,
    Batch,
    Comparison,
    Consensus,
    Conversation,
    DecidedCount,
    Event,
    EventPair,
    FilterCount,
    Item,
    Stage,
    VideoSearch,
)
from batches.models.comparison import Match
from batches.models.counters import REVIEWED_COUNTS, Counters
from batches.models.event import CHANGED, DIFFERS_FROM_VENDOR, REVIEWED, Origin
from batches.models.search import are_rare, count_between, ends, mentions
from reviewer.filters.conditions import (
    BESIDE,
    CORRECTED,
    DECIDED,
    DISAGREE,
    MARK,
    ME,
    NOBODY,
    OPINIONS,
    ORIGIN,
    PARTNER,
    PICKED,
    SEARCHED,
    SEVERITIES,
    TEAM,
    VALUES,
    VENDOR,
    VERDICT,
    VIDEO,
    AssignedFilter,
    BandFilter,
    ComparedFilter,
    Condition,
    CorrectedFilter,
    DecidedAtFilter,
    DecidedFilter,
    FlagFilter,
    IdFilter,
    IdsFilter,
    MatchFilter,
    NumberFilter,
    OriginFilter,
    Past,
    ProposedFilter,
    SearchFilter,
    SeveralFilter,
    SeverityFilter,
    SortFilter,
    VendorValueFilter,
    WordsFilter,
    counter_of,
)
from reviewer.filters.confidence_bands import BAND_NAMES, RANGE, bands_condition, whole_bands
from reviewer.filters.few_events import FEW, LARGE, categories, listed, where_few
from reviewer.filters.filter_sets import LightFilterSet
from reviewer.filters.unknown import refuse_unknown
from reviewer.filters.values import is_given, join_value
from reviewer.forms.fields import sentence
from reviewer.ordering.keyset import Sort
from reviewer.ordering.match_order import MatchOrder
from reviewer.ordering.random_by_category import StratifiedRandom
from reviewer.ordering.rarest_first import RarestFirst

if TYPE_CHECKING:
    from django.contrib.auth.models import User

SORTS = {
    "item": Sort(_("Video order"), ("sequence", "id")),
    "newest": Sort(_("Newest first"), ("id",), descending=True),
    "-confidence": Sort(_("Most confident first"), ("confidence", "id"), descending=True, nullable=True),
    "confidence": Sort(_("Least confident first"), ("confidence", "id"), nullable=True),
    "-severity": Sort(_("Most severe first"), ("severity_rank", "id"), descending=True),
    "uncertain": Sort(_("Most uncertain first"), ("uncertainty", "id"), nullable=True),
    "rarest": RarestFirst(_("Rarest category first"), ("category", "sequence", "id")),
    "sample": StratifiedRandom(_("Random, balanced by category"), ("random_rank", "id")),
}
DEFAULT_SORT = "item"
MOST_READ = 10_000  # events, to count them while somebody waits
BY_CATEGORY = ("rarest", "sample")  # orders that read category after category
MATCHES = "matches"  # the order of a search's events
BEST_MATCH = MatchOrder(_("Best match first"), ("position", "id"))
CORRECTED_FIELDS = [
    ("1", _("any field")),
    ("label", _("label")),
    ("category", _("category")),
    ("severity", _("severity")),
    ("span", _("span")),
    ("box", _("box")),
]
# Parameters of the pages of events beside the filter: position, shown part, way here.
PAGE_PARAMETERS = frozenset({"after", "at", "event", "figures", "from", "page", "place", "tab", "view", "whole"})
ORIGINS = [("vendor", _("Vendor")), (str(Origin.REVIEWER), Origin.REVIEWER.label)]


class EventFilter(LightFilterSet):
    """`EventFilter.of(batch, request.GET, request.user)`. A wrong value and an unknown parameter raise
    BadRequest.

    Without a user, `assigned=me` and comparisons are refused: nobody knows who `me` is, or whether the other batch may
    be seen.
    """

    approval = SeveralFilter(choices=Approval.choices, label=_("Approval"), about=VERDICT)
    severity = SeverityFilter(
        "severity_rank",
        choices=[(name, rank.label) for name, rank in SEVERITIES.items()],
        label="Severity",
        about=VALUES,
    )
    category = SeveralFilter(label=_("Category"), about=VALUES)
    confidence_min = NumberFilter(
        "confidence", "gte", min_value=0, max_value=1, label=_("Confidence from"), about=VENDOR
    )
    confidence_max = NumberFilter("confidence", "lte", min_value=0, max_value=1, label=_("Confidence to"), about=VENDOR)
    q = WordsFilter(label=_("Text"), max_length=200, about=VENDOR)
    reviewer = DecidedFilter("decided_by__username", label=_("Reviewer"), about=VERDICT)
    reason = DecidedFilter("reason", label=_("Reason"), about=VERDICT)
    since = DecidedAtFilter("gte", label=_("Decided since"), about=VERDICT)
    until = DecidedAtFilter("lt", label=_("Decided before"), about=VERDICT, hidden=True)
    band = BandFilter(
        choices=[(name, name) for name in BAND_NAMES], label=_("Confidence band"), about=VENDOR, hidden=True
    )
    ids = IdsFilter(label=_("Selected events"), about=PICKED, hidden=True)
    item = IdFilter(label=_("Video"), about=VIDEO)
    differs = FlagFilter(DIFFERS_FROM_VENDOR, _("Differs from the vendor"), counted_as=Q(differs=True), about=VERDICT)
    changed = FlagFilter(
        CHANGED, _("Changed since decided or corrected"),
        counted_as=Q(is_changed=True), indexed=True, about=MARK,
    )  # fmt: skip
    was_category = VendorValueFilter("vendor_category", label=_("Category by the vendor"), about=MARK, hidden=True)
    was_severity = VendorValueFilter("vendor_severity", label=_("Severity by the vendor"), about=MARK, hidden=True)
    corrected = CorrectedFilter(choices=CORRECTED_FIELDS, label=_("Corrected"), about=CORRECTED)
    origin = OriginFilter(choices=ORIGINS, label=_("Origin"), about=ORIGIN)
    flagged = FlagFilter(
        Q(flagged_at__isnull=False), _("Flagged for a second look"), counted_as=Q(is_flagged=True), indexed=True,
        about=MARK,
    )  # fmt: skip
    thumbnail = FlagFilter(~Q(thumbnail_url=""), _("Has a thumbnail"), counted_as=Q(has_thumbnail=True), about=VENDOR)
    reviewed = FlagFilter(REVIEWED, _("Reviewed one by one"), counted_as=REVIEWED_COUNTS, about=MARK, hidden=True)
    undecided = FlagFilter(~REVIEWED, _("Not reviewed here"), counted_as=~REVIEWED_COUNTS, about=MARK, hidden=True)
    comments = FlagFilter(
        Q(conversation__comments__gt=0), _("Has comments"), about=TEAM,
        rows=Conversation.objects.filter(comments__gt=0),
    )  # fmt: skip
    unresolved = FlagFilter(
        Q(conversation__unresolved=True), _("Unresolved comments"), about=TEAM,
        rows=Conversation.objects.filter(unresolved=True),
    )  # fmt: skip
    assigned = AssignedFilter(label=_("Assigned to"), about=TEAM)
    disputed = FlagFilter(
        Q(consensus__stage=Stage.DISPUTED), _("Opinions differ"), about=OPINIONS, hidden=True,
        rows=Consensus.objects.filter(stage=Stage.DISPUTED),
    )  # fmt: skip
    compare = ComparedFilter(label=_("Compared with batch"), about=BESIDE, hidden=True)
    match = MatchFilter(
        choices=[*Match.choices, (DISAGREE, _("Verdicts differ"))],
        label=_("In the other batch"),
        about=PARTNER,
        hidden=True,
    )
    proposed = ProposedFilter(choices=Approval.choices[1:], label=_("Proposed"), about=PARTNER, hidden=True)
    search = SearchFilter(label=_("Search"), about=SEARCHED, hidden=True)
    sort = SortFilter(
        choices=[(name, sort.label) for name, sort in [*SORTS.items(), (MATCHES, BEST_MATCH)]],
        label=_("Sort"),
        error_messages={"invalid_choice": format_lazy(_("%(value)s is not one of: {names}."), names=", ".join(SORTS))},
    )

    queryset: QuerySet[Event]
    batch: Batch
    user: "User | None"
    at: datetime | None
    comparison: Comparison | None

    @classmethod
    def get_filters(cls) -> OrderedDict[str, django_filters.Filter]:
        """Raises TypeError for a filter that does not say what it is about."""
        filters = super().get_filters()
        if undeclared := [
            name for name, condition in filters.items() if not isinstance(condition, Condition | SortFilter)
        ]:
            raise TypeError(f"{', '.join(undeclared)}: a filter on events is a Condition, which says what it is about.")
        return filters

    @classmethod
    def conditions(cls) -> dict[str, Condition]:
        return {name: condition for name, condition in cls.base_filters.items() if isinstance(condition, Condition)}

    @classmethod
    def of(
        cls,
        batch: Batch,
        query: QueryDict,
        user: "User | None" = None,
        *,
        at: datetime | None = None,
        beside: Collection[str] = PAGE_PARAMETERS,
    ) -> "EventFilter":
        """`at`: a moment in the past, for which the filter is evaluated. `beside`: parameters that are no filter.

        Raises BadRequest.
        """
        refuse_unknown(query, cls.base_filters.keys() | beside)
        events = Event.objects.filter(batch=batch)
        event_filter = cls(query, queryset=as_of(events, at) if at else events.for_review())
        event_filter.batch, event_filter.user, event_filter.at = batch, user, at
        event_filter._validate()
        return event_filter

    def _validate(self) -> None:
        if not self.is_valid():
            raise BadRequest(sentence(self.form))
        if self.user is None and ME in self.values["assigned"]:
            raise BadRequest(gettext("assigned: “me” needs a signed-in person; give a user name."))
        if self.values["sort"] == MATCHES and not self.values["search"]:
            raise BadRequest(gettext("sort: only a search has this order; name one with search=."))
        conditions = self.conditions()
        for name in self.active if self.at else ():
            if conditions[name].about.past is Past.UNKNOWN:
                label = conditions[name].label
                why = gettext("{label}: not stored for past times; remove as_of or this filter.")
                raise BadRequest(why.format(label=label))
        self.comparison = self._compared()

    def _compared(self) -> Comparison | None:
        """The comparison that `compare` names. Raises BadRequest if this person can see none."""
        wanted = self.values["compare"]
        if wanted is None:
            if self.values["match"] or self.values["proposed"]:
                raise BadRequest(gettext("compare: give the number of the other batch."))
            return None
        other = Batch.objects.visible_to(self.user).filter(pk=wanted).first() if self.user else None
        comparison = Comparison.objects.between(self.batch, other) if other else None
        if comparison is None:
            raise BadRequest(gettext("compare: this batch was not compared with a batch {pk}.").format(pk=wanted))
        return comparison

    def paired(self, some_pairs: Iterable[QuerySet[EventPair]]) -> Q:
        """The events that are on this batch's side of one of the pairs."""
        comparison, condition = self.comparison, Q()
        assert comparison is not None  # `_validate` refuses a filter on pairs without one
        for side in ("earlier", "later"):
            if getattr(comparison, f"{side}_id") == self.batch.pk:
                for pairs in some_pairs:
                    on_this_side = pairs.filter(comparison=comparison, **{f"{side}__isnull": False})
                    condition |= Q(pk__in=on_this_side.values(side))
        return condition

    @property
    def values(self) -> dict[str, Any]:
        """The cleaned values of all filters."""
        return self.form.cleaned_data

    @cached_property
    def word_conditions(self) -> dict[str, Q]:
        """Text → its condition, cached: making one takes a query, and the facets need it several times."""
        return {}

    @property
    def active(self) -> dict[str, Any]:
        """The filters in use, without the order."""
        return {name: value for name, value in self.values.items() if name != "sort" and is_given(value)}

    @property
    def batch_ids(self) -> list[int]:
        """The batches that the events are of."""
        return [self.batch.pk]

    @property
    def event_count(self) -> int:
        """The number of events of the batches, whether the filter selects them or not."""
        return self.batch.event_count

    @property
    def items(self) -> QuerySet[Item]:
        return Item.objects.filter(batch__in=self.batch_ids)

    @property
    def has_opinions(self) -> bool:
        """Whether an event may wait for the opinions of several people."""
        if self.batch.opinions_wanted > 1:
            return True
        read = self.batch.__dict__.get("has_consensus")  # by `reviewer.access.batch_for`
        return Consensus.objects.filter(batch=self.batch).exists() if read is None else bool(read)

    @property
    def has_piles(self) -> bool:
        """Whether near-identical events are shown as one; not in a sample, and not if several opinions are wanted."""
        return self.values["sort"] != "sample" and self.batch.opinions_wanted <= 1

    def words_condition(self, text: str) -> Q:
        """The events whose label or AI text has these words."""
        return mentions(self.batch_ids, text)

    @property
    def order(self) -> Sort:
        by_category = self.sort_name in BY_CATEGORY and not self.at
        names = (self.values["category"] or self._categories) if by_category else ()
        return self.sorts[self.sort_name].of(self.batch, names, at_once=self.is_sorted_at_once)

    @cached_property
    def _categories(self) -> list[str]:
        return categories(self)

    @property
    def sorts(self) -> dict[str, Sort]:
        """The orders to choose from."""
        return self._with_matches(SORTS)

    @property
    def default_sort(self) -> str:
        return MATCHES if self.values["search"] else DEFAULT_SORT

    @property
    def sort_name(self) -> str:
        """The name of the order in use."""
        return self.values["sort"] or self.default_sort

    def _with_matches(self, sorts: dict[str, Sort]) -> dict[str, Sort]:
        search = self.values["search"]
        return {MATCHES: replace(BEST_MATCH, search_id=search), **sorts} if search else sorts

    @property
    def total(self) -> int | None:
        """The number of events where the batch's own counters give it, without a query."""
        if self.at or set(self.active) - {"approval"}:
            return None
        counts = self.batch.counts
        return sum(counts[name] for name in self.active.get("approval", counts))

    @cached_property
    def total_of_counters(self) -> int | None:
        """The number of events; None if they would have to be read."""
        counters = self.counters() if self.total is None else None
        return self.total if counters is None else counters.aggregate(total=Sum("events", default=0))["total"]

    def count(self) -> int:
        return self._counted(None)[0]

    def count_soon(self) -> tuple[int, bool]:
        """A number of events, and whether there are more: no more than MOST_READ are read to count them."""
        return self._counted(MOST_READ)

    def _counted(self, most: int | None) -> tuple[int, bool]:
        if self.total_of_counters is not None:
            return self.total_of_counters, False
        if self.few is not None:
            return self.few.count(), False
        if (unassigned := self._unassigned_count(most)) is not None:
            return unassigned, False
        counters, events = self.split()
        whole = 0 if counters is None else int(counters.aggregate(total=Sum("events", default=0))["total"])
        if most is None or self.event_count <= most:
            counted = self._count_of_words()
            if counted is None:
                cut = self._ends_of_range()
                counted = (events if cut is None else cut).count()
            return whole + counted, False
        read = events.order_by()[: most + 1].count()
        return whole + min(read, most), read > most

    def _count_of_words(self) -> int | None:
        """The number of events with the words, if they are all that is asked for; None if events have to be read."""
        if self.at or set(self.active) != {"q"} or not self._fills_its_keys:
            return None
        return count_between(ends(self.batch_ids)[0], self.values["q"])

    @cached_property
    def _fills_its_keys(self) -> bool:
        """Whether every key from the first to the last one of the batch is of one of its events for review."""
        keys = ends(self.batch_ids) if len(self.batch_ids) == 1 and self.event_count >= LARGE else []
        return bool(keys) and keys[0][1] - keys[0][0] + 1 == self.event_count

    def to_count(self) -> QuerySet[Event]:
        """The same events as `qs`, to count many of them.

        Where all events are for review, this is not asked of each of them, which would read its row.
        """
        if self.few is not None:
            return self.few
        if self.at or self.event_count < LARGE:
            return self.without()
        if not self._fills_its_keys and self._of_batches.count() != self.event_count:
            return self.without()
        return self.without(are_for_review=True)

    def _unassigned_count(self, most: int | None) -> int | None:
        """The number of events that nobody has, where it is asked for: all by the counters, less the assigned ones."""
        counters = self.counters("assigned") if self.values["assigned"] == [NOBODY] else None
        assigned = Assignment.objects.filter(batch__in=self.batch_ids, user__isnull=False).values("event")
        if counters is None or (most is not None and assigned[most : most + 1]):
            return None
        read = self.without("assigned").order_by().filter(pk__in=assigned).count() if assigned.exists() else 0
        return int(counters.aggregate(total=Sum("events", default=0))["total"]) - read

    @property
    def is_sorted_at_once(self) -> bool:
        """Whether a page of the events is found by sorting all of them: few match, or have the words."""
        if self.few is not None:
            return True
        text = self.values["q"] if not self.at else ""
        return bool(text) and are_rare(self.filters["q"].condition(text))  # type: ignore[attr-defined]

    @cached_property
    def few(self) -> QuerySet[Event] | None:
        """The same events, found at once where few match; None if many may."""
        return where_few(self)

    def _ends_of_range(self) -> QuerySet[Event] | None:
        """The events of the bands that a range of confidence cuts, by its index alone.

        None where rows have to be read: another filter is in use, or some events there are not for review.
        """
        if self.at or set(self.active) - set(RANGE):
            return None
        cut = whole_bands(**self.active)[1]
        ends = self._of_batches.filter(bands_condition(cut))
        for_review = FilterCount.objects.filter(batch__in=self.batch_ids, band__in=cut).aggregate(sum=Sum("events"))
        bounds = [self.conditions()[name].condition(value) for name, value in self.active.items()]
        return ends.filter(*bounds) if ends.count() == for_review["sum"] else None

    def counters(self, *without: str, are_decided: bool = False) -> Counters | None:
        """The counters of the events, with these filters off; None where only the events can tell.

        `are_decided`: only the decided ones, by person and reason too.
        """
        used = {name: value for name, value in self.active.items() if name not in without}
        conditions = [self.conditions()[name].counted(value) for name, value in used.items()]
        if self.at or None in conditions:
            return None
        counter = DecidedCount if are_decided else counter_of(self.conditions()[name] for name in used)
        return counter.objects.filter(*conditions, batch__in=self.batch_ids).order_by()

    def decided_count(self, *without: str) -> int | None:
        """The number of decided events with these filters off; None where only the events can tell."""
        counters = self.counters(*without, are_decided=True)
        return None if counters is None else int(counters.aggregate(sum=Sum("events", default=0))["sum"])

    def split(self, *without: str, are_decided: bool = False) -> tuple[Counters | None, QuerySet[Event]]:
        """The events with these filters off: those that counters tell, and the others, which have to be read.

        Of a range of confidence only the events of the bands in which it begins and ends are read. `are_decided`: only
        decided events.
        """
        counters = self.counters(*without, are_decided=are_decided)
        events = self.without(*without, are_decided=are_decided)
        if counters is not None:
            return counters, events.none()
        bounds = {name: self.active[name] for name in RANGE if name in self.active and name not in without}
        counters = self.counters(*without, *bounds, are_decided=are_decided) if bounds else None
        if counters is None:
            return None, events
        whole, cut = whole_bands(**bounds)
        return counters.filter(band__in=whole), events.filter(bands_condition(cut))

    @cached_property
    def listed(self) -> QuerySet[Event]:
        """The same events as `qs`, for a page of them."""
        return listed(self)

    @property
    def in_revision(self) -> bool:
        """Whether the events stay the same as long as the batch's `batches.export.revision` does."""
        conditions = self.conditions()
        return all(conditions[name].in_revision(value) for name, value in self.active.items())

    @cached_property
    def query(self) -> str:
        """The filter and the order as a query string, as all links of the page use it."""
        return self.query_with()

    def query_with(self, **changes: Any) -> str:
        """As `query`, with some values replaced; an empty one is left out."""
        query = QueryDict(mutable=True)
        order = {} if self.sort_name == self.default_sort else {"sort": self.values["sort"]}
        for name, value in {**self.active, **order, **changes}.items():
            if isinstance(value, list):
                query.setlist(name, [join_value(str(part)) for part in value])
            elif is_given(value):
                query[name] = "1" if value is True else str(value)
        return query.urlencode()

    @property
    def view_query(self) -> str:
        """The query of a saved view. To fit every batch it has no single videos or events and no comparisons."""
        names = (name for name, condition in self.conditions().items() if not condition.about.any_batch)
        return self.query_with(**dict.fromkeys(names))

    @property
    def review_query(self) -> str:
        """The query of the deck: the filter of the page, limited to pending events unless it names an approval."""
        return self.query if self.active.get("approval") else self.query_with(approval=[str(Approval.PENDING)])

    @cached_property
    def chips(self) -> list[dict[str, str]]:
        """One for each value in use: its label, and the query string without it."""
        chips = []
        for name, value in self.active.items():
            several = isinstance(value, list) and name != "ids"
            for part in value if several else [value]:
                rest = [other for other in value if other != part] if several else None
                chips.append({"label": self._chip_label(name, part), "query": self.query_with(**{name: rest})})
        return chips

    def _chip_label(self, name: str, value: Any) -> str:
        label = str(self.filters[name].label)
        if value is True:
            return label
        if name == "ids":
            return ngettext("{count} selected event", "{count} selected events", len(value)).format(count=len(value))
        if name == "item":
            return f"{label}: {self.items.only('name', 'external_id').filter(pk=value).first() or value}"
        if name == "search":
            return f"{label}: {self._seen(VideoSearch.objects, value)}"
        if name == "compare" and self.comparison:
            sides = (self.comparison.earlier, self.comparison.later)
            other = next((batch for batch in sides if batch.pk == value), self.batch)
            return gettext("Compared with: {batch}").format(batch=other)
        if name in ("approval", "severity", "match", "proposed"):
            value = str(dict(self.filters[name].extra["choices"]).get(value, value)).lower()
        if name in ("corrected", "origin"):
            value = dict(self.filters[name].extra["choices"])[value]
        return f"{label}: {gettext('none') if value == '' else value}"

    def _seen(self, rows: Any, pk: int) -> Any:
        """The row as the person sees it; its number where they do not."""
        return (self.user and rows.visible_to(self.user).filter(pk=pk).first()) or pk

    @property
    def kept_fields(self) -> list[tuple[str, str]]:
        """The filters in use for which the form beside the grid has no field."""
        hidden = {name for name, condition in self.conditions().items() if condition.hidden}
        return [pair for pair in self.hidden_fields if pair[0] in hidden]

    @property
    def unsorted_fields(self) -> list[tuple[str, str]]:
        """The whole filter without the order, for a form with its own field for the order."""
        query = QueryDict(self.query_with(sort=None))
        return [(name, value) for name in query for value in query.getlist(name)]

    @property
    def hidden_fields(self) -> list[tuple[str, str]]:
        """The query without the approval, for a form with its own field for the approval."""
        query = QueryDict(self.query)
        return [(name, value) for name in query if name != "approval" for value in query.getlist(name)]

    @property
    def of_decided(self) -> list[str]:
        """The filters in use that only decided events meet."""
        return [] if self.at else [name for name in self.active if self.conditions()[name].of_decided]

    def without(self, *names: str, are_decided: bool = False, are_for_review: bool = False) -> QuerySet[Event]:
        """The events with these filters off. The choices of a filter are counted in them.

        `are_decided`: only the decided ones. All of them are for review: to ask for that too would read their rows.
        `are_for_review`: all events of the batches are.
        """
        implied = set(self.of_decided) - set(names)
        events = self._of_batches if are_decided or implied or are_for_review else self.queryset.all()
        if are_decided and not implied:  # PostgreSQL expects fewer events each time that it is said again
            events = events.filter(DECIDED)
        for other, value in self.active.items():
            if other not in names:
                events = self.narrowed(events, other, value)
        return events

    def narrowed(self, events: QuerySet[Event], name: str, value: Any) -> QuerySet[Event]:
        """Those of the events that meet this filter."""
        few = None if self.at else self.few_keys(name, value)
        return self.filters[name].filter(events, value) if few is None else events.filter(pk__in=few)

    def few_keys(self, name: str, value: Any) -> list[int] | None:
        """The keys of the events that meet this filter, where few do and they are read apart; None otherwise.

        What changes events asks for their condition, `qs`, in its transaction.
        """
        asked = name, str(value)
        if asked not in self._few_keys:
            condition: Condition = self.filters[name]  # type: ignore[assignment]  # see `get_filters`
            rows = condition.keys(value)
            keys = None if rows is None else list(rows[: FEW + 1])
            self._few_keys[asked] = None if keys is None or len(keys) > FEW else keys
        return self._few_keys[asked]

    @cached_property
    def _few_keys(self) -> dict[tuple[str, str], list[int] | None]:
        return {}

    @property
    def _of_batches(self) -> QuerySet[Event]:
        """All events, those too that are not for review."""
        return Event.objects.filter(batch__in=self.batch_ids)


# Filters on the outcome of an event. Precision and consistent verdicts are computed without them.
OUTCOMES = tuple(name for name, condition in EventFilter.conditions().items() if condition.about.outcome)
