"""A sync against a vendor over real HTTP: stored data, kept data, and messages of failures."""

import time
from collections.abc import Iterator
from datetime import timedelta
from threading import Event as Flag
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from batches.actions import OrderChanges, archive_batches, decide, organize_batches, request_sync
from batches.actions.check import ledger_problems
from batches.jobs import claims
from batches.models import Batch, Event, EventPast, Item, Quarantined, SyncRun
from batches.models.run import RunState
from batches.models.search import mentions
from batches.sandbox.faults import Faults
from batches.sandbox.server import Sandbox
from batches.sync.run import sync
from tests import worlds
from tests.factories import make_batch, make_connection, make_member, make_user
from tests.tables import stored

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_waiting")]


@pytest.fixture
def vendor(settings: Any) -> Iterator[Sandbox]:
    with Sandbox({worlds.BATCH: worlds.batch()}) as sandbox:
        settings.PRIVATE_HOSTS = frozenset({sandbox.url.removeprefix("http://")})
        yield sandbox


@pytest.fixture
def batch(vendor: Sandbox) -> Batch:
    return make_batch(make_connection(base_url=vendor.url, key=vendor.key), external_id=worlds.BATCH, prompt="")


def run_sync(batch: Batch, **options: Any) -> SyncRun:
    run = sync(request_sync(batch_id=batch.pk, by=None, background=False).pk, **options)
    assert run is not None
    return run


def test_sync_stores_batch_items_and_events(batch: Batch) -> None:
    run = run_sync(batch)
    assert (run.state, run.message, run.events_created, run.position, run.total) == (RunState.DONE, "", 12, 3, 3)
    batch.refresh_from_db()
    assert (batch.prompt, batch.state, batch.vendor_metadata, batch.vendor_total) == (
        "cut-ins", "completed", {"version": 2}, 3,
    )  # fmt: skip
    assert batch.synced_at is not None
    assert batch.counts == {"pending": 12, "approved": 0, "rejected": 0, "invalid": 0}
    item = Item.objects.get(position=1)
    assert (item.external_id, item.name, item.analysis_id, item.status, item.raw_status, item.summary) == (
        "video1", "video1.mp4", "analysis-video1", "completed", "COMPLETED", "4 events.",
    )  # fmt: skip
    event = Event.objects.in_order()[4]
    assert (event.item, event.label, event.start_s, event.end_s, event.timestamp, event.severity_rank) == (
        item, "Car 4 cuts in", 8.25, 9.5, "00:08-00:09", 3,
    )  # fmt: skip
    assert '"time":"t=8.25"' in event.payload.raw
    assert list(ledger_problems()) == []


@pytest.mark.case("U13")
def test_sync_repeated_writes_nothing(batch: Batch) -> None:
    run_sync(batch)
    before = stored()
    again = run_sync(batch)
    assert (again.state, again.events_seen) == (RunState.DONE, 12)
    assert (again.events_created, again.events_updated, again.events_gone) == (0, 0, 0)
    assert stored() == before


def test_sync_updates_search_and_order_of_categories(vendor: Sandbox, batch: Batch) -> None:
    with vendor.state.edit(worlds.BATCH) as data:
        data["bulk"]["video1"]["analysis"]["events"][2]["type"] = "Tailgating"
    run_sync(batch)
    batch.refresh_from_db()
    assert batch.rarest == ["Tailgating", "Cut-in"]
    assert Event.objects.get(mentions([batch.pk], "car 6 close")).category == "Tailgating"
    by = make_user()
    order = OrderChanges(name="Ours", project="Autumn", tags=["wet"])
    organize_batches(batches=[batch], changes=order, by=by)
    archive_batches(batches=[batch], by=by)
    with vendor.state.edit(worlds.BATCH) as data:
        data["bulk"]["video1"]["analysis"]["events"][2]["aiAnalysis"] = "A lorry instead"
    run_sync(batch)
    assert [Event.objects.filter(mentions([batch.pk], text)).count() for text in ("lorry inst", "6 close")] == [1, 0]
    batch.refresh_from_db()
    assert (batch.name, batch.project, batch.tags.get().name, batch.archived_by) == ("Ours", "Autumn", "wet", by)


