"""Syncs of every vendor into our tables: tests for all vendors, then for TwelveLabs and Wickson alone."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from email.utils import formatdate
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from batches.actions import decide, request_sync
from batches.actions.check import ledger_problems
from batches.models import Batch, Connection, Event, Item, Quarantined, SyncRun
from batches.models.run import RunState
from batches.sandbox.faults import KINDS, Faults
from batches.sandbox.server import Sandbox
from batches.sandbox.world import World
from batches.sync.run import sync
from batches.sync.vendors.wickson import RESERVED_REQUESTS
from batches.watch.vendor_webhook import reason_not_to_call
from tests import worlds
from tests.factories import make_batch, make_connection, make_member
from tests.tables import stored
from tests.vendor_worlds import (
    IDS,
    TL_BATCH,
    W_BATCH,
    address,
    all_vendors,
    job,
    line,
    segments,
    task_id,
    tl_batch,
    w_batch,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_waiting")]

RISKS = segments(risk=[{"start_time": n, "end_time": n + 1, "metadata": {"title": f"Risk {n}"}} for n in range(3)])


@pytest.fixture
def vendor(settings: Any) -> Iterator[Sandbox]:
    lines = [line(0), line(1, status="failed"), line(2), line(3, status="canceled")]
    jobs = [job(0), job(1, "failed"), job(2, "processed"), job(3)]
    world = World(
        {worlds.BATCH: worlds.batch()}, twelvelabs={TL_BATCH: tl_batch(lines)}, wickson={W_BATCH: w_batch(jobs)}
    )
    with Sandbox(world) as sandbox:
        settings.PRIVATE_HOSTS = frozenset({sandbox.url.removeprefix("http://")})
        yield sandbox


Make = Callable[..., Batch]


@pytest.fixture
def make(vendor: Sandbox) -> Make:
    def make(name: str, key: str | None = None) -> Batch:
        connection = make_connection(vendor=name, base_url=address(vendor, name), key=key or vendor.key)
        return make_batch(connection, external_id=IDS[name], prompt="", batch_type="unknown")

    return make


def run_sync(batch: Batch, **options: Any) -> SyncRun:
    run = sync(request_sync(batch_id=batch.pk, by=None, background=False).pk, **options)
    assert run is not None
    batch.refresh_from_db()
    return run


def edit(vendor: Sandbox, name: str) -> Any:
    api = vendor.twelvelabs if name == "twelvelabs" else vendor.wickson
    return api.batches.edit(IDS[name])


def end_state(batch: Batch) -> str:
    """Every row and column of one batch after a sync."""
    return stored(Batch.objects.filter(pk=batch.pk))


each = pytest.mark.parametrize("name", list(IDS))
both = pytest.mark.parametrize("name", ["twelvelabs", "wickson"])


def test_sync_twelvelabs_stores_prompt_counts_and_expiry(make: Make) -> None:
    batch = make("twelvelabs")
    run = run_sync(batch)
    assert (run.state, run.message, run.events_created, run.position, run.calls) == (RunState.DONE, "", 2, 4, 6)
    assert (batch.title, batch.state, batch.vendor_total, batch.vendor_completed, batch.vendor_canceled) == (
        "Describe risks.", "partial", 4, 2, 1,
    )  # fmt: skip
    assert batch.stored_items == 4
    assert batch.expires_at is not None
    assert timedelta(days=5) < batch.expires_at - timezone.now() < timedelta(days=7)
    assert batch.synced_at is not None
    assert list(ledger_problems()) == []


def test_sync_wickson_stores_name_and_report(make: Make) -> None:
    batch = make("wickson")
    run = run_sync(batch)
    assert (run.state, run.message, run.events_created, run.position, run.calls) == (RunState.DONE, "", 3, 4, 1)
    assert (batch.title, batch.state, batch.vendor_total, batch.expires_at) == ("June dashcams", "partial", 4, None)
    assert batch.vendor_report["facts"][3] == ["Success rate", "75 %"]
    assert batch.vendor_report["errors"] == [
        {
            "kind": "format_error",
            "count": 1,
            "files": ["notes.numbers"],
            "advice": "Convert files to a supported format",
        }
    ]


def test_sync_segments_are_events_in_order_of_time(vendor: Sandbox, make: Make) -> None:
    with edit(vendor, "twelvelabs") as data:
        data.update(tl_batch([line(0, RISKS), line(1, RISKS)], analysis_mode="time_based_metadata"))
    batch = make("twelvelabs")
    run_sync(batch)
    assert list(batch.events.in_order().values_list("item__position", "label", "start_s", "category")) == [
        (item, f"Risk {n}", float(n), "risk") for item in range(2) for n in range(3)
    ]


@both
def test_sync_repeated_asks_for_no_task_again(vendor: Sandbox, make: Make, name: str) -> None:
    batch = make(name)
    run_sync(batch)
    before, state = stored(), end_state(batch)
    vendor.calls.clear()
    again = run_sync(batch)
    assert (again.state, again.events_created, again.events_updated, again.events_gone) == (RunState.DONE, 0, 0, 0)
    assert (stored(), end_state(batch)) == (before, state)
    assert len(vendor.calls) == {"twelvelabs": 2, "wickson": 1}[name]


@both
def test_sync_keeps_decisions_while_the_batch_continues(vendor: Sandbox, make: Make, name: str) -> None:
    batch = make(name)
    run_sync(batch)
    event = batch.events.in_order()[0]
    by = make_member(batch.connection)
    decide(
        event_id=event.pk, version=1, fingerprint=event.fingerprint, approval="rejected", by=by, idempotency_key=uuid4()
    )
    with edit(vendor, name) as data:
        if name == "twelvelabs":
            data.update(tl_batch([line(0), line(2), line(3, "Now there.")], status="completed"))
        else:
            data.update(w_batch([job(3), job(0), job(7)]))
    run_sync(batch)
    event.refresh_from_db()
    assert (event.approval, event.changed_since, event.gone_at) == ("rejected", False, None)
    assert list(ledger_problems()) == []


@each
@pytest.mark.once  # retries are the same whatever stores the result
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.case("U02")
def test_sync_with_failing_calls_has_the_same_result(settings: Any, name: str, seed: int, monkeypatch: Any) -> None:
    monkeypatch.setattr("batches.sync.vendors.nomadic.Nomadic.chunk_size", 1)
    monkeypatch.setattr("batches.sync.vendors.wickson.PAGE_SIZE", 1)
    with Sandbox(all_vendors(60)) as vendor:
        settings.PRIVATE_HOSTS = frozenset({vendor.url.removeprefix("http://")})
        about = {"vendor": name, "base_url": address(vendor, name), "key": vendor.key}
        calm, batch = (make_batch(make_connection(**about), external_id=IDS[name]) for _ in range(2))
        run_sync(calm)
        needed = len(vendor.calls)
        assert needed >= 60
        vendor.calls.clear()
        kinds = [kind for kind in KINDS if kind != "dropped"]  # tested below: the vendor does not report dropped rows
        vendor.faults = Faults(seed=seed, rate=0.2, kinds=kinds, delay_s=0.02)
        picks = counted(vendor.faults)
        for _ in range(20):
            run = run_sync(batch)
            if run.state == RunState.DONE:
                break
            SyncRun.objects.filter(state=RunState.WAITING).update(retry_at=timezone.now())
    assert run.state == RunState.DONE
    assert end_state(batch) == end_state(calm)
    assert len(picks) >= 6
    assert len(vendor.calls) <= needed + len([kind for kind in picks if kind != "slow"])


def counted(faults: Faults) -> list[str]:
    """The faults injected so far."""
    picks: list[str] = []
    pick = faults.pick

    def counting(method: str, path: str, body: bytes) -> str | None:
        kind = pick(method, path, body)
        picks.extend(filter(None, [kind]))
        return kind

    faults.pick = counting  # type: ignore[method-assign]
    return picks


@each
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.case("U07")
def test_sync_finds_rows_lost_between_pages(vendor: Sandbox, make: Make, name: str, seed: int) -> None:
    calm = make(name)
    run_sync(calm)
    vendor.faults = Faults(seed=seed, rate=0.5, kinds=["dropped"])
    batch = make(name)
    for _ in range(20):
        run = run_sync(batch)
        if run.state == RunState.DONE:
            break
        assert run.state in (RunState.INCOMPLETE, RunState.WAITING)
        SyncRun.objects.filter(state=RunState.WAITING).update(retry_at=timezone.now())
    assert end_state(batch) == end_state(calm)


@each
@pytest.mark.case("U03")
def test_sync_does_not_retry_a_revoked_key(vendor: Sandbox, make: Make, name: str) -> None:
    batch = make(name, key="revoked")
    assert run_sync(batch).state == RunState.FAILED
    assert "Replace or verify it" in run_sync(batch).message
    assert len(vendor.calls) == 1
    assert Connection.objects.get(pk=batch.connection_id).refused_at is not None


@each
def test_sync_of_a_paused_connection_makes_no_call(vendor: Sandbox, make: Make, name: str) -> None:
    batch = make(name)
    Connection.objects.update(paused=True)
    assert "is paused" in run_sync(batch).message
    assert vendor.calls == []


@each
@pytest.mark.parametrize(
    ("after", "seconds"),
    [
        ("7200", 7200),
        ("7200.5", 7200),
        (formatdate(timezone.now().timestamp() + 7200, usegmt=True), 3600),
        ("1000000000", 6 * 86_400),
    ],
)
@pytest.mark.case("U01")
def test_sync_waits_as_long_as_the_vendor_asks(
    vendor: Sandbox, make: Make, name: str, after: str, seconds: float, monkeypatch: Any
) -> None:
    monkeypatch.setattr("batches.sandbox.server.retry_after", lambda kind: after)
    vendor.faults = Faults(rate=1, kinds=["429"])
    run = run_sync(make(name))
    assert (run.state, len(vendor.calls)) == (RunState.WAITING, 1)
    assert run.retry_at is not None
    assert run.retry_at > timezone.now() + timedelta(seconds=seconds - 60)
    assert sync(run.pk) is None
    assert len(vendor.calls) == 1


@each
def test_sync_pause_holds_for_the_whole_connection(vendor: Sandbox, make: Make, name: str, monkeypatch: Any) -> None:
    monkeypatch.setattr("batches.sandbox.server.retry_after", lambda kind: "7200")
    batch = make(name)
    other = make_batch(batch.connection, external_id=IDS[name].replace("8", "9").replace("7", "6"))
    vendor.faults = Faults(first=["429"])
    first, second = run_sync(batch), run_sync(other)
    assert (second.state, len(vendor.calls)) == (RunState.WAITING, 1)
    assert "asked for a pause until" in second.message
    assert first.retry_at is not None
    assert second.retry_at is not None
    assert abs(second.retry_at - first.retry_at) < timedelta(seconds=5)
    connection = Connection.objects.get(pk=batch.connection_id)
    assert reason_not_to_call(connection).startswith("The vendor asked for a pause: calls resume on ")
    Connection.objects.update(wait_until=timezone.now())
    SyncRun.objects.filter(pk=first.pk).update(retry_at=timezone.now())
    assert run_sync(batch).state == RunState.DONE
    assert reason_not_to_call(Connection.objects.get(pk=batch.connection_id)) == ""


@each
@pytest.mark.parametrize("after", ["0", "-1", "soon", "1e9", "", None, formatdate(0, usegmt=True)])
@pytest.mark.case("U01")
def test_sync_ignores_an_invalid_wait(
    vendor: Sandbox, make: Make, name: str, after: str | None, monkeypatch: Any
) -> None:
    monkeypatch.setattr("batches.sandbox.server.retry_after", lambda kind: after)
    vendor.faults = Faults(first=["429"])
    assert run_sync(make(name)).state == RunState.DONE


# ── TwelveLabs alone ──


def test_sync_with_missing_results_is_incomplete(vendor: Sandbox, make: Make) -> None:
    batch = make("twelvelabs")
    run_sync(batch)
    synced_at = batch.synced_at
    with edit(vendor, "twelvelabs") as data:
        del data["lines"][0]
        data["lines"][1] = line(2, "Another answer.")
    run = run_sync(batch)
    assert run.state == RunState.INCOMPLETE
    assert run.message == "3 of 4 results arrived. The vendor sent 3 of 4 results. Results stored here are kept."
    assert (batch.synced_at, batch.items.filter(gone_at__isnull=False).count()) == (synced_at, 0)
    assert list(batch.items.order_by("position").values_list("external_id", "position")) == [
        (task_id(n), n) for n in range(4)
    ]
    assert set(batch.events.filter(gone_at__isnull=True).values_list("label", flat=True)) == {
        "A bus blocks lane 0.", "Another answer.",
    }  # fmt: skip


def test_sync_adds_missing_lines_later(vendor: Sandbox, make: Make) -> None:
    calm = make("twelvelabs")
    run_sync(calm)
    with edit(vendor, "twelvelabs") as data:
        first = data["lines"].pop(0)
    batch = make("twelvelabs")
    assert run_sync(batch).state == RunState.INCOMPLETE
    with edit(vendor, "twelvelabs") as data:
        data["lines"].insert(0, first)
    assert run_sync(batch).state == RunState.DONE
    assert end_state(batch) == end_state(calm)


def test_sync_asks_again_for_a_failed_task_only(vendor: Sandbox, make: Make) -> None:
    batch = make("twelvelabs")
    vendor.faults = Faults(first=["500"] * 6, paths=f"tasks/{task_id(2)}")
    run = run_sync(batch)
    assert (run.state, run.lost, batch.events.count()) == (RunState.INCOMPLETE, [task_id(2)], 2)
    assert "The vendor answered with status 500." in run.message
    vendor.calls.clear()
    assert run_sync(batch).state == RunState.DONE
    assert [call.path for call in vendor.calls][2:] == [f"/v1.3/analyze/tasks/{task_id(2)}"]
    assert Item.objects.get(external_id=task_id(2)).source_uri == "asset:asset0002"


def test_sync_continues_without_asking_for_a_task_twice(vendor: Sandbox, make: Make, monkeypatch: Any) -> None:
    monkeypatch.setattr("batches.sync.vendors.twelvelabs.TwelveLabs.chunk_size", 1)
    batch = make("twelvelabs")
    run = request_sync(batch_id=batch.pk, by=None, background=False)

    def die(run: SyncRun) -> None:
        if run.position == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sync(run.pk, progress=die)
    SyncRun.objects.update(claim="another-host:1:x", heartbeat_at=timezone.now() - timedelta(minutes=5))
    vendor.calls.clear()
    done = sync(run.pk)
    assert done is not None
    assert (done.state, batch.events.count()) == (RunState.DONE, 2)
    assert [call.path for call in vendor.calls][2:] == [f"/v1.3/analyze/tasks/{task_id(3)}"]


def test_sync_404_after_expiry_stops_polling(vendor: Sandbox, make: Make) -> None:
    batch = make("twelvelabs")
    run_sync(batch)
    Batch.objects.update(expires_at=timezone.now() - timedelta(hours=1))
    before = stored()
    vendor.state.fast_forward(7 * 86_400)
    run = run_sync(batch)
    assert (run.state, batch.gone_at is not None) == (RunState.DONE, True)
    assert run.message.startswith("TwelveLabs deleted the results")
    assert stored().replace(f'"{batch.gone_at}"', "null") == before
    before = stored()
    vendor.calls.clear()
    again = run_sync(batch)
    assert (again.state, vendor.calls) == (RunState.DONE, [])
    assert again.message.startswith("TwelveLabs deleted the results")
    assert stored() == before


def test_sync_404_before_expiry_is_a_deletion(vendor: Sandbox, make: Make) -> None:
    batch = make("twelvelabs")
    run_sync(batch)
    vendor.twelvelabs.batches.delete(TL_BATCH)
    run = run_sync(batch)
    batch.refresh_from_db()
    assert (run.state, batch.gone_at is None) == (RunState.DONE, False)
    assert "no longer has this batch" in run.message
    assert Event.objects.filter(gone_at=None).count() == 2


@pytest.mark.case("U05")
def test_sync_quarantines_an_unreadable_item(vendor: Sandbox, make: Make) -> None:
    with edit(vendor, "twelvelabs") as data:
        data["lines"][0]["data"] = {"data": 7}
    batch = make("twelvelabs")
    run = run_sync(batch)
    assert (run.state, run.quarantined) == (RunState.DONE, 1)
    assert Quarantined.objects.get().path == f"task {task_id(0)} data"
    assert Item.objects.get(position=0).error == f"task {task_id(0)} data: expected text, got the number 7"


# ── Wickson alone ──


def test_sync_waits_for_the_next_hour_at_the_limit(vendor: Sandbox, make: Make) -> None:
    vendor.wickson.hourly = RESERVED_REQUESTS + 1
    batch = make("wickson")
    run_sync(batch)
    vendor.calls.clear()
    run = run_sync(batch)
    assert (run.state, vendor.calls) == (RunState.WAITING, [])
    assert run.retry_at is not None
    assert timezone.now() < run.retry_at <= timezone.now() + timedelta(hours=1)


def test_sync_of_a_moving_list_is_incomplete(vendor: Sandbox, make: Make) -> None:
    batch = make("wickson")
    run_sync(batch)
    with edit(vendor, "wickson") as data:
        del data["jobs"][0]
        data["total"] = 4
    run = run_sync(batch)
    assert run.state == RunState.INCOMPLETE
    assert run.message == "3 of 4 jobs could be read: the list changed while it was read. Results stored here are kept."
    assert (batch.items.filter(gone_at__isnull=False).count(), batch.events.count()) == (0, 3)
