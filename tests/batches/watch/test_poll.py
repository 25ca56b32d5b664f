"""Looks at unfinished batches: growing intervals, an end for each vendor's final words, no call that is not needed."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from batches.actions import request_sync
from batches.actions.organize import archive_batches, restore_batches
from batches.models import Batch, Connection, Poll, Schedule, SyncRun
from batches.sandbox.faults import Faults
from batches.sandbox.server import Sandbox
from batches.sandbox.world import World
from batches.sync.run import sync
from batches.tasks import run_poll, tick
from batches.watch.pace import MAX_QUIET_POLLS, MAX_TROUBLED_POLLS, list_after, poll_after
from batches.watch.poll import due_polls, poll_batch, watch_expiring_batches, watch_new_batches
from tests import worlds
from tests.clock import Clock
from tests.factories import make_batch, make_connection, make_user
from tests.vendor_worlds import TL_BATCH, W_BATCH, job, line, tl_batch, w_batch

pytestmark = pytest.mark.django_db(transaction=True)

IDS = {"nomadic": worlds.BATCH, "twelvelabs": TL_BATCH, "wickson": W_BATCH}
PATHS = {"nomadic": "", "twelvelabs": "/v1.3", "wickson": ""}
each = pytest.mark.parametrize("name", list(IDS))


@pytest.fixture
def vendor(settings: Any, no_waiting: None) -> Iterator[Sandbox]:
    tl, wickson = tl_batch([line(0)], status="processing"), w_batch([job(0)], status="running")
    world = World({worlds.BATCH: worlds.batch(1, 1, status="processing")}, twelvelabs={TL_BATCH: tl},
                  wickson={W_BATCH: wickson})  # fmt: skip
    with Sandbox(world) as sandbox:
        settings.PRIVATE_HOSTS = frozenset({sandbox.url.removeprefix("http://")})
        yield sandbox


def account(vendor: Sandbox, name: str, **fields: Any) -> Connection:
    return make_connection(vendor=name, base_url=vendor.url + PATHS[name], **{"key": vendor.key} | fields)


def watched(vendor: Sandbox, name: str) -> Batch:
    """A batch that was synced once and is watched."""
    batch = make_batch(account(vendor, name), external_id=IDS[name])
    sync(request_sync(batch_id=batch.pk, by=None, background=False).pk)
    watch_new_batches()
    vendor.calls.clear()
    batch.refresh_from_db()
    return batch


def say(vendor: Sandbox, name: str, **changes: Any) -> None:
    """Let the vendor's own answer about its batch say something else."""
    shelf = {"nomadic": vendor.state, "twelvelabs": vendor.twelvelabs.batches, "wickson": vendor.wickson.batches}
    with shelf[name].edit(IDS[name]) as data:
        data[{"nomadic": "status", "twelvelabs": "batch", "wickson": "summary"}[name]].update(changes)


def poll_of(batch: Batch) -> Poll:
    return Poll.objects.get(batch=batch)


def next_poll(batch: Batch, clock: Clock) -> int | None:
    """Wait for the next poll_batch, and have it."""
    clock.now = max(clock.now, poll_of(batch).next_at)
    return poll_batch(poll_of(batch).pk)


def test_intervals_double_up_to_six_hours_and_lists_up_to_one() -> None:
    assert [poll_after(n) for n in (0, 1, 2, 8, 9, 10**6)] == [
        timedelta(minutes=m) for m in (1, 2, 4, 256, 360, 360)
    ]  # fmt: skip
    assert [list_after(n) for n in (0, 1, 10**6)] == [timedelta(minutes=m) for m in (5, 10, 60)]


@each
def test_poll_intervals_grow_for_a_quiet_batch(vendor: Sandbox, clock: Clock, name: str) -> None:
    batch = watched(vendor, name)
    waits = []
    for _ in range(5):
        assert next_poll(batch, clock) is None
        waits.append((poll_of(batch).next_at - clock.now) / timedelta(minutes=1))
    assert (waits, len(vendor.calls)) == ([2, 4, 8, 16, 32], 5)
    assert poll_of(batch).message.endswith("; nothing has changed.")
    assert poll_batch(poll_of(batch).pk) is None
    assert len(vendor.calls) == 5, "not before its time"