def test_sync_takes_over_the_vendors_approvals(vendor: Sandbox, batch: Batch) -> None:
    with vendor.state.edit(worlds.BATCH) as data:
        events = data["bulk"]["video0"]["analysis"]["events"]
        for event, approval in zip(events, ("approved", "Rejected", None, "flagged"), strict=True):
            event["approval"] = approval
    run_sync(batch)
    rows = Event.objects.filter(item__position=0).in_order().values_list("approval", "vendor_approval", "raw_approval")
    assert list(rows) == [
        ("approved", "approved", "approved"), ("pending", None, "Rejected"),
        ("pending", "pending", "pending"), ("pending", None, "flagged"),
    ]  # fmt: skip


def test_sync_keeps_decisions_of_people(vendor: Sandbox, batch: Batch) -> None:
    run_sync(batch)
    event = Event.objects.in_order()[0]
    by = make_member(batch.connection)
    decide(
        event_id=event.pk, version=1, fingerprint=event.fingerprint, approval="rejected", by=by, idempotency_key=uuid4()
    )
    with vendor.state.edit(worlds.BATCH) as data:
        data["bulk"]["video0"]["analysis"]["events"][0]["approval"] = "approved"
        data["bulk"]["video0"]["analysis"]["events"][1]["approval"] = "approved"
    run_sync(batch)
    event.refresh_from_db()
    assert (event.approval, event.vendor_approval, event.changed_since) == ("rejected", "approved", False)
    assert event.differs_from_vendor
    assert Event.objects.in_order()[1].approval == "approved"
    batch.refresh_from_db()
    assert batch.counts == {"pending": 10, "approved": 1, "rejected": 1, "invalid": 0}
    assert list(ledger_problems()) == []


def test_sync_decisions_follow_their_events(vendor: Sandbox, batch: Batch) -> None:
    run_sync(batch)
    by = make_member(batch.connection)
    for event in Event.objects.filter(label__in=("Car 1 cuts in", "Car 2 cuts in")):
        decide(
            event_id=event.pk,
            version=1,
            fingerprint=event.fingerprint,
            approval="approved",
            by=by,
            idempotency_key=uuid4(),
        )
    with vendor.state.edit(worlds.BATCH) as data:
        events = data["bulk"]["video0"]["analysis"]["events"]
        events.reverse()
        del events[-1]  # car 0 is no more
        events.insert(0, worlds.ui_event(77))
        data["bulk"]["video0"]["analysis_id"] = "another-analysis"
        for number, event in enumerate(events):
            event["event_id"] = f"new_{number}"
        data["status"]["videos"].reverse()
    run = run_sync(batch)
    assert (run.events_created, run.events_gone) == (1, 1)
    decided = Event.objects.filter(decided_at__isnull=False).in_order()
    assert [(event.label, event.approval, event.changed_since) for event in decided] == [
        ("Car 2 cuts in", "approved", False), ("Car 1 cuts in", "approved", False),
    ]  # fmt: skip
    assert Event.objects.get(label="Car 0 cuts in").gone_at is not None
    batch.refresh_from_db()
    assert batch.counts == {"pending": 10, "approved": 2, "rejected": 0, "invalid": 0}
    assert list(ledger_problems()) == []


@pytest.mark.parametrize("with_ids", [True, False])
def test_sync_marks_a_decided_event_that_changed(vendor: Sandbox, batch: Batch, with_ids: bool) -> None:
    if not with_ids:
        with vendor.state.edit(worlds.BATCH) as data:
            for event in data["bulk"]["video0"]["analysis"]["events"]:
                del event["event_id"]
    run_sync(batch)
    event = Event.objects.in_order()[2]
    by = make_member(batch.connection)
    decide(
        event_id=event.pk, version=1, fingerprint=event.fingerprint, approval="approved", by=by, idempotency_key=uuid4()
    )
    with vendor.state.edit(worlds.BATCH) as data:
        data["bulk"]["video0"]["analysis"]["events"][2]["description"] = "A bus cuts in"
    run_sync(batch)
    event.refresh_from_db()
    assert (event.label, event.approval, event.changed_since) == ("A bus cuts in", "pending", True)
    assert [(was.label, was.fingerprint) for was in EventPast.objects.filter(event=event)] == [
        ("Car 2 cuts in", event.decisions.get().fingerprint)
    ]
    assert Event.objects.count() == 12


