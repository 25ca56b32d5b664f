"""Near-identical events: same words, same video, near in time, near in looks; nothing else piles."""

from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batches.sync.alike import LARGEST, MOST_BITS, WINDOW, Sight, neighbours, piles


def sight(number: int, start: float = 4.0, **fields: object) -> Sight:
    return Sight(**{"id": number, "item": 1, "start": start, "label": "A car cuts in", "category": "Cut-in"} | fields)  # type: ignore[arg-type]


def found(*sights: Sight, hashes: dict[int, int] | None = None) -> list[list[int]]:
    hashes = dict.fromkeys([one.id for one in sights], 7) if hashes is None else hashes
    return [pile for run in neighbours(sights) for pile in piles(run, hashes)]


def test_the_same_words_at_nearly_the_same_time_with_the_same_looks_are_a_pile() -> None:
    assert found(sight(3, 4.0), sight(1, 5.0), sight(2, 7.0)) == [[3, 1, 2]]


@pytest.mark.parametrize(
    "other",
    [
        {"item": 2},
        {"label": "A bus cuts in"},
        {"category": "Near miss"},
        {"start": 4.0 + WINDOW + 0.01},
    ],
)
def test_another_video_word_or_time_is_not_the_same(other: dict[str, object]) -> None:
    assert found(sight(1), sight(2, **({"start": 4.0} | other))) == []  # type: ignore[arg-type]


def test_case_and_space_make_no_other_word() -> None:
    assert found(sight(1), sight(2, label="  a CAR\tcuts  in ", category="CUT-IN")) == [[1, 2]]


def test_events_without_any_words_are_never_the_same() -> None:
    assert found(sight(1, label=" ", category=""), sight(2, label="", category=" ")) == []


@pytest.mark.parametrize(("bits", "piled"), [(MOST_BITS, [[1, 2]]), (MOST_BITS + 1, [])])
def test_pictures_may_differ_in_so_many_bits(bits: int, piled: list[list[int]]) -> None:
    assert found(sight(1), sight(2), hashes={1: 0, 2: (1 << bits) - 1}) == piled


def test_the_sign_of_a_hash_is_a_bit_like_any_other() -> None:
    assert found(sight(1), sight(2), hashes={1: -(1 << 63), 2: 0}) == [[1, 2]]
    assert found(sight(1), sight(2), hashes={1: -1, 2: 0}) == []


def test_an_event_without_a_picture_is_in_no_pile() -> None:
    assert found(sight(1), sight(2), sight(3), hashes={1: 0, 3: 0}) == [[1, 3]]


def test_a_pile_does_not_creep_along_a_slow_scene() -> None:
    creeping = [sight(number, 2.0 * number) for number in range(5)]
    assert found(*creeping) == [[0, 1], [2, 3]]
    turning = {number: (1 << MOST_BITS * number) - 1 for number in range(3)}
    assert found(*(sight(number) for number in range(3)), hashes=turning) == [[0, 1]]


def test_a_pile_is_no_larger_than_a_person_can_look_over() -> None:
    assert [len(pile) for pile in found(*(sight(number) for number in range(LARGEST + 5)))] == [LARGEST, 5]


LOOKS = [0, 1, -1, 0xFFF, -(2**63)]
NEAR = [0, 1, 2**63, 2**63 + 1]  # the differences of LOOKS that have few bits


@dataclass
class Case:
    sights: list[Sight]
    hashes: dict[int, int]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    count = draw(st.integers(0, 12))
    starts, words = st.sampled_from([0.0, 1.0, 2.5, 4.0, 9.0]), st.sampled_from(["car", "Car ", "bus", ""])
    sights = [
        sight(n, draw(starts), item=draw(st.integers(1, 2)), label=draw(words), category="") for n in range(count)
    ]
    hashes = draw(st.dictionaries(st.integers(0, 12), st.sampled_from(LOOKS), max_size=12))
    return Case(sights, hashes)


@given(cases(), st.randoms())
def test_piles_share_no_event_are_near_their_first_and_do_not_depend_on_the_order_given(case: Case, random) -> None:  # type: ignore[no-untyped-def]
    made = found(*case.sights, hashes=case.hashes)
    every = [pk for pile in made for pk in pile]
    assert len(every) == len(set(every))
    by_id = {one.id: one for one in case.sights}
    for pile in made:
        first, *others = (by_id[pk] for pk in pile)
        for other in others:
            assert (other.item, other.label.strip().lower()) == (first.item, first.label.strip().lower())
            assert 0 <= other.start - first.start <= WINDOW
            assert (case.hashes[other.id] ^ case.hashes[first.id]) % 2**64 in NEAR
        assert all(one.start <= next_.start for one, next_ in pairwise(by_id[pk] for pk in pile))
    shuffled = list(case.sights)
    random.shuffle(shuffled)
    assert sorted(found(*shuffled, hashes=case.hashes)) == sorted(made)
