"""Outgoing webhooks over real HTTP: contents, order, and failures of the receiver."""

import hashlib
import hmac
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction

from batches.actions import (
    change_webhook,
    correct,
    decide,
    decide_many,
    deliver_again,
    make_webhook,
    pause_webhook,
    redo,
    resume_webhook,
    rotate_secret,
    undo,
)
from batches.bulk.steps import Seen
from batches.errors import NotAllowed
from batches.hooks import send
from batches.hooks.gather import COLLECT_TIME
from batches.hooks.send import MAX_TRIES, PAUSE_AFTER, RETENTION, wait_before, work_off
from batches.jobs.claims import STALE
from batches.models import Batch, Delivery, Event, HookEvent, Notice, Schedule, Webhook
from batches.notify.notices import note
from batches.tasks import due_webhooks, tick
from tests.clock import Clock
from tests.factories import lose_right, make_batch, make_connection, make_event, make_item, make_member, make_user
from tests.receiver import Receiver, receiving

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    with receiving() as made:
        settings.WEBHOOK_PRIVATE_HOSTS = frozenset({made.host})
        yield made


Make = Callable[..., Webhook]


@pytest.fixture
def make(receiver: Receiver) -> Make:
    def make(batch: Batch, *events: str) -> Webhook:
        subscribed = events or HookEvent.values
        maker = make_member(batch.connection, "editor")
        return make_webhook(connection=batch.connection, url=receiver.url, events=subscribed, by=maker)[0]

    return make


@pytest.fixture
def batch(db: None) -> Batch:
    return make_batch(name="Night drive")


def verdict(event: Event, by: Any, approval: str = "approved", **options: Any) -> None:
    event.refresh_from_db()
    decide(event_id=event.pk, version=event.version, fingerprint=event.fingerprint, approval=approval, by=by,
           idempotency_key=uuid4(), **options)  # fmt: skip


def states(hook: Webhook) -> list[tuple[str, int]]:
    return list(hook.deliveries.order_by("pk").values_list("state", "attempts"))


# ── what is told ──


def test_send_collects_decisions_into_one_message(receiver: Receiver, make: Make, batch: Batch, clock: Clock) -> None:
    hook, by = make(batch, "decisions.made"), make_member(batch.connection, name="rita")
    item = make_item(batch, external_id="video9")
    first, second = make_event(item, external_id="e1", label="Cut-in"), make_event(item)
    verdict(first, by, "rejected", reason="Too far", note="left lane")
    verdict(second, by)
    undo(batch_id=batch.pk, by=by, idempotency_key=uuid4())
    redo(batch_id=batch.pk, by=by, idempotency_key=uuid4())
    second.refresh_from_db()
    correct(event_id=second.pk, version=second.version, fingerprint=second.fingerprint, values={"severity": "low"},
            by=by, idempotency_key=uuid4())  # fmt: skip
    work_off(hook.pk)
    assert receiver.came == []
    clock.go(seconds=10)
    work_off(hook.pk)
    (body,) = receiver.bodies
    assert (body["type"], body["batch"]["id"], body["batch"]["title"]) == ("decisions.made", batch.pk, "Night drive")
    assert body["batch"]["counts"] == {"pending": 0, "approved": 1, "rejected": 1, "invalid": 0}
    decisions = body["data"]["decisions"]
    assert [(decision["kind"], decision["event"], decision["before"],
        decision["approval"]) for decision in decisions] == [
        ("decide", first.pk, "pending", "rejected"), ("decide", second.pk, "pending", "approved"),
        ("undo", second.pk, "approved", "pending"), ("redo", second.pk, "pending", "approved"),
        ("correct", second.pk, "approved", "approved"),
    ]  # fmt: skip
    assert (decisions[-1]["corrections"], decisions[-1]["values_before"]) == ({"severity": "low"}, {"severity": "high"})
    assert {name: decisions[0][name] for name in ("event_external_id", "item", "label", "reason", "note", "by",
        "version")} == {
        "event_external_id": "e1", "item": "video9", "label": "Cut-in", "reason": "Too far", "note": "left lane",
        "by": "rita", "version": 2,
    }  # fmt: skip
    assert Notice.objects.count() == 0
    assert states(hook) == [("delivered", 1)]


def test_send_splits_decisions_into_messages_of_500(
    receiver: Receiver, make: Make, batch: Batch, clock: Clock, monkeypatch: Any
) -> None:
    monkeypatch.setattr("batches.hooks.gather.MAX_DECISIONS", 5)
    hook, by = make(batch, "decisions.made"), make_member(batch.connection)
    item = make_item(batch)
    events = [make_event(item) for _ in range(12)]
    verdict(events[0], by)
    others = {event.pk: Seen(1, event.fingerprint) for event in events[1:]}
    decide_many(batch_id=batch.pk, seen=others, approval="invalid", by=by, idempotency_key=uuid4())
    assert Notice.objects.count() == 2
    clock.go(seconds=10)
    work_off(hook.pk)
    event_ids = [[decision["event"] for decision in body["data"]["decisions"]] for body in receiver.bodies]
    assert [len(decision) for decision in event_ids] == [5, 5, 2]
    assert [event for decision in event_ids for event in decision] == [event.pk for event in events]


