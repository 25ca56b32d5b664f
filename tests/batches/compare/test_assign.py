"""The assignment is the best there is, one-to-one, and the same every time."""

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
    return max(sum(worth.get(left, {}).get(right, 0) for left, right in enumerate(order)) for order in permutations(range(SIDE)))  # fmt: skip


@given(worth=WORTHS)
@settings(max_examples=300)
def test_no_other_assignment_is_worth_more(worth: dict[int, dict[int, int]]) -> None:
    found = assign(worth)
    assert len(set(found.values())) == len(found)
    assert all(right in worth[left] for left, right in found.items())
    assert sum(worth[left][right] for left, right in found.items()) == best_by_trying_all(worth)


def test_the_greedy_choice_is_not_taken_where_it_costs_more_than_it_gives() -> None:
    assert assign({0: {0: 10, 1: 9}, 1: {0: 9}}) == {0: 1, 1: 0}


@pytest.mark.parametrize("worth", [{}, {3: {}}])
def test_nothing_to_assign_is_no_error(worth: dict[int, dict[int, int]]) -> None:
    assert assign(worth) == {}


def test_a_long_chain_of_neighbours_is_moved_as_a_whole() -> None:
    worth = {left: {left: 5, left + 1: 5} for left in range(400)}
    worth[400] = {0: 500}  # wants what the first has: everybody moves by one
    assert assign(worth) == {**{left: left + 1 for left in range(400)}, 400: 0}
