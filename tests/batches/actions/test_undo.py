"""Redo: an undo of an undo, without an end, and a reason that goes and comes with its verdict."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TransactionTestCase

from batches.actions import decide, redo, undo
from batches.actions.check import ledger_problems
from batches.errors import Conflict, KeyReused, NotAllowed, NothingToUndo
from batches.models import Action, Batch, Decision, Event
from tests.factories import make_event, make_item, make_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def event() -> Event:
    return make_event()


@pytest.fixture
def reviewer(event: Event) -> Any:
    return make_member(event.batch.connection)


def verdict(event: Event, by: Any, approval: str = "approved", **fields: Any) -> UUID:
    event.refresh_from_db()
    fields = {"version": event.version, "fingerprint": event.fingerprint, "idempotency_key": uuid4()} | fields
    return decide(event_id=event.pk, approval=approval, by=by, **fields).action.idempotency_key


def back(event: Event, by: Any, verb: Any = undo, **fields: Any) -> str:
    """Undo or redo; how the event is after it."""
    verb(batch_id=event.batch_id, by=by, idempotency_key=uuid4(), **fields)
    assert list(ledger_problems()) == []
    return Event.objects.get(pk=event.pk).approval


def test_redo_says_again_what_was_undone_with_reason_and_note(event: Event, reviewer: Any) -> None:
    verdict(event, reviewer, "rejected", reason="glare", note="sun")
    decided_at = Event.objects.get().decided_at
    assert back(event, reviewer) == "pending"
    assert back(event, reviewer, redo) == "rejected"
    event.refresh_from_db()
    assert (event.reason, event.note, event.decided_by, event.decided_at, event.version) == (
        "glare", "sun", reviewer, decided_at, 4,
    )  # fmt: skip
    assert Batch.objects.get().counts == {"pending": 0, "approved": 0, "rejected": 1, "invalid": 0}
    assert [action.kind for action in Action.objects.all()] == ["decide", "undo", "redo"]


def test_back_and_forth_without_an_end(event: Event, reviewer: Any) -> None:
    for approval in ("approved", "rejected", "invalid"):
        verdict(event, reviewer, approval)
    for _ in range(3):
        assert [back(event, reviewer) for _ in range(3)] == ["rejected", "approved", "pending"]
        with pytest.raises(NothingToUndo, match="nothing to undo"):
            back(event, reviewer)
        assert [back(event, reviewer, redo) for _ in range(3)] == ["approved", "rejected", "invalid"]
        with pytest.raises(NothingToUndo, match="nothing to redo"):
            back(event, reviewer, redo)
    assert Event.objects.get().version == 1 + 3 + 18


def test_a_new_verdict_ends_what_can_be_redone(event: Event, reviewer: Any) -> None:
    verdict(event, reviewer)
    back(event, reviewer)
    verdict(make_event(event.item), reviewer)
    with pytest.raises(NothingToUndo):
        back(event, reviewer, redo)


def test_one_undo_can_be_redone_by_its_number(event: Event, reviewer: Any) -> None:
    other = make_event(event.item)
    for row in (event, other):
        verdict(row, reviewer)
        back(row, reviewer)
    first = Action.objects.filter(kind="undo").first()
    assert back(event, reviewer, redo, action_id=first.pk) == "approved"
    other.refresh_from_db()
    assert other.approval == "pending"
    with pytest.raises(NothingToUndo):
        back(event, reviewer, redo, action_id=first.pk)


def test_redo_does_not_override_what_somebody_decided_meanwhile(event: Event, reviewer: Any) -> None:
    verdict(event, reviewer)
    back(event, reviewer)
    verdict(event, make_member(event.batch.connection), "invalid")
    with pytest.raises(Conflict, match="decided this event after you"):
        back(event, reviewer, redo)
    assert Event.objects.get().approval == "invalid"


def test_redo_continues_after_a_colleague_undid_their_verdict(event: Event, reviewer: Any) -> None:
    colleague = make_member(event.batch.connection)
    verdict(event, reviewer)
    back(event, reviewer)
    verdict(event, colleague, "invalid")
    back(event, colleague)
    assert back(event, reviewer, redo) == "approved"
    assert back(event, reviewer) == "pending"


def test_redo_of_an_override_keeps_the_colleagues_verdict(event: Event, reviewer: Any) -> None:
    colleague = make_member(event.batch.connection)
    verdict(event, colleague, "approved")
    verdict(event, reviewer, "rejected")
    assert [back(event, reviewer, verb) for verb in (undo, redo, undo)] == ["approved", "rejected", "approved"]
    assert Event.objects.get().decided_by == colleague


def test_nobody_redoes_anothers_undo(event: Event, reviewer: Any) -> None:
    verdict(event, reviewer)
    back(event, reviewer)
    with pytest.raises(NothingToUndo):
        back(event, make_member(event.batch.connection), redo)
    with pytest.raises(NotAllowed):
        back(event, make_member(event.batch.connection, "viewer"), redo)


def test_redo_with_the_same_key_is_done_once(event: Event, reviewer: Any) -> None:
    verdict(event, reviewer)
    back(event, reviewer)
    key = uuid4()
    first = redo(batch_id=event.batch_id, by=reviewer, idempotency_key=key)
    again = redo(batch_id=event.batch_id, by=reviewer, idempotency_key=key)
    assert (again.replayed, again.action) == (True, first.action)
    with pytest.raises(KeyReused):
        undo(batch_id=event.batch_id, by=reviewer, idempotency_key=key)
    assert Decision.objects.count() == 3


def test_redo_of_a_verdict_on_content_that_changed_since_says_so(event: Event, reviewer: Any) -> None:
    verdict(event, reviewer)
    back(event, reviewer)
    Event.objects.update(fingerprint="f" * 32)
    assert back(event, reviewer, redo) == "pending"
    assert Event.objects.get().changed_since is True


# ── a reason added to a verdict ──


def test_undo_reverses_a_verdict_and_its_added_reason(event: Event, reviewer: Any) -> None:
    first = verdict(event, reviewer, "rejected", note="far")
    verdict(event, reviewer, "rejected", note="far", reason="glare", amends=first)
    event.refresh_from_db()
    assert (event.reason, event.note, event.version) == ("glare", "far", 3)
    assert back(event, reviewer) == "pending"
    with pytest.raises(NothingToUndo):
        back(event, reviewer)
    assert back(event, reviewer, redo) == "rejected"
    assert Event.objects.get().reason == "glare"
    assert back(event, reviewer) == "pending"


def test_undo_of_a_verdict_with_a_reason_restores_the_earlier(event: Event, reviewer: Any) -> None:
    verdict(event, reviewer, "approved")
    key = verdict(event, reviewer, "rejected")
    key = verdict(event, reviewer, "rejected", reason="glare", amends=key)
    verdict(event, reviewer, "rejected", reason="rain", amends=key)
    assert [back(event, reviewer) for _ in range(2)] == ["approved", "pending"]


def test_a_reason_to_what_no_longer_stands_is_a_conflict(event: Event, reviewer: Any) -> None:
    colleague = make_member(event.batch.connection)
    mine = verdict(event, reviewer, "rejected")
    for by, approval, amends in [
        (reviewer, "invalid", mine),
        (colleague, "rejected", mine),
        (reviewer, "rejected", uuid4()),
    ]:
        with pytest.raises(Conflict, match="no longer current"):
            verdict(event, by, approval, reason="glare", amends=amends)
    back(event, reviewer)
    with pytest.raises(Conflict, match="no longer current"):
        verdict(event, reviewer, "rejected", reason="glare", amends=mine)
    other = make_event(event.item)
    with pytest.raises(Conflict, match="no longer current"):
        verdict(other, reviewer, "rejected", reason="glare", amends=mine)
    assert Decision.objects.count() == 2


class TestAnyOrder(TransactionTestCase):
    """Two people, two events, any order of gestures: the ledger and the events never disagree."""

    @hypothesis_settings(max_examples=12)
    @given(gestures=st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1), st.sampled_from("ariUR1")), max_size=14))
    def test_the_ledger_and_the_events_agree(self, gestures: list[tuple[int, int, str]]) -> None:
        item = make_item()
        events = [make_event(item), make_event(item)]
        people = [make_member(item.batch.connection), make_member(item.batch.connection)]
        approvals = {"a": "approved", "r": "rejected", "i": "invalid"}
        latest: dict[int, tuple[UUID, str]] = {}
        for who, which, gesture in gestures:
            try:
                if gesture in approvals:
                    latest[which] = verdict(events[which], people[who], approvals[gesture]), approvals[gesture]
                elif gesture == "1" and which in latest:
                    key, approval = latest[which]
                    verdict(events[which], people[who], approval, reason="glare", amends=key)
                elif gesture in "UR":
                    back(events[which], people[who], undo if gesture == "U" else redo)
            except Conflict:
                pass
            assert list(ledger_problems()) == []
