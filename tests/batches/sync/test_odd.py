"""Structured ODD of videos: the calls are those of the vendor's SDK, one video after the other, none asked twice."""

import csv
import json
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from uuid import uuid4
from zipfile import ZipFile

import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django.utils import timezone
from nomadic import DEFAULT_STRUCTURED_ODD_COLUMNS, NomadicAI
from nomadic.exceptions import NomadicAIError

from batches.actions import request_odd, retry_odd, save_odd_columns
from batches.actions.odd_tables import MAX_ODD_VIDEOS
from batches.errors import BadRecord, KeyReused
from batches.export.files import ORPHAN_AGE, exports
from batches.export.odd_tables import KEEP, forget_old_tables, joined_csv, zipped
from batches.models import AccountVideo, Connection, OddColumns, OddRun, OddTable, RunState
from batches.sandbox.faults import Faults
from batches.sandbox.server import Sandbox
from batches.sandbox.world import World
from batches.sync.odd import make_odd
from batches.sync.odd_columns import DEFAULT_COLUMNS, Column
from batches.sync.vendors.nomadic_odd import read_odd, trace_path
from batches.tasks import run_odd
from tests import worlds
from tests.factories import make_connection, make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_waiting")]

ROWS = [{"timestamp": "2024-01-01T00:00:00Z", "comment": "=1+1"}, {"timestamp": "2024-01-01T00:00:05Z"}]
COLUMNS = [Column("timestamp", "When?", "string"), Column("comment", "What?", "string")]
VIDEOS = ["video0", "video1", "video2"]


@pytest.fixture
def vendor(settings: Any) -> Iterator[Sandbox]:
    with Sandbox(World({worlds.BATCH: worlds.batch()}, conditions=lambda video_id: ROWS)) as sandbox:
        settings.PRIVATE_HOSTS = frozenset({sandbox.url.removeprefix("http://"), "127.0.0.1:9"})
        yield sandbox


@pytest.fixture
def connection(vendor: Sandbox) -> Connection:
    return make_connection(name="fleet", base_url=vendor.url, key=vendor.key)


def requested(connection: Connection, **fields: Any) -> OddTable:
    fields = {"videos": VIDEOS, "columns": COLUMNS, "by": None, "idempotency_key": uuid4()} | fields
    return request_odd(connection=connection, background=fields.pop("background", False), **fields)


def carried_out(table: OddTable) -> list[OddRun]:
    for run in table.runs.all():
        make_odd(run.pk)
    return list(table.runs.all())


def asked(vendor: Sandbox) -> list[dict[str, str]]:
    calls = [call for call in vendor.calls if call.path == "/api/ask-question"]
    return [{name: values[0] for name, values in parse_qs(call.body.decode()).items()} for call in calls]


def test_the_requests_are_those_of_the_vendors_own_sdk(vendor: Sandbox, connection: Connection) -> None:
    sdk = NomadicAI(api_key=vendor.key, base_url=vendor.url)
    theirs = sdk.generate_structured_odd("video0", columns=[column.sent() for column in COLUMNS])
    assert theirs["share_url"].startswith("https://share.example/odd/")
    carried_out(requested(connection, videos=["video0"]))
    first, second = asked(vendor)
    assert first == second
    with pytest.raises(NomadicAIError, match="not found"):
        sdk.generate_structured_odd("nobody", columns=[column.sent() for column in COLUMNS])
    default = {row["name"]: (row["type"], list(row.get("literals", []))) for row in DEFAULT_STRUCTURED_ODD_COLUMNS}
    assert {column.name: (column.type, list(column.literals)) for column in DEFAULT_COLUMNS} == default