def test_send_reviewed_follows_the_decisions(receiver: Receiver, make: Make, batch: Batch, clock: Clock) -> None:
    hook, by = make(batch), make_member(batch.connection)
    item = make_item(batch)
    for event in (make_event(item), make_event(item)):
        verdict(event, by)
    verdict(Event.objects.first(), by, "rejected")  # still reviewed: said once
    clock.go(seconds=10)
    work_off(hook.pk)
    assert [body["type"] for body in receiver.bodies] == ["decisions.made", "batch.reviewed", "decisions.made"]
    assert [len(body["data"].get("decisions", [])) for body in receiver.bodies] == [2, 0, 1]


def test_notice_is_rolled_back_with_its_transaction(make: Make, batch: Batch) -> None:
    make(batch)
    event = make_event(make_item(batch))
    with pytest.raises(NotAllowed):
        verdict(event, make_user())
    with transaction.atomic():
        note(HookEvent.SYNCED, batch.pk)
        transaction.set_rollback(True)
    assert Notice.objects.count() == 0


def test_send_only_to_hooks_that_subscribe(make: Make, batch: Batch) -> None:
    wanted, _, _ = make(batch, "batch.synced"), make(batch, "decisions.made"), make(make_batch(make_connection()))
    note(HookEvent.SYNCED, batch.pk, result="done")
    assert list(Notice.objects.values_list("webhook", flat=True)) == [wanted.pk]


def test_send_signs_time_and_body_with_both_secrets(receiver: Receiver, make: Make, batch: Batch, clock: Clock) -> None:
    hook = make(batch, "batch.synced")
    old = hook.secret
    new = rotate_secret(webhook=hook)
    assert old != new
    for _ in range(2):
        note(HookEvent.SYNCED, batch.pk)
        work_off(hook.pk)
        clock.go(hours=25)
    for (headers, body), secrets in zip(receiver.came, ([new, old], [new]), strict=True):
        time, *signatures = headers["Reviewer-Signature"].split(",")
        text = f"{time.removeprefix('t=')}.".encode() + body
        assert signatures == [f"v1={hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()}" for secret in secrets]
        assert (headers["Reviewer-Event"], headers["Reviewer-Attempt"]) == ("batch.synced", "1")


# ── order, failures, kills ──


def arrivals(receiver: Receiver) -> list[tuple[str, int]]:
    """(batch, number) of each message that arrived, in order."""
    return [(body["batch"]["external_id"], body["data"]["n"]) for body in receiver.bodies]


def test_send_failure_delays_only_its_own_batch(receiver: Receiver, make: Make, batch: Batch, clock: Clock) -> None:
    hook, other = make(batch), make_batch(batch.connection)
    for number in range(3):
        note(HookEvent.SYNCED, batch.pk, n=number)
        note(HookEvent.SYNCED, other.pk, n=number)
    receiver.fail(1)
    for _ in range(4):
        work_off(hook.pk)
        clock.go(seconds=31)
    for name in (batch.external_id, other.external_id):
        numbers = [n for batch_name, n in arrivals(receiver) if batch_name == name]
        assert sorted(set(numbers)) == list(dict.fromkeys(numbers)) == [0, 1, 2]
    ids = [headers["Reviewer-Delivery"] for headers, _ in receiver.came]
    assert (len(ids), len(set(ids))) == (7, 6), "the failed one came again with the same id"


def test_send_retries_grow_and_end(
    receiver: Receiver, make: Make, batch: Batch, clock: Clock, monkeypatch: Any
) -> None:
    monkeypatch.setattr(send, "PAUSE_AFTER", timedelta(days=99))
    hook = make(batch)
    note(HookEvent.SYNCED, batch.pk, n=0)
    note(HookEvent.SYNCED, batch.pk, n=1)
    receiver.fail(MAX_TRIES)
    waits = []
    for _ in range(MAX_TRIES):
        work_off(hook.pk)
        head = Delivery.objects.earliest("pk")
        waits.append((head.retry_at - clock.now).total_seconds())
        clock.go(hours=5)
    assert waits[:10] == [30, 60, 120, 240, 480, 960, 1920, 3840, 7680, 14400]
    assert (head.state, head.attempts, head.status, head.answer) == ("parked", MAX_TRIES, 500, "no")
    work_off(hook.pk)
    assert arrivals(receiver)[-1] == (batch.external_id, 1)
    assert states(hook) == [("parked", MAX_TRIES), ("delivered", 1)]


