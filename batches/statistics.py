"""Intervals of a proportion from a sample: Wilson intervals, finite populations, strata, and required sample sizes.

Wilson, "Probable inference" (JASA 1927); Newcombe, "Two-sided confidence intervals for the single proportion"
(Statistics in Medicine 1998), whose figures the tests hold this against; finite populations and strata by the effective
sample size (Kish, "Survey Sampling", 1965; Korn and Graubard, Survey Methodology 1998).
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

Z95 = 1.959963984540054  # 97.5 % quantile of the normal distribution
CONFIDENCE = 0.95
TARGET_HALF_WIDTH = 0.05  # of an interval that is precise enough


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % interval of a proportion, 0 ≤ low ≤ high ≤ 1."""

    low: float
    high: float

    @property
    def half(self) -> float:
        return (self.high - self.low) / 2

    @property
    def precise(self) -> bool:
        return self.half <= TARGET_HALF_WIDTH


@dataclass(frozen=True, slots=True)
class Sample:
    """`hits` of `size` sampled out of `population`, at random or all of them. Expected `hits` may be fractional."""

    hits: float
    size: int
    population: int

    def __post_init__(self) -> None:
        if not 0 <= self.hits <= self.size <= self.population:
            raise ValueError(f"{self.hits} hits of {self.size} out of {self.population} is no sample")

    @property
    def interval(self) -> Interval:
        return combined([self]).interval

    @property
    def likely(self) -> float:
        """The expected share of further hits (Jeffreys' mean, which gives few verdicts little weight)."""
        return (self.hits + 0.5) / (self.size + 1)

    def grown(self, size: int) -> "Sample":
        """The expected sample after growing to `size`; never smaller than the current one."""
        added = max(0, min(size, self.population) - self.size)
        return Sample(self.hits + added * self.likely, self.size + added, self.population)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A proportion and its interval; `value` is None without a sample."""

    value: float | None
    interval: Interval


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference of two proportions and its interval, from -1 to 1."""

    value: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """Whether the interval excludes 0."""
        return self.low > 0 or self.high < 0


def wilson(hits: float, size: float, z: float = Z95) -> Interval:
    """The score interval of `hits` out of `size`, both ≥ 0 and not necessarily whole. Raises ValueError.

    `z`: the quantile of the normal distribution; without it the interval is of 95 %.
    """
    if not 0 <= hits <= size:
        raise ValueError(f"{hits} hits of {size}")
    if size == 0:
        return Interval(0.0, 1.0)
    share, spread = hits / size, z**2 / size
    middle = (share + spread / 2) / (1 + spread)
    half = z * math.sqrt(share * (1 - share) / size + spread / (4 * size)) / (1 + spread)
    # At the ends the formula gives exactly 0 and 1; floating point may miss them.
    return Interval(0.0 if hits == 0 else max(0.0, middle - half), 1.0 if hits == size else min(1.0, middle + half))


def proportion(hits: int, size: int) -> Estimate:
    """The share of `hits`, with its interval."""
    return Estimate(hits / size if size else None, wilson(hits, size))


def difference(after: tuple[int, int], before: tuple[int, int], comparisons: int = 1) -> Difference | None:
    """How much the share of hits is larger in `after` (hits, size) than in `before`; None if one of them is empty.

    Newcombe's interval from two Wilson intervals ("Interval estimation for the difference between independent
    proportions", Statistics in Medicine 1998). Of several `comparisons` all hold together with 95 % (Bonferroni).
    """
    (hits, size), (earlier_hits, earlier_size) = after, before
    if not size or not earlier_size:
        return None
    z = NormalDist().inv_cdf(1 - (1 - CONFIDENCE) / (2 * max(1, comparisons)))
    share, earlier = hits / size, earlier_hits / earlier_size
    now, then = wilson(hits, size, z), wilson(earlier_hits, earlier_size, z)
    low = share - earlier - math.hypot(share - now.low, then.high - earlier)
    high = share - earlier + math.hypot(now.high - share, earlier - then.low)
    return Difference(share - earlier, max(-1.0, low), min(1.0, high))


def confidence_of(comparisons: int) -> float:
    """The confidence of each of several intervals that hold together with 95 %."""
    return 1 - (1 - CONFIDENCE) / max(1, comparisons)


def combined(strata: Iterable[Sample]) -> Estimate:
    """The proportion in all strata together, each weighted by its population, not by its sample.

    A stratum without a sample may be anything from 0 to 1, which widens the interval accordingly.
    """
    groups = [stratum for stratum in strata if stratum.population]
    sampled = [stratum for stratum in groups if stratum.size]
    total, sampled_total = sum(stratum.population for stratum in groups), sum(stratum.population for stratum in sampled)
    if not sampled:
        return Estimate(None, Interval(0.0, 1.0))
    value = min(1.0, sum(stratum.population / sampled_total * stratum.hits / stratum.size for stratum in sampled))
    inside = _interval(value, sampled, sampled_total)
    share, hits = sampled_total / total, sum(stratum.hits for stratum in sampled)
    misses = sum(stratum.size - stratum.hits for stratum in sampled)
    low, high = inside.low * share, inside.high * share + (1 - share)
    # The sampled events are certain, whatever the rest is.
    return Estimate(value, Interval(max(low, hits / total), min(high, 1 - misses / total)))


def _interval(value: float, sampled: list[Sample], sampled_total: int) -> Interval:
    variance = likely = 0.0
    for stratum in sampled:
        weight, share = (
            stratum.population / sampled_total,
            (stratum.hits + 1) / (stratum.size + 2),
        )  # never 0, because equal verdicts are no certainty
        likely += weight * share
        if stratum.size < stratum.population:
            missing = (stratum.population - stratum.size) / (stratum.population - 1)
            variance += weight**2 * share * (1 - share) / stratum.size * missing
    if variance == 0:
        return Interval(value, value)
    size = likely * (1 - likely) / variance
    return wilson(value * size, size)