@pytest.mark.case("U10")
def test_sync_marks_a_batch_that_was_deleted(vendor: Sandbox, batch: Batch) -> None:
    run_sync(batch)
    event = Event.objects.in_order()[0]
    by = make_member(batch.connection)
    decide(
        event_id=event.pk, version=1, fingerprint=event.fingerprint, approval="approved", by=by, idempotency_key=uuid4()
    )
    vendor.state.delete(worlds.BATCH)
    run = run_sync(batch)
    batch.refresh_from_db()
    assert (run.state, run.message.startswith("NomadicML no longer has this batch")) == (RunState.DONE, True)
    assert batch.gone_at is not None
    assert batch.counts == {"pending": 11, "approved": 1, "rejected": 0, "invalid": 0}
    assert Event.objects.for_review().count() == 12
    gone_at = batch.gone_at
    run_sync(batch)
    batch.refresh_from_db()
    assert batch.gone_at == gone_at
    with vendor.state.edit(worlds.BATCH) as data:
        data.update(worlds.batch())
    assert run_sync(batch).state == RunState.DONE
    batch.refresh_from_db()
    assert (batch.gone_at, batch.counts["approved"]) == (None, 1)
    assert list(ledger_problems()) == []


@pytest.mark.parametrize("why", ["never synced", "another key"])
def test_sync_takes_nothing_for_deleted_that_it_cannot_know(vendor: Sandbox, batch: Batch, why: str) -> None:
    if why == "another key":
        run_sync(batch)
        connection = batch.connection
        connection.set_key("nai_unknown_key_1234")
        connection.save()
    vendor.state.delete(worlds.BATCH)
    assert run_sync(batch).state == RunState.FAILED
    batch.refresh_from_db()
    assert batch.gone_at is None


@pytest.mark.case("U10")
def test_sync_keeps_a_decided_event_that_is_gone(vendor: Sandbox, batch: Batch) -> None:
    run_sync(batch)
    event = Event.objects.in_order()[0]
    by = make_member(batch.connection)
    decide(
        event_id=event.pk, version=1, fingerprint=event.fingerprint, approval="approved", by=by, idempotency_key=uuid4()
    )
    with vendor.state.edit(worlds.BATCH) as data:
        del data["bulk"]["video0"]["analysis"]["events"][:2]
    run_sync(batch)
    gone = Event.objects.filter(gone_at__isnull=False)
    assert list(gone.in_order().values_list("label", "approval")) == [
        ("Car 0 cuts in", "approved"), ("Car 1 cuts in", "pending"),
    ]  # fmt: skip
    assert list(gone.for_review()) == [event]
    batch.refresh_from_db()
    assert batch.counts == {"pending": 10, "approved": 1, "rejected": 0, "invalid": 0}
    with vendor.state.edit(worlds.BATCH) as data:
        data["bulk"]["video0"]["analysis"]["events"][:0] = [worlds.ui_event(0), worlds.ui_event(1)]
    run_sync(batch)
    assert not Event.objects.filter(gone_at__isnull=False).exists()
    assert list(ledger_problems()) == []


