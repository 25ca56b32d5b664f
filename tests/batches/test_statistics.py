"""Intervals against published figures, and what must hold for any sample."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batches.statistics import Interval, Sample, combined, more_needed, more_together, needed, wilson

HUGE = 10**9


@pytest.mark.parametrize(
    ("hits", "size", "low", "high"),
    [  # Newcombe (1998), table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_published_wilson_intervals(hits: int, size: int, low: float, high: float) -> None:
    result = wilson(hits, size)
    assert (round(result.low, 4), round(result.high, 4)) == (low, high)
    mirrored = wilson(size - hits, size)
    assert (round(mirrored.low, 4), round(mirrored.high, 4)) == (round(1 - high, 4), round(1 - low, 4))


def test_nothing_looked_at_says_nothing() -> None:
    assert wilson(0, 0) == Interval(0.0, 1.0)
    assert combined([]).value is None
    assert combined([Sample(0, 0, 10)]).interval == Interval(0.0, 1.0)


@pytest.mark.parametrize(("hits", "size"), [(-1, 3), (4, 3), (0, -1)])
def test_impossible_counts_are_refused(hits: int, size: int) -> None:
    with pytest.raises(ValueError, match="hits of"):
        wilson(hits, size)


@pytest.mark.parametrize("counts", [(3, 2, 9), (1, 5, 4), (-1, 2, 3)])
def test_an_impossible_sample_is_refused(counts: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="is no sample"):
        Sample(*counts)


def test_the_textbook_sample_size() -> None:
    # 384 by the normal approximation for ± 5 % at one half; the score interval needs z² = 3.84 fewer.
    assert needed(0.5, HUGE) == 381
    assert needed(1.0, HUGE) == 35
    # Cochran's correction of it for a population of 1,000: 381 / (1 + 380 / 1000)
    assert needed(0.5, 1000) == 276


def test_thirty_five_more() -> None:
    assert more_needed(Sample(0, 0, 10_000)) == needed(0.5, 10_000)
    assert more_needed(Sample(35, 35, 10_000)) == 0
    assert more_needed(Sample(3, 3, 5)) == 2
    assert more_needed(Sample(0, 0, 0)) == 0


samples = st.tuples(st.integers(0, 400), st.integers(0, 400), st.integers(0, 4000)).map(
    lambda three: Sample(three[0], three[0] + three[1], sum(three))
)


@given(sample=samples)
def test_an_interval_holds_its_share_and_what_is_certain(sample: Sample) -> None:
    estimate = combined([sample])
    low, high = estimate.interval.low, estimate.interval.high
    assert 0 <= low <= high <= 1
    if sample.size:
        assert low - 1e-9 <= sample.hits / sample.size <= high + 1e-9
        assert low >= sample.hits / sample.population
        assert high <= 1 - (sample.size - sample.hits) / sample.population
    if sample.size == sample.population > 0:
        assert math.isclose(low, high)


@given(sample=samples)
def test_a_finite_population_never_makes_it_wider(sample: Sample) -> None:
    plain = wilson(sample.hits, sample.size)
    assert sample.interval.half <= plain.half + 1e-9
    endless = Sample(sample.hits, sample.size, HUGE).interval
    assert math.isclose(endless.low, plain.low, abs_tol=1e-4)
    assert math.isclose(endless.high, plain.high, abs_tol=1e-4)


@given(share=st.floats(0, 1), population=st.integers(1, 5000))
def test_what_is_needed_is_enough_and_no_more_than_everything(share: float, population: int) -> None:
    size = needed(share, population)
    assert 1 <= size <= population
    if 1 < size < population:
        for count, enough in ((size, True), (size - 1, False)):
            effective = count * (population - 1) / (population - count)
            assert (wilson(share * effective, effective).half <= 0.05) is enough


@given(sample=samples)
def test_more_is_zero_exactly_when_it_is_precise(sample: Sample) -> None:
    more = more_needed(sample)
    assert 0 <= more <= sample.population - sample.size
    assert (more == 0) is (sample.population == 0 or sample.interval.precise)


@given(groups=st.lists(samples, min_size=1, max_size=5))
def test_many_strata_are_weighed_by_size_and_stay_within_bounds(groups: list[Sample]) -> None:
    estimate = combined(groups)
    assert 0 <= estimate.interval.low <= estimate.interval.high <= 1
    if estimate.value is not None:
        assert estimate.interval.low - 1e-9 <= estimate.value <= estimate.interval.high + 1e-9
    whole = sum(group.population for group in groups)
    if whole and all(group.size == group.population for group in groups):
        assert math.isclose(estimate.value or 0.0, sum(group.hits for group in groups) / whole, abs_tol=1e-9)


def test_a_large_stratum_counts_for_more_than_a_well_known_one() -> None:
    small, large = Sample(100, 100, 100), Sample(0, 100, 900)
    assert combined([small, large]).value == pytest.approx(0.1)


def test_a_stratum_that_nobody_looked_at_may_be_anything() -> None:
    interval = combined([Sample(500, 500, 500), Sample(0, 0, 500)]).interval
    assert (interval.low, interval.high) == (0.5, 1.0)


def test_all_together_need_far_fewer_than_one_by_one() -> None:
    ten = [Sample(0, 0, 1_000)] * 10
    assert sum(more_needed(row) for row in ten) == 2_760
    assert more_together(ten) == [37] * 10
    assert needed(0.5, 10_000) == 367  # ten strata of 37 are hardly more
    assert more_together([Sample(19, 38, 1_000)] * 10) == [0] * 10
    assert (more_together([]), more_together([Sample(0, 0, 0)])) == ([], [0])
    # One that is there by itself gets none; the small one is looked at whole before the large one is there.
    assert more_together([Sample(35, 35, 1_000), Sample(0, 0, 20), Sample(0, 0, 1_000)])[:2] == [0, 20]


@given(groups=st.lists(samples, min_size=1, max_size=5))
def test_more_together_is_enough_if_the_rest_is_as_expected(groups: list[Sample]) -> None:
    more = more_together(groups)
    assert all(0 <= count <= row.population - row.size for count, row in zip(more, groups, strict=True))
    if any(group.population for group in groups):
        assert any(more) is not combined(groups).interval.precise
    for count, row in zip(more, groups, strict=True):
        assert count == 0 or more_needed(row) > 0
