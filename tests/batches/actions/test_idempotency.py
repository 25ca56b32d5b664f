"""One key, one result: the same request from several threads at once is carried out once, whatever the verb."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError

from batches import actions
from batches.actions import Seen
from batches.actions.check import ledger_problems
from batches.actions.idempotency import first_result
from batches.errors import Conflict, KeyReused, NothingToUndo
from batches.models import (
    Action,
    AssignmentChange,
    Batch,
    Certificate,
    Comment,
    Event,
    ExportRun,
    Link,
    MetadataEdit,
)
from tests.factories import make_batch, make_member
from tests.locks import wait_for_locks
from tests.reviews import fill, say

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 6


@pytest.fixture
def batch() -> Batch:
    return make_batch()


@pytest.fixture
def editor(batch: Batch) -> User:
    return make_member(batch.connection, "editor")


@pytest.fixture
def event(batch: Batch) -> Event:
    return fill(batch, "Cut-in", 1)[0]


def at_once(verb: Callable[[], Any], threads: int = THREADS) -> list[Any]:
    """What each of several threads got that called the verb at the same moment."""
    start = Barrier(threads)

    def call(_: int) -> Any:
        start.wait()
        try:
            return verb()
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(call, range(threads)))


@pytest.mark.case("N01")
def test_of_fifty_simultaneous_verdicts_one_wins(event: Event, editor: User) -> None:
    seen = {"version": event.version, "fingerprint": event.fingerprint}

    def decide() -> str:
        try:
            actions.decide(event_id=event.pk, approval="approved", by=editor, idempotency_key=uuid4(), **seen)
        except Conflict as conflict:
            return f"version {conflict.event.version if conflict.event else None}"
        return "saved"

    assert sorted(at_once(decide, threads=50)) == ["saved"] + ["version 2"] * 49
    assert Action.objects.count() == 1
    assert list(ledger_problems()) == []


@pytest.mark.case("N02")
def test_a_verdict_sent_twice_at_once_is_one(event: Event, editor: User) -> None:
    seen = {"version": event.version, "fingerprint": event.fingerprint}
    key = uuid4()
    outcomes = at_once(
        lambda: actions.decide(event_id=event.pk, approval="approved", by=editor, idempotency_key=key, **seen)
    )
    assert {outcome.action for outcome in outcomes} == set(Action.objects.all())
    assert sorted(outcome.replayed for outcome in outcomes) == [False] + [True] * (THREADS - 1)
    assert Action.objects.count() == 1
    assert list(ledger_problems()) == []


@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="about locks of rows")
@pytest.mark.parametrize("with_reason", [False, True])
def test_one_key_for_a_verdict_and_a_verdict_on_many(batch: Batch, editor: User, *, with_reason: bool) -> None:
    """The single one waits for the row first; neither deadlocks, and the second one is told."""
    first, other = fill(batch, "Cut-in", 2)
    amends = None
    if with_reason:
        say([first], "approved", editor)
        amends = Action.objects.get().idempotency_key
        first.refresh_from_db()
    key = uuid4()
    seen = {event.pk: Seen(event.version, event.fingerprint) for event in (first, other)}
    single = {"event_id": first.pk, "version": first.version, "fingerprint": first.fingerprint, "amends": amends}

    def call(verb: Callable[..., Any], **what: Any) -> str:
        try:
            verb(**what, approval="approved", by=editor, idempotency_key=key)
        except (KeyReused, Conflict) as refusal:
            return type(refusal).__name__
        finally:
            connection.close()
        return "saved"

    with ThreadPoolExecutor(2) as pool:
        with transaction.atomic():
            Event.objects.select_for_update().get(pk=first.pk)
            calls = [pool.submit(call, actions.decide, **single)]
            wait_for_locks(1)
            calls.append(pool.submit(call, actions.decide_many, batch_id=batch.pk, seen=seen))
            wait_for_locks(2)
        assert [call.result(timeout=10) for call in calls] == ["saved", "KeyReused"]
    assert Action.objects.filter(idempotency_key=key).count() == 1
    assert list(ledger_problems()) == []


@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="about locks of rows")
def test_an_undo_while_a_reason_is_added_does_not_deadlock(event: Event, editor: User) -> None:
    say([event], "approved", editor)
    target = Action.objects.get().idempotency_key
    event.refresh_from_db()
    verdict = {"version": event.version, "fingerprint": event.fingerprint, "approval": "approved", "reason": "glare"}

    def call(verb: Callable[..., Any], **what: Any) -> str:
        try:
            verb(**what, by=editor, idempotency_key=uuid4())
        except Conflict as refusal:
            return type(refusal).__name__
        finally:
            connection.close()
        return "saved"

    with ThreadPoolExecutor(2) as pool:
        with transaction.atomic():
            Event.objects.select_for_update().get(pk=event.pk)
            calls = [pool.submit(call, actions.decide, event_id=event.pk, amends=target, **verdict)]
            wait_for_locks(1)
            calls.append(pool.submit(call, actions.undo, batch_id=event.batch_id, target_key=target))
            wait_for_locks(2)
        assert [call.result(timeout=10) for call in calls] == ["saved", "Conflict"]
    assert list(ledger_problems()) == []


def test_a_verdict_on_many_sent_twice_at_once_is_one(batch: Batch, editor: User) -> None:
    seen = {event.pk: Seen(event.version, event.fingerprint) for event in fill(batch, "Cut-in", 20)}
    key = uuid4()
    outcomes = at_once(
        lambda: actions.decide_many(batch_id=batch.pk, seen=seen, approval="approved", by=editor, idempotency_key=key)
    )
    assert {len(outcome.decisions) for outcome in outcomes} == {20}
    assert Action.objects.count() == 1
    assert list(ledger_problems()) == []


def test_an_undo_sent_twice_at_once_is_one(event: Event, editor: User) -> None:
    say([event], "approved", editor)
    key = uuid4()
    outcomes = at_once(lambda: actions.undo(batch_id=event.batch_id, by=editor, idempotency_key=key))
    assert len({outcome.action for outcome in outcomes}) == 1
    assert Action.objects.count() == 2
    assert list(ledger_problems()) == []


def test_undos_with_several_keys_at_once_take_back_one_verdict(event: Event, editor: User) -> None:
    say([event], "approved", editor)

    def undo() -> bool:
        try:
            actions.undo(batch_id=event.batch_id, by=editor, idempotency_key=uuid4())
        except NothingToUndo:
            return False
        return True

    assert sorted(at_once(undo)) == [False] * (THREADS - 1) + [True]
    assert list(ledger_problems()) == []


def test_a_comment_sent_twice_at_once_is_one(event: Event, editor: User) -> None:
    key = uuid4()
    talks = at_once(lambda: actions.comment(event_id=event.pk, by=editor, idempotency_key=key, text="Look"))
    assert {talk.comments for talk in talks} == {1}
    assert Comment.objects.count() == 1


def test_a_certificate_signed_twice_at_once_is_one(batch: Batch, editor: User) -> None:
    say(fill(batch, "Cut-in", 4), "approved", editor)
    key = uuid4()
    signed = at_once(
        lambda: actions.certify(
            batch_id=batch.pk, category=None, approved=4, rejected=0, by=editor, idempotency_key=key
        )
    )
    assert set(signed) == {Certificate.objects.get()}


def test_a_link_made_twice_at_once_is_one_with_the_last_token(batch: Batch, editor: User) -> None:
    key = uuid4()
    made = at_once(
        lambda: actions.make_link(
            batch=batch, by=editor, idempotency_key=key, name="weekly", file="events.csv", columns="documented"
        )
    )
    assert {link for link, _ in made} == {Link.objects.get()}
    assert sum(Link.objects.of_token(token).exists() for _, token in made) == 1


def test_a_download_ordered_twice_at_once_is_one(batch: Batch, editor: User) -> None:
    key = uuid4()
    runs = at_once(
        lambda: actions.request_export(
            batches=[batch], by=editor, idempotency_key=key, file="events.csv", query="", name="weekly", total=0
        )
    )
    assert set(runs) == {ExportRun.objects.get()}


def test_an_assignment_sent_twice_at_once_is_one(batch: Batch, editor: User) -> None:
    fill(batch, "Cut-in", 4)
    key = uuid4()
    changes = at_once(
        lambda: actions.assign(
            batch_id=batch.pk, events=batch.events.all(), people=[editor], by=editor, idempotency_key=key
        )
    )
    assert set(changes) == {AssignmentChange.objects.get()}


def test_metadata_of_many_sent_twice_at_once_is_one_edit_each(batch: Batch, editor: User) -> None:
    pks = [batch.pk, make_batch(batch.connection).pk]
    key = uuid4()
    edits = at_once(lambda: actions.edit_many(batch_ids=pks, values={"site": "north"}, by=editor, idempotency_key=key))
    assert {tuple(edit.batch_id for edit in some) for some in edits} == {tuple(pks)}
    assert MetadataEdit.objects.count() == len(pks)


def test_a_key_of_another_event_at_the_same_moment_is_refused(batch: Batch, editor: User) -> None:
    events, key = fill(batch, "Cut-in", THREADS), uuid4()
    left = iter(events)

    def verb() -> str:
        event = next(left)
        try:
            actions.comment(event_id=event.pk, by=editor, idempotency_key=key, text="Look")
        except KeyReused:
            return "refused"
        return "said"

    assert sorted(at_once(verb)) == ["refused"] * (THREADS - 1) + ["said"]
    assert Comment.objects.count() == 1


def test_a_key_is_held_by_a_transaction_only() -> None:
    with pytest.raises(TransactionManagementError):
        first_result(Action.objects.all(), uuid4())
    with transaction.atomic():
        assert first_result(Action.objects.all(), uuid4()) is None