@pytest.mark.parametrize("odd", [{"time": 7}, "no event", None])
def test_sync_never_takes_an_unreadable_event_for_gone(vendor: Sandbox, batch: Batch, odd: Any) -> None:
    run_sync(batch)
    event = Event.objects.in_order()[0]
    by = make_member(batch.connection)
    decide(
        event_id=event.pk, version=1, fingerprint=event.fingerprint, approval="approved", by=by, idempotency_key=uuid4()
    )
    before = Batch.objects.get().counts
    with vendor.state.edit(worlds.BATCH) as data:
        analysis = data["bulk"]["video0"]["analysis"]
        analysis["events"][0] = worlds.ui_event(0, **odd) if isinstance(odd, dict) else odd
        if odd is None:  # the whole document
            data["bulk"]["video0"]["analysis"] = [1]
    run = run_sync(batch)
    event.refresh_from_db()
    assert (run.events_gone, event.gone_at, event.approval) == (0, None, "approved")
    assert event.unread_at is not None
    assert Batch.objects.get().counts == before
    assert Quarantined.objects.filter(batch=batch, item_id_text="video0").exists()
    with vendor.state.edit(worlds.BATCH) as data:
        data["bulk"]["video0"] = worlds.batch()["bulk"]["video0"]
    run_sync(batch)
    assert not Event.objects.filter(unread_at__isnull=False).exists()
    assert list(ledger_problems()) == []


@pytest.mark.case("U04")
def test_sync_with_a_null_list_keeps_everything_and_says_so(vendor: Sandbox, batch: Batch) -> None:
    run_sync(batch)
    with vendor.state.edit(worlds.BATCH) as data:
        videos, data["status"]["videos"] = data["status"]["videos"], None
    run = run_sync(batch)
    assert (run.state, run.events_gone) == (RunState.INCOMPLETE, 0)
    assert run.message == "The list of videos arrived as null. Results stored here are kept."
    assert (Item.objects.filter(gone_at=None).count(), Batch.objects.get().batch_type) == (3, "ask")
    with vendor.state.edit(worlds.BATCH) as data:
        data["status"]["videos"] = videos
    assert run_sync(batch).state == RunState.DONE


def test_sync_unresolved_video_keeps_its_events(vendor: Sandbox, batch: Batch) -> None:
    run_sync(batch)
    with vendor.state.edit(worlds.BATCH) as data:
        del data["bulk"]["video1"]
        data["status"]["videos"][1]["analysis_id"] = None
    run = run_sync(batch)
    assert run.state == RunState.DONE
    assert Event.objects.filter(item__external_id="video1", gone_at__isnull=True).count() == 4
    item = Item.objects.get(external_id="video1")
    assert (item.answered, item.name) == (False, "video1.mp4")


def test_sync_marks_a_video_that_left_the_list(vendor: Sandbox, batch: Batch) -> None:
    run_sync(batch)
    with vendor.state.edit(worlds.BATCH) as data:
        del data["status"]["videos"][0]
    run_sync(batch)
    item = Item.objects.get(external_id="video0")
    assert item.gone_at is not None
    assert item.events.count() == 4


def test_sync_is_incomplete_for_lost_ids(vendor: Sandbox, batch: Batch) -> None:
    run_sync(batch)
    synced_at = Batch.objects.get().synced_at
    before = stored()
    with vendor.state.edit(worlds.BATCH) as data:
        data["bulk"]["video2"] = None
    run = run_sync(batch)
    assert (run.state, run.lost) == (RunState.INCOMPLETE, ["video2"])
    assert run.message == "No answer for 1 of 3 items; results stored here are kept. The vendor's answer left them out."
    assert stored() == before
    assert Batch.objects.get().synced_at == synced_at


def test_sync_failed_chunk_keeps_its_stored_items(vendor: Sandbox, batch: Batch, monkeypatch: Any) -> None:
    monkeypatch.setattr("batches.sync.vendors.nomadic.Nomadic.chunk_size", 1)
    run_sync(batch)
    with vendor.state.edit(worlds.BATCH) as data:
        for video in data["bulk"].values():
            video["analysis"]["events"][0]["severity"] = "low"
    vendor.faults = Faults(first=["500"] * 6, paths="bulk$")
    monkeypatch.setattr("batches.sync.run.IN_FLIGHT", 1)
    run = run_sync(batch)
    assert (run.state, len(run.lost), run.events_updated) == (RunState.INCOMPLETE, 1, 2)
    assert Event.objects.filter(severity="low").count() == 2
    assert Event.objects.count() == 12