FINAL = [("nomadic", word) for word in ("completed", "partially_completed", "failed", "cancelled", "canceled")]
FINAL += [("twelvelabs", word) for word in ("completed", "canceled", "expired")]
FINAL += [("wickson", word) for word in ("completed", "failed", "cancelled", "canceled")]


@pytest.mark.parametrize(("name", "word"), FINAL)
def test_poll_ends_after_the_sync_of_a_final_status(vendor: Sandbox, clock: Clock, name: str, word: str) -> None:
    batch = watched(vendor, name)
    say(vendor, name, status=word)
    assert next_poll(batch, clock) == batch.pk
    sync(request_sync(batch_id=batch.pk, by=None, background=False).pk)
    vendor.calls.clear()
    assert next_poll(batch, clock) is None
    poll = poll_of(batch)
    assert (poll.ended_at, poll.message[:30]) == (clock.now, "The vendor has finished: " + poll.message[25:30])
    clock.go(days=30)
    assert (poll_batch(poll.pk), watch_new_batches(), vendor.calls) == (None, 0, [])


GOING_ON = [("nomadic", word) for word in ("pending", "queued", "prepare_in_progress", "detecting_completed")]
GOING_ON += [("twelvelabs", word) for word in ("pending", "canceling")]
GOING_ON += [("wickson", "created")]


@pytest.mark.parametrize(("name", "word"), GOING_ON)
@pytest.mark.case("U11")
def test_a_word_that_is_not_final_is_synced_and_looked_at_again(
    vendor: Sandbox, clock: Clock, name: str, word: str
) -> None:
    batch = watched(vendor, name)
    say(vendor, name, status=word)
    assert next_poll(batch, clock) == batch.pk
    sync(request_sync(batch_id=batch.pk, by=None, background=False).pk)
    assert next_poll(batch, clock) is None
    assert poll_of(batch).ended_at is None


@each
def test_poll_of_an_unknown_status_is_limited(vendor: Sandbox, clock: Clock, name: str) -> None:
    batch = watched(vendor, name)
    say(vendor, name, status="pondering")
    for _ in range(3 * MAX_TROUBLED_POLLS):
        if next_poll(batch, clock):
            sync(request_sync(batch_id=batch.pk, by=None, background=False).pk)
        if poll_of(batch).ended_at:
            break
    poll = poll_of(batch)
    assert "'pondering', an unknown status." in poll.message
    assert (poll.troubled + 1, poll.ended_at) == (MAX_TROUBLED_POLLS, clock.now)
    request_sync(batch_id=batch.pk, by=make_user())
    assert (poll_of(batch).ended_at, poll_of(batch).troubled) == (None, 0)


def test_nothing_new_for_a_month_ends_it(vendor: Sandbox, clock: Clock) -> None:
    batch = watched(vendor, "nomadic")
    Poll.objects.update(quiet=MAX_QUIET_POLLS - 1)
    next_poll(batch, clock)
    assert poll_of(batch).message == f"No change in {MAX_QUIET_POLLS} polls. Sync the batch to poll again."


def test_a_batch_that_was_never_synced_is_synced_without_a_poll(vendor: Sandbox, clock: Clock) -> None:
    batch = make_batch(account(vendor, "wickson"), external_id=W_BATCH)
    watch_new_batches()
    run_poll.func(poll_of(batch).pk)
    assert vendor.calls == []
    assert [(run.batch_id, run.requested_by, run.state) for run in SyncRun.objects.all()] == [
        (batch.pk, None, "queued")
    ]
    assert next_poll(batch, clock) is None
    assert poll_of(batch).message == "A sync is already running or queued."