def needed(share: float, population: int, half: float = TARGET_HALF_WIDTH) -> int:
    """The smallest sample out of `population` that makes the interval ± `half`, if its share of hits is `share`."""
    low, high = 1, max(1, population)
    while low < high:
        size = (low + high) // 2
        effective = size * (population - 1) / (population - size)
        if wilson(share * effective, effective).half <= half:
            high = size
        else:
            low = size + 1
    return low


def more_needed(sample: Sample, half: float = TARGET_HALF_WIDTH) -> int:
    """About how many more to sample for ± `half`; 0 if it is reached."""
    if sample.population == 0 or sample.interval.half <= half:
        return 0
    return min(max(1, needed(sample.likely, sample.population, half) - sample.size), sample.population - sample.size)


def more_together(strata: Sequence[Sample], half: float = TARGET_HALF_WIDTH) -> list[int]:
    """About how many more of each stratum to sample for ± `half` of all together; all 0 if it is reached.

    Strata that reach it by themselves get none. The whole mostly needs far fewer than the strata separately.
    """
    short = [more_needed(stratum, half) > 0 for stratum in strata]

    def grown(size: int) -> list[Sample]:
        return [stratum.grown(size) if wanting else stratum for stratum, wanting in zip(strata, short, strict=True)]

    low, high = 0, max((stratum.population for stratum in strata), default=0)
    while low < high:
        size = (low + high) // 2
        if combined(grown(size)).interval.half <= half:
            high = size
        else:
            low = size + 1
    return [after.size - stratum.size for stratum, after in zip(strata, grown(low), strict=True)]


def clustered(clusters: Sequence[tuple[int, int]], population: int) -> Estimate:
    """The share of hits among the members of clusters (hits, members) that were drawn whole from `population` of them.

    Linearised variance of the ratio, then Wilson's interval with the effective size and Student's quantile (Korn and
    Graubard). Equal shares in all clusters do not show how shares vary: each cluster then counts as one observation.
    """
    count, hits, size = len(clusters), sum(hit for hit, _ in clusters), sum(members for _, members in clusters)
    if not size:
        return Estimate(None, Interval(0.0, 1.0))
    value = hits / size
    if count >= population:
        return Estimate(value, Interval(value, value))
    if count < 2:
        return Estimate(value, Interval(0.0, 1.0))
    missing = 1 - count / population
    residuals = sum((hit - value * members) ** 2 for hit, members in clusters)
    variance = residuals * count / (count - 1) / size**2
    effective = min(size, value * (1 - value) / variance) if variance else min(size, count)
    effective *= (Z95 / _student95(count - 1)) ** 2 / missing
    return Estimate(value, wilson(value * effective, effective))


def clustered_strata(strata: Iterable[tuple[Sequence[tuple[int, int]], int]]) -> Estimate:
    """As `clustered`, of several populations together, each of which weighs as much as it has clusters.

    The combined ratio (Cochran, "Sampling Techniques", 1977, 6.11), with one freedom less for each population. One
    without a sample has no part.
    """
    sampled = [(clusters, population) for clusters, population in strata if clusters]
    if len(sampled) < 2:
        return clustered(*sampled[0]) if sampled else Estimate(None, Interval(0.0, 1.0))
    weighted = [(population / len(clusters), clusters) for clusters, population in sampled]
    hits, size = (sum(weight * sum(row[side] for row in rows) for weight, rows in weighted) for side in (0, 1))
    if not size:
        return Estimate(None, Interval(0.0, 1.0))
    value, partial = hits / size, [(weight, rows) for weight, rows in weighted if weight > 1]
    if not partial:
        return Estimate(value, Interval(value, value))
    if any(len(rows) < 2 for _, rows in partial):
        return Estimate(value, Interval(0.0, 1.0))
    variance = sum(weight * (weight - 1) * _ratio_spread(rows, value) for weight, rows in partial) / size**2
    members, count = sum(row[1] for _, rows in weighted for row in rows), sum(len(rows) for _, rows in weighted)
    effective = min(members, value * (1 - value) / variance) if variance else min(members, count)
    effective *= (Z95 / _student95(sum(len(rows) - 1 for _, rows in partial))) ** 2
    return Estimate(value, wilson(value * effective, effective))


def _ratio_spread(clusters: Sequence[tuple[int, int]], value: float) -> float:
    """The sum of squares of the residuals of a ratio, about their own mean, times count / (count - 1)."""
    residuals = [hits - value * members for hits, members in clusters]
    mean = sum(residuals) / len(residuals)
    return sum((residual - mean) ** 2 for residual in residuals) * len(residuals) / (len(residuals) - 1)


def more_clusters(clusters: Sequence[tuple[int, int]], population: int, half: float = TARGET_HALF_WIDTH) -> int:
    """About how many more clusters to draw for ± `half`; 0 if it is reached. The width shrinks with the square root."""
    now = clustered(clusters, population).interval.half
    if now <= half or not clusters:
        return 0
    total = math.ceil(len(clusters) * (now / half) ** 2)
    return max(1, min(total, population) - len(clusters))


def _student95(freedom: int) -> float:
    """The 97.5 % quantile of Student's distribution (Cornish and Fisher's expansion; within 1 % from 3 degrees on)."""
    if freedom < 3:
        return (12.706, 4.303)[freedom - 1]
    z = Z95
    terms = ((z**3 + z) / 4, (5 * z**5 + 16 * z**3 + 3 * z) / 96, (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384)
    return float(z + sum(term / freedom**power for power, term in enumerate(terms, 1)))
