"""Which event of an answer is which of ours: pure comparison, no database."""

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
    """An event whose content is one word."""
    return BLANK._replace(**{"position": position, "label": content, "fingerprint": f"fp-{content}", "raw": content, "start_s": float(position)} | fields)  # fmt: skip


def known(arrived: list[Incoming], **fields: Any) -> list[Known]:
    """What we would have after storing these."""
    return [
        Known(
            id=n, identity=one.identity, external_id=one.record.external_id, fingerprint=one.record.fingerprint,
            digest=one.digest, category=one.record.category, label=one.record.label, start_s=one.record.start_s,
            end_s=one.record.end_s, approval="pending", decided=fields.get("decided", False), gone=fields.get("gone", False),
        )
        for n, one in enumerate(arrived)
    ]  # fmt: skip


def plan(before: list[EventRecord], after: list[EventRecord], **fields: Any) -> EventPlan:
    return plan_events(with_identities(after, 0), known(with_identities(before, 0), **fields))


def pairs(result: EventPlan) -> list[tuple[str, str]]:
    return [(event.label, one.record.label) for event, one in result.update]


def test_the_same_answer_changes_nothing() -> None:
    events = [record(n, word) for n, word in enumerate("abca")]
    result = plan(events, events)
    assert (result.unchanged, result.create, result.update, result.gone) == (4, [], [], [])


def test_equal_events_of_one_item_are_told_apart_by_their_ordinal() -> None:
    assert [one.identity for one in with_identities([record(0, "a"), record(1, "a")], 0)] == ["fp:fp-a:0", "fp:fp-a:1"]


def test_the_vendors_id_comes_before_the_content() -> None:
    before = [record(0, "a", external_id="e1"), record(1, "b", external_id="e2")]
    after = [record(0, "b", external_id="e1"), record(1, "a", external_id="e2")]
    assert pairs(plan(before, after)) == [("a", "b"), ("b", "a")]


def test_another_order_moves_events_without_changing_which_is_which() -> None:
    before = [record(n, word) for n, word in enumerate("abc")]
    after = [record(n, word) for n, word in enumerate("cab")]
    result = plan(before, after)
    assert sorted(pairs(result)) == [("a", "a"), ("b", "b"), ("c", "c")]
    assert (result.create, result.gone) == ([], [])


def test_new_ids_on_the_same_content_are_the_same_events() -> None:
    before = [record(0, "a", external_id="old1"), record(1, "b", external_id="old2")]
    after = [record(0, "b", external_id="new1"), record(1, "a", external_id="new2")]
    assert pairs(plan(before, after)) == [("b", "b"), ("a", "a")]


def test_without_ids_the_same_span_with_another_label_is_the_same_event_changed() -> None:
    result = plan([record(3, "a car")], [record(3, "a bus")])
    assert pairs(result) == [("a car", "a bus")]


def test_without_ids_the_same_label_at_another_time_is_the_same_event_moved() -> None:
    assert pairs(plan([record(3, "a car")], [record(3, "a car")._replace(start_s=3.2, fingerprint="other")])) == [
        ("a car", "a car")
    ]


def test_a_guess_is_not_made_where_there_is_a_choice() -> None:
    before = [record(0, "a", start_s=1.0), record(1, "b", start_s=1.0)]
    after = [record(0, "c", start_s=1.0), record(1, "d", start_s=1.0)]
    result = plan(before, after)
    assert (len(result.create), len(result.gone), result.update) == (2, 2, [])


def test_events_with_different_ids_and_contents_are_never_taken_for_each_other() -> None:
    result = plan([record(0, "a", external_id="e1")], [record(0, "b", external_id="e2", start_s=0.0)])
    assert (len(result.create), len(result.gone)) == (1, 1)


def test_a_decided_event_is_found_before_an_undecided_equal_one() -> None:
    arrived = with_identities([record(0, "a", external_id="x")], 0)
    first, second = known(with_identities([record(0, "a"), record(1, "a")], 0))
    result = plan_events(arrived, [first, replace_known(second, decided=True)])
    assert [event.id for event, _ in result.update] == [second.id]


def test_what_was_gone_and_comes_back_is_updated_not_created() -> None:
    result = plan([record(0, "a")], [record(0, "a")], gone=True)
    assert (len(result.update), result.create, result.gone) == (1, [], [])


def test_what_is_gone_already_is_not_marked_again() -> None:
    assert plan([record(0, "a")], [], gone=True).gone == []


words = st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from(["", "e1", "e2", "e3"])), max_size=8)


@pytest.mark.parametrize("decided", [True, False])
@settings(max_examples=150)
@given(before=words, after=words)
def test_every_event_of_both_sides_is_accounted_for_once(
    decided: bool, before: list[tuple[str, str]], after: list[tuple[str, str]]
) -> None:
    old = [record(n, word, external_id=id_) for n, (word, id_) in enumerate(before)]
    new = [record(n, word, external_id=id_) for n, (word, id_) in enumerate(after)]
    result = plan(old, new, decided=decided)
    matched = [event.id for event, _ in result.update]
    assert len(set(matched)) == len(matched)
    assert len(matched) + result.unchanged + len(result.gone) == len(old)
    assert len(matched) + result.unchanged + len(result.create) == len(new)
    identities = [one.identity for one in with_identities(new, 0)]
    assert len(set(identities)) == len(identities)