@pytest.mark.case("U05")
def test_sync_quarantines_unreadable_records(vendor: Sandbox, batch: Batch) -> None:
    with vendor.state.edit(worlds.BATCH) as data:
        data["bulk"]["video0"]["analysis"]["events"][1]["time"] = 12
    run = run_sync(batch)
    assert (run.state, run.events_created, run.quarantined) == (RunState.DONE, 11, 1)
    record = Quarantined.objects.get()
    assert record.item_id_text == "video0"
    assert "event 1" in record.path
    assert "12" in record.raw
    before = record.pk
    run_sync(batch)
    assert Quarantined.objects.get().pk == before
    with vendor.state.edit(worlds.BATCH) as data:
        data["bulk"]["video0"]["analysis"]["events"][1]["time"] = "t=2"
    run_sync(batch)
    assert (Quarantined.objects.count(), Event.objects.count()) == (0, 12)


@pytest.mark.case("U06")
def test_sync_video_listed_twice_keeps_both_positions(vendor: Sandbox, batch: Batch) -> None:
    with vendor.state.edit(worlds.BATCH) as data:
        data["status"]["videos"].append(data["status"]["videos"][0])
    run_sync(batch)
    assert list(Item.objects.order_by("position").values_list("external_id", "position", "repeats")) == [
        ("video0", 0, [3]), ("video1", 1, []), ("video2", 2, []),
    ]  # fmt: skip
    assert Event.objects.count() == 12


@pytest.mark.parametrize(
    ("key", "id_", "sentence", "refused"),
    [
        ("wrong", worlds.BATCH, "401", True),
        ("", worlds.BATCH, "has no key", False),
        (None, "unknown", "404", False),
    ],
)
def test_sync_refusal_is_one_call_and_changes_nothing(
    vendor: Sandbox, key: str | None, id_: str, sentence: str, refused: bool
) -> None:
    connection = make_connection(base_url=vendor.url, key=vendor.key if key is None else key)
    batch = make_batch(connection, external_id=id_)
    before = stored()
    run = run_sync(batch)
    assert run.state == RunState.FAILED
    assert sentence in run.message
    assert len(vendor.calls) == (1 if key != "" else 0)
    connection.refresh_from_db()
    assert (connection.refused_at is not None) is refused
    assert stored() == before


def test_sync_retries_later_if_the_vendor_is_down(vendor: Sandbox, batch: Batch) -> None:
    vendor.faults = Faults(rate=1, kinds=["503"])
    run = run_sync(batch)
    assert run.state == RunState.WAITING
    assert run.retry_at is not None
    assert run.retry_at > timezone.now() + timedelta(seconds=20)
    assert sync(run.pk) is None, "it is not due yet"
    vendor.faults = Faults()
    SyncRun.objects.update(retry_at=timezone.now())
    done = sync(run.pk)
    assert done is not None
    assert done.state == RunState.DONE


def test_sync_gives_up_if_the_vendor_stays_down(vendor: Sandbox, batch: Batch) -> None:
    vendor.faults = Faults(rate=1, kinds=["503"])
    run = run_sync(batch)
    for _ in range(claims.MAX_ATTEMPTS - 1):
        SyncRun.objects.update(retry_at=timezone.now())
        sync(run.pk)
    run.refresh_from_db()
    assert run.state == RunState.FAILED
    assert run.message.startswith("Given up after 5 tries without progress.")


def test_sync_in_the_foreground_fails_at_once(vendor: Sandbox, batch: Batch) -> None:
    vendor.faults = Faults(rate=1, kinds=["html"])
    assert run_sync(batch, patient=False).state == RunState.FAILED


