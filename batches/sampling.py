"""The verdicts of people by category, and the part of them that is a random sample.

Verdicts in the order of a video, or on the events of a filter, are not a random sample: easy events and near neighbours
come first. The sample of a category is the beginning of its random order (`models.random_rank`). It ends before the
first undecided event, with the last event that was decided in random order. If every event is decided, the sample is
the whole category. `invalid` counts neither for nor against. A vendor's own approval, and a verdict given in bulk to
all events of a filter, do not count, because nobody looked at the event.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import batched
from typing import Any

from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet, Sum

from batches.models import Approval, BulkRun, Decision, Event
from batches.models.counters import REVIEWED_COUNTS, Counters
from batches.models.decision import SAMPLED
from batches.models.event import JUDGED, REVIEWED
from batches.models.random_rank import PRIME, RandomRank
from batches.models.unindexed import Unindexed
from batches.statistics import Estimate, Sample, combined, more_needed, more_together, proportion

MAX_CATEGORIES = 100  # with a sample; a batch with more categories has no useful classification
CATEGORIES_PER_QUERY = 50
KINDS = (Approval.APPROVED, Approval.REJECTED, Approval.INVALID)


@dataclass(frozen=True, slots=True)
class Tally:
    """The number of people's verdicts by approval."""

    approved: int = 0
    rejected: int = 0
    invalid: int = 0

    @property
    def judged(self) -> int:
        """The number of approved and rejected events."""
        return self.approved + self.rejected

    @property
    def decided(self) -> int:
        return self.judged + self.invalid

    @property
    def precision(self) -> Estimate:
        """The share of approved events among the judged ones."""
        return proportion(self.approved, self.judged)

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.approved + other.approved, self.rejected + other.rejected, self.invalid + other.invalid)


