"""An account's videos: what is known of each, what is selected to analyse, folders, and deleting one for good."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from batches.models import AccountVideo, BatchStart, Connection, Folder, VideoListing
from batches.sandbox.faults import Faults
from batches.sandbox.server import Sandbox
from batches.sandbox.world import World
from batches.sync.videos import list_videos
from tests import worlds
from tests.factories import make_batch, make_connection, make_event, make_item, make_member
from tests.html import compact
from tests.reviewer.conftest import SignIn

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_waiting")]


@pytest.fixture
def vendor(settings: Any) -> Iterator[Sandbox]:
    rows = [
        {"video_id": f"video{number}", "video_name": f"Drive {number}.mp4", "duration_s": 44.6,
         "status": "uploaded" if number else "processing", "folder_id": "f1", "folder_name": "Fleet"}
        for number in range(3)
    ]  # fmt: skip
    with Sandbox(World({worlds.BATCH: worlds.batch(videos=2)}, rows)) as sandbox:
        settings.PRIVATE_HOSTS = frozenset({sandbox.url.removeprefix("http://")})
        yield sandbox


@pytest.fixture
def account(vendor: Sandbox) -> Connection:
    return make_connection(name="Fleet West", base_url=vendor.url, key=vendor.key)


@pytest.fixture
def page(editor: Client, account: Connection) -> str:
    """The address of the page, once the videos are listed."""
    address = f"/connections/{account.pk}/videos/"
    editor.post(address, {"do": "list"})
    list_videos(VideoListing.objects.get().pk)
    return address


def names(client: Client, address: str) -> list[str]:
    return [row.video.external_id for row in client.get(address).context["rows"]]


def test_videos_are_listed_on_request_and_then_shown(editor: Client, account: Connection) -> None:
    address = f"/connections/{account.pk}/videos/"
    empty = editor.get(address).text
    assert "List the account's videos" in empty
    assert "Not listed yet." in empty
    assert "0 videos" not in empty
    for _ in range(2):
        editor.post(address, {"do": "list"})
    run = VideoListing.objects.get()
    assert "Listing the account's videos" in editor.get(address, headers={"HX-Target": "listing"}).text
    list_videos(run.pk)
    assert names(editor, address) == ["video2", "video1", "video0"]
    assert "again every hour" in editor.get(address).text
    follow = {"HX-Target": "listing"}
    assert editor.get(address, headers=follow).headers["HX-Redirect"] == address, "the first list comes by itself"
    list_videos(VideoListing.objects.create(connection=account).pk)
    again = editor.get(address, headers=follow)
    assert ("HX-Redirect" in again.headers, "Show videos" in again.text) == (False, True), "a selection is kept"


def test_each_video_says_where_it_was_analysed_and_reviewed(editor: Client, account: Connection, page: str) -> None:
    batch = make_batch(account, prompt="near misses")
    item = make_item(batch, external_id="video2")
    make_event(item), make_event(item)
    elsewhere = make_item(make_batch(make_connection()), external_id="video1")
    text = compact(editor.get(page).content)
    assert f"/batches/{batch.pk}/?item={item.pk}" in text
    assert "0 <small>of 2</small>" in text
    assert f"/batches/{elsewhere.batch_id}/" not in text, "another account's video of the same id"
    assert names(editor, page + "?fresh=1") == ["video1", "video0"]


def test_filters_and_wrong_values(editor: Client, page: str) -> None:
    folder = Folder.objects.get()
    assert names(editor, page + "?q=drive 1") == ["video1"]
    assert names(editor, page + "?upload=waiting") == ["video0"]
    assert len(names(editor, f"{page}?folder={folder.pk}&scope=user")) == 3
    assert names(editor, page + "?folder=none") == names(editor, page + "?scope=org") == []
    for query in ("folder=x", "scope=all", "upload=no", "after=x", "ordner=1"):
        assert editor.get(f"{page}?{query}").status_code == 400


def test_pages_follow_each_other(editor: Client, page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reviewer.views.videos.PAGE_VIDEOS", 2)
    first = editor.get(page)
    rest = editor.get(f"{page}?after={first.context['more']}", headers={"HX-Target": "more"})
    assert [row.video.external_id for row in rest.context["rows"]] == ["video0"]
    assert (rest.text.lstrip().startswith("<tr>"), rest.context["more"]) == (True, "")


def test_selected_videos_are_analysed_and_unfinished_uploads_left_out(
    editor: Client, account: Connection, page: str
) -> None:
    start = f"/batches/start/?connection={account.pk}"
    selected = editor.post(start, {"do": "choose", "video": ["video1"]})
    assert [(video.external_id, ticked) for video, ticked in selected.context["videos"]] == [("video1", True)]
    assert "Analyse 1 video" in compact(selected.content)
    everything = editor.get(f"{start}&all=1")
    assert [video.external_id for video, _ in everything.context["videos"]] == ["video2", "video1"]
    assert "1 left out: not uploaded completely" in compact(everything.content)
    assert not BatchStart.objects.exists()


def test_a_folder_is_made_and_found(editor: Client, page: str, vendor: Sandbox) -> None:
    editor.post(page, {"do": "make", "name": " Winter ", "scope": "org", "description": "snow"})
    folder = Folder.objects.get(name="Winter")
    assert (folder.scope, folder.description, folder.org_id) == ("org", "snow", "org_33")
    again = editor.post(page, {"do": "make", "name": "Winter", "scope": "org"})
    assert (again.status_code, "already exists" in again.text) == (422, True)
    assert "not found" in editor.post(page, {"do": "find", "name": "Summer", "scope": "user"}).text
    assert "1 to 255 characters" in editor.post(page, {"do": "make", "name": " ", "scope": "user"}).text
    vendor.faults = Faults(first=["reset"])
    lost = editor.post(page, {"do": "make", "name": "Rain", "scope": "user"}).text
    assert "may have been created" in lost
    Folder.objects.filter(name="Winter").delete()
    assert editor.post(page, {"do": "find", "name": "Winter", "scope": "org"}).status_code == 302
    assert Folder.objects.filter(name="Winter").exists()


def test_a_video_is_deleted_only_behind_its_typed_name(editor: Client, account: Connection, page: str) -> None:
    video = AccountVideo.objects.get(external_id="video1")
    item = make_item(make_batch(account), external_id="video1")
    make_event(item)
    address = f"/videos/{video.pk}/delete/"
    text = compact(editor.get(address).content)
    for phrase in ("in 1 batch:", "1 event and the verdicts on 0 of them stay here", "Type <b"):
        assert phrase in text
    assert editor.post(address, {"typed": "Drive 2.mp4"}).status_code == 422
    assert AccountVideo.objects.listed().count() == 3
    assert editor.post(address, {"typed": "Drive 1.mp4"}).status_code == 302
    video.refresh_from_db()
    assert (video.gone_at is not None, video.deleted_by) == (True, editor.user)  # type: ignore[attr-defined]
    assert item.events.count() == 1
    assert editor.get(address).status_code == 404
    list_videos(VideoListing.objects.create(connection=account).pk)
    assert AccountVideo.objects.listed().count() == 2


def test_only_editors_see_an_accounts_videos(sign_in: SignIn, account: Connection, page: str) -> None:
    video = AccountVideo.objects.all()[0]
    for client, status in ((sign_in(account, "reviewer"), 403), (sign_in(), 404)):
        assert client.get(page).status_code == status
        assert client.post(f"/videos/{video.pk}/delete/", {"typed": str(video)}).status_code == status
    other = make_connection(vendor="twelvelabs")
    client = Client()
    client.force_login(make_member(other, "editor"))
    assert "does not list its videos" in client.get(f"/connections/{other.pk}/videos/").text
    assert AccountVideo.objects.listed().count() == 3


def test_a_folder_whose_name_is_unknown_says_how_to_name_it(editor: Client, account: Connection) -> None:
    folder = Folder.objects.create(connection=account, external_id="fld_9")
    text = compact(editor.get(f"/connections/{account.pk}/videos/").content)
    assert "Folder fld_9, name unknown (" in text
    assert "Its list names 1 folder by its ID only. Enter the folder's name under Find folder" in text
    Folder.objects.filter(pk=folder.pk).update(name="Winter")
    assert "by its ID only" not in compact(editor.get(f"/connections/{account.pk}/videos/").content)
