"""Habits: kinds of events about which people nearly always say the same, so that a look at ten may do for the rest."""

from collections import Counter
from dataclasses import dataclass

from batches.models import Approval
from batches.statistics import Interval, wilson
from reviewer.filters.confidence_bands import BAND_NAMES, band_words
from reviewer.insights.counts import SEVERITY_NAMES, Group

DECIDED = 20  # at the least
ONE_SIDED = 0.95
TRIAL = 10  # looked at before the rest is decided


@dataclass(frozen=True, slots=True)
class Habit:
    """Events of one category, severity and confidence band; `left` of them are pending."""

    category: str
    severity: str
    band: str
    verdict: str
    same: int
    decided: int
    left: int

    @property
    def interval(self) -> Interval:
        return wilson(self.same, self.decided)

    @property
    def words(self) -> str:
        return f"{self.category} · {self.severity} · confidence {band_words(BAND_NAMES.index(self.band))}"

    @property
    def filter(self) -> dict[str, list[str]]:
        """Its events, as changes to a query."""
        return {"category": [self.category], "severity": [self.severity], "band": [self.band]}


def habits(groups: list[Group]) -> list[Habit]:
    """The one-sided kinds with more than a trial left, those with the most left first. Bulk verdicts count as well."""
    decided: dict[tuple[str, int, int], Counter[str]] = {}
    left: Counter[tuple[str, int, int]] = Counter()
    for one in groups:
        kind = (one.category, one.severity, one.band)
        if one.people and one.approval != Approval.PENDING:
            decided.setdefault(kind, Counter())[one.approval] += one.size
        elif not one.people and one.approval == Approval.PENDING:
            left[kind] += one.size
    found = []
    for kind, counts in decided.items():
        verdict, same = counts.most_common(1)[0]
        one_sided = counts.total() >= DECIDED and same / counts.total() >= ONE_SIDED
        # Without a category no filter names the kind.
        if one_sided and left[kind] > TRIAL and kind[0]:
            category, severity, band = kind
            found.append(
                Habit(category, SEVERITY_NAMES[severity], BAND_NAMES[band], verdict, same, counts.total(), left[kind])
            )
    return sorted(found, key=lambda habit: (-habit.left, habit.words))