@dataclass(frozen=True, slots=True)
class Stratum:
    """One category. `sampled`: the part of `decided` that is a random sample, up to the rank `upto` (-1: none)."""

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
        """The sample, out of all events that can be approved or rejected."""
        return Sample(self.sampled.approved, self.sampled.judged, self.events - self.decided.invalid)

    @property
    def estimate(self) -> Estimate:
        return combined([self.sample])

    @property
    def more(self) -> int:
        """About how many more events to decide in random order for ± 5 %; 0 if it is reached."""
        return self.decisions(more_needed(self.sample))

    def decisions(self, judgements: int) -> int:
        """How many events to decide to get this many more approvals and rejections, limited by the remaining events."""
        if self.sampled.judged:
            judgements = -(-judgements * self.sampled.decided // self.sampled.judged)  # some of them will be invalid
        return min(judgements, self.undecided)


def measure(batch_id: int, events: QuerySet[Event], counters: Counters | None = None) -> list[Stratum]:
    """The categories of these events of the batch, the largest first; without those that people added.

    `counters`: those of the same events, if there are any: then no event is read but those of the samples. Four queries
    for 50 categories, two more per 50.
    """
    events = events.exclude(pk__in=Event.objects.added().values("pk"))
    # The same result without a bulk; JUDGED is cheaper, because an index has all its columns.
    is_reviewed = REVIEWED if BulkRun.objects.filter(batch=batch_id).exists() else JUDGED
    counted, gaps = _by_category(events, is_reviewed) if counters is None else (_of_counters(counters), {})
    short = [name for name, size, decided in counted if 0 < decided.decided < size][:MAX_CATEGORIES]
    gaps = gaps if counters is None else _first_gaps(events.exclude(is_reviewed), short)
    strata = {name: _unsampled(name, size, decided) for name, size, decided in counted}
    for category, upto, sampled in _samples(events, {name: gap for name in short if (gap := gaps.get(name))}):
        strata[category] = replace(strata[category], upto=upto, sampled=sampled)
    return list(strata.values())


def _unsampled(category: str, size: int, decided: Tally) -> Stratum:
    complete = decided.decided == size
    return Stratum(category, size, decided, decided if complete else Tally(), PRIME if complete else -1)


def _by_category(events: QuerySet[Event], is_reviewed: Q) -> tuple[list[tuple[str, int, Tally]], dict[str, int | None]]:
    """Category, size and verdicts of each; and the first rank of each that nobody has decided."""
    rows = events.order_by().annotate(name=Unindexed("category")).values_list("name").annotate(
        count=Count("pk"), **_counts(is_reviewed), gap=Min(RandomRank("id"), filter=~is_reviewed)
    )  # fmt: skip
    read = list(rows.order_by("-count", "name"))
    return [(name, size, Tally(*counts)) for name, size, *counts, _ in read], {row[0]: row[-1] for row in read}


def _of_counters(counters: Counters) -> list[tuple[str, int, Tally]]:
    sums = {f"n_{kind}": Sum("events", filter=REVIEWED_COUNTS & Q(approval=kind), default=0) for kind in KINDS}
    rows = counters.filter(is_added=False).order_by().values_list("category").annotate(count=Sum("events"), **sums)
    rows = rows.filter(count__gt=0).order_by("-count", "category")
    return [(name, size, Tally(*counts)) for name, size, *counts in rows]


def _first_gaps(undecided: QuerySet[Event], categories: Iterable[str]) -> dict[str, int | None]:
    """The first rank of each category, read from the index of ranks."""
    gaps: dict[str, int | None] = {}
    ranked = undecided.alias(random_rank=RandomRank("id")).order_by("random_rank", "id")
    for chunk in batched(categories, CATEGORIES_PER_QUERY, strict=False):
        # A part of a UNION has no LIMIT of its own in SQLite; what it is part of may have one.
        gaps |= dict(_together(
            Event.objects.filter(pk__in=ranked.filter(category=name).values("pk")[:1]).order_by()
            .values_list("category", RandomRank("id"))
            for name in chunk
        ))  # fmt: skip
    return gaps


def overall(strata: Iterable[Stratum]) -> Estimate:
    """The estimate for all categories, each weighted by its size.

    Without a value while categories without a sample have most of the events: of those it would say nothing.
    """
    samples = [stratum.sample for stratum in strata]
    return combined(samples if 2 * unsampled(samples) <= sum(sample.population for sample in samples) else [])


def unsampled(samples: Iterable[Sample]) -> int:
    """How many events are in categories of which no event was approved or rejected at random."""
    return sum(sample.population for sample in samples if not sample.size)


def overall_more(strata: Iterable[Stratum]) -> int:
    """About how many more events to decide, in all categories, for ± 5 % overall."""
    strata = list(strata)
    needs = more_together([stratum.sample for stratum in strata])
    return sum(stratum.decisions(judgements) for stratum, judgements in zip(strata, needs, strict=True))


def _samples(events: QuerySet[Event], gaps: dict[str, int]) -> Iterator[tuple[str, int, Tally]]:
    """Category, last rank and verdicts of each random sample. `gaps`: the first rank that nobody has decided.

    One part of a UNION for each category: of alternatives no database makes ranges in the index of ranks.
    """
    ranked = events.order_by().alias(random_rank=RandomRank("id")).values_list("category")
    decided = ranked.filter(Exists(Decision.objects.filter(event=OuterRef("pk"), action__source=SAMPLED)))
    for chunk in batched(gaps.items(), CATEGORIES_PER_QUERY, strict=False):
        ends = dict(_together(
            decided.filter(category=category, random_rank__lt=gap).annotate(upto=Max(RandomRank("id")))
            for category, gap in chunk
        ))  # fmt: skip
        inside = _together(
            ranked.filter(category=category, random_rank__lte=upto).annotate(**_counts(Q()))
            for category, upto in ends.items()
        )
        for category, *counts in inside:
            yield category, ends[category], Tally(*counts)


def _together(parts: Iterable["QuerySet[Event, Any]"]) -> Iterable[Any]:
    """The rows of all parts, in one query."""
    parts = list(parts)
    return parts[0].union(*parts[1:], all=True).order_by() if parts else []


def _counts(of: Q) -> dict[str, Count]:
    return {f"n_{kind}": Count("pk", filter=of & Q(approval=kind)) for kind in KINDS}
