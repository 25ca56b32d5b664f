"""Matching of an answer's events with the stored ones; no database."""

from dataclasses import replace as replace_known
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batches.sync.plan import EventPlan, Incoming, Known, plan_events, with_identities
from batches.sync.records import EventRecord

BLANK = EventRecord(
    position=0, raw_index=0, external_id="", start_s=1.0, end_s=2.0, timestamp="00:01-00:02", unix_start="", unix_end="",
    category="Cut-in", label="a car", severity="high", confidence=0.5, confidence_given=True, ai_text="",
    thumbnail_url="", approval="pending", raw_approval="pending", odd_cells=None, sdk="{}", raw="{}", fingerprint="f",
)  # fmt: skip


def record(position: int, content: str, **fields: Any) -> EventRecord:
    """An event whose label is one letter."""
    return BLANK._replace(**{"position": position, "label": content, "fingerprint": f"fp-{content}", "raw": content, "start_s": float(position)} | fields)  # fmt: skip


def stored(arrived: list[Incoming], **fields: Any) -> list[Known]:
    """The stored rows of these events."""
    return [
        Known(
            id=n, identity=incoming.identity, external_id=incoming.record.external_id, fingerprint=incoming.record.fingerprint,
            digest=incoming.digest, category=incoming.record.category, label=incoming.record.label, start_s=incoming.record.start_s,
            end_s=incoming.record.end_s, approval="pending", decided=fields.get("decided", False), gone=fields.get("gone", False),
        )
        for n, incoming in enumerate(arrived)
    ]  # fmt: skip


def plan(before: list[EventRecord], after: list[EventRecord], **fields: Any) -> EventPlan:
    return plan_events(with_identities(after, 0), stored(with_identities(before, 0), **fields))


def pairs(result: EventPlan) -> list[tuple[str, str]]:
    return [(event.label, incoming.record.label) for event, incoming in result.update]


def test_plan_of_the_same_answer_is_empty() -> None:
    events = [record(n, letter) for n, letter in enumerate("abca")]
    result = plan(events, events)
    assert (result.unchanged, result.create, result.update, result.gone) == (4, [], [], [])


def test_identities_of_equal_events_have_an_ordinal() -> None:
    assert [incoming.identity for incoming in with_identities([record(0, "a"), record(1, "a")], 0)] == [
        "fp:fp-a:0",
        "fp:fp-a:1",
    ]


def test_plan_matches_by_id_before_content() -> None:
    before = [record(0, "a", external_id="e1"), record(1, "b", external_id="e2")]
    after = [record(0, "b", external_id="e1"), record(1, "a", external_id="e2")]
    assert pairs(plan(before, after)) == [("a", "b"), ("b", "a")]


def test_plan_another_order_keeps_identities() -> None:
    before = [record(n, letter) for n, letter in enumerate("abc")]
    after = [record(n, letter) for n, letter in enumerate("cab")]
    result = plan(before, after)
    assert sorted(pairs(result)) == [("a", "a"), ("b", "b"), ("c", "c")]
    assert (result.create, result.gone) == ([], [])


def test_plan_matches_new_ids_by_content() -> None:
    before = [record(0, "a", external_id="old1"), record(1, "b", external_id="old2")]
    after = [record(0, "b", external_id="new1"), record(1, "a", external_id="new2")]
    assert pairs(plan(before, after)) == [("b", "b"), ("a", "a")]


def test_plan_matches_a_changed_label_by_span() -> None:
    result = plan([record(3, "a car")], [record(3, "a bus")])
    assert pairs(result) == [("a car", "a bus")]


def test_plan_matches_a_moved_event_by_label() -> None:
    assert pairs(plan([record(3, "a car")], [record(3, "a car")._replace(start_s=3.2, fingerprint="other")])) == [
        ("a car", "a car")
    ]


def test_plan_does_not_guess_between_candidates() -> None:
    before = [record(0, "a", start_s=1.0), record(1, "b", start_s=1.0)]
    after = [record(0, "c", start_s=1.0), record(1, "d", start_s=1.0)]
    result = plan(before, after)
    assert (len(result.create), len(result.gone), result.update) == (2, 2, [])


def test_plan_separates_different_ids_and_contents() -> None:
    result = plan([record(0, "a", external_id="e1")], [record(0, "b", external_id="e2", start_s=0.0)])
    assert (len(result.create), len(result.gone)) == (1, 1)


def test_plan_matches_a_decided_event_first() -> None:
    arrived = with_identities([record(0, "a", external_id="x")], 0)
    first, second = stored(with_identities([record(0, "a"), record(1, "a")], 0))
    result = plan_events(arrived, [first, replace_known(second, decided=True)])
    assert [event.id for event, _ in result.update] == [second.id]


def test_plan_updates_an_event_that_comes_back() -> None:
    result = plan([record(0, "a")], [record(0, "a")], gone=True)
    assert (len(result.update), result.create, result.gone) == (1, [], [])


def test_plan_marks_a_gone_event_once() -> None:
    assert plan([record(0, "a")], [], gone=True).gone == []


words = st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from(["", "e1", "e2", "e3"])), max_size=8)


@pytest.mark.parametrize("decided", [True, False])
@settings(max_examples=150)
@given(before=words, after=words)
def test_plan_uses_every_event_of_both_sides_once(
    decided: bool, before: list[tuple[str, str]], after: list[tuple[str, str]]
) -> None:
    old = [record(n, label, external_id=id_) for n, (label, id_) in enumerate(before)]
    new = [record(n, label, external_id=id_) for n, (label, id_) in enumerate(after)]
    result = plan(old, new, decided=decided)
    matched = [event.id for event, _ in result.update]
    assert len(set(matched)) == len(matched)
    assert len(matched) + result.unchanged + len(result.gone) == len(old)
    assert len(matched) + result.unchanged + len(result.create) == len(new)
    identities = [incoming.identity for incoming in with_identities(new, 0)]
    assert len(set(identities)) == len(identities)