def test_the_tables_of_all_videos_are_one_csv_and_one_zip(vendor: Sandbox, connection: Connection) -> None:
    AccountVideo.objects.create(connection=connection, external_id="video1", name="=Night drive.mp4")
    table = requested(connection)
    runs = carried_out(table)
    assert [(run.state, run.total, run.seconds) for run in runs] == [(RunState.DONE, 2, 41.5)] * 3
    assert all(run.share_url.startswith("https://share.example/odd/") for run in runs)
    rows = list(csv.DictReader(StringIO(b"".join(joined_csv(table)).decode())))
    assert [(row["Video"], row["Video ID"]) for row in rows[::2]] == [
        ("video0", "video0"), ("'=Night drive.mp4", "video1"), ("video2", "video2"),
    ]  # fmt: skip
    assert {row["comment"] for row in rows} == {"'=1+1", ""}, "a formula stays a text, and is defused once"
    with ZipFile(BytesIO(b"".join(zipped(table)))) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["001-video0.csv", "002-Night-drive.csv", "003-video2.csv"]
        header = archive.read("001-video0.csv").decode().splitlines()[0]
    assert header == "timestamp,comment,Problem"


def test_one_video_follows_the_other_until_all_are_made(vendor: Sandbox, connection: Connection) -> None:
    table = requested(connection, background=True)
    first, second, _ = table.runs.all()
    assert (first.enqueued_at is None, second.enqueued_at) == (False, None)
    assert make_odd(second.pk) is None, "another one comes first"
    run_odd.call(first.pk)
    second.refresh_from_db()
    assert second.enqueued_at is not None


@pytest.mark.parametrize("kind", ["reset", "truncated", "500", "503"])
def test_a_lost_answer_is_told_and_asked_for_again_by_a_person(
    vendor: Sandbox, connection: Connection, kind: str
) -> None:
    vendor.faults = Faults(first=["ok", kind])
    table = requested(connection, videos=["video0"])
    (run,) = carried_out(table)
    assert (run.state, len(asked(vendor)), make_odd(run.pk)) == (RunState.INCOMPLETE, 1, None)
    assert "may be charged again" in run.message
    assert retry_odd(table=table) == 1
    (run,) = carried_out(table)
    assert (run.state, run.message, len(asked(vendor)), retry_odd(table=table)) == (RunState.DONE, "", 2, 0)


def test_nothing_is_asked_while_the_owner_of_the_key_is_unknown(vendor: Sandbox, connection: Connection) -> None:
    vendor.faults = Faults(first=["503"] * 3)
    (run,) = carried_out(requested(connection, videos=["video0"]))
    assert (run.state, run.sent_at, asked(vendor)) == (RunState.WAITING, None, [])


def test_a_worker_killed_during_the_call_asks_nothing_again(vendor: Sandbox, connection: Connection) -> None:
    table = requested(connection, videos=["video0"])
    table.runs.update(sent_at=timezone.now())
    (run,) = carried_out(table)
    assert (run.state, vendor.calls) == (RunState.INCOMPLETE, [])


def test_a_late_answer_replaces_no_newer_table(vendor: Sandbox, connection: Connection) -> None:
    table = requested(connection, videos=["video0"])
    comments = iter(["newer", "older"])

    def describe(video_id: str) -> list[dict[str, str]]:
        """During the first call the run is given up, requested again and made."""
        if len(asked(vendor)) == 1:
            table.runs.update(state=RunState.INCOMPLETE, claim="", finished_at=timezone.now())
            retry_odd(table=table)
            make_odd(table.runs.get().pk)
            connections.close_all()
        return [{"comment": next(comments)}]

    vendor.state.world.conditions = describe
    (run,) = carried_out(table)
    assert (run.state, len(asked(vendor))) == (RunState.DONE, 2)
    assert b"newer" in b"".join(joined_csv(table))


def test_a_refusal_concerns_one_video(vendor: Sandbox, connection: Connection) -> None:
    states = {
        run.video_id: (run.state, run.message) for run in carried_out(requested(connection, videos=["x", "video0"]))
    }
    assert states["video0"] == (RunState.DONE, "")
    assert states["x"][0] == RunState.FAILED
    assert "Video not found" in states["x"][1]


def test_an_answer_without_a_table_is_kept_as_lost(vendor: Sandbox, connection: Connection) -> None:
    vendor.state.world.conditions = lambda video_id: []
    (run,) = carried_out(requested(connection, videos=["video0"]))
    assert (run.state, run.total) == (RunState.DONE, 0), "a header alone is a table"
    for answer in ({}, {"answer": " "}, {"answer": 7}, []):
        with pytest.raises(BadRecord, match="expected a CSV text"):
            read_odd(answer)
    odd = read_odd({"answer": "a", "share_url": "javascript:alert(1)", "processing_time": float("nan")})
    assert (odd.share_url, odd.seconds) == ("", None)
    assert trace_path("https://api-prod.nomadicml.com", "u").startswith("user-status/pro/users/u/")


