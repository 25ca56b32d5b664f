"""Precision on the insights page: verdicts so far, the random sample, what is missing, and the certificate."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from batches.actions.certify import refuse_if_thin
from batches.errors import NotCertifiable
from batches.models import Batch, Certificate
from batches.sampling import Stratum, Tally, measure, overall, overall_more, unsampled
from reviewer.filters.events import OUTCOMES, EventFilter
from reviewer.insights.charts import Whisker
from reviewer.insights.counts import Group

MAX_CATEGORIES = 60
MAX_LINKED_CATEGORIES = 20


@dataclass(frozen=True, slots=True)
class Line:
    """One category, or (`category` None) all of them. `refusal`: why it cannot be certified; empty if it can.

    `unsampled`: events in categories without a sample. `missing_for_line`: events still to decide for ± 5 % of the
    line; `missing_per_category`: for ± 5 % of each category.
    """

    category: str | None
    events: int
    decided: Tally
    sampled: Tally
    census: bool
    unsampled: int
    seen: Whisker | None  # all verdicts, random or not
    sample: Whisker | None
    missing_for_line: int
    missing_per_category: int
    query: str
    sampling: str  # query of the deck that continues the sample; empty if nothing is left to decide
    certificate: Certificate | None
    refusal: str

    @property
    def label(self) -> str:
        return _("All categories") if self.category is None else self.category or _("no category")

    @property
    def precise(self) -> bool:
        return self.sample is not None and self.missing_for_line == 0


def lines(event_filter: EventFilter, batch: Batch) -> list[Line]:
    """The line of all categories, then the largest ones. Filters on outcomes are ignored."""
    strata = measure(batch.pk, event_filter.without(*OUTCOMES), event_filter.counters(*OUTCOMES))
    if not strata:
        return []
    signed = Certificate.objects.filter(batch=batch).newest()
    kept = set(event_filter.active) - set(OUTCOMES)
    named = [
        _line(event_filter, [stratum], stratum.category, signed.get((batch.pk, stratum.category)), kept)
        for stratum in strata[:MAX_CATEGORIES]
    ]
    return [_line(event_filter, strata, None, signed.get((batch.pk, None)), kept), *named]


def _line(
    event_filter: EventFilter,
    strata: list[Stratum],
    category: str | None,
    certificate: Certificate | None,
    kept: set[str],
) -> Line:
    decided = sum((stratum.decided for stratum in strata), Tally())
    categories = _imprecise_categories(strata) if category is None else [category]
    sampling = _query(event_filter, categories, undecided=True, sort="sample")
    return Line(
        category=category, events=sum(stratum.events for stratum in strata), decided=decided,
        sampled=sum((stratum.sampled for stratum in strata), Tally()),
        census=all(stratum.census for stratum in strata),
        unsampled=unsampled(stratum.sample for stratum in strata),
        seen=Whisker.of(decided.precision), sample=Whisker.of(overall(strata)),
        missing_for_line=strata[0].more if category is not None else overall_more(strata),
        missing_per_category=sum(stratum.more for stratum in strata),
        query=_query(event_filter, None if category is None else [category]),
        sampling=sampling if any(stratum.undecided for stratum in strata) else "", certificate=certificate,
        refusal=_refusal(strata, category, kept),
    )  # fmt: skip


def _imprecise_categories(strata: list[Stratum]) -> list[str] | None:
    """Categories that are not precise yet; None if no category is, or if they are too many for a link."""
    categories = [stratum.category for stratum in strata if stratum.more]
    return categories if len(categories) < min(len(strata), MAX_LINKED_CATEGORIES + 1) else None


def _query(event_filter: EventFilter, categories: list[str] | None, **changes: object) -> str:
    narrowed = {"category": categories} if categories else {}
    return event_filter.query_with(**{**dict.fromkeys(OUTCOMES), "sort": None, **narrowed, **changes})


def _refusal(strata: list[Stratum], category: str | None, kept: set[str]) -> str:
    if kept - ({"category"} if category is not None else set()):
        return _("A certificate covers a whole category or batch: clear the other filters.")
    try:
        refuse_if_thin(strata)
    except NotCertifiable as error:
        return str(error)
    return ""


def by_band(groups: list[Group]) -> dict[int, tuple[Tally, Whisker | None]]:
    """Verdicts of each confidence band, with the interval that this number of verdicts gives."""
    counted: dict[int, dict[str, int]] = {}
    for group in groups:
        if group.people:
            counts = counted.setdefault(group.band, {"approved": 0, "rejected": 0, "invalid": 0, "pending": 0})
            counts[group.approval] += group.size
    by_number = {}
    for band, counts in sorted(counted.items()):
        tally = Tally(counts["approved"], counts["rejected"], counts["invalid"])
        by_number[band] = (tally, Whisker.of(tally.precision))
    return by_number
