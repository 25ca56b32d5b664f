"""Corrections: true values in the event, the vendor's beside them, and every step in the ledger."""

import json
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TransactionTestCase

from batches import actions
from batches.actions.bulk import Page
from batches.actions.check import ledger_problems
from batches.compare.run import compare
from batches.errors import BadValues, Conflict, NotAllowed, NothingToUndo
from batches.jobs.claims import claim
from batches.models import (
    Batch,
    Comparison,
    Connection,
    Consensus,
    Decision,
    Event,
    EventPair,
    EventPast,
    Stage,
    SyncRun,
)
from batches.models.corrections import FIELDS, read
from batches.models.search import mentions
from batches.sync.records import Chunk, EventRecord, ItemRecord
from batches.sync.store import store_chunk
from tests.factories import make_batch, make_event, make_item, make_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def event() -> Event:
    return make_event()


@pytest.fixture
def reviewer(event: Event) -> Any:
    return make_member(event.batch.connection)


def seen(event: Event) -> dict[str, Any]:
    event.refresh_from_db()
    return {"event_id": event.pk, "version": event.version, "fingerprint": event.fingerprint}


def correct(event: Event, by: Any, **values: Any) -> Event:
    actions.correct(**seen(event), values=values, by=by, idempotency_key=uuid4())
    return sound(event)


def decide(event: Event, by: Any, approval: str = "approved", **fields: Any) -> Event:
    actions.decide(**seen(event), approval=approval, by=by, idempotency_key=uuid4(), **fields)
    return sound(event)


def back(event: Event, by: Any, verb: Any = actions.undo) -> Event:
    verb(batch_id=event.batch_id, by=by, idempotency_key=uuid4())
    return sound(event)


def sound(event: Event) -> Event:
    assert list(ledger_problems()) == []
    return Event.objects.get(pk=event.pk)


def arrive(event: Event, **fields: Any) -> Event:
    """A sync brings the event with these values."""
    event = Event.objects.select_related("item").get(pk=event.pk)
    vendors = {name: event.vendor_value(name) for name in FIELDS if name != "box"}
    vendors |= {"fingerprint": event.fingerprint, "timestamp": event.vendor_value("timestamp")} | fields
    raw = json.dumps(vendors)
    record = EventRecord(
        box="[0.1, 0.2, 0.3, 0.4]", position=0, raw_index=0, external_id=event.external_id, unix_start="",
        unix_end="", confidence=0.5, confidence_given=True, ai_text="text",
        thumbnail_url="", approval="pending", raw_approval="pending",
        odd_cells=None, sdk=raw, raw=raw, **vendors,
    )  # fmt: skip
    item = ItemRecord(
        external_id=event.item.external_id, analysis_id="a", name="", source_uri="", state="completed", mode="",
        status="completed", raw_status="", error="", summary="", answered=True, raw="{}", events=(record,),
    )  # fmt: skip
    run = actions.request_sync(batch_id=event.batch_id, by=None, background=False)
    claimed = claim(SyncRun, run.pk)
    assert claimed is not None
    store_chunk(claimed, Chunk((item,), ()), position=1, calls=1)
    claimed.end("done")
    return sound(event)


def test_a_correction_without_a_verdict_leaves_the_event_undecided(event: Event, reviewer: Any) -> None:
    event = correct(event, reviewer, severity="low", label="A van cuts in")
    assert (event.approval, event.decided_at, event.version) == ("pending", None, 2)
    assert (event.severity, event.severity_rank, event.label) == ("low", 1, "A van cuts in")
    assert event.vendor_says == {"label": "A car cuts in", "severity": "high"}
    assert Event.objects.filter(mentions([event.batch_id], "van")).exists()
    assert not Event.objects.filter(mentions([event.batch_id], "car")).exists()
    step = Decision.objects.get()
    assert json.loads(step.values_before or "") == {"label": "A car cuts in", "severity": "high"}


def test_a_verdict_with_values_is_one_step_and_one_undo(event: Event, reviewer: Any) -> None:
    event = decide(event, reviewer, values={"start_s": 5.004, "end_s": 8, "category": "Near miss"})
    assert (event.approval, event.start_s, event.end_s, event.category) == ("approved", 5.0, 8.0, "Near miss")
    assert (event.timestamp, event.vendor_value("timestamp")) == ("00:05-00:08", "00:04-00:07")
    event = back(event, reviewer)
    assert (event.approval, event.start_s, event.category, event.corrected_fields) == ("pending", 4.0, "Cut-in", [])
    assert (event.timestamp, event.vendor_timestamp) == ("00:04-00:07", None)
    event = back(event, reviewer, actions.redo)
    assert (event.approval, event.start_s, event.category) == ("approved", 5.0, "Near miss")


