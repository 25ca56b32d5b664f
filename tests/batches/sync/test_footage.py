"""Templates of own footage: which are refused, and which address they give for an item."""

from pathlib import Path
from typing import Any

import pytest
import responses
from django.conf import settings
from django.core.exceptions import ValidationError

from batches.actions import set_footage
from batches.errors import VendorRefused
from batches.models import Connection, Item
from batches.storage import footage_storage
from batches.sync.footage import check_template, footage_location
from batches.sync.footage_files import file_of
from batches.sync.footage_trial import try_template
from tests.factories import make_batch, make_item

HOST = "https://clips.example"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _origins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "CLIP_ORIGINS", [HOST])


@pytest.fixture
def item() -> Item:
    batch = make_batch(external_id="b1", vendor_metadata={"route": "A 7"})
    return make_item(batch, name="fleet/cam 1.mp4", external_id="v?1", source_uri=f"{HOST}/raw/drive/7.mp4")


@pytest.mark.parametrize(
    ("template", "problem"),
    [("https://other.example/{name}", "which this installation does not allow"),
     ("http://clips.example/{name}", "must begin with https://"), ("https://{name}/a.mp4", "host written out"),
     ("https://clips.example{name}", "host written out"), ("videos/{name}", "host written out"),
     ("https://clips.example/{nome}", "Unknown placeholder {nome}"), (f"{HOST}/{{meta.}}", "Unknown placeholder"),
     (f"{HOST}/{{meta.KEY}}", "Unknown placeholder"), (f"{HOST}/{{name", "no partner"),
     (f"{HOST}/{{source}}", "a whole address"), (f"{HOST}/{'a' * 500}", "at most 500"), ("", "host written out"),
     (f"{HOST}/a b/{{name}}", "contains a space"), (f"{HOST}/\0{{name}}", "contains a space"),
     ("https://127.0.0.1/{name}", "not a public address"), ("https://[::1/{name}", "host written out")],
)  # fmt: skip
def test_a_template_that_cannot_work_is_refused(template: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem.replace("{", r"\{")):
        check_template(template, Connection())


@pytest.mark.parametrize(
    ("template", "url"),
    [(f"{HOST}/v/{{name}}", f"{HOST}/v/fleet/cam%201.mp4"), (f"{HOST}/{{stem}}.webm", f"{HOST}/fleet/cam%201.webm"),
     (f"{HOST}/{{batch}}/{{id}}", f"{HOST}/b1/v%3F1"), ("{source}", f"{HOST}/raw/drive/7.mp4"),
     (f"{HOST}/{{source.path}}?k={{meta.route}}", f"{HOST}/raw/drive/7.mp4?k=A%207")],
)  # fmt: skip
def test_placeholders_become_a_quoted_address(item: Item, template: str, url: str) -> None:
    check_template(template, item.batch.connection)
    assert footage_location(template, item).name == url


@pytest.mark.parametrize(
    ("fields", "template", "problem"),
    [({"name": ""}, f"{HOST}/{{name}}", "This video has no name"),
     ({"name": "../x.mp4"}, f"{HOST}/v/{{name}}", "as a folder"), ({"name": "a\\..\\b"}, f"{HOST}/{{name}}", "folder"),
     ({"source_uri": "https://evil.example/x.mp4"}, "{source}", "does not allow"),
     ({"source_uri": "gs://bucket/x.mp4"}, "{source}", "must begin with https://"),
     ({}, f"{HOST}/{{meta.car}}", "no meta.car")],
)  # fmt: skip
def test_an_item_that_does_not_fit_is_refused_by_reason(
    item: Item, fields: dict[str, str], template: str, problem: str
) -> None:
    for name, value in fields.items():
        setattr(item, name, value)
    with pytest.raises(VendorRefused, match=problem):
        footage_location(template, item)


@pytest.fixture
def folder(tmp_path: Path, settings: Any, item: Item) -> Path:
    settings.STORAGES = settings.STORAGES | footage_storage(str(tmp_path / "videos"))
    (tmp_path / "videos/fleet").mkdir(parents=True)
    (tmp_path / "videos/fleet/cam 1.mp4").write_bytes(b"0123456789")
    item.batch.connection.footage_folder = "."
    item.batch.connection.save()
    return tmp_path / "videos"


def test_a_template_names_a_file_of_the_storage(folder: Path, item: Item) -> None:
    check_template("{name}", item.batch.connection)
    location = footage_location("{name}", item)
    assert (location.name, location.is_file) == ("fleet/cam 1.mp4", True)
    file = file_of(location.name)
    assert (file.size, file.media_type, b"".join(file.read(2, 5))) == (10, "video/mp4", b"234")
    (folder / "fleet/cam 1.mp4").write_bytes(b"other bytes")
    assert file_of(location.name).etag != file.etag
    trials = try_template("{name}", item.batch.connection)
    assert [(trial.location, trial.problem) for trial in trials] == [("fleet/cam 1.mp4", "")]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("template", ["/etc/{name}", "a/../{name}", "..", "", "a\0{name}"])