def test_poll_retries_an_incomplete_sync_with_a_limit(vendor: Sandbox, clock: Clock) -> None:
    batch = watched(vendor, "nomadic")
    SyncRun.objects.update(state="incomplete")
    Batch.objects.update(state="completed")
    wanted = [next_poll(batch, clock) for _ in range(MAX_TROUBLED_POLLS)]
    assert wanted == [batch.pk] * (MAX_TROUBLED_POLLS - 1) + [None]
    assert poll_of(batch).ended_at == clock.now
    assert vendor.calls == []


def test_two_workers_with_the_same_bell_make_one_call(vendor: Sandbox, clock: Clock, monkeypatch: Any) -> None:
    batch = watched(vendor, "nomadic")
    clock.go(minutes=1)
    key = poll_of(batch).pk
    due = due_polls(clock.now).filter(pk=key).get()
    poll_batch(key)
    assert Poll.objects.filter(pk=key, next_at=due.next_at).count() == 0
    poll_batch(key)
    assert len(vendor.calls) == 1


@each
def test_a_paused_connection_costs_no_call_and_no_bell(vendor: Sandbox, clock: Clock, name: str) -> None:
    batch = watched(vendor, name)
    Schedule.of(batch.connection)
    Schedule.objects.update(discovering=False)
    for stop in ({"paused": True}, {"refused_at": clock.now, "refused_reason": "no"}, {"key_hint": ""}):
        Connection.objects.update(**stop)
        clock.go(days=1)
        assert (tick(), next_poll(batch, clock), vendor.calls) == (0, None, [])
        Connection.objects.update(paused=False, refused_at=None, refused_reason="", key_hint="abcd")
    Schedule.objects.update(watching=False)
    assert (tick(), vendor.calls) == (0, [])
    Schedule.objects.update(watching=True)
    assert tick() == 1


@each
def test_poll_with_a_revoked_key_costs_one_call(vendor: Sandbox, clock: Clock, name: str) -> None:
    batch = watched(vendor, name)
    batch.connection.set_key("revoked")
    batch.connection.save()
    next_poll(batch, clock)
    clock.go(days=2)
    next_poll(batch, clock)
    assert len(vendor.calls) == 1
    assert Connection.objects.get().refused_at is not None
    assert poll_of(batch).ended_at is None, "it goes on once the key is replaced"


@each
def test_poll_of_a_missing_batch_is_limited(vendor: Sandbox, clock: Clock, name: str) -> None:
    batch = watched(vendor, name)
    Batch.objects.update(external_id="0" * 24)
    for _ in range(MAX_TROUBLED_POLLS + 3):
        next_poll(batch, clock)
    assert len(vendor.calls) == MAX_TROUBLED_POLLS
    assert poll_of(batch).message.endswith("Sync the batch to poll again.")


def test_poll_waits_as_long_as_the_vendor_asks(vendor: Sandbox, clock: Clock, monkeypatch: Any) -> None:
    monkeypatch.setattr("batches.sandbox.server.retry_after", lambda kind: "7200")
    batch = watched(vendor, "nomadic")
    vendor.faults = Faults(rate=1, kinds=["429"])
    next_poll(batch, clock)
    assert poll_of(batch).next_at == clock.now + timedelta(hours=2)


@pytest.mark.case("U10")
def test_poll_ends_when_results_have_expired(vendor: Sandbox, clock: Clock) -> None:
    batch = watched(vendor, "twelvelabs")
    Batch.objects.update(expires_at=clock.now - timedelta(hours=1))
    vendor.twelvelabs.batches.delete(TL_BATCH)
    assert next_poll(batch, clock) == batch.pk
    sync(request_sync(batch_id=batch.pk, by=None, background=False).pk)
    next_poll(batch, clock)
    assert (poll_of(batch).message, poll_of(batch).ended_at) == ("The vendor has deleted the results.", clock.now)


