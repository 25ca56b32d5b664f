"""Uploads from https addresses: each video once, whatever happens to the answer."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs
from uuid import uuid4

import pytest
from django.utils import timezone

from batches import actions
from batches.jobs.claims import MAX_ATTEMPTS
from batches.models import AccountVideo, Connection, RunState, VideoListing, VideoUpload
from batches.sandbox.faults import Faults
from batches.sandbox.server import Sandbox
from batches.sandbox.world import World
from batches.sync.uploads import MAX_ADDRESSES, read_addresses, upload_video
from batches.sync.videos import list_videos
from batches.tasks import run_upload, sweep
from tests.factories import make_connection

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_waiting")]

PLACE = "https://media.example/trips/drive%207.mp4"
SIGNED = f"{PLACE}?signature=secret"


@pytest.fixture
def vendor(settings: Any) -> Iterator[Sandbox]:
    with Sandbox(World({}, [])) as sandbox:
        settings.PRIVATE_HOSTS = frozenset({sandbox.url.removeprefix("http://"), "127.0.0.1:9"})
        yield sandbox


@pytest.fixture
def connection(vendor: Sandbox) -> Connection:
    return make_connection(base_url=vendor.url, key=vendor.key)


def requested(connection: Connection, address: str = SIGNED, key: Any = None, **fields: Any) -> VideoUpload:
    order: dict[str, Any] = {"folder": None, "scope": "user"} | fields
    (run,) = actions.upload_addresses(
        connection=connection, addresses=address, by=None, idempotency_key=key or uuid4(), **order
    )
    return run


def carried_out(run: VideoUpload) -> VideoUpload:
    VideoUpload.objects.filter(pk=run.pk, state=RunState.WAITING).update(retry_at=timezone.now())
    after = upload_video(run.pk)
    assert after is not None
    return after


def sent(vendor: Sandbox) -> list[dict[str, list[str]]]:
    return [parse_qs(call.body.decode()) for call in vendor.calls if call.path == "/api/upload-video"]


def test_a_video_is_uploaded_once_and_then_listed(vendor: Sandbox, connection: Connection) -> None:
    folder, key = actions.make_folder(connection=connection, name="Trip", scope="org"), uuid4()
    run = requested(connection, folder=folder, key=key)
    assert requested(connection, folder=folder, key=key) == run
    run_upload.func(run.pk)
    run.refresh_from_db()
    assert (run.state, run.video_id != "", run.address, run.query) == (RunState.DONE, True, PLACE, "")
    (form,) = sent(vendor)
    assert (form["video_url"], form["folder_id"], form["scope"]) == ([SIGNED], [folder.external_id], ["org"])
    assert form["custom_name"] == ["drive 7.mp4"]
    list_videos(VideoListing.objects.get().pk)
    assert AccountVideo.objects.get().external_id == run.video_id
    assert upload_video(run.pk) is None


def test_the_uploads_of_a_connection_follow_each_other(connection: Connection) -> None:
    first, second = (requested(connection, f"https://media.example/{name}.mp4") for name in "ab")
    assert VideoUpload.objects.get(enqueued_at__isnull=True) == second
    assert (upload_video(second.pk), sweep()) == (None, 0)
    run_upload.func(first.pk)
    second.refresh_from_db()
    assert second.enqueued_at is not None
    assert carried_out(second).state == RunState.DONE


def test_the_videos_are_listed_once_after_the_last_upload(connection: Connection) -> None:
    runs = [requested(connection, f"https://media.example/{name}.mp4") for name in "abc"]
    for run in runs:
        assert not VideoListing.objects.exists()
        run_upload.func(run.pk)
    assert VideoListing.objects.count() == 1


def test_a_pause_of_the_vendor_uses_up_no_try(connection: Connection) -> None:
    run = requested(connection)
    Connection.objects.update(wait_until=timezone.now() + timedelta(hours=2))
    for _ in range(MAX_ATTEMPTS + 1):
        run = carried_out(run)
    assert (run.state, run.attempts, run.sent_at) == (RunState.WAITING, 0, None)
    Connection.objects.update(wait_until=None)
    assert carried_out(run).state == RunState.DONE


@pytest.mark.parametrize("fault", ["reset", "502", "html"])
def test_a_lost_answer_never_uploads_twice_unasked(vendor: Sandbox, connection: Connection, fault: str) -> None:
    vendor.faults = Faults(first=[fault])
    run = carried_out(requested(connection))
    assert (run.state, "Check before trying again" in run.message) == (RunState.INCOMPLETE, True)
    assert actions.retry_failed_uploads(connection=connection) == 0
    assert len(sent(vendor)) == 1
    actions.upload_again(run=run)
    assert carried_out(run).state == RunState.DONE
    assert [form["video_url"] for form in sent(vendor)] == [[SIGNED], [SIGNED]]
    with pytest.raises(ValueError, match="Only an upload whose outcome is unknown"):
        actions.upload_again(run=run)


def test_a_killed_worker_does_not_upload_again(vendor: Sandbox, connection: Connection) -> None:
    run = requested(connection)
    VideoUpload.objects.update(sent_at=timezone.now())
    assert (carried_out(run).state, sent(vendor)) == (RunState.INCOMPLETE, [])


def test_a_vendor_that_cannot_be_reached_is_asked_again(vendor: Sandbox, connection: Connection) -> None:
    Connection.objects.update(base_url="http://127.0.0.1:9")
    run = carried_out(requested(connection))
    assert (run.state, run.sent_at) == (RunState.WAITING, None)
    Connection.objects.update(base_url=vendor.url)
    assert carried_out(run).state == RunState.DONE


def test_what_the_vendor_refused_is_retried(vendor: Sandbox, connection: Connection) -> None:
    run = carried_out(requested(connection, "https://media.example/missing.mp4?signature=secret"))
    refusal = "The vendor refused with status 400: The video could not be fetched: https://media.example/missing.mp4?…"
    assert (run.state, run.message) == (RunState.FAILED, refusal), "without the signature"
    assert actions.retry_failed_uploads(connection=connection) == 1
    VideoUpload.objects.update(address="https://media.example/back.mp4")
    assert carried_out(run).state == RunState.DONE


def test_other_vendors_and_foreign_folders_are_refused(connection: Connection) -> None:
    other = make_connection(vendor="wickson")
    with pytest.raises(ValueError, match="Videos cannot be uploaded to Wickson here"):
        requested(other)
    with pytest.raises(ValueError, match="belongs to another connection"):
        requested(connection, folder=other.folders.create(external_id="f"))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("\n", "Enter at least one address"),
        ("http://media.example/a.mp4", "Expected an https:// address"),
        ("https://eva:pw@media.example/a.mp4", "Expected an https:// address"),
        ("https://media.example/a b.mp4", "Expected an https:// address"),
        ("https://[x/a.mp4", "This is not an address"),
        ("https://media.example/a.txt?x=.mp4", "The path of an address ends in"),
        ("https://media.example/" + "a" * 2000 + ".mp4", "at most 2,000 characters"),
        ("\n".join(f"https://media.example/{n}.mp4" for n in range(MAX_ADDRESSES + 1)), "At most 500 addresses"),
    ],
)
def test_an_address_that_cannot_be_uploaded_says_why(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read_addresses(text)