def test_a_correction_keeps_the_verdict_and_its_reviewer(event: Event, reviewer: Any) -> None:
    other = make_member(event.batch.connection)
    decided = decide(event, other, "rejected", reason="glare", note="sun")
    event = correct(event, reviewer, severity="low")
    assert (event.approval, event.reason, event.note) == ("rejected", "glare", "sun")
    assert (event.decided_by, event.decided_at) == (other, decided.decided_at)
    event = back(event, reviewer)
    assert (event.approval, event.severity, event.decided_by) == ("rejected", "high", other)


def test_a_later_verdict_keeps_the_values_and_its_undo_too(event: Event, reviewer: Any) -> None:
    correct(event, reviewer, severity="low")
    event = decide(event, reviewer)
    assert (event.approval, event.severity) == ("approved", "low")
    event = back(event, reviewer)
    assert (event.approval, event.severity, event.decided_by) == ("pending", "low", None)
    assert back(event, reviewer).severity == "high"


def test_the_vendors_own_value_takes_a_correction_back(event: Event, reviewer: Any) -> None:
    correct(event, reviewer, severity="low", label="A van")
    event = correct(event, reviewer, severity="high")
    assert event.corrected_fields == ["label"]
    assert event.vendor_severity is None


def test_a_repeated_key_corrects_once(event: Event, reviewer: Any) -> None:
    request = seen(event) | {"values": {"label": "A van"}, "by": reviewer, "idempotency_key": uuid4()}
    first, second = actions.correct(**request), actions.correct(**request)
    assert (first.replayed, second.replayed, second.action) == (False, True, first.action)
    assert Decision.objects.count() == 1


def test_a_correction_of_something_older_is_a_conflict(event: Event, reviewer: Any) -> None:
    stale = seen(event)
    correct(event, reviewer, severity="low")
    with pytest.raises(Conflict):
        actions.correct(**stale, values={"severity": "medium"}, by=reviewer, idempotency_key=uuid4())
    assert sound(event).severity == "low"


