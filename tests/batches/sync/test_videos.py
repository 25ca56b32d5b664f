"""The list of an account's videos: what the vendor lists, what it no longer lists, and folders."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone
from nomadic import NomadicAI
from nomadic.exceptions import APIError

from batches.errors import VendorRefused
from batches.models import AccountVideo, Connection, Folder, VideoListing
from batches.models.run import RunState
from batches.sandbox.faults import Faults
from batches.sandbox.server import Sandbox
from batches.sandbox.world import World
from batches.sync.connect import calling
from batches.sync.videos import list_videos
from batches.tasks import LIST_AGAIN, list_again, request_listing
from tests import worlds
from tests.factories import make_connection

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_waiting")]


@pytest.fixture
def rows() -> list[dict[str, Any]]:
    shared = {"folder_id": "f2", "folder_name": "Fleet", "org_id": "org_33"}
    return [
        {"video_id": "video0", "video_name": "Night.mp4", "duration_s": 44.5, "status": "uploaded", "folder_id": "f1",
         "folder_name": "Fleet"},
        {"video_id": "video1", "filename": "Rain.mp4", "duration_s": None, "status": "PROCESSING", **shared},
        {"video_id": "loose", "status": "uploading_failed"},
    ]  # fmt: skip


@pytest.fixture
def vendor(settings: Any, rows: list[dict[str, Any]]) -> Iterator[Sandbox]:
    with Sandbox(World({worlds.BATCH: worlds.batch(videos=2)}, rows)) as sandbox:
        settings.PRIVATE_HOSTS = frozenset({sandbox.url.removeprefix("http://"), "127.0.0.1:9"})
        yield sandbox


@pytest.fixture
def connection(vendor: Sandbox) -> Connection:
    return make_connection(base_url=vendor.url, key=vendor.key)


def listed(connection: Connection) -> VideoListing:
    run = list_videos(request_listing(connection.pk, None).pk)
    assert run is not None
    return run


def test_videos_are_kept_with_their_folders(connection: Connection) -> None:
    for _ in range(2):
        run = listed(connection)
        assert (run.state, run.total, run.position) == (RunState.DONE, 3, 3)
    videos = {video.external_id: video for video in AccountVideo.objects.select_related("folder")}
    night, rain, loose = (videos[name] for name in ("video0", "video1", "loose"))
    assert (night.name, night.seconds, night.scope, night.is_uploaded) == ("Night.mp4", 44.5, "user", True)
    assert (rain.name, rain.seconds, rain.scope, rain.status) == ("Rain.mp4", None, "org", "processing")
    assert (loose.folder, loose.is_uploaded, str(loose)) == (None, False, "loose")
    assert {folder.external_id: folder.scope for folder in Folder.objects.all()} == {"f1": "user", "f2": "org"}


def test_a_name_that_the_list_leaves_out_is_kept(vendor: Sandbox, connection: Connection) -> None:
    with calling(connection) as account:
        assert account.folder("Fleet", "org").external_id == "f2"
    Folder.objects.create(connection=connection, external_id="f1", name="Fleet")
    listed(connection)  # without `folder`, this vendor names only the id
    assert Folder.objects.get(external_id="f1").name == "Fleet"
    assert Folder.objects.get(external_id="f2").name == ""


def test_unlisted_videos_are_marked_and_may_return(
    vendor: Sandbox, connection: Connection, rows: list[dict[str, Any]]
) -> None:
    listed(connection)
    gone = rows.pop()
    listed(connection)
    assert AccountVideo.objects.listed().count() == 2
    rows.append(gone)
    listed(connection)
    assert (AccountVideo.objects.listed().count(), AccountVideo.objects.count()) == (3, 3)


def test_a_vendor_that_is_away_changes_nothing(vendor: Sandbox, connection: Connection) -> None:
    listed(connection)
    vendor.faults = Faults(first=["503"] * 9)
    run = listed(connection)
    assert (run.state, AccountVideo.objects.listed().count()) == (RunState.WAITING, 3)
    VideoListing.objects.filter(pk=run.pk).update(retry_at=timezone.now())
    vendor.faults = Faults()
    assert list_videos(run.pk).state == RunState.DONE  # type: ignore[union-attr]


def test_a_list_is_read_again_every_hour_once_somebody_asked(connection: Connection) -> None:
    now = timezone.now()
    list_again(now)
    assert not VideoListing.objects.exists()
    listed(connection)
    list_again(now)
    assert VideoListing.objects.count() == 1
    list_again(now + LIST_AGAIN * 2)
    list_again(now + LIST_AGAIN * 2)
    assert VideoListing.objects.count() == 2


def test_a_folder_is_made_once_in_its_scope(vendor: Sandbox, connection: Connection) -> None:
    with calling(connection) as account:
        made = account.create_folder("Winter", "org", "snow")
        assert (made.name, made.scope, made.org_id, made.description) == ("Winter", "org", "org_33", "snow")
        assert account.folder("Winter", "org").external_id == made.external_id
        account.create_folder("Winter", "user")
        with pytest.raises(VendorRefused, match="already exists"):
            account.create_folder("Winter", "org")
        with pytest.raises(VendorRefused, match="not found"):
            account.folder("Summer", "org")


def test_a_deleted_video_is_gone_also_when_asked_twice(vendor: Sandbox, connection: Connection) -> None:
    with calling(connection) as account:
        for _ in range(2):
            account.delete_video("video1")
        assert [video.external_id for video in account.videos()] == ["video0", "loose"]
        batch = account.batch(worlds.BATCH)
        documents = {item.external_id: item.raw for item in account.chunk(batch, batch.listing or ()).items}
    assert [video_id for video_id, raw in documents.items() if not raw] == ["video1"], "no analysis is left of it"


def test_the_vendors_own_sdk_makes_the_same_calls(vendor: Sandbox) -> None:
    sdk = NomadicAI(vendor.key, base_url=vendor.url)
    assert [row["video_id"] for row in sdk.my_videos("Fleet", scope="org")] == ["video1"]
    assert [row["video_id"] for row in sdk.my_videos("Fleet")] == ["video0"], "the personal folder is preferred"
    made = sdk.create_folder("Winter", scope="org", description="snow")
    assert (made["name"], made["description"]) == ("Winter", "snow")
    assert sdk.get_folder("Winter", scope="org")["id"] == made["id"]
    assert sdk.get_folder("Fleet")["video_count"] == 1
    with pytest.raises(APIError, match="already exists"):
        sdk.create_folder("Winter", scope="org")
    assert sdk.delete_video("video1")["status"] == "deleted"
    assert sdk.my_videos("Fleet", scope="org") == []
