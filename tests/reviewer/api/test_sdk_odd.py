"""`generate_structured_odd` and import jobs of the vendor's SDK through us."""

import json
from collections.abc import Iterator
from threading import Event, Thread
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone
from nomadic import NomadicAI
from nomadic.exceptions import APIError
from pytest_django.live_server_helper import LiveServer

from batches.models import CloudImport, Connection, ImportedVideo, OddRun, OddTable, Role, RunState, Scope
from batches.sandbox.server import Sandbox
from batches.sandbox.world import World
from batches.sync.cloud_imports import import_from_cloud
from batches.sync.odd import make_odd
from tests import worlds
from tests.factories import make_connection, make_member
from tests.reviewer.api.conftest import caller, make_token

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_waiting")]

ROWS = [{"timestamp": "2024-01-01T00:00:00Z", "comment": "dry"}]
COLUMNS: Any = [
    {"name": "timestamp", "prompt": "When?", "type": "string"},
    {"name": "comment", "prompt": "How?", "type": "categorical", "literals": ["dry", "wet"]},
]


@pytest.fixture
def vendor(settings: Any) -> Iterator[Sandbox]:
    with Sandbox(World({worlds.BATCH: worlds.batch()}, conditions=lambda video_id: ROWS)) as sandbox:
        settings.PRIVATE_HOSTS = frozenset({sandbox.url.removeprefix("http://"), "127.0.0.1:9"})
        yield sandbox


@pytest.fixture
def connection(vendor: Sandbox) -> Connection:
    return make_connection(base_url=vendor.url, key=vendor.key)


@pytest.fixture
def key(connection: Connection) -> str:
    return make_token(make_member(connection, Role.EDITOR, "ed"), Scope.START)


@pytest.fixture
def worker() -> Iterator[None]:
    ended = Event()

    def work() -> None:
        while not ended.wait(0.05):
            for run in OddRun.objects.filter(state=RunState.QUEUED):
                make_odd(run.pk)
            for imported in CloudImport.objects.filter(state=RunState.QUEUED):
                import_from_cloud(imported.pk)
        connections.close_all()

    thread = Thread(target=work, daemon=True)
    thread.start()
    yield
    ended.set()
    thread.join()


def ask(client: Client, **fields: str) -> Any:
    form = {
        "question": "odd_export", "prompt_type": "odd_export", "video_id": "video0",
        "custom_columns": json.dumps(COLUMNS),
    } | fields  # fmt: skip
    return client.post("/api/ask-question", urlencode(form), "application/x-www-form-urlencoded")


@pytest.mark.usefixtures("worker")
def test_the_sdk_has_a_video_described_as_a_table(key: str, live_server: LiveServer) -> None:
    made = NomadicAI(api_key=key, base_url=live_server.url).generate_structured_odd("video0", columns=COLUMNS)
    assert made["csv"] == "timestamp,comment\n2024-01-01T00:00:00Z,dry\n"
    run = OddRun.objects.get()
    assert (run.state, made["share_url"], made["processing_time"]) == (RunState.DONE, run.share_url, run.seconds)


