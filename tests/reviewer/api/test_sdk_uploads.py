"""`upload` of the vendor's SDK through us: the video comes into the account, under the connection's key."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connections
from django.db.models import F
from nomadic import NomadicAI
from nomadic.exceptions import NomadicAIError
from pytest_django.live_server_helper import LiveServer

from batches.models import Connection, Folder, Role, RunState, Scope, VideoUpload
from batches.sandbox.server import Sandbox
from batches.sandbox.world import World
from batches.sync.uploads import upload_video
from tests.factories import make_connection, make_member
from tests.reviewer.api.conftest import make_token

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_waiting")]

FILM = b"\0\0\0\x20ftypisom" + bytes(200_000)


@pytest.fixture
def vendor(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    monkeypatch.setattr("nomadic.video.time", SimpleNamespace(time=time.time, sleep=lambda seconds: None))
    with Sandbox(World({}, [])) as sandbox:
        settings.PRIVATE_HOSTS = frozenset({sandbox.url.removeprefix("http://")})
        yield sandbox


@pytest.fixture
def connection(vendor: Sandbox) -> Connection:
    return make_connection(base_url=vendor.url, key=vendor.key)


@pytest.fixture
def ours(connection: Connection, live_server: LiveServer) -> NomadicAI:
    key = make_token(make_member(connection, Role.EDITOR, "ed"), Scope.START)
    return NomadicAI(api_key=key, base_url=live_server.url)


@pytest.fixture(autouse=True)
def worker(vendor: Sandbox) -> Iterator[None]:
    """Carries out the uploads that are requested."""
    ended = Event()

    def work() -> None:
        while not ended.wait(0.05):
            for run in VideoUpload.objects.filter(state=RunState.QUEUED, received=F("size")):
                upload_video(run.pk)
        connections.close_all()

    thread = Thread(target=work, daemon=True)
    thread.start()
    yield
    ended.set()
    thread.join()


def film(folder: Path, name: str = "drive.mp4") -> str:
    path = folder / name
    path.write_bytes(FILM)
    return str(path)


def test_the_sdk_uploads_a_file_through_us(
    vendor: Sandbox, connection: Connection, ours: NomadicAI, tmp_path: Path
) -> None:
    (tmp_path / "drive.json").write_text("{}")
    result = ours.upload(film(tmp_path), folder="Fleet", scope="org")
    (row,) = vendor.state.library.videos()
    folder = Folder.objects.get(name="Fleet", scope="org")
    assert (result["video_id"], row["folder_id"], row["video_name"]) == (
        row["video_id"], folder.external_id, "drive.mp4",
    )  # fmt: skip
    assert result["status"] == "uploaded"
    again = ours.upload(film(tmp_path), folder="Fleet", scope="org", wait_for_uploaded=False)
    assert again["video_id"] != result["video_id"], "as at the vendor"
    assert Folder.objects.count() == 1


def test_the_sdk_uploads_an_address_through_us(vendor: Sandbox, ours: NomadicAI) -> None:
    result = ours.upload("https://media.example/trip.mp4?signature=secret", wait_for_uploaded=False)
    assert [row["video_id"] for row in vendor.state.library.videos()] == [result["video_id"]]


def test_refusals_of_an_upload_say_why(vendor: Sandbox, ours: NomadicAI, tmp_path: Path) -> None:
    with pytest.raises(NomadicAIError, match="Storage quota exceeded"):
        ours.upload(film(tmp_path, "quota.mp4"))
    (tmp_path / "fake.mp4").write_bytes(b"PK" + bytes(100))
    with pytest.raises(NomadicAIError, match="is not a video"):
        ours.upload(str(tmp_path / "fake.mp4"))
    with pytest.raises(NomadicAIError, match="names the video as its address is"):
        ours.upload("https://media.example/a.mp4", name="Other")
    assert vendor.state.library.videos() == []


def test_the_sdk_joins_the_views_of_a_recording_through_us(vendor: Sandbox, ours: NomadicAI, tmp_path: Path) -> None:
    views = {role: film(tmp_path, f"run_{role}.mp4") for role in ("front", "left")}
    front = ours.upload(views)["video_id"]
    (joined,) = [json.loads(call.body) for call in vendor.calls if call.path == "/api/multi-view/stitch"]
    assert (joined["primary_view_id"], set(joined["views"]), joined["views"]["front"]) == (front, set(views), front)