def test_send_pauses_after_a_long_failure(receiver: Receiver, make: Make, batch: Batch, clock: Clock) -> None:
    hook = make(batch)
    receiver.fail(99)
    for _ in range(9):
        note(HookEvent.SYNCED, batch.pk, n=0)
        work_off(hook.pk)
        clock.go(hours=4)
    hook.refresh_from_db()
    calls = len(receiver.came)
    assert (hook.paused_at - hook.failing_since >= PAUSE_AFTER, hook.claim) == (True, "")
    assert hook.paused_reason.startswith("No delivery has succeeded since ")
    work_off(hook.pk)
    assert (len(receiver.came), list(due_webhooks(clock.now))) == (calls, [])
    receiver.answers.clear()
    resume_webhook(webhook=hook, by=hook.created_by)
    work_off(hook.pk)
    hook.refresh_from_db()
    assert (hook.paused_at, hook.failing_since, set(states(hook))) == (None, None, {("delivered", 1)})


def test_send_pauses_at_once_on_410(receiver: Receiver, make: Make, batch: Batch) -> None:
    hook = make(batch)
    receiver.answers = [(302, {"Location": receiver.url}, b""), (410, {}, b"")]
    for _ in range(2):
        note(HookEvent.SYNCED, batch.pk)
        work_off(hook.pk)
        Delivery.objects.update(retry_at=Delivery.objects.first().created_at)
    work_off(hook.pk)
    hook.refresh_from_db()
    assert (len(receiver.came), hook.paused_reason) == (2, "The receiver answered that it is gone (410).")


def test_send_waits_as_long_as_the_receiver_asks(receiver: Receiver, make: Make, batch: Batch, clock: Clock) -> None:
    hook = make(batch)
    note(HookEvent.SYNCED, batch.pk)
    receiver.fail(1, 429, **{"Retry-After": "7200"})
    work_off(hook.pk)
    assert Delivery.objects.get().retry_at == clock.now + timedelta(hours=2)
    assert wait_before(1, 1e30) == timedelta(days=1)


def test_send_stores_a_hostile_answer_short_and_plain(receiver: Receiver, make: Make, batch: Batch) -> None:
    hook = make(batch)
    note(HookEvent.SYNCED, batch.pk)
    receiver.answers = [(500, {}, b"\x1b[31m<script>\x00\xff \xe2\x80\xae" + b"x" * 1_000_000)]
    work_off(hook.pk)
    delivery = Delivery.objects.get()
    assert delivery.answer == ("[31m<script> \ufffd " + "x" * 200)[:200]
    assert (delivery.status, delivery.took_ms is not None) == (500, True)


@pytest.mark.parametrize("url",
                                 ["https://127.0.0.1/x", "http://example.com/x", "https://10.0.0.8/",
                                     "https://user:pw@example.com/",
                                 "file:///etc/passwd", "https://localhost/", "x"])  # fmt: skip
def test_webhook_address_is_checked_on_saving_and_sending(
    receiver: Receiver, make: Make, batch: Batch, url: str
) -> None:
    with pytest.raises(ValueError, match=r"\."):
        make_webhook(connection=batch.connection, url=url, events=["batch.synced"], by=make_user())
    hook = make(batch)
    Webhook.objects.update(url=url)
    note(HookEvent.SYNCED, batch.pk)
    work_off(hook.pk)
    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.state, bool(delivery.problem)) == (None, "waiting", True)
    assert receiver.came == []


def test_hosts_that_are_open_to_vendors_are_closed_to_webhooks(receiver: Receiver, batch: Batch, settings: Any) -> None:
    """Editors choose the addresses of webhooks, and see what such a host answers."""
    settings.PRIVATE_HOSTS, settings.WEBHOOK_PRIVATE_HOSTS = settings.WEBHOOK_PRIVATE_HOSTS, frozenset()
    with pytest.raises(ValueError, match="must begin with https"):
        make_webhook(connection=batch.connection, url=receiver.url, events=["batch.synced"], by=make_user())


@pytest.mark.parametrize("events", [[], ["batch.exploded"]])
def test_webhook_events_must_exist(receiver: Receiver, batch: Batch, events: list[str]) -> None:
    with pytest.raises(ValueError, match=r"Choose events among batch\.synced, "):
        make_webhook(connection=batch.connection, url=receiver.url, events=events, by=make_user())


class Killed(BaseException):
    """Raised in place of a kill of the process."""


