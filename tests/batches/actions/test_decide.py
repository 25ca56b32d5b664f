"""Decisions: one row each, versioned, idempotent, counted."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from batches.actions import decide, undo
from batches.actions.check import ledger_problems
from batches.errors import Conflict, KeyReused, NotAllowed, NothingToUndo
from batches.models import Action, Batch, Decision, Event
from tests.factories import change_upstream, make_batch, make_connection, make_event, make_item, make_member, make_user

pytestmark = pytest.mark.django_db


def verdict(event: Event, by: Any, approval: str = "approved", **fields: Any) -> Any:
    fields = {"version": event.version, "fingerprint": event.fingerprint, "idempotency_key": uuid4()} | fields
    return decide(event_id=event.pk, approval=approval, by=by, **fields)


@pytest.fixture
def event() -> Event:
    return make_event()


@pytest.fixture
def reviewer(event: Event) -> Any:
    return make_member(event.batch.connection)


def test_a_verdict_is_one_row_and_the_events_new_state(event: Event, reviewer: Any) -> None:
    outcome = verdict(event, reviewer, "rejected", reason="glare", note="sun")
    event.refresh_from_db()
    assert (event.approval, event.version, event.decided_by, event.reason, event.note) == (
        "rejected", 2, reviewer, "glare", "sun",
    )  # fmt: skip
    row = Decision.objects.get()
    assert (row.before, row.approval, row.version, row.created_at) == ("pending", "rejected", 2, event.decided_at)
    assert outcome.decisions == (row,)
    assert outcome.replayed is False
    assert Batch.objects.get().counts == {"pending": 0, "approved": 0, "rejected": 1, "invalid": 0}
    assert list(ledger_problems()) == []


def test_decide_with_the_same_key_returns_the_first_result(event: Event, reviewer: Any) -> None:
    key = uuid4()
    first = verdict(event, reviewer, idempotency_key=key)
    again = verdict(event, reviewer, idempotency_key=key)
    assert again.replayed is True
    assert (again.action, again.decisions) == (first.action, first.decisions)
    assert Decision.objects.count() == 1
    assert Event.objects.get().version == 2


def test_a_key_is_not_taken_for_another_verdict_event_or_person(event: Event, reviewer: Any) -> None:
    key = uuid4()
    verdict(event, reviewer, idempotency_key=key)
    other_person = make_member(event.batch.connection)
    other_event = make_event(event.item)
    for change in (
        {"approval": "rejected"},
        {"by": other_person},
        {"event": other_event},
        {"note": "x"},
    ):
        fields = {"event": event, "by": reviewer, "approval": "approved"} | change
        with pytest.raises(KeyReused):
            verdict(idempotency_key=key, **fields)
    assert Decision.objects.count() == 1


def test_decide_on_an_older_version_is_a_conflict(event: Event, reviewer: Any) -> None:
    colleague = make_member(event.batch.connection)
    verdict(event, colleague, "invalid")
    with pytest.raises(Conflict) as conflict:
        verdict(event, reviewer, "approved")
    assert conflict.value.event is not None
    assert conflict.value.event.approval == "invalid"
    assert Decision.objects.count() == 1
    assert Action.objects.count() == 1


@pytest.mark.case("N05")
def test_a_card_whose_content_the_vendor_changed_is_refused(event: Event, reviewer: Any) -> None:
    with pytest.raises(Conflict):
        verdict(event, reviewer, fingerprint="0" * 32)
    assert Decision.objects.count() == 0


@pytest.mark.parametrize("role", ["viewer", None])
def test_only_reviewers_and_editors_decide(event: Event, role: str | None) -> None:
    by = make_member(event.batch.connection, role) if role else make_user(is_staff=True, is_superuser=True)
    with pytest.raises(NotAllowed):
        verdict(event, by)
    assert Action.objects.count() == 0


def test_a_reviewer_of_another_connection_does_not_decide(event: Event) -> None:
    with pytest.raises(NotAllowed):
        verdict(event, make_member(make_connection(), "editor"))


def test_a_deactivated_reviewer_does_not_decide(event: Event, reviewer: Any) -> None:
    reviewer.is_active = False
    with pytest.raises(NotAllowed):
        verdict(event, reviewer)


def test_an_unknown_approval_is_named(event: Event, reviewer: Any) -> None:
    with pytest.raises(ValueError, match="must be one of pending, approved, rejected, invalid, not 'ok'"):
        verdict(event, reviewer, "ok")


def test_decide_refuses_an_undecided_event_that_is_gone(reviewer: Any, event: Event) -> None:
    gone = make_event(event.item, gone_at="2026-01-01T00:00Z")
    with pytest.raises(Conflict, match="no longer lists"):
        verdict(gone, reviewer)


def test_the_vendors_approval_stays_beside_a_persons(reviewer: Any, event: Event) -> None:
    approved_upstream = make_event(event.item, vendor_approval="approved")
    verdict(approved_upstream, reviewer, "rejected")
    approved_upstream.refresh_from_db()
    assert approved_upstream.vendor_approval == "approved"
    assert approved_upstream.differs_from_vendor
    assert Decision.objects.get().vendor_approval == "approved"


# ── undo ──


def test_undo_goes_back_to_the_vendors_opinion(event: Event, reviewer: Any) -> None:
    event = make_event(event.item, vendor_approval="invalid")
    verdict(event, reviewer, "approved", reason="r")
    undo(batch_id=event.batch_id, by=reviewer, idempotency_key=uuid4())
    event.refresh_from_db()
    assert (event.approval, event.version, event.decided_by, event.decided_at, event.reason) == (
        "invalid", 3, None, None, "",
    )  # fmt: skip
    assert list(ledger_problems()) == []


def test_undo_goes_back_through_every_verdict_one_by_one(event: Event, reviewer: Any) -> None:
    for approval in ("approved", "rejected", "invalid"):
        verdict(event, reviewer, approval)
        event.refresh_from_db()
    states = []
    for _ in range(3):
        undo(batch_id=event.batch_id, by=reviewer, idempotency_key=uuid4())
        event.refresh_from_db()
        states.append(event.approval)
        assert list(ledger_problems()) == []
    assert states == ["rejected", "approved", "pending"]
    assert event.version == 7
    with pytest.raises(NothingToUndo):
        undo(batch_id=event.batch_id, by=reviewer, idempotency_key=uuid4())


def test_undo_of_an_override_restores_the_colleagues_verdict(event: Event, reviewer: Any) -> None:
    colleague = make_member(event.batch.connection)
    verdict(event, colleague, "approved", note="seen twice")
    event.refresh_from_db()
    verdict(event, reviewer, "rejected")
    undo(batch_id=event.batch_id, by=reviewer, idempotency_key=uuid4())
    event.refresh_from_db()
    assert (event.approval, event.decided_by, event.note) == ("approved", colleague, "seen twice")
    assert list(ledger_problems()) == []


def test_undo_does_not_take_back_what_somebody_decided_later(event: Event, reviewer: Any) -> None:
    verdict(event, reviewer)
    event.refresh_from_db()
    verdict(event, make_member(event.batch.connection), "rejected")
    with pytest.raises(Conflict):
        undo(batch_id=event.batch_id, by=reviewer, idempotency_key=uuid4())
    assert Event.objects.get().approval == "rejected"


def test_undo_takes_only_ones_own_actions_of_this_batch(event: Event, reviewer: Any) -> None:
    elsewhere = make_event(make_item(make_batch(event.batch.connection)))
    verdict(elsewhere, reviewer)
    verdict(event, make_member(event.batch.connection))
    with pytest.raises(NothingToUndo):
        undo(batch_id=event.batch_id, by=reviewer, idempotency_key=uuid4())


def test_an_undo_repeated_with_its_key_undoes_once(event: Event, reviewer: Any) -> None:
    other = make_event(event.item)
    verdict(event, reviewer)
    verdict(other, reviewer)
    key = uuid4()
    undo(batch_id=event.batch_id, by=reviewer, idempotency_key=key)
    assert undo(batch_id=event.batch_id, by=reviewer, idempotency_key=key).replayed
    event.refresh_from_db()
    assert event.approval == "approved"


def test_undo_of_a_verdict_on_content_that_changed_since_says_so(event: Event, reviewer: Any) -> None:
    verdict(event, reviewer, "approved")
    event = change_upstream(event)
    verdict(event, reviewer, "rejected")
    undo(batch_id=event.batch_id, by=reviewer, idempotency_key=uuid4())
    event.refresh_from_db()
    assert (event.approval, event.changed_since, event.decided_by) == ("pending", True, reviewer)
    assert list(ledger_problems()) == []


def test_the_ledger_is_at_odds_with_a_verdict_on_other_content(event: Event, reviewer: Any) -> None:
    verdict(event, reviewer, "approved")
    Event.objects.update(fingerprint="f" * 32)
    assert [text.partition(": ")[2] for text in ledger_problems()] == [
        "its verdict is not marked as given on other content", "is approved, its last ledger row says pending",
    ]  # fmt: skip


# ── the ledger itself ──


@pytest.mark.parametrize("table", ["batches_decision", "batches_action"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET created_at = created_at", "DELETE FROM {}"])
@pytest.mark.case("N07")
def test_the_database_refuses_to_rewrite_the_ledger(event: Event, reviewer: Any, table: str, statement: str) -> None:
    verdict(event, reviewer)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table))


def test_the_orm_is_refused_too(event: Event, reviewer: Any) -> None:
    verdict(event, reviewer)
    with pytest.raises(IntegrityError), transaction.atomic():
        Decision.objects.update(approval="rejected")
    with pytest.raises(IntegrityError), transaction.atomic():
        Decision.objects.filter(pk__gt=0)._raw_delete("default")
    assert Decision.objects.get().approval == "approved"


@pytest.mark.case("N07")
def test_a_tampered_event_and_a_wrong_counter_are_found(event: Event, reviewer: Any) -> None:
    verdict(event, reviewer)
    Event.objects.update(approval="rejected", version=5)
    Batch.objects.update(pending=3)
    assert len(list(ledger_problems())) == 5