def test_a_table_that_takes_longer_is_waited_for_by_the_same_call(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reviewer.api.sdk_odd.LONGEST", 0)
    client = caller(key)
    first, again = ask(client), ask(client)
    assert [first.status_code, again.status_code, OddTable.objects.count()] == [409, 409, 1]
    assert "still being made" in first.json()["detail"]
    OddRun.objects.update(state=RunState.FAILED, message="Video not found", finished_at="2026-01-01T00:00:00Z")
    assert ask(client, video_id="video1").status_code == 409
    assert OddTable.objects.count() == 2


@pytest.mark.parametrize(
    "fields",
    [{"prompt_type": "chat"}, {"video_id": ""}, {"custom_columns": "["}, {"custom_columns": '[{"name": "a"}]'},
     {"custom_columns": "[]"}, {"custom_columns": "[" * 100_000}],
)  # fmt: skip
def test_what_the_vendor_would_refuse_is_refused_as_it_does(key: str, fields: dict[str, str]) -> None:
    assert (ask(caller(key), **fields).status_code, OddTable.objects.count()) == (422, 0)


def test_the_sdk_reads_import_jobs_from_our_tables(connection: Connection, key: str, live_server: LiveServer) -> None:
    run = CloudImport.objects.create(
        idempotency_key=uuid4(), connection=connection, provider="gcs", bucket="trips", keys=["a.mp4"], total=3,
        job_id="ij_1", state=RunState.RUNNING, claim="w",
    )  # fmt: skip
    for number, status in enumerate(("uploaded", "uploading_failed", "processing")):
        ImportedVideo.objects.create(
            cloud_import=run, external_id=f"v{number}", status=status, source_uri=f"gs://trips/{number}.mp4"
        )
    script = NomadicAI(api_key=key, base_url=live_server.url)
    job = script.get_import_job("ij_1")
    assert (job["total"], job["terminal"], job["source"], job["bucket"]) == (3, False, "gcs", "trips")
    first = script.get_import_job_videos("ij_1", limit=2)
    rest = script.get_import_job_videos("ij_1", limit=2, cursor=first["next_cursor"])
    assert [row["status"] for row in first["videos"] + rest["videos"]] == ["UPLOADED", "UPLOADING_FAILED", "PROCESSING"]
    assert (first["has_more"], rest["has_more"], rest["next_cursor"]) == (True, False, None)
    stranger = caller(make_token(make_member(make_connection(name="other"), Role.EDITOR), Scope.START))
    assert stranger.get("/api/import-jobs/ij_1").status_code == 404


@pytest.mark.usefixtures("worker")
def test_the_sdk_imports_from_the_cloud_and_retries(
    vendor: Sandbox, connection: Connection, key: str, live_server: LiveServer
) -> None:
    script = NomadicAI(api_key=key, base_url=live_server.url)
    folder = script.create_folder("Trip 7", scope="org", description="snow")
    assert (folder["scope"], folder["description"]) == ("org", "snow")
    with pytest.raises(APIError, match="already exists") as refused:
        script.create_folder("Trip 7", scope="org")
    assert refused.value.status_code == 409
    names = [f"gs://fleet-archive/{name}.mp4" for name in ("a", "broken")]
    job = script.upload(names, folder="Trip 7", scope="org", integration_id="int_gcs_fleet")["import_job_id"]
    run = CloudImport.objects.get(job_id=job)
    assert (run.bucket, run.keys, run.scope) == ("fleet-archive", ["a.mp4", "broken.mp4"], "org")
    assert run.folder
    assert run.folder.external_id == folder["id"]
    assert script.upload(["s3://fleet-uploads/raw/b.mp4"])["import_job_id"] != job
    with pytest.raises(APIError, match="no integration 'int_none' with a bucket"):
        script.upload(["gs://fleet-archive/a.mp4"], integration_id="int_none")
    ImportedVideo.objects.create(cloud_import=run, external_id="v1", status=ImportedVideo.FAILED)
    CloudImport.objects.filter(pk=run.pk).update(state=RunState.INCOMPLETE, finished_at=timezone.now(), retry_at=None)
    with pytest.raises(APIError, match="not some"):
        script.retry_import_job(job, video_ids=["v2"])
    assert script.retry_import_job(job)["retried"] == 1
    assert sum(call.path.endswith("/retry") for call in vendor.calls) == 1


def test_an_import_that_makes_no_sense_is_refused(key: str) -> None:
    for path, body in (
        ("s3", {"bucket": "a/b", "keys": ["a.mp4"]}), ("s3", {"bucket": "ab", "keys": ["a.mp4\ns3://ab/b.mp4"]}),
        ("s3", {"bucket": "ab", "keys": ["a.avi"]}), ("s3", {"bucket": "ab", "sets": []}), ("gcs", {"files": []}),
    ):  # fmt: skip
        answer = caller(key).post(f"/api/{path}/upload", body, "application/json")
        assert (answer.status_code in (400, 422), CloudImport.objects.exists()) == (True, False)
