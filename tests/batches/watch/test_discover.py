"""Batches found by listing, and webhooks of TwelveLabs as hints."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from batches.actions import follow_vendor_webhook, list_now, set_schedule, set_vendor_webhook_secret
from batches.hooks.signature import sign
from batches.models import Batch, Connection, Poll, Schedule, SyncRun
from batches.sandbox.server import Sandbox
from batches.sandbox.world import World
from batches.tasks import tick
from batches.watch.discover import LISTING, discover
from tests import worlds
from tests.clock import Clock
from tests.factories import make_batch, make_connection
from tests.vendor_worlds import TL_BATCH, W_BATCH, days_ago, job, line, tl_batch, w_batch

pytestmark = pytest.mark.django_db(transaction=True)

OTHERS = [f"{number:024x}" for number in range(60)]


@pytest.fixture
def vendor(settings: Any, no_waiting: None) -> Iterator[Sandbox]:
    listed = {
        batch_id: tl_batch([line(0)], batch_id=batch_id, created_at=days_ago(n / 10))
        for n, batch_id in enumerate(OTHERS)
    }
    listed[TL_BATCH] = tl_batch([line(0)], status="processing", created_at=days_ago(20))
    world = World({worlds.BATCH: worlds.batch(1, 1)}, twelvelabs=listed, wickson={W_BATCH: w_batch([job(0)])})
    with Sandbox(world) as sandbox:
        settings.PRIVATE_HOSTS = frozenset({sandbox.url.removeprefix("http://")})
        yield sandbox


@pytest.fixture
def account(vendor: Sandbox) -> Connection:
    return make_connection(vendor="twelvelabs", base_url=f"{vendor.url}/v1.3", key=vendor.key)


def test_only_vendors_with_a_list_are_listed() -> None:
    assert LISTING == ["twelvelabs"]


def test_every_batch_is_found_once_and_watched_the_newest_on_top(
    vendor: Sandbox, account: Connection, clock: Clock
) -> None:
    existing = make_batch(account, external_id=TL_BATCH)
    schedule = Schedule.of(account)
    assert discover(schedule.pk) == 60
    assert list(Batch.objects.exclude(pk=existing.pk).order_by("-pk").values_list("external_id", flat=True)) == OTHERS
    assert (Poll.objects.count(), SyncRun.objects.count()) == (60, 0)
    schedule.refresh_from_db()
    assert (schedule.message, schedule.next_list_at - clock.now) == (
        "61 batches listed, 60 of them new.", timedelta(minutes=5),
    )  # fmt: skip
    assert discover(schedule.pk) == 0, "not before its time"
    clock.go(minutes=5)
    calls = len(vendor.calls)
    assert (discover(schedule.pk), len(vendor.calls) - calls) == (0, 2)
    schedule.refresh_from_db()
    assert schedule.next_list_at - clock.now == timedelta(minutes=10)


def test_discover_skips_paused_and_refused_connections(vendor: Sandbox, account: Connection, clock: Clock) -> None:
    schedule = Schedule.of(account)
    for stop in ({"paused": True}, {"refused_at": clock.now, "refused_reason": "no"}, {"vendor": "wickson"}):
        Connection.objects.update(**stop)
        assert discover(schedule.pk) == 0
        Connection.objects.update(paused=False, refused_at=None, refused_reason="", vendor="twelvelabs")
    set_schedule(connection=account, watching=True, discovering=False)
    assert (discover(schedule.pk), tick(), vendor.calls) == (0, 0, [])


def test_a_revoked_key_costs_one_call_and_is_reported(vendor: Sandbox, account: Connection, clock: Clock) -> None:
    account.set_key("revoked")
    account.save()
    schedule = Schedule.of(account)
    for _ in range(3):
        discover(schedule.pk)
        clock.go(days=1)
    assert len(vendor.calls) == 1
    schedule.refresh_from_db()
    assert "401" in schedule.message


def test_a_list_asked_for_by_hand_comes_at_once(vendor: Sandbox, account: Connection, clock: Clock) -> None:
    schedule = Schedule.of(account)
    discover(schedule.pk)
    list_now(connection=account)
    schedule.refresh_from_db()
    assert (schedule.next_list_at, schedule.enqueued_at) == (clock.now, clock.now)


# ── hints ──


@pytest.fixture
def signed_schedule(account: Connection, clock: Clock) -> Schedule:
    """A watched batch whose next look is hours away, and a secret."""
    set_vendor_webhook_secret(connection=account, secret=" the-secret ")
    Poll.objects.create(
        batch=make_batch(account, external_id=TL_BATCH), next_at=clock.now + timedelta(hours=3), quiet=9
    )
    Schedule.objects.update(next_list_at=clock.now + timedelta(hours=1))
    return Schedule.objects.get()


def _hint(schedule: Schedule, header: str, body: bytes) -> bool | None:
    headers = {"TL-Signature": header}
    return follow_vendor_webhook(
        vendor=schedule.connection.vendor, hook_key=schedule.hook_key, headers=headers, body=body
    )


def send(
    schedule: Schedule, clock: Clock, body: bytes = b"{}", secret: str = "the-secret", age: int = 0
) -> bool | None:
    header = sign([secret], body, int(clock.now.timestamp()) - age)
    return _hint(schedule, header, body)


def test_a_signed_hint_looks_at_once_and_its_body_is_never_read(
    vendor: Sandbox, signed_schedule: Schedule, clock: Clock
) -> None:
    lies = json.dumps({"type": "analyze.batch.completed", "data": {"id": TL_BATCH, "status": "completed"}}).encode()
    assert send(signed_schedule, clock, lies) is True
    assert (Poll.objects.get().next_at, Poll.objects.get().enqueued_at) == (clock.now, clock.now)
    assert Schedule.objects.get().next_list_at == clock.now
    assert (Batch.objects.get().state, vendor.calls) == ("unknown", [])
    clock.go(minutes=1)
    assert send(signed_schedule, clock, b"\xff not json") is True


def test_a_flood_of_hints_is_one_look_every_half_minute(signed_schedule: Schedule, clock: Clock) -> None:
    start, later = clock.now, clock.now + timedelta(hours=3)
    for number in range(60):
        if number == 1:
            Poll.objects.update(next_at=later)
        assert send(signed_schedule, clock, b"%d" % number) is True
    assert Poll.objects.get().next_at - start == timedelta(seconds=30)
    clock.go(seconds=45)
    Poll.objects.update(next_at=later)
    send(signed_schedule, clock, b"one more")
    assert Poll.objects.get().next_at - start == timedelta(seconds=60)


def test_a_hint_sent_again_is_none_however_its_header_is_spelled(signed_schedule: Schedule, clock: Clock) -> None:
    send(signed_schedule, clock)
    header, later = sign(["other", "the-secret"], b"{}", int(clock.now.timestamp())), clock.now + timedelta(hours=3)
    clock.go(minutes=4)
    Poll.objects.update(next_at=later)
    assert _hint(signed_schedule, header, b"{}") is True
    assert Poll.objects.get().next_at == later
    assert send(signed_schedule, clock) is True
    assert Poll.objects.get().next_at == clock.now


def test_a_clock_that_was_set_back_does_not_put_hints_off(signed_schedule: Schedule, clock: Clock) -> None:
    Schedule.objects.update(webhook_at=clock.now + timedelta(days=30))
    send(signed_schedule, clock)
    assert (Poll.objects.get().next_at, Schedule.objects.get().webhook_at) == (clock.now, clock.now)


@pytest.mark.parametrize("how", [{"secret": "other"}, {"age": 301}, {"age": -301}])
def test_what_is_not_signed_rightly_changes_nothing(
    signed_schedule: Schedule, clock: Clock, how: dict[str, Any]
) -> None:
    before = Poll.objects.get().next_at
    assert send(signed_schedule, clock, **how) is False
    assert (Poll.objects.get().next_at, Schedule.objects.get().webhook_at) == (before, None)


def test_webhook_without_a_secret_is_ignored(account: Connection, signed_schedule: Schedule, clock: Clock) -> None:
    set_vendor_webhook_secret(connection=account, secret="")
    assert send(signed_schedule, clock, secret="") is False
    signed_schedule.hook_key = "0" * 32
    assert send(signed_schedule, clock) is None
