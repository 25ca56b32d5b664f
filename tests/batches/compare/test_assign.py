"""The assignment has the greatest worth, is one-to-one and deterministic."""

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batches.compare.assign import assign

SIDE = 5
WORTHS = st.dictionaries(
    st.integers(0, SIDE - 1), st.dictionaries(st.integers(0, SIDE - 1), st.integers(1, 20), max_size=SIDE)
)


def best_by_trying_all(worth: dict[int, dict[int, int]]) -> int:
    return max(sum(worth.get(left, {}).get(right, 0) for left,
        right in enumerate(order)) for order in permutations(range(SIDE)))  # fmt: skip


@given(worth=WORTHS)
@settings(max_examples=300)
def test_assign_finds_the_greatest_worth(worth: dict[int, dict[int, int]]) -> None:
    result = assign(worth)
    assert len(set(result.values())) == len(result)
    assert all(right in worth[left] for left, right in result.items())
    assert sum(worth[left][right] for left, right in result.items()) == best_by_trying_all(worth)


def test_assign_is_better_than_the_greedy_choice() -> None:
    assert assign({0: {0: 10, 1: 9}, 1: {0: 9}}) == {0: 1, 1: 0}


@pytest.mark.parametrize("worth", [{}, {3: {}}])
def test_assign_accepts_no_pairs(worth: dict[int, dict[int, int]]) -> None:
    assert assign(worth) == {}


def test_assign_moves_a_long_chain_of_pairs() -> None:
    worth = {left: {left: 5, left + 1: 5} for left in range(400)}
    worth[400] = {0: 500}  # wants the partner of the first, so all move by one
    assert assign(worth) == {**{left: left + 1 for left in range(400)}, 400: 0}
