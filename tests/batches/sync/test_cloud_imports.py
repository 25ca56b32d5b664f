"""Imports from cloud storage: started once, followed over full passes until every video is final, retried."""

import json
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection as database
from django.utils import timezone
from nomadic import NomadicAI

from batches import actions
from batches.errors import KeyReused, VendorRefused, VendorUnavailable
from batches.models import AccountVideo, CloudImport, Connection, Folder, RunState, VideoListing
from batches.sandbox.faults import Faults
from batches.sandbox.imports import CloudImports
from batches.sandbox.server import Sandbox
from batches.sandbox.world import World
from batches.sync.cloud_imports import GIVE_UP, SETTLE, import_from_cloud
from batches.sync.clouds import MAX_OBJECTS, CloudObjects
from batches.sync.object_lists import read_objects
from batches.sync.videos import list_videos
from batches.tasks import run_cloud_import
from tests import worlds
from tests.factories import make_connection

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_waiting")]

HOUR = 3600.0  # no clock of a test machine gets so far


@pytest.fixture
def vendor(settings: Any) -> Iterator[Sandbox]:
    with Sandbox(World({worlds.BATCH: worlds.batch(videos=1)}, [])) as sandbox:
        settings.PRIVATE_HOSTS = frozenset({sandbox.url.removeprefix("http://"), "127.0.0.1:9"})
        sandbox.state.imports.seconds = HOUR
        yield sandbox


@pytest.fixture
def clouds(vendor: Sandbox) -> CloudImports:
    return vendor.state.imports


@pytest.fixture
def connection(vendor: Sandbox) -> Connection:
    return make_connection(base_url=vendor.url, key=vendor.key)


def requested(connection: Connection, *keys: str, key: UUID | None = None, **fields: Any) -> CloudImport:
    order: dict[str, Any] = {"integration": "int_gcs_fleet", "folder": None, "scope": "user"} | fields
    addresses = "\n".join(f"gs://fleet-archive/{name}.mp4" for name in keys or ("a",))
    order = {"addresses": addresses} | order
    return actions.start_cloud_import(connection=connection, by=None, idempotency_key=key or uuid4(), **order)


def carried_out(run: CloudImport) -> CloudImport:
    """The run after its next call, however long it would wait for it."""
    CloudImport.objects.filter(pk=run.pk, state=RunState.WAITING).update(retry_at=timezone.now())
    after = import_from_cloud(run.pk)
    assert after is not None
    return after


def counts(run: CloudImport) -> tuple[int, int, int]:
    return run.videos.count(), run.videos.uploaded().count(), run.videos.failed().count()


def starts(vendor: Sandbox) -> int:
    return sum(call.path in ("/api/gcs/upload", "/api/s3/upload") for call in vendor.calls)


def test_an_import_is_followed_until_every_video_is_final(
    vendor: Sandbox, clouds: CloudImports, connection: Connection
) -> None:
    clouds.page_rows = 2
    names = [f"drive {number}" for number in range(10)]
    run = carried_out(requested(connection, *names))
    assert (run.state, run.job_id[:3], run.total) == (RunState.WAITING, "ij_", 10)
    run = carried_out(run)
    assert (run.state, counts(run)) == (RunState.WAITING, (1, 0, 0)), "the others have not appeared"
    vendor.state.fast_forward(4.5 * HOUR)
    run = carried_out(run)
    assert (counts(run), run.position) == ((5, 4, 0), 4)
    vendor.state.fast_forward(20 * HOUR)
    run = carried_out(run)
    assert (run.state, run.message, counts(run), run.percent) == (RunState.DONE, "", (10, 10, 0), 100)
    assert {video.name for video in run.videos.all()} == {f"{name}.mp4" for name in names}
    assert starts(vendor) == 1


