"""`upload_videos`: each video once, and exit codes a script can rely on."""

import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from batches.models import Folder, VideoUpload
from batches.sandbox.faults import Faults
from batches.sandbox.server import Sandbox
from batches.sandbox.world import World
from tests.factories import make_connection

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_waiting")]

FILM = b"\0\0\0\x20ftypisom" + bytes(300_000)


@pytest.fixture
def vendor(settings: Any) -> Iterator[Sandbox]:
    with Sandbox(World({}, [])) as sandbox:
        settings.PRIVATE_HOSTS = frozenset({sandbox.url.removeprefix("http://")})
        connection = make_connection(name="fleet", base_url=sandbox.url, key=sandbox.key)
        Folder.objects.create(connection=connection, external_id="f1", name="Trips")
        yield sandbox


def run(*arguments: str) -> list[str]:
    out = StringIO()
    call_command("upload_videos", "--connection", "fleet", *arguments, stdout=out)
    return out.getvalue().splitlines()


def test_files_and_addresses_are_uploaded_once(vendor: Sandbox, tmp_path: Path) -> None:
    film = tmp_path / "drive.mp4"
    film.write_bytes(FILM)
    film.with_suffix(".json").write_text("{}")
    arguments = ("--folder", "Trips", "--intent", "trip 7", str(film), "https://media.example/a.mov?signature=x")
    lines = run(*arguments)
    rows = {upload.pk: upload for upload in VideoUpload.objects.all()}
    assert lines == [f"{pk} {upload.video_id} {upload.name}" for pk, upload in sorted(rows.items())]
    assert run(*arguments) == lines
    assert len(vendor.state.library.videos()) == 2
    form = vendor.calls[0].multipart
    assert form
    assert [file.name for _, file in form.files] == ["drive.json", "drive.mp4"]


def test_what_was_not_uploaded_is_named(vendor: Sandbox, tmp_path: Path) -> None:
    film = tmp_path / "quota.mp4"
    film.write_bytes(FILM)
    with pytest.raises(CommandError, match=r"quota.mp4: The vendor refused with status 402") as failure:
        run(str(film), "https://media.example/a.mp4")
    assert failure.value.returncode == 1
    assert VideoUpload.objects.filter(state="done").count() == 1


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("nowhere.mp4",), "nowhere.mp4 cannot be read: No such file or directory."),
        (("--folder", "None", "a.mp4"), "No folder 'None' is known here"),
        (("http://media.example/a.mp4",), "Expected an https:// address"),
        (("--views", "run_front.mp4", "run.mp4"), "run.mp4 names no view"),
        (("--views", "run_left.mp4", "run_rear.mp4"), "run has no front view"),
        (("--views", "run_front.mp4"), "run has only one view"),
        (("--views", "run_front.mp4", "run-FRONT.mov"), "are both the front view of run"),
        (("--views", "https://media.example/run_front.mp4"), "--views takes files of this machine"),
    ],
)
@pytest.mark.usefixtures("vendor")
def test_bad_arguments_are_refused_before_anything_is_uploaded(arguments: tuple[str, ...], reason: str) -> None:
    with pytest.raises(CommandError, match=reason) as failure:
        run(*arguments)
    assert (failure.value.returncode, VideoUpload.objects.count()) == (2, 0)


def test_views_of_a_recording_are_joined(vendor: Sandbox, tmp_path: Path) -> None:
    films = [tmp_path / f"run_{role}.mp4" for role in ("left", "front")]
    for film in films:
        film.write_bytes(FILM)
    vendor.faults = Faults(first=["ok", "ok", "reset"])
    with pytest.raises(
        CommandError, match=r"The views of run_front.mp4 are not joined. The views may be apart: .* uploads none again"
    ):
        run("--views", *map(str, films))
    run("--views", *map(str, films))
    left, front = (VideoUpload.objects.get(file_name=film.name).video_id for film in films)
    joined = [json.loads(call.body) for call in vendor.calls if call.path == "/api/multi-view/stitch"]
    assert joined == [{"primary_view_id": front, "views": {"left": left, "front": front}}] * 2
    assert len(vendor.state.library.videos()) == 2


def test_a_file_that_is_no_video_is_refused(vendor: Sandbox, tmp_path: Path) -> None:
    film = tmp_path / "a.mp4"
    film.write_bytes(b"PK" + bytes(100))
    with pytest.raises(CommandError, match="is not a video"):
        run(str(film))