@pytest.mark.parametrize(
    "values",
    [{}, {"ai_text": "x"}, {"label": 1}, {"label": "a\0"}, {"category": "x" * 256}, {"start_s": "4"}, {"start_s": True},
     {"end_s": float("nan")}, {"start_s": -1}, {"start_s": 9.0},
     {"box": [0, 0, 1]}, {"box": "0 0 1 1"}, {"box": [0.5, 0, 0.6, 1]}, {"box": [0, 0, 0, 1]}, {"box": [0, 0, True, 1]},
     {"box": [float("nan"), 0, 1, 1]}, {"box": [0, 0, 10**400, 1]}, {"start_s": 10**400}],
)  # fmt: skip
def test_impossible_values_are_refused(event: Event, reviewer: Any, values: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        correct(event, reviewer, **values)
    assert not Decision.objects.exists()


def test_only_a_reviewer_corrects(event: Event) -> None:
    with pytest.raises(NotAllowed):
        correct(event, make_member(event.batch.connection, "viewer"), severity="low")


def test_a_strict_connection_allows_only_values_in_use(event: Event, reviewer: Any) -> None:
    Connection.objects.update(free_values=False)
    make_event(make_item(event.batch), category="Near miss")
    with pytest.raises(ValueError, match="allows no new values"):
        correct(event, reviewer, category="Near mis")
    assert correct(event, reviewer, category="Near miss").category == "Near miss"


def test_a_sync_changes_the_vendors_value_and_keeps_the_correction(event: Event, reviewer: Any) -> None:
    correct(event, reviewer, severity="low", label="A van cuts in")
    event = arrive(event, severity="critical", category="Merge", fingerprint="e" * 32)
    assert (event.severity, event.label, event.category) == ("low", "A van cuts in", "Merge")
    assert event.vendor_says == {"label": "A car cuts in", "severity": "critical"}
    assert event.correction_changed is True
    event = decide(event, reviewer)
    assert (event.severity, event.correction_changed) == ("low", None)
    assert arrive(event, fingerprint="d" * 32).correction_changed is None


def test_a_sync_matches_a_corrected_event_by_the_vendors_words(event: Event, reviewer: Any) -> None:
    Event.objects.update(external_id="", identity="fp:1:0")
    correct(event, reviewer, label="Something else entirely", category="Other", start_s=1.0, end_s=2.0)
    event = arrive(event, label="A car cuts in fast", fingerprint="e" * 32)
    assert (Event.objects.count(), event.gone_at, event.label) == (1, None, "Something else entirely")


def test_what_was_decided_is_kept_with_the_vendors_values(event: Event, reviewer: Any) -> None:
    decide(event, reviewer, values={"label": "A van cuts in"})
    event = arrive(event, severity="low", fingerprint="e" * 32)
    assert (event.approval, event.changed_since) == ("pending", True)
    assert EventPast.objects.get().label == "A car cuts in"


def test_opinions_agree_only_on_the_same_values(event: Event, reviewer: Any) -> None:
    Batch.objects.update(opinions_wanted=2)
    other = make_member(event.batch.connection)
    with pytest.raises(Conflict, match="with your verdict"):
        correct(event, reviewer, severity="low")
    decide(event, reviewer, values={"severity": "low"})
    event = decide(event, other)
    assert (event.decided_at, Consensus.objects.get().stage) == (None, Stage.DISPUTED)
    event = decide(event, other, values={"severity": "low"})
    assert (event.approval, event.severity, Consensus.objects.get().stage) == ("approved", "low", Stage.AGREED)


def test_many_get_one_value_and_one_undo_takes_it_back(event: Event, reviewer: Any) -> None:
    others = [make_event(event.item, severity=severity) for severity in ("low", "critical")]
    decide(others[0], reviewer)
    everybody = Event.objects.filter(batch=event.batch)
    page = Page(timezone.now() + timedelta(seconds=1), 3, (0, 0))
    outcome = actions.decide_matching(
        events=everybody, batch_id=event.batch_id, query="", page=page, approval="", values={"severity": "medium"},
        by=reviewer, idempotency_key=uuid4(),
    )  # fmt: skip
    assert (outcome.run.decided if outcome.run else 0, outcome.action.kind) == (3, "correct")
    assert list(everybody.values_list("severity", flat=True)) == ["medium"] * 3
    assert Batch.objects.get().counts["approved"] == 1
    sound(event)
    back(event, reviewer)
    assert sorted(everybody.values_list("severity", flat=True)) == ["critical", "high", "low"]
    back(event, reviewer, actions.redo)
    assert list(everybody.values_list("severity", flat=True)) == ["medium"] * 3


def test_a_label_is_written_with_the_joiners_of_its_script(event: Event, reviewer: Any) -> None:
    text = "\u0645\u06cc\u200c\u0634\u0648\u062f \U0001f468\u200d\U0001f467"  # Persian, and a family
    assert correct(event, reviewer, label=text).label == text
    with pytest.raises(BadValues, match="cannot be printed"):
        correct(event, reviewer, label="evil \u202e")


@pytest.mark.parametrize("values", [{"start_s": 1.0}, {"box": [0.1, 0.1, 0.2, 0.2]}])
def test_a_span_or_box_is_not_given_to_all_that_match(event: Event, reviewer: Any, values: dict[str, Any]) -> None:
    with pytest.raises(BadValues, match="event by event"):
        actions.decide_matching(
            events=Event.objects.all(), batch_id=event.batch_id, query="", page=Page(timezone.now(), 1, (0, 0)),
            approval="approved", values=values, by=reviewer, idempotency_key=uuid4(),
        )  # fmt: skip


def test_named_events_get_a_verdict_with_values_and_keep_their_own(event: Event, reviewer: Any) -> None:
    other = make_event(event.item)
    correct(other, reviewer, label="A van")
    versions = {row.pk: actions.Seen(row.version, row.fingerprint) for row in Event.objects.all()}
    actions.decide_many(
        batch_id=event.batch_id, seen=versions, approval="approved", values={"category": "Merge"}, by=reviewer,
        idempotency_key=uuid4(),
    )  # fmt: skip
    rows = Event.objects.order_by("pk").values_list("approval", "category", "label")
    assert list(rows) == [("approved", "Merge", "A car cuts in"), ("approved", "Merge", "A van")]
    sound(event)
    versions = {row.pk: actions.Seen(row.version, row.fingerprint) for row in Event.objects.all()}
    actions.decide_many(
        batch_id=event.batch_id, seen=versions, approval="rejected", by=reviewer, idempotency_key=uuid4()
    )
    assert sound(other).label == "A van"


gestures = st.one_of(
    st.tuples(st.just("decide"), st.sampled_from([None, "low", "high"]), st.sampled_from(["approved", "rejected"])),
    st.tuples(st.just("correct"), st.sampled_from(["low", "high", "medium"]), st.none()),
    st.tuples(st.just("box"), st.sampled_from([[0.1, 0.2, 0.3, 0.4], [0.5, 0.5, 0.25, 0.5]]), st.none()),
    st.tuples(st.just("span"), st.sampled_from([1.0, 4.0, 6.5]), st.sampled_from([7.0, 5.0, None])),
    st.tuples(st.just("text"), st.sampled_from(["label", "category"]), st.sampled_from(["A van", "A car cuts in"])),
    st.tuples(st.just("many"), st.sampled_from([None, "medium"]), st.sampled_from(["", "invalid"])),
    st.tuples(st.just("matching"), st.sampled_from([None, "medium"]), st.sampled_from(["", "rejected"])),
    st.tuples(st.just("re-run"), st.sampled_from([7.5, 5.0]), st.none()),
    st.tuples(st.sampled_from(["undo", "redo"]), st.none(), st.none()),
    st.tuples(st.just("add"), st.sampled_from(["low", "high"]), st.none()),
    st.tuples(st.just("sync"), st.sampled_from(["high", "critical"]), st.sampled_from(["e" * 32, "f" * 32])),
)


class AnyOrder(TransactionTestCase):
    """Two people, an event, what they add and a re-run: in any order of gestures and syncs ledger and events agree."""

    @hypothesis_settings(max_examples=12)
    @given(steps=st.lists(st.tuples(st.integers(0, 1), st.booleans(), gestures), max_size=9))
    def test_the_ledger_and_the_event_agree(self, steps: list[tuple[int, bool, tuple[str, Any, Any]]]) -> None:
        event = make_event(fingerprint="f" * 32)
        people = [make_member(event.batch.connection), make_member(event.batch.connection)]
        for who, on_added, (kind, value, more) in steps:
            added = Event.objects.added().last() if on_added and kind != "sync" else None
            with suppress(Conflict, NothingToUndo, ValueError):
                gesture(added or event, people[who], kind, value, more)
            now = sound(event)
            assert now.vendor_value("box") in (None, [0.1, 0.2, 0.3, 0.4])
            vendors = [now.vendor_value(name) for name in ("label", "category", "start_s", "end_s")]
            assert vendors == ["A car cuts in", "Cut-in", 4.0, 7.5]
            assert now.vendor_value("severity") in ("high", "critical")


def gesture(event: Event, by: Any, kind: str, value: Any, more: Any) -> None:
    values = {"severity": value} if value else {}
    match kind:
        case "decide":
            decide(event, by, more, values=values)
        case "correct":
            correct(event, by, **values)
        case "box":
            correct(event, by, box=value)
        case "span":
            correct(event, by, start_s=value, **({"end_s": more} if more else {}))
        case "text":
            correct(event, by, **{value: more})
        case "matching":
            everything = Event.objects.filter(batch=event.batch_id).for_review()
            actions.decide_matching(
                events=everything, batch_id=event.batch_id, query="", approval=more, values=values, by=by,
                page=Page(timezone.now() + timedelta(seconds=1), everything.count(), (0, 99)), idempotency_key=uuid4(),
            )  # fmt: skip
        case "re-run":
            run_again(event, by, value)
        case "many":
            now = sound(event)
            actions.decide_many(
                batch_id=event.batch_id, seen={event.pk: actions.Seen(now.version, now.fingerprint)}, approval=more,
                values=values, by=by, idempotency_key=uuid4(),
            )  # fmt: skip
        case "add":
            actions.add_missed(item_id=event.item_id, values={"label": "Missed", "severity": value}, by=by,
                               idempotency_key=uuid4())  # fmt: skip
        case "sync":
            arrive(event, severity=value, fingerprint=more)
        case _:
            back(event, by, actions.undo if kind == "undo" else actions.redo)


def run_again(event: Event, by: Any, end_s: float) -> None:
    """A later batch of the same video finds the event again; it gets the verdict and the values of the first one."""
    later = make_batch(event.batch.connection, vendor_created_at="2099-01-01T00:00:00Z")
    again = make_event(make_item(later, external_id=event.item.external_id), end_s=end_s)
    compare(actions.request_comparison(batch=event.batch, other=later, by=by, background=False).pk)
    comparison = Comparison.objects.get(later=later)
    actions.copy_verdicts(
        comparison=comparison, events=Event.objects.filter(batch=later), query="", by=by, idempotency_key=uuid4(),
        page=Page(timezone.now() + timedelta(seconds=1), 1, (0, 99)),
    )  # fmt: skip
    copied = sound(again)
    if copied.decided_at:
        assert copied.start_s <= copied.end_s
        now = EventPair.objects.get(comparison=comparison, later=again).earlier
        assert copied.approval == now.approval
        assert read(copied.corrections).items() <= read(now.corrections).items()
