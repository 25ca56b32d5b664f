"""Matching of an answer's events with the stored ones; no database."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batches.sync.plan import EventPlan, Incoming, StoredEvent, plan_events, with_identities
from batches.sync.records import EventRecord

BLANK = EventRecord(
    position=0, raw_index=0, external_id="", start_s=1.0, end_s=2.0, timestamp="00:01-00:02", unix_start="",
    unix_end="",
    category="Cut-in", label="a car", severity="high", confidence=0.5, confidence_given=True, ai_text="",
    thumbnail_url="", approval="pending", raw_approval="pending", odd_cells=None, sdk="{}", raw="{}", fingerprint="f",
)  # fmt: skip


def record(position: int, content: str, **fields: Any) -> EventRecord:
    """An event whose content is one word."""
    start = float(3 * position)
    return BLANK._replace(**{"position": position, "label": content, "fingerprint": f"fp-{content}", "raw": content,
        "start_s": start, "end_s": start + 2} | fields)  # fmt: skip


def stored(arrived: list[Incoming], **fields: Any) -> list[StoredEvent]:
    """The stored rows of these events."""
    return [
        StoredEvent(
            id=n, identity=incoming.identity, external_id=incoming.record.external_id,
            fingerprint=incoming.record.fingerprint,
            digest=incoming.digest, category=incoming.record.category, label=incoming.record.label,
            ai_text=incoming.record.ai_text,
            start_s=incoming.record.start_s, end_s=incoming.record.end_s, approval="pending", changed_since=False,
            **{"decided": False, "gone": False, "unread": False} | fields,
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


def test_words_of_an_event_are_those_of_its_label_and_text() -> None:
    (incoming,) = with_identities([record(0, "a red car", ai_text="A van, red.")], 0, with_words=True)
    assert incoming.search_words == "a red car van"


def test_swapped_contents_of_two_ids_stay_the_events_they_were() -> None:
    before = [record(0, "a", external_id="e1"), record(1, "b", external_id="e2")]
    after = [record(0, "b", external_id="e1"), record(1, "a", external_id="e2")]
    assert pairs(plan(before, after)) == [("b", "b"), ("a", "a")]


def test_an_event_in_front_of_positional_ids_moves_the_others() -> None:
    before = [record(n, word, external_id=str(n)) for n, word in enumerate("xy")]
    after = [record(n, word, external_id=str(n)) for n, word in enumerate(["new", "x", "y"])]
    result = plan(before, after)
    assert sorted(pairs(result)) == [("x", "x"), ("y", "y")]
    assert [incoming.record.label for incoming in result.create] == ["new"]


def test_an_id_with_new_content_is_the_event_that_had_the_id() -> None:
    before = [record(0, "a", external_id="e1"), record(1, "b", external_id="e2")]
    after = [record(0, "c", external_id="e1"), record(1, "b", external_id="e2")]
    result = plan(before, after)
    assert (pairs(result), result.create, result.gone) == ([("a", "c")], [], [])


def test_an_event_whose_identity_another_has_now_gives_it_up() -> None:
    before = [record(0, "a", external_id="e1"), record(1, "b", external_id="e2")]
    result = plan(before, [record(0, "b", external_id="e1")])
    assert pairs(result) == [("b", "b")]
    assert [event.label for event in result.gone] == [event.label for event in result.displaced] == ["a"]


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


def test_without_ids_about_the_same_text_at_the_same_place_is_the_event() -> None:
    assert pairs(plan([record(3, "a car turns")], [record(3, "a car turns left")])) == [
        ("a car turns", "a car turns left")
    ]
    moved = record(3, "a car", start_s=9.2, fingerprint="other")
    assert pairs(plan([record(3, "a car")], [moved])) == [("a car", "a car")]


@pytest.mark.parametrize("other", [
    record(3, "red light run, truck", category="Violation"),
    record(70, "a car", fingerprint="far away"),
    record(3, "a car", start_s=None, end_s=None, fingerprint="nowhere"),
])  # fmt: skip
def test_without_ids_place_or_text_alone_is_no_guess(other: EventRecord) -> None:
    result = plan([record(3, "a car")], [other])
    assert (result.update, len(result.create), len(result.gone)) == ([], 1, 1)


def test_no_guess_is_made_in_a_crowd() -> None:
    before = [record(3, f"a car {n}") for n in range(80)]
    after = [record(3, f"a car {n} turns") for n in range(80)]
    assert plan(before, after).update == []


def test_a_guess_is_not_made_where_there_is_a_choice() -> None:
    before = [record(0, "a car", fingerprint="1"), record(0, "a car", fingerprint="2")]
    after = [record(0, "a car", fingerprint="3"), record(0, "a car", fingerprint="4")]
    result = plan(before, after)
    assert (len(result.create), len(result.gone), result.update) == (2, 2, [])


def test_plan_separates_different_ids_and_contents() -> None:
    result = plan([record(0, "a", external_id="e1")], [record(0, "b", external_id="e2", start_s=0.0)])
    assert (len(result.create), len(result.gone)) == (1, 1)


def test_plan_matches_a_decided_event_first() -> None:
    arrived = with_identities([record(0, "a", external_id="x")], 0)
    first, second = stored(with_identities([record(0, "a"), record(1, "a")], 0))
    result = plan_events(arrived, [first, second._replace(decided=True)])
    assert [event.id for event, _ in result.update] == [second.id]


def test_plan_updates_an_event_that_comes_back() -> None:
    result = plan([record(0, "a")], [record(0, "a")], gone=True)
    assert (len(result.update), result.create, result.gone) == (1, [], [])


def test_plan_marks_a_gone_event_once() -> None:
    assert plan([record(0, "a")], [], gone=True).gone == []


def test_nothing_is_gone_by_an_answer_that_was_not_read_whole() -> None:
    arrived = with_identities([record(0, "a")], 0)
    rows = stored(with_identities([record(0, "a"), record(1, "b")], 0))
    result = plan_events(arrived, rows, whole=False)
    assert (result.gone, [event.label for event in result.unread]) == ([], ["b"])


def test_what_could_be_read_again_is_updated() -> None:
    result = plan([record(0, "a")], [record(0, "a")], unread=True)
    assert (len(result.update), result.unchanged) == (1, 0)


contents = st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from(["", "e1", "e2", "e3"])), max_size=8)


@pytest.mark.parametrize("decided", [True, False])
@settings(max_examples=150)
@given(before=contents, after=contents)
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
    assert {event.identity for event in result.displaced} <= {incoming.identity for incoming in with_identities(new, 0)}
    identities = [row.identity for row in with_identities(new, 0)]
    assert len(set(identities)) == len(identities)