def test_the_videos_of_an_import_are_listed_when_it_ends(vendor: Sandbox, connection: Connection) -> None:
    with_folder = actions.make_folder(connection=connection, name="Trip 7", scope="org")
    run = carried_out(requested(connection, "a", "broken", folder=with_folder))
    assert run.scope == "org"
    vendor.state.fast_forward(9 * HOUR)
    CloudImport.objects.update(retry_at=timezone.now())
    run_cloud_import.func(run.pk)
    list_videos(VideoListing.objects.get().pk)
    video = AccountVideo.objects.get()
    assert (video.name, video.folder, video.scope, video.is_uploaded) == ("a.mp4", with_folder, "org", True)


def test_failed_videos_are_retried_under_their_ids(vendor: Sandbox, connection: Connection) -> None:
    run = carried_out(requested(connection, "a", "broken 1", "missing 2"))
    vendor.state.fast_forward(9 * HOUR)
    run = carried_out(run)
    assert (run.state, counts(run)) == (RunState.INCOMPLETE, (3, 1, 2))
    assert "2 of 3 videos failed" in run.message
    ids = set(run.videos.values_list("external_id", flat=True))
    assert actions.retry_cloud_import(run=run) == 2
    run = carried_out(run)
    assert (run.state, counts(run)) == (RunState.WAITING, (3, 1, 0))
    vendor.state.fast_forward(9 * HOUR)
    run = carried_out(run)
    assert counts(run) == (3, 2, 0), "a failure may be the one of before the retry"
    CloudImport.objects.update(retried_at=timezone.now() - SETTLE)
    run = carried_out(run)
    assert (run.state, counts(run)) == (RunState.INCOMPLETE, (3, 2, 1))
    assert set(run.videos.values_list("external_id", flat=True)) == ids


def test_a_retry_is_refused_in_words_and_a_lost_one_is_followed(vendor: Sandbox, connection: Connection) -> None:
    run = carried_out(requested(connection, "broken"))
    with pytest.raises(ValueError, match="Wait until the import has ended"):
        actions.retry_cloud_import(run=run)
    vendor.state.fast_forward(9 * HOUR)
    run = carried_out(run)
    CloudImport.objects.update(job_id="ij_unknown")
    run.refresh_from_db()
    with pytest.raises(VendorRefused, match="Import job not found"):
        actions.retry_cloud_import(run=run)
    assert counts(run) == (1, 0, 1), "nothing was changed"
    CloudImport.objects.update(retried_at=timezone.now())
    with pytest.raises(ValueError, match="have just been requested again"):
        actions.retry_cloud_import(run=run)
    CloudImport.objects.update(retried_at=None)
    vendor.faults = Faults(first=["reset"])
    with pytest.raises(VendorUnavailable, match="The retry may have started"):
        actions.retry_cloud_import(run=run)
    run.refresh_from_db()
    assert (run.state, counts(run)) == (RunState.QUEUED, (1, 0, 0))


@pytest.mark.parametrize("fault", ["reset", "502", "html"])
def test_a_lost_answer_never_imports_twice(vendor: Sandbox, connection: Connection, fault: str) -> None:
    vendor.faults = Faults(first=[fault])
    run = carried_out(requested(connection))
    assert (run.state, run.may_have_started) == (RunState.INCOMPLETE, True)
    assert "Check before trying again" in run.message
    assert import_from_cloud(run.pk) is None
    with pytest.raises(ValueError, match="ID of this import is unknown"):
        actions.check_cloud_import(run=run)
    assert starts(vendor) == 1


def test_a_killed_worker_does_not_import_again(vendor: Sandbox, connection: Connection) -> None:
    run = requested(connection)
    CloudImport.objects.update(sent_at=timezone.now())
    run = carried_out(run)
    assert (run.may_have_started, starts(vendor)) == (True, 0)