def test_a_path_out_of_the_storage_is_refused(template: str, item: Item) -> None:
    with pytest.raises(ValueError, match="Enter the path of a file"):
        check_template(template, item.batch.connection)


@pytest.mark.usefixtures("folder")
def test_a_connection_reads_its_own_folder_only(item: Item) -> None:
    connection = item.batch.connection
    whole, own, others = (".", "{name}", ""), ("fleet", "cam 1.mp4", ""), ("other/", "{name}", "other/")
    for folder, template, prefix in (whole, own, others):
        connection.footage_folder = folder
        check_template(template, connection)
        assert footage_location(template, item).name == f"{prefix}fleet/cam 1.mp4"
    item.name = "/"  # no folder by itself, but what is around it may become one
    with pytest.raises(VendorRefused, match="does not lie in the folder of this connection"):
        footage_location("..{name}/fleet/cam 1.mp4", item)
    connection.footage_folder = ""
    with pytest.raises(ValueError, match="host written out"):
        check_template("{name}", connection)
    with pytest.raises(VendorRefused, match="no folder of footage"):
        footage_location("{id}.mp4", item)


@pytest.mark.parametrize("folder", ["/srv", "a/../../b", "..", "a\\b", "a\nb"])
def test_a_folder_out_of_the_storage_is_refused(folder: str) -> None:
    with pytest.raises(ValidationError, match="Enter a folder in the storage"):
        Connection(footage_folder=folder).clean_fields()


@pytest.mark.parametrize(
    ("path", "problem"),
    [("gone.mp4", "has no file gone.mp4"), ("../secret.mp4", "has no file"), ("/etc/passwd.mp4", "has no file"),
     ("key.pem", "not the name of a video"), ("fleet", "not the name of a video"), ("dir.mp4", "has no file"),
     ("a\0.mp4", "has no file"), (f"{'a' * 300}.mp4", "has no file"), ("link/../../secret.mp4", "has no file")],
)  # fmt: skip
def test_only_video_files_inside_the_storage_are_given_out(folder: Path, path: str, problem: str) -> None:
    (folder / "dir.mp4").mkdir()
    (folder / "key.pem").write_bytes(b"private")
    (folder.parent / "secret.mp4").write_bytes(b"secret")
    with pytest.raises(VendorRefused, match=problem):
        file_of(path)


@pytest.mark.usefixtures("folder")
def test_a_trial_says_which_files_are_not_there(item: Item) -> None:
    trials = try_template("{stem}.webm", item.batch.connection)
    assert [trial.problem for trial in trials] == ["The storage of footage has no file fleet/cam 1.webm."]


@responses.activate
def test_a_trial_asks_for_the_first_byte_of_three_items(item: Item) -> None:
    for position, name in ((2, "page.mp4"), (3, "gone.mp4"), (4, "never.mp4")):
        make_item(item.batch, position=position, name=name)
    Item.objects.filter(pk=item.pk).update(position=1, name="cam.mp4")
    responses.get(f"{HOST}/cam.mp4", status=206, content_type="video/mp4", body=b"x")
    responses.get(f"{HOST}/page.mp4", content_type="text/html; charset=utf-8", body=b"x")
    responses.get(f"{HOST}/gone.mp4", status=404)
    trials = try_template(f"{HOST}/{{name}}", item.batch.connection)
    assert [trial.problem for trial in trials] == [
        "", "The address gives text/html; charset=utf-8, not a video.", "The host answered 404.",
    ]  # fmt: skip
    assert {call.request.headers["Range"] for call in responses.calls} == {"bytes=0-0"}


@responses.activate
def test_a_template_is_saved_only_if_it_finds_a_video(item: Item) -> None:
    connection = item.batch.connection
    answer = responses.get(f"{HOST}/v/fleet/cam%201.mp4", status=404)
    set_footage(connection=connection, template=f"{HOST}/v/{{name}}")
    assert Connection.objects.get(pk=connection.pk).footage == ""
    Connection.objects.filter(pk=connection.pk).update(footage="stored before")
    assert set_footage(connection=connection, template=f"{HOST}/v/{{name}}")[1] is False
    responses.remove(answer)
    responses.get(f"{HOST}/v/fleet/cam%201.mp4", content_type="video/mp4")
    set_footage(connection=connection, template=f"{HOST}/v/{{name}}")
    assert Connection.objects.get(pk=connection.pk).footage == f"{HOST}/v/{{name}}"
    set_footage(connection=connection, template="")
    assert Connection.objects.get(pk=connection.pk).footage == ""
