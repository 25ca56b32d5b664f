"""Views of a recording: uploaded like any file, and joined at the vendor once all of them are there."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile

from batches import actions
from batches.models import Connection, VideoUpload
from batches.sandbox.faults import Faults
from batches.sandbox.server import Sandbox
from batches.sandbox.world import World
from batches.sync.views import ViewFile
from batches.tasks import run_join, run_upload, sweep
from tests.factories import make_connection

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_waiting")]

FILM = b"\0\0\0\x20ftypisom" + bytes(88)
VIEWS = [ViewFile(f"run_{role}.mp4", len(FILM), 1) for role in ("left", "front")]


@pytest.fixture
def vendor(settings: Any, tmp_path: Path) -> Iterator[Sandbox]:
    folder = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = settings.STORAGES | {"default": folder}
    with Sandbox(World({}, [])) as sandbox:
        settings.PRIVATE_HOSTS = frozenset({sandbox.url.removeprefix("http://"), "127.0.0.1:9"})
        yield sandbox


@pytest.fixture
def connection(vendor: Sandbox) -> Connection:
    return make_connection(base_url=vendor.url, key=vendor.key)


def begun(connection: Connection, name: str, views: list[ViewFile] = VIEWS, **fields: Any) -> VideoUpload:
    return actions.begin_upload(
        connection=connection, name=name, size=len(FILM), modified=1, folder=None, scope="user", by=None, views=views,
        **fields,
    )  # fmt: skip


def view(connection: Connection, name: str, **fields: Any) -> VideoUpload:
    run = begun(connection, name, **fields)
    if run.received < run.size:
        actions.add_part(run=run, offset=0, content=ContentFile(FILM))
    run_upload.func(run.pk)
    run.refresh_from_db()
    return run


def joined(vendor: Sandbox) -> list[Any]:
    return [json.loads(call.body) for call in vendor.calls if call.path == "/api/multi-view/stitch"]


def test_views_are_joined_once_when_all_are_uploaded(vendor: Sandbox, connection: Connection) -> None:
    front = view(connection, "run_front.mp4", sidecar_name="run_front.json", sidecar="{}")
    run_join.func(front.pk)
    assert joined(vendor) == [], "the other view is not there"
    left = view(connection, "run_left.mp4")
    for _ in range(2):
        run_join.func(front.pk)
    ids = {"front": front.video_id, "left": left.video_id}
    assert joined(vendor) == [{"primary_view_id": front.video_id, "views": ids}]
    assert VideoUpload.objects.get(pk=front.pk).joined_at
    assert view(connection, "run_left.mp4") == left
    assert not VideoUpload.objects.to_join().exists(), "chosen again, nothing is to be done"


def test_a_join_that_failed_is_told_and_repeated_on_request(vendor: Sandbox, connection: Connection) -> None:
    front, _ = view(connection, "run_front.mp4"), view(connection, "run_left.mp4")
    vendor.faults = Faults(first=["reset"])
    run_join.func(front.pk)
    front.refresh_from_db()
    assert (front.joined_at, "The views may be apart" in front.join_message) == (None, True)
    sweep()
    run_join.func(front.pk)
    assert len(joined(vendor)) == 1, "nothing is repeated unasked"
    actions.join_views_again(run=front)
    run_join.func(front.pk)
    front.refresh_from_db()
    assert (front.joined_at is not None, front.join_message, len(joined(vendor))) == (True, "", 2)
    with pytest.raises(ValueError, match="joined already"):
        actions.join_views_again(run=front)


def test_a_vendor_that_cannot_be_reached_joins_later(vendor: Sandbox, connection: Connection) -> None:
    front, _ = view(connection, "run_front.mp4"), view(connection, "run_left.mp4")
    Connection.objects.update(base_url="http://127.0.0.1:9")
    run_join.func(front.pk)
    assert VideoUpload.objects.to_join().get() == front
    Connection.objects.update(base_url=vendor.url)
    run_join.func(front.pk)
    assert len(joined(vendor)) == 1


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        (("run_left.mp4", "run_rear.mp4"), "run has no front view"),
        (("run_left.mp4", "front.mp4"), "front.mp4 names no view"),
        (("run_front.mp4", "run_rear.mp4"), "run_left.mp4 is not among its views"),
    ],
)
def test_views_are_checked_before_anything_is_sent(connection: Connection, names: tuple[str, ...], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        begun(connection, "run_left.mp4", [ViewFile(name, 9, 1) for name in names])
    assert not VideoUpload.objects.exists()