@pytest.mark.parametrize("slow", ["start", "job"])
def test_a_slow_call_keeps_its_claim(
    vendor: Sandbox, clouds: CloudImports, connection: Connection, monkeypatch: pytest.MonkeyPatch, slow: str
) -> None:
    monkeypatch.setattr("batches.jobs.claims.HEARTBEAT", timedelta(milliseconds=20))
    run = requested(connection)
    if slow == "job":
        run = carried_out(run)
    real, beats = getattr(clouds, slow), set[datetime | None]()

    def answer_late(*arguments: Any) -> Any:
        deadline = time.monotonic() + 60
        while len(beats) < 3 and time.monotonic() < deadline:
            beats.add(CloudImport.objects.get().heartbeat_at)
            time.sleep(0.02)
        database.close()
        return real(*arguments)

    monkeypatch.setattr(clouds, slow, answer_late)
    assert (carried_out(run).state, len(beats)) == (RunState.WAITING, 3)


def test_a_vendor_that_cannot_be_reached_is_asked_again(vendor: Sandbox, connection: Connection) -> None:
    Connection.objects.update(base_url="http://127.0.0.1:9")
    run = carried_out(requested(connection))
    assert (run.state, run.sent_at) == (RunState.WAITING, None)
    Connection.objects.update(base_url=vendor.url)
    assert carried_out(run).job_id


def test_a_refusal_ends_the_import_in_words(connection: Connection) -> None:
    run = carried_out(requested(connection, integration="int_nobody"))
    assert (run.state, run.may_have_started) == (RunState.FAILED, False)
    assert "Integration not found" in run.message


def test_an_outage_while_following_does_not_end_it(vendor: Sandbox, connection: Connection) -> None:
    run = carried_out(requested(connection))
    for _ in range(7):  # more than a run may be claimed without progress
        vendor.faults = Faults(first=["503"] * 5)
        run = carried_out(run)
        assert (run.state, "503" in run.message) == (RunState.WAITING, True)
    vendor.faults = Faults()
    vendor.state.fast_forward(9 * HOUR)
    assert carried_out(run).state == RunState.DONE


