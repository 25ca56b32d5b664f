"""The lines about precision on the insights page: what was seen, what the random sample says, what is left, who signed."""

from dataclasses import dataclass

from batches.actions.certify import refuse_if_thin
from batches.errors import NotCertifiable
from batches.models import Batch, Certificate
from batches.sampling import Stratum, Tally, measure, overall, overall_more
from batches.statistics import Estimate, wilson
from reviewer.filters.events import OUTCOMES, EventFilter
from reviewer.insights.charts import Whisker
from reviewer.insights.counts import Group

SHOWN = 60  # categories
LINKED = 20  # categories in one link


@dataclass(frozen=True, slots=True)
class Line:
    """One category, or (`category` None) all of them. `thin`: why it cannot be certified; empty: it can.

    `more`: events to decide for ± 5 % of the line itself; `apart`: for ± 5 % of every category in it by itself.
    """

    category: str | None
    events: int
    decided: Tally
    sampled: Tally
    census: bool
    seen: Whisker | None  # of all verdicts, random or not
    sample: Whisker | None
    more: int
    apart: int
    query: str
    sampling: str  # the query of the deck that gets on with it; empty: nothing to decide
    certificate: Certificate | None
    thin: str

    @property
    def words(self) -> str:
        return "All categories" if self.category is None else self.category or "no category"

    @property
    def precise(self) -> bool:
        return self.sample is not None and self.more == 0


def lines(event_filter: EventFilter, batch: Batch) -> list[Line]:
    """All of them first, then the largest categories. Obeys the filters but for those about outcomes."""
    strata = measure(batch.pk, event_filter.without(*OUTCOMES))
    if not strata:
        return []
    signed = Certificate.objects.filter(batch=batch).newest()
    kept = set(event_filter.active) - set(OUTCOMES)
    named = [
        _line(event_filter, [one], one.category, signed.get((batch.pk, one.category)), kept) for one in strata[:SHOWN]
    ]
    return [_line(event_filter, strata, None, signed.get((batch.pk, None)), kept), *named]


def _line(
    event_filter: EventFilter,
    strata: list[Stratum],
    category: str | None,
    certificate: Certificate | None,
    kept: set[str],
) -> Line:
    decided = sum((one.decided for one in strata), Tally())
    seen = (
        Estimate(decided.approved / decided.judged, wilson(decided.approved, decided.judged))
        if decided.judged
        else None
    )
    query = sampling = ""
    if category != "":  # no filter names the events without a category
        query = _query(event_filter, [category] if category else None)
        sampling = _query(
            event_filter, _wanting(strata) if category is None else [category], undecided=True, sort="sample"
        )
    return Line(
        category, sum(one.events for one in strata), decided, sum((one.sampled for one in strata), Tally()),
        all(one.census for one in strata), Whisker.of(seen) if seen else None, Whisker.of(overall(strata)),
        strata[0].more if category is not None else overall_more(strata), sum(one.more for one in strata), query,
        sampling if any(one.undecided for one in strata) else "", certificate, _thin(strata, category, kept),
    )  # fmt: skip


def _wanting(strata: list[Stratum]) -> list[str] | None:
    """The categories that are not precise yet, where a link can name them and any is."""
    wanting = [one.category for one in strata if one.more]
    return wanting if len(wanting) < len(strata) and len(wanting) <= LINKED and all(wanting) else None


def _query(event_filter: EventFilter, categories: list[str] | None, **changes: object) -> str:
    narrowed = {"category": categories} if categories else {}
    return event_filter.query_with(**{**dict.fromkeys(OUTCOMES), "sort": None, **narrowed, **changes})


def _thin(strata: list[Stratum], category: str | None, kept: set[str]) -> str:
    if kept - ({"category"} if category is not None else set()):
        return "A certificate covers a whole category or batch: clear the other filters."
    try:
        refuse_if_thin(strata)
    except NotCertifiable as error:
        return str(error)
    return ""


def by_band(groups: list[Group]) -> dict[int, tuple[Tally, Whisker | None]]:
    """What people said in each confidence band, with the interval that so many verdicts would give."""
    counted: dict[int, dict[str, int]] = {}
    for one in groups:
        if one.people:
            counts = counted.setdefault(one.band, {"approved": 0, "rejected": 0, "invalid": 0, "pending": 0})
            counts[one.approval] += one.size
    found = {}
    for band, counts in sorted(counted.items()):
        tally = Tally(counts["approved"], counts["rejected"], counts["invalid"])
        share = Estimate(tally.approved / tally.judged, wilson(tally.approved, tally.judged)) if tally.judged else None
        found[band] = (tally, Whisker.of(share) if share else None)
    return found
