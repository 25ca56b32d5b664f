"""Whole imports: repeated, changed, incomplete, partial, killed, and beside a sync."""

import json
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from batches.actions import cancel_import, confirm_import, decide, upload_results
from batches.errors import Conflict, NotAllowed
from batches.imports import preview, reading
from batches.imports import run as run_module
from batches.imports.decisions import check_deciding, write_decisions
from batches.imports.run import FILE_GONE, kept_name, run_import
from batches.models import Batch, Connection, Event, ImportRun, Item, Opinion, Quarantined, SyncRun
from batches.sync import store
from batches.tasks import sweep
from tests.batches.imports.conftest import Import
from tests.factories import make_batch, make_connection, make_member
from tests.tables import stored

pytestmark = pytest.mark.django_db(transaction=True)

MAP = {"video": "video", "start": "start", "end": "end", "label": "label", "confidence": "score", "id": "id",
       "batch": "batch", "approval": "approval"}  # fmt: skip
HEAD = "batch,video,start,end,label,score,id,approval\n"
ROWS = [
    "b1,a.mp4,1,2,cut-in,0.9,e1,approved\n",
    "b2,c.mp4,5,6,near,0.5,e9,\n",
    "b1,b.mp4,1,2,cut-in,0.4,e3,rejected\n",
    "b1,a.mp4,3.5,00:04,near,80%,e2,\n",
]


def file_of(rows: list[str]) -> bytes:
    return (HEAD + "".join(rows)).encode()


def labels(connection: Connection) -> list[tuple[str, str, str]]:
    events = Event.objects.filter(batch__connection=connection, gone_at=None).order_by("batch__external_id", "sequence")
    return list(events.values_list("batch__external_id", "item__external_id", "external_id"))


