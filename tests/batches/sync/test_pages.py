"""Reading a paginated list that changes meanwhile."""

from collections.abc import Callable, Sequence

import pytest

from batches.sync.pages import MAX_PASSES, Listed, Page, read_pages


def reading(*pages: tuple[str, int | None], last: int | None = None) -> tuple[Listed[str], list[int]]:
    """What is read from these answers, in turn, and which pages were asked for. An answer is its rows and its total."""
    asked: list[int] = []

    def ask(number: int) -> Page[str]:
        rows, total = pages[min(len(asked), len(pages) - 1)]
        asked.append(number)
        return Page(list(rows), len(rows) < 2 if last is None else number >= last, total)

    return read_pages(ask, key=lambda row: row), asked


def test_read_pages_reads_to_the_last_page() -> None:
    assert reading(("ab", 5), ("cd", 5), ("e", 5)) == (Listed(("a", "b", "c", "d", "e"), True, 5), [1, 2, 3])


@pytest.mark.case("U06")
def test_read_pages_merges_a_repeated_row() -> None:
    assert reading(("ab", 3), ("bc", 3), ("", 3)) == (Listed(("a", "b", "c"), True, 3), [1, 2, 3])


def test_read_pages_finds_a_skipped_row_in_the_next_pass() -> None:
    listed, asked = reading(("ab", 4), ("d", 4), ("ab", 4), ("cd", 4), ("", 4))
    assert (set(listed.rows), listed.complete, asked) == ({"a", "b", "c", "d"}, True, [1, 2, 1, 2, 3])


def test_read_pages_without_a_total_reads_again() -> None:
    listed, asked = reading(("ab", None), ("bc", None), ("", None), ("ab", None), ("c", None))
    assert (listed, asked) == (Listed(("a", "b", "c"), True, None), [1, 2, 3, 1, 2])


@pytest.mark.case("U07")
def test_read_pages_ends_a_list_that_repeats_for_ever() -> None:
    listed, asked = reading(("ab", 100), last=50)
    assert (listed, asked) == (Listed(("a", "b"), False, 100), [1, 2] * MAX_PASSES)


def test_read_pages_reads_again_when_the_total_shrinks() -> None:
    listed, asked = reading(("ab", 4), ("d", 3), ("bc", 3), ("d", 3))
    assert (set(listed.rows), listed.complete, asked) == ({"a", "b", "c", "d"}, True, [1, 2, 1, 2])


@pytest.mark.parametrize("total", [0, None])
def test_read_pages_reads_an_empty_list(total: int | None) -> None:
    assert reading(("", total)) == (Listed((), True, total), [1])


def test_read_pages_last_version_of_a_row_wins() -> None:
    answers = iter([["a1", "b1"], ["a2"]])
    ask: Callable[[int], Page[str]] = lambda number: Page(next(answers), number == 2, 2)  # noqa: E731
    rows: Sequence[str] = read_pages(ask, key=lambda row: row[0]).rows
    assert rows == ("a2", "b1")