@pytest.mark.case("U13")
def test_sync_of_a_batch_has_one_worker(batch: Batch) -> None:
    run = request_sync(batch_id=batch.pk, by=None, background=False)
    assert request_sync(batch_id=batch.pk, by=None) == run
    claimed = claims.claim(SyncRun, run.pk)
    assert claimed is not None
    assert claims.claim(SyncRun, run.pk) is None
    assert sync(run.pk) is None


def test_sync_worker_without_claim_writes_nothing(batch: Batch) -> None:
    run = request_sync(batch_id=batch.pk, by=None, background=False)
    sleeper = claims.claim(SyncRun, run.pk)
    assert sleeper is not None
    SyncRun.objects.update(heartbeat_at=timezone.now() - timedelta(minutes=5))
    successor = claims.claim(SyncRun, run.pk)
    assert successor is not None
    with pytest.raises(claims.ClaimLost):
        sleeper.assert_claim(position=1)
    successor.assert_claim(position=1)


def test_sync_keeps_its_claim_until_its_calls_have_ended(vendor: Sandbox, batch: Batch, monkeypatch: Any) -> None:
    monkeypatch.setattr("batches.sync.vendors.nomadic.Nomadic.chunk_size", 1)
    monkeypatch.setattr("batches.sync.run.HEARTBEAT", timedelta(seconds=0.05))
    monkeypatch.setattr("batches.jobs.claims.STALE", timedelta(seconds=1))
    monkeypatch.setattr("batches.sandbox.server.retry_after", lambda kind: "7200")
    run = request_sync(batch_id=batch.pk, by=None, background=False)
    first = next(iter(worlds.batch()["bulk"])).encode()
    in_flight, rivals = Flag(), list[object]()

    def pick(method: str, path: str, body: bytes) -> str | None:
        if not path.endswith("/bulk"):
            return None
        if first in body:
            assert in_flight.wait(10)
            return "429"
        in_flight.set()
        time.sleep(2.5)  # longer than a worker may be silent
        rivals.append(claims.claim(SyncRun, run.pk))
        connection.close()
        return None

    vendor.faults.pick = pick  # type: ignore[method-assign]
    done = sync(run.pk)
    assert done is not None
    assert (done.state, set(rivals)) == (RunState.WAITING, {None})


def test_sync_of_a_dead_process_is_taken_over_at_once(batch: Batch) -> None:
    run = request_sync(batch_id=batch.pk, by=None, background=False)
    claimed = claims.claim(SyncRun, run.pk)
    assert claimed is not None
    host = claimed.claim.split(":")[0]
    SyncRun.objects.update(claim=f"{host}:999999999:1:1")
    assert claims.claim(SyncRun, run.pk) is not None


def test_only_a_process_of_this_very_host_counts_as_dead() -> None:
    host, pid, began, number = claims.new_claim().split(":")
    assert not claims.owner_is_dead(f"{host}:{pid}:{began}:{number}")
    assert claims.owner_is_dead(f"{host}:{pid}:{int(began, 16) + 1:x}:{number}"), "the number went to another process"
    assert not claims.owner_is_dead(f"{'0' * 12}:999999999:{began}:{number}"), "a process of another host"
    assert len({claims.new_claim() for _ in range(1000)}) == 1000
    assert len(f"{host}:{2**22}:{began}:{number}") < 36


def test_sync_continues_without_asking_twice(vendor: Sandbox, batch: Batch, monkeypatch: Any) -> None:
    monkeypatch.setattr("batches.sync.vendors.nomadic.Nomadic.chunk_size", 1)
    run = request_sync(batch_id=batch.pk, by=None, background=False)

    def die(run: SyncRun) -> None:
        if run.position == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sync(run.pk, progress=die)
    assert SyncRun.objects.get().position == 2
    SyncRun.objects.update(claim="another-host:1:x", heartbeat_at=timezone.now() - timedelta(minutes=5))
    vendor.calls.clear()
    done = sync(run.pk)
    assert done is not None
    assert (done.state, done.events_created) == (RunState.DONE, 12)
    assert [call.path.split("?")[0].rsplit("/", 1)[1] for call in vendor.calls] == ["status", "bulk"]
