"""How good each category was found to be: what people decided of it, and how much of that is a random sample.

Verdicts made in the order of a video, or on what a filter picked, are no random sample: easy ones and near neighbours
come first. What counts is the beginning of a category's random order (`models.random_rank`), as far as every event in it is
decided and up to the last one decided in that order; or all of the category. `invalid` is neither for nor against, and
a vendor's own approval is nobody's verdict, as is one given in bulk to all that fit a filter: nobody looked.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import reduce
from itertools import batched
from operator import or_

from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet

from batches.models import Approval, BulkRun, Decision, Event
from batches.models.decision import SAMPLED
from batches.models.event import JUDGED
from batches.models.random_rank import PRIME, RandomRank
from batches.statistics import Estimate, Sample, combined, more_needed, more_together

LARGEST = 100  # categories that samples are looked for in; more of them is no classification
CATEGORIES_PER_QUERY = 50  # categories a query
# The verdict that stands came with all that fitted a filter: nobody has looked at this event for it.
IN_BULK = Q(
    Exists(Decision.objects.filter(event=OuterRef("pk"), version=OuterRef("version"), action__bulk_run__isnull=False))
)
REVIEWED = JUDGED & ~IN_BULK


@dataclass(frozen=True, slots=True)
class Tally:
    """Verdicts of people, counted."""

    approved: int = 0
    rejected: int = 0
    invalid: int = 0

    @property
    def judged(self) -> int:
        """For or against."""
        return self.approved + self.rejected

    @property
    def decided(self) -> int:
        return self.judged + self.invalid

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.approved + other.approved, self.rejected + other.rejected, self.invalid + other.invalid)


@dataclass(frozen=True, slots=True)
class Stratum:
    """One category. `sampled`: the part of `decided` that is a random sample, its lots `upto` (-1: none is)."""

    category: str
    events: int
    decided: Tally
    sampled: Tally
    upto: int

    @property
    def undecided(self) -> int:
        return self.events - self.decided.decided

    @property
    def census(self) -> bool:
        return self.undecided == 0

    @property
    def sample(self) -> Sample:
        """Out of all that may yet be found for or against."""
        return Sample(self.sampled.approved, self.sampled.judged, self.events - self.decided.invalid)

    @property
    def estimate(self) -> Estimate:
        return combined([self.sample])

    @property
    def more(self) -> int:
        """About how many more events to decide in random order for ± 5 %; 0 when it is there."""
        return self.decisions(more_needed(self.sample))

    def decisions(self, more: int) -> int:
        """How many events to decide until so many more are found for or against, if there are as many."""
        if self.sampled.judged:
            more = -(-more * self.sampled.decided // self.sampled.judged)  # some of them will be invalid
        return min(more, self.undecided)


def measure(batch_id: int, events: QuerySet[Event]) -> list[Stratum]:
    """The categories of these events of the batch, the largest first. Four queries for 50 categories, six for more."""
    is_reviewed = REVIEWED if BulkRun.objects.filter(batch=batch_id).exists() else JUDGED  # the same, and cheaper
    rows = events.order_by().values_list("category").annotate(
        count=Count("pk"), **_counts(is_reviewed), gap=Min(RandomRank("id"), filter=~is_reviewed)
    )  # fmt: skip
    strata: dict[str, Stratum] = {}
    gaps: dict[str, int] = {}
    for category, count, approved, rejected, invalid, gap in rows.order_by("-count", "category"):
        decided = Tally(approved, rejected, invalid)
        whole = gap is None
        strata[category] = Stratum(category, count, decided, decided if whole else Tally(), PRIME if whole else -1)
        if gap and decided.decided and len(gaps) < LARGEST:
            gaps[category] = gap
    for category, upto, sampled in _samples(events, gaps):
        strata[category] = replace(strata[category], upto=upto, sampled=sampled)
    return list(strata.values())


def overall(strata: Iterable[Stratum]) -> Estimate:
    """Every category weighed by its size, however much of it was looked at."""
    return combined([one.sample for one in strata])


def overall_more(strata: Iterable[Stratum]) -> int:
    """About how many more events to decide, every category in turn, for ± 5 % of all of them together."""
    strata = list(strata)
    needs = more_together([one.sample for one in strata])
    return sum(one.decisions(more) for one, more in zip(strata, needs, strict=True))


def _samples(events: QuerySet[Event], gaps: dict[str, int]) -> Iterator[tuple[str, int, Tally]]:
    """Category, last rank and verdicts of each random sample. `gaps`: the first rank that nobody has decided."""
    lots = events.order_by().alias(random_rank=RandomRank("id"))
    in_order = Exists(Decision.objects.filter(event=OuterRef("pk"), action__source=SAMPLED))
    for some in batched(gaps.items(), CATEGORIES_PER_QUERY, strict=False):
        before = reduce(or_, (Q(category=category, random_rank__lt=gap) for category, gap in some))
        ends = dict(lots.filter(before).filter(in_order).values_list("category").annotate(upto=Max(RandomRank("id"))))
        if not ends:
            continue
        inside = reduce(or_, (Q(category=category, random_rank__lte=upto) for category, upto in ends.items()))
        for category, *counts in lots.filter(inside).values_list("category").annotate(**_counts(Q())):
            yield category, ends[category], Tally(*counts)


def _counts(of: Q) -> dict[str, Count]:
    kinds = (Approval.APPROVED, Approval.REJECTED, Approval.INVALID)
    return {f"n_{kind}": Count("pk", filter=of & Q(approval=kind)) for kind in kinds}