@pytest.mark.skipif("database.vendor != 'postgresql'", reason="SQLite has one way to commit")
def test_only_the_last_commits_of_an_import_wait_for_the_disk(
    detector: Connection, bring_in: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    ways: list[tuple[str, str]] = []

    def noting(name: str, original: Any) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            with database.cursor() as cursor:
                cursor.execute("SHOW synchronous_commit")
                ways.append((name, *cursor.fetchone()))
            return original(*args, **kwargs)

        return call

    with database.cursor() as cursor:
        cursor.execute("SET synchronous_commit = on")  # the tests' server is careless
    monkeypatch.setattr(store, "_write", noting("chunk", store._write))
    monkeypatch.setattr(run_module, "notify_ready", noting("end", run_module.notify_ready))
    bring_in(detector, "d.csv", file_of(ROWS), mapping=MAP)
    assert ways == [("chunk", "off"), ("end", "on")] * 2


def test_import_groups_mixed_rows_by_batch_and_item(detector: Connection, bring_in: Import) -> None:
    run = bring_in(detector, "d.csv", file_of(ROWS), mapping=MAP)
    assert (run.state, run.events_created, run.position, run.total) == ("done", 4, 4, 4)
    assert labels(detector) == [
        ("b1", "a.mp4", "e1"),
        ("b1", "a.mp4", "e2"),
        ("b1", "b.mp4", "e3"),
        ("b2", "c.mp4", "e9"),
    ]
    batch = Batch.objects.get(external_id="b1")
    assert batch.counts == {"pending": 1, "approved": 1, "rejected": 1, "invalid": 0}
    assert batch.synced_at is not None
    event = Event.objects.get(external_id="e2")
    assert (event.start_s, event.end_s, event.timestamp, event.confidence) == (3.5, 4.0, "00:03-00:04", 0.8)


def test_import_of_the_same_file_again_writes_nothing(detector: Connection, bring_in: Import) -> None:
    rows = [*ROWS, "b1,a.mp4,9,1,wrong,0.1,e7,\n"]
    bring_in(detector, "d.csv", file_of(rows), mapping=MAP)
    before = stored()
    with CaptureQueriesContext(database) as queries:
        run = bring_in(detector, "d.csv", file_of(rows), mapping=MAP)
    assert (run.events_created, run.events_updated, run.events_gone, run.refused) == (0, 0, 0, 1)
    assert stored() == before
    written = [query["sql"] for query in queries if query["sql"].split(" ", 1)[0] in ("INSERT", "UPDATE", "DELETE")]
    # One of them only finds out whether people are notified already.
    heads = [sql.split(" SET ")[0].split(" VALUES ")[0].split("(")[0] for sql in written
             if 'SET "ready_noted"' not in sql]  # fmt: skip
    tables = {table for table in ("event", "eventpayload", "item", "batch", "quarantined", "decision")
              for head in heads if f'"batches_{table}"' in head}  # fmt: skip
    assert tables == set()


def test_check_counts_the_same_whether_it_looks_at_every_event_or_not(
    detector: Connection, bring_in: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = ("new", "changed", "gone", "events", "items", "refused_count", "approvals", "reasons", "warnings")
    changed = [ROWS[0], ROWS[1].replace("near", "far"), *ROWS[2:]]
    files = [file_of(rows) for rows in (ROWS, ROWS, changed, [*ROWS, "b1,b.mp4,9,1,wrong,0.1,e7,\n"], ROWS[1:])]
    previews = []
    for most_rows in (1, 1_000):
        monkeypatch.setattr(preview, "MAX_ROWS", most_rows)
        for number, data in enumerate(files):
            other = detector if number else make_connection(vendor="open", name=f"New {most_rows}", base_url="")
            monkeypatch.setattr(reading, "CHUNK_ITEMS", 1)
            summary = bring_in(other, "d.csv", data, mapping=MAP, phase="check").summary
            previews.append({name: summary[name] for name in shown})
            if not number and most_rows == 1:
                bring_in(detector, "d.csv", data, mapping=MAP)
    assert previews[: len(files)] == previews[len(files) :]
    assert [(seen["new"], seen["changed"], seen["gone"]) for seen in previews[: len(files)]] == [
        (4, 0, 0), (0, 0, 0), (0, 1, 0), (0, 0, 0), (0, 2, 1)
    ]  # fmt: skip


def test_import_of_a_changed_file_keeps_decisions(detector: Connection, bring_in: Import) -> None:
    bring_in(detector, "d.csv", file_of(ROWS), mapping=MAP)
    event, maya = Event.objects.get(external_id="e1"), make_member(detector)
    decide(event_id=event.pk, version=1, fingerprint=event.fingerprint, approval="invalid", by=maya,
           idempotency_key=UUID(int=1))  # fmt: skip
    changed = [
        ROWS[0].replace("cut-in", "cut-in, hard").replace("cut-in, hard", '"cut-in, hard"'),
        *ROWS[2:],
        "b1,n.mp4,1,2,new,1,e5,\n",
    ]
    run = bring_in(detector, "d.csv", file_of(changed), mapping=MAP)
    assert (run.state, run.events_created, run.events_updated, run.events_gone) == ("done", 1, 1, 0)
    event.refresh_from_db()
    assert (event.label, event.approval, event.decided_by, event.changed_since) == (
        "cut-in, hard",
        "pending",
        maya,
        True,
    )
    run = bring_in(detector, "d.csv", file_of(ROWS[:1]), mapping=MAP)
    assert run.events_gone == 1
    assert Item.objects.get(external_id="b.mp4").gone_at is not None


@pytest.mark.parametrize("unreadable", [
    "b1,a.mp4,1,2,x,1.5,e1,\n",  # of the event's own video
    "b1,a.mp4\n",  # of an unknown video
])  # fmt: skip
def test_import_never_takes_an_unreadable_event_for_gone(
    detector: Connection, bring_in: Import, unreadable: str
) -> None:
    bring_in(detector, "d.csv", file_of(ROWS), mapping=MAP)
    event, maya = Event.objects.get(external_id="e1"), make_member(detector)
    decide(
        event_id=event.pk,
        version=1,
        fingerprint=event.fingerprint,
        approval="approved",
        by=maya,
        idempotency_key=uuid4(),
    )
    run = bring_in(detector, "d.csv", file_of([*ROWS[1:], unreadable]), mapping=MAP)
    assert (run.state, run.events_gone) == ("incomplete", 0)
    event.refresh_from_db()
    assert (event.approval, event.gone_at, event.unread_at is not None) == ("approved", None, True)
    run = bring_in(detector, "d.csv", file_of(ROWS), mapping=MAP)
    event.refresh_from_db()
    assert (run.state, event.approval, event.unread_at) == ("done", "approved", None)


def test_import_with_unusable_records_is_incomplete(detector: Connection, bring_in: Import) -> None:
    bad = ["b1,a.mp4,9,1,x,0.1,e4,\n", "b1,,1,2,x,0.1,e5,\n", "b1,a.mp4,soon,2,x,0.1,e6,\n", "b1,a.mp4,1,2,x,1.5,e7,\n",
           "b1,a.mp4\n", "b1,a.mp4,1,2,x,0.1,e8,maybe\n"]  # fmt: skip
    run = bring_in(detector, "d.csv", file_of([*ROWS, *bad]), mapping=MAP)
    assert (run.state, run.events_created, run.refused) == ("incomplete", 4, 6)
    assert sorted(Quarantined.objects.values_list("path", "reason")) == [
        ("d.csv line 10", "has 2 cells, the header has 8"),
        ("d.csv line 11 column approval", "expected pending, approved, rejected, invalid, got 'maybe'"),
        ("d.csv line 6 column end", "'1' is before '9', the start"),
        ("d.csv line 7 column video", "is empty"),
        ("d.csv line 8 column start", "expected seconds or a clock time, got 'soon'"),
        ("d.csv line 9 column score", "expected 0 to 1 or a percentage, got '1.5'"),
    ]
    assert SyncRun.objects.get(batch__external_id="b1").state == "incomplete"


FIRST_RESULT = b'{"batch_metadata": {"batch_id": "b"}, "results": [{"video_id": "v", "events": []}'


@pytest.mark.parametrize("cut", [FIRST_RESULT + b', {"vid', FIRST_RESULT])
def test_import_of_an_incomplete_file_writes_nothing(db: None, bring_in: Import, cut: bytes) -> None:
    run = bring_in(make_connection(), "cut.json", cut)
    assert (run.state, Batch.objects.count(), SyncRun.objects.count()) == ("failed", 0, 0)
    assert run.message.startswith("cut.json byte ")
    assert run.message.endswith("the file is incomplete")


def test_file_without_rows_is_refused_by_the_check(detector: Connection, bring_in: Import) -> None:
    run = bring_in(detector, "a.bin", b"\x8aBIN\r\n\x1a\n" + bytes(range(256)) * 20, phase="check")
    assert (run.state, run.message) == ("failed", "a.bin has no rows that can be read; expected CSV or JSON")


def test_import_decides_undecided_events_if_requested(detector: Connection, bring_in: Import) -> None:
    maya, eva = make_member(detector, name="maya"), make_member(detector, name="eva")
    bring_in(detector, "d.csv", file_of(ROWS), mapping=MAP)
    event = Event.objects.get(external_id="e1")
    decide(event_id=event.pk, version=1, fingerprint=event.fingerprint, approval="invalid", by=maya,
           idempotency_key=UUID(int=1))  # fmt: skip
    for expected in (1, 0):
        run = bring_in(detector, "d.csv", file_of(ROWS), mapping=MAP, decide=True, requested_by=eva)
        assert (run.state, run.decided) == ("done", expected)
    decided = Event.objects.exclude(decided_at=None).order_by("external_id")
    assert [(entry.external_id, entry.approval, entry.decided_by, entry.version) for entry in decided] == [
        ("e1", "invalid", maya, 2), ("e3", "rejected", eva, 2)
    ]  # fmt: skip
    call_command("check_ledger")


def test_import_decides_only_events_in_the_file(detector: Connection, bring_in: Import) -> None:
    eva = make_member(detector, name="eva")
    bring_in(detector, "d.csv", file_of(ROWS), mapping=MAP)
    run = bring_in(detector, "one.csv", file_of(ROWS[:1]), mapping=MAP, decide=True, requested_by=eva)
    assert (run.state, run.decided) == ("done", 1)
    assert Event.objects.get(decided_by=eva).external_id == "e1"


@pytest.mark.parametrize(
    ("review", "expected"),
    [
        ({"reason": "Glare", "note": "At dusk."}, ("Glare", "At dusk.")), ({"reason": None, "note": 5}, ("", "")),
        ({"reason": ["x"], "note": {"a": 1}}, ("", "")), ({}, ("", "")), (None, ("", "")), ("said", ("", "")),
    ],
)  # fmt: skip
def test_import_reads_reasons_and_notes_as_text(
    detector: Connection, bring_in: Import, review: Any, expected: tuple[str, str]
) -> None:
    eva = make_member(detector, name="eva")
    row = {"batch": "b1", "video": "a.mp4", "start": 1, "end": 2, "label": "x", "score": 0.9, "id": "e1"}
    data = json.dumps(row | {"approval": "rejected", "review": review}).encode()
    run = bring_in(detector, "d.jsonl", data, mapping=MAP, decide=True, requested_by=eva)
    event = Event.objects.get()
    assert (run.decided, event.approval, (event.reason, event.note)) == (1, "rejected", expected)


def test_import_needs_a_reviewer_to_decide(detector: Connection, bring_in: Import) -> None:
    vera = make_member(detector, "viewer", "vera")
    run = bring_in(detector, "d.csv", file_of(ROWS), mapping=MAP, decide=True, requested_by=vera)
    assert (run.state, run.message) == (
        "failed",
        "vera is not a reviewer of this connection. No decision was imported.",
    )
    assert Event.objects.exclude(decided_at=None).count() == 0


REFUSED = (
    "The batch b1 requires second opinions: decide its events one by one. "
    "Import the approvals as the vendor's opinions instead."
)


@pytest.mark.parametrize("still_asked", [True, False])
def test_import_does_not_bypass_second_opinions(detector: Connection, bring_in: Import, still_asked: bool) -> None:
    maya, eva = make_member(detector, name="maya"), make_member(detector, name="eva")
    bring_in(detector, "d.csv", file_of(ROWS), mapping=MAP)
    Batch.objects.filter(external_id="b1").update(opinions_wanted=2)
    event = Event.objects.get(external_id="e1")
    decide(event_id=event.pk, version=1, fingerprint=event.fingerprint, approval="invalid", by=maya,
           idempotency_key=UUID(int=1))  # fmt: skip
    if not still_asked:  # an event that has an opinion keeps its number of opinions
        Batch.objects.update(opinions_wanted=1)
    before = stored()
    changed = [ROWS[1].replace("near", "nearer"), ROWS[0].replace("cut-in", "cut-out")]
    run = bring_in(detector, "d.csv", file_of(changed), mapping=MAP, decide=True, requested_by=eva)
    assert (run.state, run.message, run.decided) == ("failed", REFUSED, 0)
    assert stored() == before, "nothing of the file was written, nor of other batches"
    assert Opinion.objects.get().user == maya


def test_import_respects_second_opinions_requested_meanwhile(detector: Connection, bring_in: Import) -> None:
    eva = make_member(detector, name="eva")
    bring_in(detector, "d.csv", file_of(ROWS), mapping=MAP)
    run = ImportRun.objects.create(connection=detector, requested_by=eva, decide=True)
    batch = Batch.objects.get(external_id="b1")
    check_deciding(run, ["b1"])
    Batch.objects.update(opinions_wanted=2)
    with pytest.raises(NotAllowed, match="The batch b1 requires second opinions"):
        write_decisions(run, batch, ["a.mp4", "b.mp4"], lambda **changes: None, Counter())
    assert Event.objects.exclude(decided_at=None).count() == 0


def test_import_waits_for_a_sync_of_its_batch(detector: Connection, bring_in: Import) -> None:
    busy = SyncRun.objects.create(
        batch=make_batch(detector, external_id="b1"), state="running", heartbeat_at=timezone.now()
    )
    run = bring_in(detector, "d.csv", file_of(ROWS), mapping=MAP)
    assert (run.state, run.message) == ("waiting", "The batch b1 is being synced. The import waits for it.")
    assert Event.objects.count() == 0
    busy.refresh_from_db()
    assert busy.state == "running"


class Killed(BaseException):
    """The worker's process ends: nothing cleans up behind it."""


@pytest.mark.parametrize("events_before", [2, 3, 4])  # in the first batch, between the two, and at the end
def test_import_continues_after_a_kill(
    detector: Connection, tmp_path: Any, monkeypatch: pytest.MonkeyPatch, events_before: int
) -> None:
    monkeypatch.setattr("batches.imports.reading.CHUNK_ITEMS", 1)
    monkeypatch.setattr("batches.imports.run.BEAT_SECONDS", 0)
    path = tmp_path / "d.csv"
    path.write_bytes(file_of([*ROWS, "b1,a.mp4,9,1,wrong,0.1,e7,\n"]))
    run = ImportRun.objects.create(connection=detector, file_name="d.csv", phase="import", mapping=MAP)

    def kill(now: ImportRun) -> None:
        if Event.objects.count() >= events_before:
            raise Killed

    with pytest.raises(Killed):
        run_import(run.pk, path=path, progress=kill)
    long_ago = {"heartbeat_at": timezone.now() - timedelta(hours=1), "claim": "elsewhere:1:x"}
    ImportRun.objects.update(**long_ago)
    SyncRun.objects.filter(state="running").update(**long_ago)
    ids = set(Event.objects.values_list("pk", flat=True))
    positions = list[int]()
    done = run_import(run.pk, path=path, progress=lambda now: positions.append(now.position))
    assert done is not None
    assert (done.state, done.events_created, done.events_updated, done.refused) == ("incomplete", 4, 0, 1)
    assert ids <= set(Event.objects.values_list("pk", flat=True))
    assert (Event.objects.count(), done.position, done.syncs.count()) == (4, done.total, 2)
    assert min(filter(None, positions)) >= events_before


def test_import_writes_what_the_check_read(detector: Connection) -> None:
    eva = make_member(detector, role="editor")
    run = upload_results(connection=detector, file=ContentFile(file_of(ROWS)), name="d.csv", by=eva)
    Path(default_storage.path(run.file)).write_bytes(file_of(ROWS[:1]))  # were it read again, one event would come
    files = [run.file, kept_name(run)]
    confirm_import(run=run, by=eva)
    run.refresh_from_db()
    assert (run.state, run.events_created) == ("done", 4)
    assert not any(map(default_storage.exists, files))


def test_the_pace_is_that_of_the_pass(detector: Connection, bring_in: Import) -> None:
    begun = timezone.now()
    past = begun - timedelta(hours=1)  # when a long first pass began
    for phase in ("check", "import"):
        run = bring_in(detector, "a.csv", file_of(ROWS), phase=phase, started_at=past, mapping=MAP)
        assert run.started_at is not None
        assert run.started_at > begun


def test_import_that_is_canceled_keeps_what_is_written(
    detector: Connection, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("batches.imports.reading.CHUNK_ITEMS", 1)
    monkeypatch.setattr("batches.imports.run.BEAT_SECONDS", 0)
    path = tmp_path / "d.csv"
    path.write_bytes(file_of(ROWS))
    run = ImportRun.objects.create(connection=detector, file_name="d.csv", phase="import", mapping=MAP)

    def cancel(now: ImportRun) -> None:
        if Event.objects.exists():  # the whole file is read before that
            cancel_import(run=now)

    assert run_import(run.pk, path=path, progress=cancel) is None
    run.refresh_from_db()
    assert (run.state, run.message, Event.objects.count()) == ("failed", "Canceled.", 2)
    assert not SyncRun.objects.filter(state="running").exists()
    with pytest.raises(Conflict, match="already ended"):
        cancel_import(run=run)
    ImportRun.objects.filter(pk=run.pk).update(state="queued", finished_at=None)
    again = run_import(run.pk, path=path)
    assert again is not None
    assert (again.state, Event.objects.count(), again.events_created) == ("done", 4, 4)


def test_sweep_enqueues_imports_and_ends_their_sync_runs(detector: Connection) -> None:
    run = ImportRun.objects.create(connection=detector, file_name="d.csv", state="failed", finished_at=timezone.now())
    left = SyncRun.objects.create(batch=make_batch(detector), upload=run, state="running")
    assert sweep() == 0
    left.refresh_from_db()
    assert (left.state, left.message) == ("failed", "The import of the file ended early.")
    waiting = ImportRun.objects.create(connection=detector, file_name="e.csv")
    assert sweep() == 1
    assert run_import(waiting.pk) is not None
    waiting.refresh_from_db()
    assert (waiting.state, waiting.message) == ("failed", FILE_GONE)


def test_import_keeps_stored_values_that_the_file_omits(db: None, bring_in: Import) -> None:
    fleet = make_connection()
    batch = make_batch(fleet, external_id="b7", raw_status="completed", state="partial", vendor_total=9,
                       vendor_failed=2,
                       category="driving", viewer_url="https://x.example/b7", vendor_metadata={"a": 1})  # fmt: skip
    data = {"batch_metadata": {"batch_id": "b7", "batch_type": "ask", "prompt": "new words"}, "results": []}
    data["results"] = [
        {"video_id": "v", "analysis_id": "a", "mode": "ask", "status": "completed", "events": [], "summary": "s"}
    ]
    assert bring_in(fleet, "r.json", json.dumps(data).encode()).state == "done"
    batch.refresh_from_db()
    assert (batch.state, batch.raw_status, batch.vendor_total, batch.vendor_failed, batch.category, batch.prompt) == (
        "partial", "completed", 9, 2, "driving", "new words"
    )  # fmt: skip
    assert (batch.viewer_url, batch.vendor_metadata) == ("https://x.example/b7", {"a": 1})
