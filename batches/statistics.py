"""How sure a sample makes us of a proportion: Wilson intervals, finite populations, strata, and how many more to look at.

Wilson, "Probable inference" (JASA 1927); Newcombe, "Two-sided confidence intervals for the single proportion" (Statistics
in Medicine 1998), whose figures the tests hold this against; finite populations and strata by the effective sample size
(Kish, "Survey Sampling", 1965; Korn and Graubard, Survey Methodology 1998).
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Z95 = 1.959963984540054  # 97.5 % quantile of the normal distribution
TARGET = 0.05  # half of the interval's width that is precise enough


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
        return self.half <= TARGET


@dataclass(frozen=True, slots=True)
class Sample:
    """`hits` of `size` looked at, out of `population`; drawn at random, or all of them. Expected `hits` may be no whole number."""

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
        """The share to expect of more: few verdicts count for little (Jeffreys' mean)."""
        return (self.hits + 0.5) / (self.size + 1)

    def grown(self, size: int) -> "Sample":
        """As it would be with `size` looked at, if the rest is as expected; never smaller than it is."""
        more = max(0, min(size, self.population) - self.size)
        return Sample(self.hits + more * self.likely, self.size + more, self.population)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A proportion and its interval; no `value` where nothing was looked at."""

    value: float | None
    interval: Interval


def wilson(hits: float, size: float) -> Interval:
    """The score interval of `hits` out of `size`, both ≥ 0 and not necessarily whole. Raises ValueError."""
    if not 0 <= hits <= size:
        raise ValueError(f"{hits} hits of {size}")
    if size == 0:
        return Interval(0.0, 1.0)
    share, spread = hits / size, Z95**2 / size
    middle = (share + spread / 2) / (1 + spread)
    half = Z95 * math.sqrt(share * (1 - share) / size + spread / (4 * size)) / (1 + spread)
    # At the ends the formula gives exactly 0 and 1; floating point may miss them.
    return Interval(0.0 if hits == 0 else max(0.0, middle - half), 1.0 if hits == size else min(1.0, middle + half))


def combined(strata: Iterable[Sample]) -> Estimate:
    """The proportion in all strata together, each weighed by its population and not by how much of it was looked at.

    Strata of which nothing was looked at may be anything from 0 to 1, and widen the interval by as much.
    """
    groups = [one for one in strata if one.population]
    seen = [one for one in groups if one.size]
    whole, known = sum(one.population for one in groups), sum(one.population for one in seen)
    if not seen:
        return Estimate(None, Interval(0.0, 1.0))
    value = min(1.0, sum(one.population / known * one.hits / one.size for one in seen))
    inside = _interval(value, seen, known)
    share, hits = known / whole, sum(one.hits for one in seen)
    misses = sum(one.size - one.hits for one in seen)
    low, high = inside.low * share, inside.high * share + (1 - share)
    # What was seen is certain, whatever the rest may be.
    return Estimate(value, Interval(max(low, hits / whole), min(high, 1 - misses / whole)))


def _interval(value: float, seen: list[Sample], known: int) -> Interval:
    variance = likely = 0.0
    for one in seen:
        weight, share = one.population / known, (one.hits + 1) / (one.size + 2)  # never 0: all alike is no certainty
        likely += weight * share
        if one.size < one.population:
            missing = (one.population - one.size) / (one.population - 1)
            variance += weight**2 * share * (1 - share) / one.size * missing
    if variance == 0:
        return Interval(value, value)
    size = likely * (1 - likely) / variance
    return wilson(value * size, size)


def needed(share: float, population: int, half: float = TARGET) -> int:
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


def more_needed(sample: Sample, half: float = TARGET) -> int:
    """About how many more to look at for ± `half`; 0 when it is there."""
    if sample.population == 0 or sample.interval.half <= half:
        return 0
    return min(max(1, needed(sample.likely, sample.population, half) - sample.size), sample.population - sample.size)


def more_together(strata: Sequence[Sample], half: float = TARGET) -> list[int]:
    """About how many more of each to look at, in turn, for ± `half` of all together; all 0 when it is there.

    Those that are there by themselves get none. The whole mostly needs far fewer than the strata one by one.
    """
    short = [more_needed(one, half) > 0 for one in strata]

    def grown(size: int) -> list[Sample]:
        return [one.grown(size) if wanting else one for one, wanting in zip(strata, short, strict=True)]

    low, high = 0, max((one.population for one in strata), default=0)
    while low < high:
        size = (low + high) // 2
        if combined(grown(size)).interval.half <= half:
            high = size
        else:
            low = size + 1
    return [after.size - one.size for one, after in zip(strata, grown(low), strict=True)]