@pytest.mark.parametrize("point", ["gathered", "sent", "before sending"])
def test_send_after_a_kill_repeats_with_the_same_id(
    receiver: Receiver, make: Make, batch: Batch, clock: Clock, monkeypatch: Any, point: str
) -> None:
    hook = make(batch)
    for number in range(3):
        note(HookEvent.SYNCED, batch.pk, n=number)
    real = send.post

    def dies(*args: Any) -> Any:
        if point == "sent":
            real(*args)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(send, "post" if point != "gathered" else "_send_next", dies)
        with pytest.raises(Killed):
            work_off(hook.pk)
    work_off(hook.pk)
    assert len(receiver.came) == (point == "sent"), "its claim is respected while it may still live"
    clock.go(seconds=STALE.total_seconds() + 1)
    assert tick() >= 1
    work_off(hook.pk)
    numbers = [n for _, n in arrivals(receiver)]
    assert numbers == ([0, 0, 1, 2] if point == "sent" else [0, 1, 2])
    assert len({headers["Reviewer-Delivery"] for headers, _ in receiver.came}) == 3


def test_send_without_claim_writes_nothing(
    receiver: Receiver, make: Make, batch: Batch, clock: Clock, monkeypatch: Any
) -> None:
    hook = make(batch)
    note(HookEvent.SYNCED, batch.pk)
    real = send.post

    def slow(*args: Any) -> Any:
        monkeypatch.setattr(send, "post", real)
        clock.go(seconds=STALE.total_seconds() + 1)
        work_off(hook.pk)
        receiver.fail(1)
        return real(*args)

    monkeypatch.setattr(send, "post", slow)
    work_off(hook.pk)
    assert (len(receiver.came), states(hook)) == (2, [("delivered", 2)])
    hook.refresh_from_db()
    assert (hook.claim, hook.failing_since) == ("", None)


def test_send_again_has_the_same_id_and_bytes(receiver: Receiver, make: Make, batch: Batch) -> None:
    hook = make(batch)
    note(HookEvent.SYNCED, batch.pk)
    work_off(hook.pk)
    deliver_again(delivery=Delivery.objects.get())
    work_off(hook.pk)
    (first, body), (second, again) = receiver.came
    assert (first["Reviewer-Delivery"], body) == (second["Reviewer-Delivery"], again)
    assert states(hook) == [("delivered", 1)] * 2


def test_prune_keeps_a_month(receiver: Receiver, make: Make, batch: Batch, clock: Clock) -> None:
    hook = make(batch)
    pause_webhook(webhook=hook, by=make_user("edda"))
    note(HookEvent.SYNCED, batch.pk)
    work_off(hook.pk)
    hook.refresh_from_db()
    assert (hook.paused_reason, receiver.came) == ("Paused by edda.", [])
    resume_webhook(webhook=hook, by=hook.created_by)
    work_off(hook.pk)
    assert len(receiver.came) == 1
    clock.go(seconds=RETENTION.total_seconds() + 1)
    tick()
    assert Delivery.objects.count() == 0


def test_tick_enqueues_due_webhooks_once(make: Make, batch: Batch, clock: Clock) -> None:
    make(batch)
    by, event = make_member(batch.connection), make_event(make_item(batch))
    make_event(event.item)
    Batch.objects.update(state="completed")
    Schedule.of(batch.connection)
    verdict(event, by)
    assert tick() == 0
    clock.go(seconds=COLLECT_TIME.total_seconds())
    assert [tick(), tick()] == [1, 0]


# ── whose it is ──


def test_who_enters_another_address_owns_the_webhook(
    receiver: Receiver, make: Make, batch: Batch, clock: Clock
) -> None:
    hook, editor = make(batch, "decisions.made"), make_member(batch.connection, "editor")
    maker, address = hook.created_by, hook.url
    change_webhook(webhook=hook, url=address, events=hook.events, by=editor)
    assert Webhook.objects.get().created_by == maker
    change_webhook(webhook=hook, url=f"{address}elsewhere", events=hook.events, by=editor)
    lose_right(editor, "no member")
    verdict(make_event(make_item(batch)), maker)
    clock.go(seconds=10)
    work_off(hook.pk)
    assert receiver.came == []


@pytest.mark.parametrize("end", ["no member", "reviewer now", "deactivated"])
def test_a_webhook_stops_when_its_owner_loses_the_right(
    receiver: Receiver, make: Make, batch: Batch, clock: Clock, end: str
) -> None:
    hook, editor = make(batch, "decisions.made"), make_member(batch.connection, "editor")
    maker = hook.created_by
    verdict(make_event(make_item(batch)), editor, note="after the end")
    clock.go(seconds=10)
    lose_right(maker, end)
    work_off(hook.pk)
    assert receiver.came == []
    hook.refresh_from_db()
    assert hook.paused_reason.startswith(f"{maker.username} is no longer an editor of this connection.")
    resume_webhook(webhook=hook, by=editor)
    work_off(hook.pk)
    assert [body["data"]["decisions"][0]["note"] for body in receiver.bodies] == ["after the end"]
    hook.refresh_from_db()
    assert hook.created_by == editor