def test_poll_rescues_expiring_results_once_a_day(vendor: Sandbox, clock: Clock) -> None:
    batch = watched(vendor, "twelvelabs")
    whole = tl_batch([line(0), line(1)])
    with vendor.twelvelabs.batches.edit(TL_BATCH) as data:
        data.update(whole | {"lines": [line(0)]})
    assert next_poll(batch, clock) == batch.pk
    sync(request_sync(batch_id=batch.pk, by=None, background=False).pk)
    while poll_of(batch).ended_at is None:
        assert next_poll(batch, clock) in (batch.pk, None)
    assert poll_of(batch).message == "The last sync is incomplete. Polled 8 times. Sync the batch to poll again."
    for days, again in ((20, 0), (6.9, 1), (6.9, 0)):
        clock.go(days=1)
        Batch.objects.update(expires_at=clock.now + timedelta(days=days))
        assert watch_expiring_batches() == again
    with vendor.twelvelabs.batches.edit(TL_BATCH) as data:
        data["lines"] = whole["lines"]
    assert next_poll(batch, clock) == batch.pk
    sync(request_sync(batch_id=batch.pk, by=None, background=False).pk)
    batch.refresh_from_db()
    assert (batch.stored_items, batch.vendor_total) == (2, 2)
    next_poll(batch, clock)
    clock.go(days=1)
    Batch.objects.update(expires_at=clock.now + timedelta(days=1))
    assert watch_expiring_batches() == 0, "all of it is here"


@pytest.mark.parametrize(("days", "kept", "watched"), [(3, 1, 1), (3, 2, 0), (20, 1, 0), (-1, 1, 0)])
def test_poll_of_a_finished_batch_only_before_expiry(
    db: None, clock: Clock, days: float, kept: int, watched: int
) -> None:
    make_batch(state="completed", vendor_total=2, stored_items=kept, expires_at=clock.now + timedelta(days=days))
    assert watch_new_batches() == watched


def test_poll_is_enqueued_again_if_its_job_was_lost(vendor: Sandbox, clock: Clock) -> None:
    batch = watched(vendor, "wickson")
    clock.go(minutes=1)
    assert [tick(), tick()] == [1, 0]
    clock.go(minutes=2)
    assert tick() == 1
    next_poll(batch, clock)
    assert tick() == 0


@pytest.mark.case("U09")
def test_poll_planned_by_a_wrong_clock_is_due_now(clock: Clock) -> None:
    right = clock.now
    batches = [make_batch(make_connection(name=name)) for name in ("a", "b")]
    for batch, days in zip(batches, (30, 7), strict=True):
        ahead = right + timedelta(days=days)
        Poll.objects.create(batch=batch, next_at=ahead, enqueued_at=ahead)
        Schedule.objects.create(connection=batch.connection, next_list_at=ahead)
        Connection.objects.filter(pk=batch.connection_id).update(wait_until=ahead)
    tick()
    week = right + timedelta(days=7)
    assert list(Poll.objects.order_by("pk").values_list("next_at", flat=True)) == [right, week]
    assert list(Schedule.objects.order_by("pk").values_list("next_list_at", flat=True)) == [right, week]
    assert list(Connection.objects.order_by("pk").values_list("wait_until", flat=True)) == [None, week]
    assert list(Poll.objects.order_by("pk").values_list("enqueued_at", flat=True)) == [right, week]


def test_an_archived_batch_is_polled_again_once_it_is_restored(vendor: Sandbox, clock: Clock) -> None:
    batch, editor = watched(vendor, "nomadic"), make_user()
    archive_batches(batches=[batch], by=editor)
    assert (next_poll(batch, clock), watch_new_batches(), vendor.calls) == (None, 0, [])
    assert not due_polls(clock.now).exists()
    restore_batches(batches=[batch], by=editor)
    assert due_polls(clock.now).get() == poll_of(batch)


def test_an_archived_batch_without_a_poll_gets_none(vendor: Sandbox) -> None:
    archive_batches(batches=[make_batch(account(vendor, "nomadic"), external_id=worlds.BATCH)], by=make_user())
    assert watch_new_batches() == 0
