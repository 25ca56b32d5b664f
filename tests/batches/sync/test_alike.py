"""Piles of near-identical events: same video, same texts, near in time, similar pictures."""

from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batches.sync.alike import MAX_DIFFERENT_BITS, MAX_PILE_EVENTS, WINDOW_SECONDS, Candidate, neighbours, piles


def candidate(number: int, start: float = 4.0, **fields: object) -> Candidate:
    return Candidate(
        **{"id": number, "item": 1, "start": start, "label": "A car cuts in", "category": "Cut-in"} | fields
    )  # type: ignore[arg-type]


def piles_of(*candidates: Candidate, hashes: dict[int, int] | None = None) -> list[list[int]]:
    hashes = dict.fromkeys([candidate.id for candidate in candidates], 7) if hashes is None else hashes
    return [pile for run in neighbours(candidates) for pile in piles(run, hashes)]


def test_piles_hold_same_texts_near_times_and_same_pictures() -> None:
    assert piles_of(candidate(3, 4.0), candidate(1, 5.0), candidate(2, 7.0)) == [[3, 1, 2]]


@pytest.mark.parametrize(
    "other",
    [
        {"item": 2},
        {"label": "A bus cuts in"},
        {"category": "Near miss"},
        {"start": 4.0 + WINDOW_SECONDS + 0.01},
    ],
)
def test_piles_separate_other_videos_texts_and_times(other: dict[str, object]) -> None:
    assert piles_of(candidate(1), candidate(2, **({"start": 4.0} | other))) == []  # type: ignore[arg-type]


def test_piles_ignore_case_and_spaces() -> None:
    assert piles_of(candidate(1), candidate(2, label="  a CAR\tcuts  in ", category="CUT-IN")) == [[1, 2]]


def test_piles_leave_out_events_without_texts() -> None:
    assert piles_of(candidate(1, label=" ", category=""), candidate(2, label="", category=" ")) == []


@pytest.mark.parametrize(("bits", "piled"), [(MAX_DIFFERENT_BITS, [[1, 2]]), (MAX_DIFFERENT_BITS + 1, [])])
def test_piles_allow_some_different_bits(bits: int, piled: list[list[int]]) -> None:
    assert piles_of(candidate(1), candidate(2), hashes={1: 0, 2: (1 << bits) - 1}) == piled


def test_piles_compare_the_sign_bit_of_a_hash() -> None:
    assert piles_of(candidate(1), candidate(2), hashes={1: -(1 << 63), 2: 0}) == [[1, 2]]
    assert piles_of(candidate(1), candidate(2), hashes={1: -1, 2: 0}) == []


def test_piles_leave_out_events_without_a_picture() -> None:
    assert piles_of(candidate(1), candidate(2), candidate(3), hashes={1: 0, 3: 0}) == [[1, 3]]


def test_piles_do_not_grow_along_a_slow_scene() -> None:
    creeping = [candidate(number, 2.0 * number) for number in range(5)]
    assert piles_of(*creeping) == [[0, 1], [2, 3]]
    turning = {number: (1 << MAX_DIFFERENT_BITS * number) - 1 for number in range(3)}
    assert piles_of(*(candidate(number) for number in range(3)), hashes=turning) == [[0, 1]]


def test_piles_have_a_maximum_size() -> None:
    assert [len(pile) for pile in piles_of(*(candidate(number) for number in range(MAX_PILE_EVENTS + 5)))] == [
        MAX_PILE_EVENTS,
        5,
    ]


LOOKS = [0, 1, -1, 0xFFF, -(2**63)]
NEAR = [0, 1, 2**63, 2**63 + 1]  # the differences of LOOKS that have few bits


@dataclass
class Case:
    candidates: list[Candidate]
    hashes: dict[int, int]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    count = draw(st.integers(0, 12))
    starts, texts = st.sampled_from([0.0, 1.0, 2.5, 4.0, 9.0]), st.sampled_from(["car", "Car ", "bus", ""])
    candidates = [
        candidate(n, draw(starts), item=draw(st.integers(1, 2)), label=draw(texts), category="") for n in range(count)
    ]
    hashes = draw(st.dictionaries(st.integers(0, 12), st.sampled_from(LOOKS), max_size=12))
    return Case(candidates, hashes)


@given(cases(), st.randoms())
def test_piles_do_not_overlap_or_depend_on_the_order(case: Case, random) -> None:  # type: ignore[no-untyped-def]
    made = piles_of(*case.candidates, hashes=case.hashes)
    every = [pk for pile in made for pk in pile]
    assert len(every) == len(set(every))
    by_id = {candidate.id: candidate for candidate in case.candidates}
    for pile in made:
        first, *others = (by_id[pk] for pk in pile)
        for other in others:
            assert (other.item, other.label.strip().lower()) == (first.item, first.label.strip().lower())
            assert 0 <= other.start - first.start <= WINDOW_SECONDS
            assert (case.hashes[other.id] ^ case.hashes[first.id]) % 2**64 in NEAR
        assert all(candidate.start <= next_.start for candidate, next_ in pairwise(by_id[pk] for pk in pile))
    shuffled = list(case.candidates)
    random.shuffle(shuffled)
    assert sorted(piles_of(*shuffled, hashes=case.hashes)) == sorted(made)
