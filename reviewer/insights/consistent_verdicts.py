"""Kinds of events on which people nearly always give the same verdict, so that a trial of ten may decide the rest."""

from collections import Counter
from dataclasses import dataclass

from django.utils.translation import gettext as _

from batches.models import Approval
from batches.statistics import Interval, wilson
from reviewer.filters.conditions import SEVERITIES
from reviewer.filters.confidence_bands import BAND_NAMES, band_label
from reviewer.insights.counts import SEVERITY_NAMES, Group

MIN_DECIDED = 20  # events
MIN_SHARE = 0.95  # of one verdict
TRIAL_EVENTS = 10  # reviewed before the rest is decided


@dataclass(frozen=True, slots=True)
class ConsistentVerdict:
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
    def label(self) -> str:
        confidence = _("confidence {band}").format(band=band_label(BAND_NAMES.index(self.band)))
        severity = SEVERITIES[self.severity].label.lower()
        return f"{self.category or _('no category')} · {severity} · {confidence}"

    @property
    def filter(self) -> dict[str, list[str]]:
        """The query values that select its events."""
        return {"category": [self.category], "severity": [self.severity], "band": [self.band]}


def consistent_verdicts(groups: list[Group]) -> list[ConsistentVerdict]:
    """The kinds with enough events left for a trial, most events left first. Bulk verdicts count as well."""
    decided: dict[tuple[str, int, int], Counter[str]] = {}
    left: Counter[tuple[str, int, int]] = Counter()
    for group in groups:
        kind = (group.category, group.severity, group.band)
        if group.people and group.approval != Approval.PENDING:
            decided.setdefault(kind, Counter())[group.approval] += group.size
        elif not group.people and group.approval == Approval.PENDING:
            left[kind] += group.size
    result = []
    for kind, counts in decided.items():
        verdict, same = counts.most_common(1)[0]
        one_sided = counts.total() >= MIN_DECIDED and same / counts.total() >= MIN_SHARE
        if one_sided and left[kind] > TRIAL_EVENTS:
            category, severity, band = kind
            result.append(
                ConsistentVerdict(
                    category, SEVERITY_NAMES[severity], BAND_NAMES[band], verdict, same, counts.total(), left[kind]
                )
            )
    return sorted(result, key=lambda kind: (-kind.left, kind.label))
