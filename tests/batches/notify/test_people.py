"""Notifications: who gets which, once for each cause, and what one may still see."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import connection as database
from django.db import transaction
from django.utils import timezone

from batches.actions import ask_opinions, assign, make_webhook, read_notifications
from batches.errors import VendorRefused
from batches.hooks.claims import claim_hook
from batches.hooks.gather import gather
from batches.jobs.claims import MAX_ATTEMPTS
from batches.models import Batch, Connection, Delivery, Event, HookEvent, Notice, Notification, RunState, SyncRun
from batches.notify.notices import note_connection
from batches.notify.people import notify_expiring, notify_ready, notify_sync_failed
from batches.notify.texts import detail, sentence
from batches.notify.write import RETENTION, prune
from batches.sync.connect import record_failure
from batches.tasks import sweep
from tests.factories import make_batch, make_connection, make_event, make_item, make_member, make_user
from tests.locks import wait_for_locks

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def connection() -> Connection:
    return make_connection(name="fleet")


@pytest.fixture
def edda(connection: Connection) -> User:
    return make_member(connection, "editor", "edda")


@pytest.fixture
def maya(connection: Connection) -> User:
    return make_member(connection, "reviewer", "maya")


@pytest.fixture(autouse=True)
def vera(connection: Connection) -> User:
    """A viewer, and somebody without a role: neither is notified of work."""
    make_user("stranger")
    return make_member(connection, "viewer", "vera")


def give(batch: Batch, by: User, *people: User, only: int | None = None) -> None:
    events = Event.objects.filter(batch=batch).order_by("pk")
    assigned = Event.objects.filter(pk__in=list(events.values_list("pk", flat=True)[:only]))
    assign(batch_id=batch.pk, events=assigned, people=people, by=by, idempotency_key=uuid4())


def notified() -> list[tuple[str, str, int]]:
    """Whose unread notifications there are, of which kind and number."""
    return list(
        Notification.objects.unread().order_by("user__username", "pk").values_list("user__username", "kind", "count")
    )


def batch_of(connection: Connection, events: int, **fields: object) -> Batch:
    item = make_item(make_batch(connection, **fields))
    for _ in range(events):
        make_event(item)
    return item.batch


def test_assigned_events_are_one_notification(connection: Connection, edda: User, maya: User) -> None:
    batch = batch_of(connection, 3, name="Ring road")
    give(batch, edda, maya, only=1)
    give(batch, edda, maya)
    assert notified() == [("maya", "assignment", 3)]
    latest = Notification.objects.unread().get()
    assert sentence(latest) == "3 events assigned to you in Ring road"
    assert latest.path == f"/batches/{batch.pk}/review/?approval=pending&assigned=me"
    assert list(Notification.objects.of(maya)) == [latest]


def test_read_assignments_are_not_counted_again(connection: Connection, edda: User, maya: User) -> None:
    batch = batch_of(connection, 3)
    give(batch, edda, maya, only=1)
    read_notifications(by=maya, upto=Notification.objects.get().pk)
    give(batch, edda, maya)
    assert notified() == [("maya", "assignment", 2)]
    assert Notification.objects.of(maya).count() == 2


def test_nobody_is_notified_of_their_own_act(connection: Connection, edda: User) -> None:
    give(batch_of(connection, 2), edda, edda)
    assert notified() == []


def test_a_repeated_request_notifies_once(connection: Connection, edda: User, maya: User) -> None:
    batch, key = batch_of(connection, 2), uuid4()
    for _ in range(2):
        assign(batch_id=batch.pk, events=Event.objects.all(), people=[maya], by=edda, idempotency_key=key)
    assert notified() == [("maya", "assignment", 2)]


def test_events_taken_away_are_no_longer_notified(connection: Connection, edda: User, maya: User) -> None:
    batch = batch_of(connection, 2)
    give(batch, edda, maya)
    give(batch, edda)
    assert notified() == []


def test_second_opinions_are_asked_of_reviewers(connection: Connection, edda: User, maya: User) -> None:
    batch = batch_of(connection, 1, name="Ring road")
    for _ in range(2):  # the same number again asks for nothing
        ask_opinions(batch_id=batch.pk, wanted=2, by=edda)
    assert notified() == [("maya", "opinions", 1)]
    assert sentence(Notification.objects.get()) == "edda asks for second opinions in Ring road"
    ask_opinions(batch_id=batch.pk, wanted=1, by=edda)
    assert len(notified()) == 1


def test_a_batch_is_ready_once(connection: Connection, edda: User, maya: User) -> None:
    batches = [batch_of(connection, 1, state="completed", name=name) for name in ("One", "Two")]
    notify_ready(batches[0].pk, edda.pk)
    assert [sentence(row) for row in Notification.objects.unread()] == ["One is ready for review"]
    for batch in batches * 2:
        notify_ready(batch.pk, None)
    assert notified() == [("edda", "ready", 1), ("maya", "ready", 2)]
    of_both = Notification.objects.of(maya).get()
    assert sentence(of_both) == "2 batches of fleet are ready for review"
    assert (of_both.path, set(of_both.batch_ids)) == (
        f"/batches/?notified={of_both.pk}&archived=all", {batch.pk for batch in batches}
    )  # fmt: skip
    notify_ready(batch_of(connection, 1, state="processing").pk, None)
    assert len(notified()) == 2


def test_failed_syncs_go_to_editors(connection: Connection, edda: User, maya: User) -> None:
    run = SyncRun.objects.create(
        batch=make_batch(connection), state=RunState.FAILED, finished_at=timezone.now(), message="No answer."
    )
    for _ in range(2):
        notify_sync_failed(run.pk)
    assert notified() == [("edda", "sync_failed", 1)]
    assert detail(Notification.objects.get()) == "No answer."
    notify_sync_failed(SyncRun.objects.create(batch=make_batch(connection)).pk)
    assert len(notified()) == 1


def test_a_refused_key_is_notified_once_until_it_is_replaced(connection: Connection, edda: User, maya: User) -> None:
    error = VendorRefused("The key is unknown.", status=401)
    for _ in range(3):
        record_failure(connection, error)
    run = SyncRun.objects.create(batch=make_batch(connection), state=RunState.FAILED, finished_at=timezone.now())
    notify_sync_failed(run.pk)  # its cause is known already
    assert notified() == [("edda", "key_refused", 1)]
    connection.set_key("another")
    connection.save()
    record_failure(connection, error)
    assert notified() == [("edda", "key_refused", 1)]
    assert Notification.objects.count() == 2


def test_results_about_to_leave_are_notified_once(connection: Connection, edda: User, maya: User) -> None:
    now = timezone.now()
    batch = batch_of(connection, 1, expires_at=now + timedelta(days=2), pending=1)
    batch_of(connection, 0, expires_at=now + timedelta(days=2), stored_items=1, vendor_total=1)  # nothing is missing
    batch_of(connection, 1, expires_at=now + timedelta(days=300), pending=1)
    for _ in range(2):
        notify_expiring(now)
    assert notified() == [("edda", "expiring", 1), ("maya", "expiring", 1)]
    assert Notification.objects.first().batch == batch  # type: ignore[union-attr]
    Batch.objects.filter(pk=batch.pk).update(expires_at=now + timedelta(days=3))
    notify_expiring(now)
    assert notified() == [("edda", "expiring", 1), ("maya", "expiring", 1)]  # of one batch, whose end has moved
    batch_of(connection, 1, expires_at=now + timedelta(days=2), pending=1)
    notify_expiring(now)
    Batch.objects.filter(pk=batch.pk).update(expires_at=now + timedelta(days=2))
    notify_expiring(now)
    assert notified() == [("edda", "expiring", 2), ("maya", "expiring", 2)]


def test_who_may_no_longer_see_a_batch_sees_no_notification(connection: Connection, edda: User, maya: User) -> None:
    give(batch_of(connection, 1), edda, maya)
    maya.memberships.all().delete()
    assert not Notification.objects.of(maya).exists()
    connection.removed_at = timezone.now()
    connection.save()
    assert not Notification.objects.of(User(pk=maya.pk, is_staff=True)).exists()


def test_notifications_are_kept_for_the_retention(connection: Connection, edda: User, maya: User) -> None:
    give(batch_of(connection, 1), edda, maya)
    prune(timezone.now() + RETENTION - timedelta(hours=1))
    assert Notification.objects.exists()
    prune(timezone.now() + RETENTION + timedelta(hours=1))
    assert not Notification.objects.exists()


def test_webhooks_learn_of_the_same_things(connection: Connection, edda: User, maya: User) -> None:
    hook, _ = make_webhook(connection=connection, url="https://example.org/", events=HookEvent.values, by=edda)
    batch = batch_of(connection, 2, state="completed")
    give(batch, edda, maya)
    ask_opinions(batch_id=batch.pk, wanted=2, by=edda)
    notify_ready(batch.pk, None)
    record_failure(connection, VendorRefused("The key is unknown.", status=401))
    names = ["events.assigned", "opinions.wanted", "batch.ready", "key.refused"]
    assert list(Notice.objects.order_by("pk").values_list("event", flat=True)) == names
    claimed = claim_hook(hook.pk)
    assert claimed
    gather(claimed, timezone.now())
    assert sorted(Delivery.objects.values_list("event", flat=True)) == sorted(names)
    note_connection(HookEvent.WEEKLY, connection.pk, text="", board="")
    gather(claimed, timezone.now())
    assert Delivery.objects.due(timezone.now()).count() == 2  # one of the batch, one of the connection
    first, second = Delivery.objects.filter(batch=None).order_by("pk")
    assert first in Delivery.objects.due(timezone.now())
    Delivery.objects.filter(pk=first.pk).update(state="delivered")
    assert second in Delivery.objects.due(timezone.now())


def twice_at_once(function: Callable[[], object]) -> None:
    """The second transaction begins before the first one ends."""

    def other() -> None:
        try:
            function()
        finally:
            database.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            function()
            second = pool.submit(other)
            wait_for_locks(1)
        second.result(timeout=60)


@pytest.mark.skipif(database.vendor == "sqlite", reason="one transaction after the other")
def test_batches_that_are_ready_at_once_are_one_notification(connection: Connection, maya: User) -> None:
    batches = [batch_of(connection, 1, state="completed") for _ in range(2)]
    left = [batch.pk for batch in batches]
    twice_at_once(lambda: notify_ready(left.pop(), None))
    assert notified() == [("maya", "ready", 2)]


@pytest.mark.skipif(database.vendor == "sqlite", reason="one transaction after the other")
def test_two_sweeps_at_once_notify_a_webhook_once(connection: Connection, edda: User) -> None:
    events = [HookEvent.SYNC_FAILED, HookEvent.EXPIRING]
    make_webhook(connection=connection, url="https://example.org/", events=events, by=edda)
    now = timezone.now()
    SyncRun.objects.create(batch=make_batch(connection), state=RunState.RUNNING, attempts=MAX_ATTEMPTS, claim="dead",
                           heartbeat_at=now - timedelta(days=1))  # fmt: skip
    twice_at_once(sweep)
    assert (SyncRun.objects.get().state, Notice.objects.count()) == (RunState.FAILED, 1)
    Batch.objects.filter(pk=batch_of(connection, 1).pk).update(expires_at=now + timedelta(days=2))
    twice_at_once(lambda: notify_expiring(now))
    assert Notice.objects.filter(event=HookEvent.EXPIRING).count() == 1