def test_a_list_that_leads_nowhere_stops_and_can_be_read_again(
    vendor: Sandbox, clouds: CloudImports, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = carried_out(requested(connection))
    endless = {"videos": [], "has_more": True, "next_cursor": None}
    with monkeypatch.context() as patched:
        patched.setattr(clouds, "videos", lambda *arguments: endless)
        run = carried_out(run)
    assert (run.state, run.may_have_started) == (RunState.INCOMPLETE, False)
    assert "does not lead to the next page" in run.message
    vendor.state.fast_forward(9 * HOUR)
    actions.check_cloud_import(run=run)
    assert carried_out(run).state == RunState.DONE


def test_an_object_that_never_appears_does_not_wait_for_ever(
    vendor: Sandbox, clouds: CloudImports, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = carried_out(requested(connection, "a", "b"))
    vendor.state.fast_forward(9 * HOUR)
    job = next(iter(clouds._jobs.values()))
    lost = job.objects.pop()
    real = clouds.job
    monkeypatch.setattr(clouds, "job", lambda job_id: real(job_id) | {"total": 2, "completed_at": None})
    run = carried_out(carried_out(run))
    assert (run.state, counts(run)) == (RunState.WAITING, (1, 1, 0))
    CloudImport.objects.update(changed_at=timezone.now() - GIVE_UP - timedelta(seconds=1))
    run = carried_out(run)
    assert (run.state, "Nothing has changed for 6 hours" in run.message) == (RunState.INCOMPLETE, True)
    job.objects.append(lost)
    actions.check_cloud_import(run=run)
    assert carried_out(run).state == RunState.DONE


def test_a_completed_job_ends_without_its_missing_objects(
    vendor: Sandbox, clouds: CloudImports, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = carried_out(requested(connection, "a", "b"))
    vendor.state.fast_forward(9 * HOUR)
    next(iter(clouds._jobs.values())).objects.pop()
    real = clouds.job
    monkeypatch.setattr(clouds, "job", lambda job_id: real(job_id) | {"total": 0})
    run = carried_out(run)
    assert run.state == RunState.WAITING, "one more pass, since the last one brought news"
    run = carried_out(run)
    assert (run.state, run.message) == (RunState.INCOMPLETE, "1 of 2 objects never became a video.")


def test_an_uploaded_video_stays_uploaded(
    vendor: Sandbox, clouds: CloudImports, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = carried_out(requested(connection, "a", "broken"))
    vendor.state.fast_forward(1.5 * HOUR)
    assert counts(carried_out(run))[1] == 1
    real = clouds.videos
    analysed = json.dumps
    monkeypatch.setattr(
        clouds, "videos", lambda *page: json.loads(analysed(real(*page)).replace('"UPLOADED"', '"ANALYZING"'))
    )
    assert counts(carried_out(run))[1] == 1


def test_the_same_key_is_the_same_import(connection: Connection) -> None:
    key = uuid4()
    assert requested(connection, "a", key=key) == requested(connection, "a", key=key)
    with pytest.raises(KeyReused):
        requested(connection, "b", key=key)


def test_what_the_vendor_would_refuse_is_refused_before_a_call(vendor: Sandbox, connection: Connection) -> None:
    with pytest.raises(ValueError, match="Choose an integration"):
        requested(connection, integration=" ")
    folder = Folder.objects.create(connection=make_connection(), external_id="f")
    with pytest.raises(ValueError, match="belongs to another connection"):
        requested(connection, folder=folder)
    with pytest.raises(ValueError, match="TwelveLabs does not import from cloud storage"):
        requested(make_connection(vendor="twelvelabs"))
    assert vendor.calls == []


def test_s3_needs_no_integration(vendor: Sandbox, connection: Connection) -> None:
    run = carried_out(requested(connection, addresses="s3://any-bucket/x/a.MP4", integration=""))
    assert (run.provider, run.job_id != "", run.address) == ("s3", True, "s3://any-bucket/")
    body = json.loads(vendor.calls[-1].body)
    assert (body["keys"], body["bucket"], "integration_id" in body) == (["x/a.MP4"], "any-bucket", False)


def test_a_list_is_read_once_an_object_in_its_order() -> None:
    text = "\n gs://trips/b 1.mp4 \r\ngs://trips/a%20#2.mp4\n\ngs://trips/b 1.mp4\n"
    assert read_objects(text) == CloudObjects("gcs", "trips", ("b 1.mp4", "a%20#2.mp4"))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (" \n", "Enter at least one address"),
        ("gs://trips/a.mp4\ns3://trips/a.mp4", "One import reads one bucket. This list names 2"),
        ("https://trips/a.mp4", "Expected gs://bucket/name.mp4"),
        ("gs://trips/", "Expected gs://bucket/name.mp4"),
        ("gs://trips/*.mp4", "Wildcards are not expanded"),
        ("gs://trips/a.mp4?x=.mp4", "Wildcards are not expanded"),
        ("gs://trips/a.mov", "imports only .mp4"),
        ("gs://trips/" + "a" * 1024 + ".mp4", "No object can have this name"),
        ("gs://trips/a\x00.mp4", "No object can have this name"),
        ("\n".join(f"gs://trips/{number}.mp4" for number in range(MAX_OBJECTS + 1)), "at most 5,000 objects"),
    ],
)
def test_a_list_that_cannot_be_imported_says_why(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read_objects(text)


def test_the_vendors_own_sdk_makes_the_same_calls(vendor: Sandbox, clouds: CloudImports) -> None:
    sdk = NomadicAI(vendor.key, base_url=vendor.url)
    rows = sdk.cloud_integrations.list(type="gcs")
    assert [row["id"] for row in rows] == ["int_gcs_fleet"]
    started = sdk.upload(["gs://fleet-archive/a.mp4", "gs://fleet-archive/broken.mp4"], wait_for_uploaded=False)
    vendor.state.fast_forward(9 * HOUR)
    assert clouds.job(started["import_job_id"])["completed_at"]
