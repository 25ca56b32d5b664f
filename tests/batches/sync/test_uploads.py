"""Uploads from https addresses: each video once, whatever happens to the answer."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import parse_qs
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.db import connections
from django.utils import timezone

from batches import actions
from batches.errors import Conflict
from batches.jobs.claims import MAX_ATTEMPTS
from batches.models import AccountVideo, Connection, RunState, VideoListing, VideoUpload
from batches.sandbox.faults import Faults
from batches.sandbox.server import Sandbox
from batches.sandbox.world import World
from batches.sync.uploads import KEEP, MAX_ADDRESSES, forget_uploads, read_addresses, upload_video
from batches.sync.videos import list_videos
from batches.tasks import run_upload, sweep
from tests.factories import make_connection, make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_waiting", "storage")]

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


def test_all_that_is_retried_starts_at_once(vendor: Sandbox, connection: Connection) -> None:
    addresses = "\n".join(f"https://media.example/missing{number}.mp4" for number in range(3))
    order: dict[str, Any] = {"folder": None, "scope": "user", "by": None, "idempotency_key": uuid4()}
    runs = actions.upload_addresses(connection=connection, addresses=addresses, **order)
    VideoUpload.objects.update(state=RunState.FAILED, finished_at=timezone.now(), enqueued_at=timezone.now())
    VideoUpload.objects.update(address=PLACE)
    assert actions.retry_failed_uploads(connection=connection) == 3
    for done, run in enumerate(runs, start=1):
        run_upload.call(run.pk)
        enqueued = VideoUpload.objects.filter(enqueued_at__isnull=False)
        assert enqueued.count() == min(done + 1, 3), "each is followed by the next, without a sweep"
    assert set(VideoUpload.objects.values_list("state", flat=True)) == {RunState.DONE}


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


FILM = b"\0\0\0\x20ftypisom" + bytes(range(256)) * 400  # three parts of PART bytes, the last one short
PART = 40_000


def arrived(connection: Connection, content: bytes = FILM, **fields: Any) -> VideoUpload:
    """The upload of a file all of whose parts are here."""
    order: dict[str, Any] = {"name": "drive 7.mp4", "modified": 1, "folder": None, "scope": "user", "by": None}
    run = actions.begin_upload(connection=connection, size=len(content), **{"part_bytes": PART, **order, **fields})
    for offset in range(run.received, len(content), run.part_bytes):
        part = ContentFile(content[offset : offset + run.part_bytes])
        run = actions.add_part(run=run, offset=offset, content=part)
    return run


@pytest.fixture
def storage(settings: Any, tmp_path: Path) -> Path:
    folder = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = settings.STORAGES | {"default": folder}
    return tmp_path


def stored_files(storage: Path) -> list[Path]:
    return [path for path in storage.rglob("*") if path.is_file()]


def test_a_file_is_sent_whole_with_its_metadata_and_then_forgotten(
    vendor: Sandbox, connection: Connection, storage: Path
) -> None:
    folder = actions.make_folder(connection=connection, name="Trip", scope="org")
    run = arrived(connection, folder=folder, sidecar_name="drive 7.json", sidecar='{"camera": "front"}')
    assert VideoUpload.objects.filter(received=len(FILM), enqueued_at__isnull=False).get() == run
    run_upload.func(run.pk)
    run.refresh_from_db()
    assert (run.state, run.sent, stored_files(storage)) == (RunState.DONE, len(FILM), [])
    (form,) = [call.multipart for call in vendor.calls if call.path == "/api/upload-video"]
    assert form
    assert form.fields == {
        "source": "file", "firebase_collection_name": "videos", "scope": "org", "folder_id": folder.external_id,
    }  # fmt: skip
    video, metadata = form.file("file"), form.file("metadata_file")
    assert (video and (video.name, video.content_type, video.size)) == ("drive 7.mp4", "video/mp4", len(FILM))
    assert (metadata and (metadata.name, metadata.head)) == ("drive 7.json", b'{"camera": "front"}')
    again = actions.begin_upload(
        connection=connection, name="drive 7.mp4", size=len(FILM), modified=1, folder=folder, scope="org", by=None
    )
    assert again == run, "the same file is not uploaded twice"


def test_a_file_that_breaks_off_on_its_way_is_sent_again_by_itself(vendor: Sandbox, connection: Connection) -> None:
    vendor.faults = Faults(first=["cut"])
    run = carried_out(arrived(connection, FILM + bytes(24_000_000), part_bytes=25_000_000))
    assert (run.state, run.sent_at, "broke off" in run.message) == (RunState.WAITING, None, True)
    assert carried_out(run).state == RunState.DONE
    assert len(vendor.state.library.videos()) == 1


def test_a_lost_answer_to_a_whole_file_is_not_sent_again(vendor: Sandbox, connection: Connection) -> None:
    vendor.faults = Faults(first=["reset"])
    run = carried_out(arrived(connection))
    assert (run.state, run.sent, "Check before trying again" in run.message) == (RunState.INCOMPLETE, len(FILM), True)
    actions.upload_again(run=run)
    assert carried_out(run).state == RunState.DONE


@pytest.mark.parametrize(("sent", "state"), [(len(FILM) - 1, RunState.DONE), (len(FILM), RunState.INCOMPLETE)])
def test_a_killed_worker_sends_again_what_was_not_sent_whole(connection: Connection, sent: int, state: str) -> None:
    run = arrived(connection)
    VideoUpload.objects.update(sent_at=timezone.now(), sent=sent)
    assert carried_out(run).state == state


def test_a_quota_is_told_and_the_file_kept_for_a_retry(vendor: Sandbox, connection: Connection, storage: Path) -> None:
    run = carried_out(arrived(connection, name="quota.mp4"))
    assert (run.state, run.message) == (
        RunState.FAILED, "The vendor refused with status 402: Storage quota exceeded",
    )  # fmt: skip
    assert len(stored_files(storage)) == 3
    assert actions.retry_failed_uploads(connection=connection) == 1
    assert carried_out(run).state == RunState.FAILED


def test_an_upload_stops_and_goes_on_after_its_last_whole_part(connection: Connection) -> None:
    order: dict[str, Any] = {"connection": connection, "name": "a.mov", "size": len(FILM), "modified": 1, "by": None}
    order |= {"folder": None, "scope": "user", "part_bytes": PART}
    run = actions.begin_upload(**order)
    actions.add_part(run=run, offset=0, content=ContentFile(FILM[:PART]))
    assert sweep() == 0, "it is not whole"
    run = actions.begin_upload(**order)
    assert run.received == PART
    with pytest.raises(Conflict, match="is at byte 40,000; another part was sent"):
        actions.add_part(run=run, offset=0, content=ContentFile(FILM[:PART]))
    with pytest.raises(ValueError, match="has 40,000 bytes, not 9"):
        actions.add_part(run=run, offset=PART, content=ContentFile(FILM[PART : PART + 9]))
    for offset in (PART, 2 * PART):
        run = actions.add_part(run=run, offset=offset, content=ContentFile(FILM[offset : offset + PART]))
    assert carried_out(run).state == RunState.DONE


def test_one_person_has_half_of_the_space_that_others_leave(connection: Connection, settings: Any) -> None:
    settings.UPLOAD_SPACE_BYTES = 100
    order: dict[str, Any] = {"connection": connection, "modified": 1, "folder": None, "scope": "user"}
    eva, ola = make_user("eva"), make_user("ola")
    actions.begin_upload(name="a.mp4", size=40, by=eva, **order)
    with pytest.raises(ValueError, match=r"take 0\.00 GB of the 0\.00 GB that one person has"):
        actions.begin_upload(name="b.mp4", size=11, by=eva, **order)
    actions.begin_upload(name="b.mp4", size=10, by=eva, **order)
    actions.begin_upload(name="c.mp4", size=45, by=ola, **order)
    with pytest.raises(ValueError, match="The space for files on their way is full"):
        actions.begin_upload(name="d.mp4", size=6, by=make_user("mia"), **order)


def test_a_file_in_its_place_takes_no_space_and_may_vanish(
    vendor: Sandbox, connection: Connection, settings: Any, tmp_path: Path
) -> None:
    settings.UPLOAD_SPACE_BYTES = 10
    film = tmp_path / "a.mp4"
    order = {"name": film.name, "size": len(FILM), "modified": 1, "folder": None, "scope": "user", "by": None}
    run = actions.begin_upload(connection=connection, in_place=True, **order)
    run = upload_video(run.pk, path=film) or run
    assert (run.state, run.message) == (RunState.FAILED, f"{film} cannot be read: No such file or directory.")
    with pytest.raises(ValueError, match="The space for files on their way is full"):
        actions.begin_upload(connection=connection, **order)
    film.write_bytes(FILM)
    assert actions.begin_upload(connection=connection, in_place=True, **order) == run
    run = upload_video(run.pk, path=film) or run
    assert (run.state, len(vendor.state.library.videos())) == (RunState.DONE, 1)


def test_a_file_that_is_no_video_says_so_and_is_not_kept(connection: Connection, storage: Path) -> None:
    with pytest.raises(ValueError, match="its content is neither MP4, MOV, WebM nor AVI"):
        arrived(connection, b"PK\3\4" + bytes(100))
    run = VideoUpload.objects.get()
    assert (run.state, "is not a video" in run.message, stored_files(storage)) == (RunState.FAILED, True, [])


def test_a_canceled_upload_is_forgotten_and_can_begin_again(connection: Connection, storage: Path) -> None:
    run = arrived(connection)
    actions.cancel_upload(run=run)
    run.refresh_from_db()
    assert (run.state, run.message, run.received, stored_files(storage)) == (RunState.FAILED, "Canceled.", 0, [])
    assert upload_video(run.pk) is None
    with pytest.raises(ValueError, match="Only the upload of a file that is not finished"):
        actions.cancel_upload(run=run)
    assert carried_out(arrived(connection)).state == RunState.DONE


def test_a_part_that_arrives_after_the_cancel_is_not_kept(connection: Connection, storage: Path) -> None:
    run = actions.begin_upload(
        connection=connection, name="b.mp4", size=len(FILM), modified=1, folder=None, scope="user", by=None,
        part_bytes=PART,
    )  # fmt: skip
    arriving = actions.add_part(run=run, offset=0, content=ContentFile(FILM[:PART]))
    actions.cancel_upload(run=VideoUpload.objects.get(pk=run.pk))
    with pytest.raises(Conflict, match="has changed meanwhile"):
        actions.add_part(run=arriving, offset=PART, content=ContentFile(FILM[PART : 2 * PART]))
    assert stored_files(storage) == []


def test_the_rest_of_a_file_that_lost_a_part_is_not_kept(connection: Connection, storage: Path) -> None:
    run = arrived(connection)
    stored_files(storage)[1].unlink()
    run = carried_out(run)
    assert (run.state, run.received, "Choose the file again" in run.message) == (RunState.FAILED, 0, True)
    assert stored_files(storage) == []


def test_a_cancel_in_the_middle_breaks_off_at_the_vendor(
    vendor: Sandbox, connection: Connection, monkeypatch: pytest.MonkeyPatch, storage: Path
) -> None:
    run = arrived(connection)

    def canceled_while_read(run: VideoUpload) -> Iterator[bytes]:
        reading.set()
        yield FILM[:PART]
        canceled.wait(60)
        yield FILM[PART:]

    def cancel() -> None:
        reading.wait(60)
        try:
            actions.cancel_upload(run=VideoUpload.objects.get(pk=run.pk))
        finally:
            canceled.set()
            connections.close_all()

    reading, canceled = Event(), Event()
    monkeypatch.setattr("batches.sync.uploads.pieces_of", canceled_while_read)
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(cancel)
        assert upload_video(run.pk) is None
        other.result()
    run.refresh_from_db()
    assert (run.state, run.message, run.video_id, stored_files(storage)) == (RunState.FAILED, "Canceled.", "", [])
    assert vendor.state.library.videos() == []


def test_what_is_not_continued_is_deleted(connection: Connection, storage: Path) -> None:
    failed = carried_out(arrived(connection, name="quota.mp4"))
    begun = actions.begin_upload(
        connection=connection, name="b.mp4", size=len(FILM), modified=1, folder=None, scope="user", by=None,
        part_bytes=PART,
    )  # fmt: skip
    actions.add_part(run=begun, offset=0, content=ContentFile(FILM[:PART]))
    signed = carried_out(requested(connection, "https://media.example/missing.mp4?signature=secret"))
    now = timezone.now()
    forget_uploads(now)
    assert len(stored_files(storage)) == 4
    forget_uploads(now + KEEP + timedelta(minutes=1))
    assert stored_files(storage) == []
    for run in (failed, begun, signed):
        run.refresh_from_db()
    assert (begun.state, begun.message) == (RunState.FAILED, "Not continued. Choose the file again.")
    assert (failed.received, begun.received, signed.query) == (0, 0, "")


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"name": "a.txt"}, "a.txt is not a video"),
        ({"name": "a/b.mp4"}, "without slashes"),
        ({"size": 0}, "a.mp4 is empty"),
        ({"size": 10**12}, "is larger than"),
        ({"sidecar_name": "b.json", "sidecar": "{}"}, "b.json belongs to no video"),
        ({"sidecar_name": "a.csv", "sidecar": "x"}, "takes metadata as JSON only"),
        ({"sidecar_name": "a.json", "sidecar": "{"}, "a.json is not JSON"),
        ({"sidecar_name": "a.json", "sidecar": "3"}, "must contain an object or a list"),
    ],
)
def test_a_file_that_cannot_be_uploaded_says_why(connection: Connection, fields: dict[str, Any], reason: str) -> None:
    order = {"name": "a.mp4", "size": 9, "modified": 1, "folder": None, "scope": "user", "by": None} | fields
    with pytest.raises(ValueError, match=reason):
        actions.begin_upload(connection=connection, **order)