def test_the_same_request_twice_is_one(connection: Connection) -> None:
    key = uuid4()
    first = requested(connection, idempotency_key=key)
    assert (requested(connection, idempotency_key=key), OddRun.objects.count()) == (first, 3)
    with pytest.raises(KeyReused):
        requested(connection, idempotency_key=key, videos=["video0"])


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"videos": [" "]}, "Select at least one video"), ({"videos": ["x" * 256]}, "not a video ID"),
        ({"videos": [str(number) for number in range(MAX_ODD_VIDEOS + 1)]}, "At most 200 videos at once, not 201"),
        ({"columns": [Column("a", "", "")]}, "needs a prompt"), ({"columns": []}, "Select at least one column"),
    ],
)  # fmt: skip
def test_a_request_that_makes_no_sense_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        requested(make_connection(), **fields)
    with pytest.raises(ValueError, match="makes no structured ODD"):
        requested(make_connection(vendor="wickson"))
    assert not OddTable.objects.exists()


def test_files_are_removed_after_their_time_and_leftovers_too(
    vendor: Sandbox, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, old = carried_out(requested(connection, videos=["video0", "video1"]))
    old.finished_at -= KEEP + timedelta(days=1)  # type: ignore[operator]
    old.save()
    forget_old_tables()
    old.refresh_from_db()
    assert (old.size, exports().exists(f"odd/{old.pk}.csv")) == (None, True), "a recent file may be in work"
    monkeypatch.setattr("batches.export.odd_tables.ORPHAN_AGE", -ORPHAN_AGE)
    forget_old_tables()
    assert [exports().exists(f"odd/{run.pk}.csv") for run in (kept, old)] == [True, False]
    assert b"".join(joined_csv(kept.table)).count(b"video1") == 0


def test_the_command_writes_files_once_for_each_intent(vendor: Sandbox, connection: Connection, tmp_path: Path) -> None:
    save_odd_columns(connection=connection, columns=[*COLUMNS, Column("unused", "?", "string", used=False)])
    errors = StringIO()

    def call(*arguments: str) -> str:
        out = StringIO()
        call_command("structured_odd", "--connection", "fleet", *arguments, stdout=out, stderr=errors)
        return out.getvalue().splitlines()[-1]

    files = ["--csv", str(tmp_path / "odd.csv"), "--zip", str(tmp_path / "odd.zip")]
    lines = [call("--videos", *VIDEOS, "--intent", "one", *files) for _ in range(2)]
    table = OddTable.objects.get()
    assert lines == [f"{table.pk} 3 3"] * 2
    assert (tmp_path / "odd.csv").read_text().startswith("Video,Video ID,timestamp,comment,Problem\n")
    assert len(ZipFile(tmp_path / "odd.zip").namelist()) == 3
    own = tmp_path / "columns.json"
    own.write_text(json.dumps([{"name": "speed", "prompt": "How fast?", "type": "km/h"}]))
    call("--videos", "video0", "--columns", str(own))
    assert json.loads(asked(vendor)[-1]["custom_columns"]) == [{"name": "speed", "prompt": "How fast?", "type": "km/h"}]
    with pytest.raises(CommandError, match="1 of 1 tables are missing") as refusal:
        call("--videos", "nobody")
    assert (refusal.value.returncode, "nobody: Refused: " in errors.getvalue()) == (1, True)
    Connection.objects.update(base_url="http://127.0.0.1:9")
    with pytest.raises(CommandError):
        call("--videos", "video1")
    assert "video1: Put off: " in errors.getvalue()
    own.write_text("[1]")
    with pytest.raises(CommandError, match="holds no list of columns"):
        call("--videos", "video0", "--columns", str(own))


def test_requests_name_who_asked(connection: Connection) -> None:
    person = make_user()
    table = requested(connection, by=person)
    assert {table.requested_by, *(run.requested_by for run in table.runs.all())} == {person}
    assert not OddColumns.objects.exists()
