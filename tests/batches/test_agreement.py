"""Agreement: the figures of the textbooks, and no figure where there is none."""

import pytest

from batches.agreement import Agreement, agreement

# Fleiss (1971), as in every textbook: 10 subjects, 14 raters, 5 categories.
FLEISS = ["00 0 0 0 14", "0 2 6 4 2", "0 0 3 5 6", "0 3 9 2 0", "2 2 8 1 1",
          "7 7 0 0 0", "3 2 6 3 0", "2 5 3 2 2", "6 5 2 1 0", "0 2 2 3 7"]  # fmt: skip


def by_counts(row: str) -> dict[int, str]:
    verdicts = [f"c{category}" for category, count in enumerate(map(int, row.split())) for _ in range(count)]
    return dict(enumerate(verdicts))


def two(first: str, second: str, times: int) -> list[dict[int, str]]:
    return [{1: first, 2: second}] * times


def test_fleiss_of_the_textbook() -> None:
    result = agreement([by_counts(row) for row in FLEISS])
    assert result is not None
    assert (result.events, result.method, round(result.percent, 1), round(result.kappa or 0, 3)) == (
        10,
        "Fleiss",
        37.8,
        0.210,
    )


def test_cohen_of_the_textbook() -> None:
    result = agreement([*two("y", "y", 20), *two("y", "n", 5), *two("n", "y", 10), *two("n", "n", 15)])
    assert result is not None
    assert (result.events, result.method, result.percent, round(result.kappa or 0, 6)) == (50, "Cohen", 70.0, 0.4)


def test_two_an_event_of_three_people_is_fleiss() -> None:
    result = agreement([{1: "a", 2: "a"}, {2: "b", 3: "b"}, {1: "a", 3: "b"}])
    assert result is not None
    assert (result.method, round(result.percent, 2), round(result.kappa or 0, 3)) == ("Fleiss", 66.67, 0.333)


def test_worse_than_chance_is_negative() -> None:
    result = agreement([*two("a", "b", 5), *two("b", "a", 5)])
    assert result == Agreement(10, 0.0, -1.0, "Cohen")


@pytest.mark.parametrize("people", [2, 3])
def test_all_the_same_verdict_has_no_kappa(people: int) -> None:
    result = agreement([dict.fromkeys(range(people), "approved")] * 4)
    assert result is not None
    assert (result.percent, result.kappa) == (100.0, None)


def test_without_events_there_is_no_figure() -> None:
    assert agreement([]) is None
