"""One verdict on several events: one action, what changed meanwhile is left out, undone and repeated as one."""

from uuid import uuid4

import pytest
from django.contrib.auth.models import User

from batches.actions import Seen, decide, decide_together, redo, undo
from batches.actions.check import ledger_problems
from batches.actions.together import MOST
from batches.errors import Conflict, KeyReused, NotAllowed
from batches.models import Action, Batch, Decision, Event
from tests.factories import make_batch, make_event, make_item, make_member

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def batch() -> Batch:
    return make_batch()


@pytest.fixture
def maya(batch: Batch) -> User:
    return make_member(batch.connection, "reviewer")


@pytest.fixture
def events(batch: Batch) -> list[Event]:
    item = make_item(batch)
    return [make_event(item) for _ in range(4)]


def seen(*events: Event) -> list[Seen]:
    return [Seen(event.pk, event.version, event.fingerprint) for event in events]


def approvals() -> list[str]:
    return list(Event.objects.order_by("pk").values_list("approval", flat=True))


def test_all_are_decided_by_one_action_and_counted(batch: Batch, maya: User, events: list[Event]) -> None:
    done = decide_together(
        batch_id=batch.pk, seen=seen(*events[:3]), approval="rejected", reason="duplicate", by=maya, key=uuid4()
    )
    assert approvals() == ["rejected"] * 3 + ["pending"]
    rows = Decision.objects.order_by("event").values_list("event", "action", "version", "before", "approval", "reason")
    assert list(rows) == [(event.pk, done.action.pk, 2, "pending", "rejected", "duplicate") for event in events[:3]]
    batch.refresh_from_db()
    assert (batch.pending, batch.rejected) == (1, 3)
    assert list(ledger_problems()) == []


def test_what_changed_meanwhile_is_left_out(batch: Batch, maya: User, events: list[Event]) -> None:
    as_seen = seen(*events)
    decide(
        event_id=events[0].pk, version=1, fingerprint=events[0].fingerprint, approval="invalid", by=maya, key=uuid4()
    )
    Event.objects.filter(pk=events[1].pk).update(fingerprint="f" * 32)
    done = decide_together(batch_id=batch.pk, seen=as_seen, approval="approved", by=maya, key=uuid4())
    assert [step.event_id for step in done.decisions] == [events[2].pk, events[3].pk]
    assert approvals() == ["invalid", "pending", "approved", "approved"]
    assert list(ledger_problems()) == []


def test_where_all_changed_nothing_is_written(batch: Batch, maya: User, events: list[Event]) -> None:
    stale = [Seen(event.pk, 7, event.fingerprint) for event in events]
    with pytest.raises(Conflict, match="All of these events"):
        decide_together(batch_id=batch.pk, seen=stale, approval="approved", by=maya, key=uuid4())
    assert Action.objects.count() == 0


def test_it_is_undone_and_done_again_as_one(batch: Batch, maya: User, events: list[Event]) -> None:
    decide_together(batch_id=batch.pk, seen=seen(*events), approval="approved", by=maya, key=uuid4())
    undo(batch_id=batch.pk, by=maya, key=uuid4())
    assert approvals() == ["pending"] * 4
    redo(batch_id=batch.pk, by=maya, key=uuid4())
    assert approvals() == ["approved"] * 4
    assert list(ledger_problems()) == []


def test_said_again_with_a_reason_it_is_undone_step_by_step(batch: Batch, maya: User, events: list[Event]) -> None:
    first = decide_together(batch_id=batch.pk, seen=seen(*events[:2]), approval="rejected", by=maya, key=uuid4())
    again = [Seen(step.event_id, step.version, step.fingerprint) for step in first.decisions]
    decide_together(batch_id=batch.pk, seen=again, approval="rejected", reason="too short", by=maya, key=uuid4())
    for reason, left in [("too short", 2), ("", 2), ("", 0)]:
        rejected = Event.objects.filter(approval="rejected")
        assert [event.reason for event in rejected] == [reason] * left
        if left:
            undo(batch_id=batch.pk, by=maya, key=uuid4())
    assert list(ledger_problems()) == []


def test_the_same_key_gives_the_first_result_and_no_other(batch: Batch, maya: User, events: list[Event]) -> None:
    key = uuid4()
    first = decide_together(batch_id=batch.pk, seen=seen(*events[:2]), approval="approved", by=maya, key=key)
    again = decide_together(batch_id=batch.pk, seen=seen(*events[1::-1]), approval="approved", by=maya, key=key)
    assert (again.replayed, again.action, set(again.decisions)) == (True, first.action, set(first.decisions))
    with pytest.raises(KeyReused):
        decide_together(batch_id=batch.pk, seen=seen(*events[:3]), approval="approved", by=maya, key=key)
    assert Decision.objects.count() == 2


@pytest.mark.parametrize("role", ["viewer", None])
def test_only_a_reviewer_of_the_connection_may(batch: Batch, events: list[Event], role: str | None) -> None:
    person = make_member(batch.connection if role else make_batch().connection, role or "editor")
    with pytest.raises(NotAllowed):
        decide_together(batch_id=batch.pk, seen=seen(*events), approval="approved", by=person, key=uuid4())
    assert approvals() == ["pending"] * 4


def test_an_event_of_another_batch_stops_all(batch: Batch, maya: User, events: list[Event]) -> None:
    other = make_event(make_item(make_batch(batch.connection)))
    with pytest.raises(Event.DoesNotExist):
        decide_together(batch_id=batch.pk, seen=seen(*events, other), approval="approved", by=maya, key=uuid4())
    assert Action.objects.count() == 0


@pytest.mark.parametrize("count", [0, 2, MOST + 1])
def test_none_the_same_twice_or_too_many_are_no_selection(
    batch: Batch, maya: User, events: list[Event], count: int
) -> None:
    chosen = seen(events[0]) * count if count <= 2 else [Seen(number, 1, "0") for number in range(count)]
    with pytest.raises(ValueError, match="1 to 500 different events"):
        decide_together(batch_id=batch.pk, seen=chosen, approval="approved", by=maya, key=uuid4())


def test_an_unknown_approval_is_named(batch: Batch, maya: User, events: list[Event]) -> None:
    with pytest.raises(ValueError, match="'maybe'"):
        decide_together(batch_id=batch.pk, seen=seen(*events), approval="maybe", by=maya, key=uuid4())
