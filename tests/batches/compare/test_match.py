"""Findings of two analyses are matched one-to-one: by identity, by time, by words."""

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batches.compare.match import Finding, Pair, likeness, match, overlap

LABELS = ("A car cuts in", "A cyclist swerves", "Hard braking", "")
SECONDS = st.one_of(st.none(), st.integers(0, 40).map(float))


@st.composite
def findings(draw: st.DrawFn, first: int) -> list[Finding]:
    rows = draw(st.lists(st.tuples(SECONDS, SECONDS, st.sampled_from(LABELS), st.sampled_from(["", "a", "b"]),
        st.booleans()), max_size=8))  # fmt: skip
    return [Finding(first + number, start, end, label, "", identity, added) for number,
        (start, end, label, identity, added) in enumerate(rows)]  # fmt: skip


def finding(
    start: float | None, end: float | None, label: str = "A car cuts in", key: int = 1, **fields: Any
) -> Finding:
    return Finding(key, start, end, label, **fields)


def kinds(earlier: list[Finding], later: list[Finding]) -> list[tuple[int | None, int | None, str]]:
    return [row[:3] for row in match(earlier, later)]


@given(earlier=findings(0), later=findings(100), seed=st.integers(0, 99))
def test_match_holds_every_finding_once_in_any_order(earlier, later, seed) -> None:  # type: ignore[no-untyped-def]
    rows = match(earlier, later)
    assert sorted(row.earlier for row in rows if row.earlier is not None) == [entry.key for entry in earlier]
    assert sorted(row.later for row in rows if row.later is not None) == [entry.key for entry in later]
    people = {entry.key for entry in [*earlier, *later] if entry.added}
    for row in rows:
        by_vendor = [key is not None and key not in people for key in row[:2]]
        assert by_vendor == [row.match not in ("new", "found", "missed"), row.match not in ("vanished", "missed")]
        assert (row.match == "new") <= (row.earlier is None)
        assert (row.match == "found") <= (row.earlier is not None)
    assert all((row.overlap is None) == (None in row[:2]) for row in rows)
    shuffled = Random(seed).sample(earlier, len(earlier)), Random(seed).sample(later, len(later))
    assert match(*shuffled) == rows


@given(earlier=findings(0))
def test_match_of_equal_findings_is_same(earlier: list[Finding]) -> None:
    again = [replace(finding, key=finding.key + 100) for finding in earlier]
    assert {row.match for row in match(earlier, again)} <= {"same", "missed"}


@pytest.mark.parametrize(
    ("later", "kind"),
    [
        (finding(4, 8, key=2), "same"),
        (finding(4.1, 8.1, key=2), "same"),
        (finding(6, 10, key=2), "moved"),
        (finding(4, 8, "A truck cuts in", key=2), "changed"),
        (finding(4, 8, "a CAR, cuts in!", key=2), "same"),
        (finding(5, 9, "Something else", key=2), "changed"),
    ],
)
def test_match_names_what_became_of_a_finding(later: Finding, kind: str) -> None:
    assert kinds([finding(4, 8)], [later]) == [(1, 2, kind)]


@pytest.mark.parametrize(
    "later", [finding(8, 12, key=2), finding(6, 10, "Hard braking", key=2), finding(None, None, key=2)]
)
def test_match_of_distant_findings_is_vanished_and_new(later: Finding) -> None:
    assert sorted(kinds([finding(4, 8)], [later]), key=str) == [(1, None, "vanished"), (None, 2, "new")]


def test_match_uses_words_for_findings_at_one_time() -> None:
    earlier = [finding(4, 8, "A car cuts in", 1), finding(4, 8, "Hard braking", 2)]
    later = [finding(4, 8, "Hard braking", 11), finding(4, 8, "A car cuts in", 12)]
    assert sorted(match(earlier, later)) == [Pair(1, 12, "same", 100), Pair(2, 11, "same", 100)]


def test_match_prefers_identity_to_overlap() -> None:
    earlier = [finding(4, 8, key=1, identity="x")]
    later = [finding(4, 8, key=11, identity="y"), finding(7, 12, key=12, identity="x")]
    assert sorted(kinds(earlier, later), key=str) == [(1, 12, "moved"), (None, 11, "new")]


def test_match_of_one_identity_needs_an_overlap() -> None:
    rows = kinds([finding(4, 8, identity="0")], [finding(40, 48, key=2, identity="0")])
    assert rows == [(1, None, "vanished"), (None, 2, "new")]


def test_match_pairs_findings_of_a_whole_video() -> None:
    assert match([finding(None, None, "calm")], [finding(None, None, "busy", 2)]) == [Pair(1, 2, "changed", 100)]


def test_overlap_of_moments() -> None:
    assert overlap(finding(4, 4), finding(4, None)) == 1.0
    assert overlap(finding(4, 4), finding(4.5, 4.5)) == pytest.approx(1 / 3)
    assert overlap(finding(8, 4), finding(8, 8)) == 1.0  # an end before the start is none


def test_likeness_counts_common_words() -> None:
    assert likeness(["a", "car"], ["a", "van"]) == 0.5
    assert likeness([], []) == 1.0
    assert likeness(["a"], []) == 0.0


def test_match_is_in_order_of_time() -> None:
    earlier = [finding(20, 24, key=1), finding(2, 4, key=2)]
    later = [finding(30, 34, key=11), finding(20, 24, key=12)]
    assert [row[:2] for row in match(earlier, later)] == [(2, None), (1, 12), (None, 11)]
