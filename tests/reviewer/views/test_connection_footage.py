"""The page on which managers say where the own footage of a connection lies, and clips that play from there."""

import time
from pathlib import Path
from typing import Any

import pytest
import responses
from django.conf import settings
from django.core import signing
from django.test import Client

from batches.models import Connection, Event, Item, Role
from batches.storage import footage_storage
from batches.sync.footage_files import item_of, token_of
from reviewer.views import footage
from tests.factories import make_batch, make_event, make_item, make_member

HOST = "https://clips.example"
TEMPLATE = f"{HOST}/v/{{name}}"


@pytest.fixture
def event(account: Connection, monkeypatch: pytest.MonkeyPatch) -> Event:
    monkeypatch.setattr(settings, "CLIP_ORIGINS", [HOST])
    return make_event(make_item(make_batch(account), name="cam1.mp4"))


@responses.activate
def test_a_manager_tries_a_template_and_saves_it(client: Client, account: Connection, event: Event) -> None:
    client.force_login(make_member(account, Role.MANAGER))
    responses.get(f"{HOST}/v/cam1.mp4", content_type="video/mp4")
    address = f"/connections/{account.pk}/footage/"
    page = client.post(address, {"do": "try", "template": TEMPLATE})
    assert [(trial.location, trial.problem) for trial in page.context["trials"]] == [(f"{HOST}/v/cam1.mp4", "")]
    assert Connection.objects.get(pk=account.pk).footage == ""
    assert client.post(address, {"do": "save", "template": TEMPLATE}).status_code == 302
    assert TEMPLATE in client.get(address).content.decode()


@responses.activate
def test_what_is_not_found_is_shown_and_not_saved(client: Client, account: Connection, event: Event) -> None:
    client.force_login(make_member(account, Role.MANAGER))
    responses.get(f"{HOST}/v/cam1.mp4", status=403)
    answer = client.post(f"/connections/{account.pk}/footage/", {"do": "save", "template": TEMPLATE})
    text = answer.content.decode()
    assert (answer.status_code, "finds no video" in text, "The host answered 403." in text) == (422, True, True)
    Connection.objects.filter(pk=account.pk).update(footage=TEMPLATE)
    again = client.post(f"/connections/{account.pk}/footage/", {"do": "save", "template": TEMPLATE})
    assert (again.status_code, "Saved." in again.content.decode()) == (422, False)
    Connection.objects.filter(pk=account.pk).update(footage="")
    refused = client.post(f"/connections/{account.pk}/footage/", {"do": "try", "template": "nowhere"})
    assert (refused.status_code, "host written out" in refused.content.decode()) == (422, True)
    assert Connection.objects.get(pk=account.pk).footage == ""


@pytest.fixture
def file_address(viewer: Client, event: Event, tmp_path: Path, settings: Any) -> str:
    """The signed address at which the event's clip plays from the operator's folder."""
    settings.STORAGES = settings.STORAGES | footage_storage(str(tmp_path))
    (tmp_path / "cam1.mp4").write_bytes(b"0123456789")
    Connection.objects.filter(pk=event.batch.connection_id).update(
        vendor="wickson", footage="{name}", footage_folder="."
    )
    answer = viewer.post(f"/events/{event.pk}/clip/").json()
    assert 800 < answer["expires_at"] - time.time() <= 900
    return str(answer["url"])


def test_a_file_plays_in_parts_for_whoever_has_its_address(
    client: Client, file_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(footage, "PART", 4)
    whole = client.get(file_address)
    assert (whole.status_code, whole.getvalue(), whole["Content-Type"]) == (200, b"0123456789", "video/mp4")
    for wanted, status, sent in (("bytes=0-", 206, b"0123"), ("bytes=8-", 206, b"89"), ("bytes=2-3", 206, b"23"),
                                 ("bytes=10-", 416, b"")):  # fmt: skip
        answer = client.get(file_address, headers={"Range": wanted})
        assert (answer.status_code, answer.getvalue()) == (status, sent)
    assert answer["Content-Range"] == "bytes */10"
    assert client.get(file_address, headers={"If-None-Match": whole["ETag"]}).status_code == 304
    assert whole["Cache-Control"] == "private, max-age=900"


def test_an_address_of_a_file_cannot_be_made_up_and_ends(
    client: Client, file_address: str, event: Event, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forged = signing.dumps([event.item_id, int(time.time()) + 900], salt="other")
    assert client.get(f"/footage/{forged}/").status_code == 404
    assert client.get(file_address.replace(":", "x", 1)).status_code == 404
    Connection.objects.update(footage_folder="other")
    assert client.get(file_address).status_code == 404
    Connection.objects.update(footage_folder=".")
    (tmp_path / "cam1.mp4").rename(tmp_path / "cam2.mp4")
    assert client.get(file_address).status_code == 404
    Connection.objects.update(footage=TEMPLATE)
    assert client.get(file_address).status_code == 404
    assert item_of(token_of(7, time.time() + 60)) == 7
    assert item_of(token_of(7, time.time() - 1)) is None


@pytest.mark.usefixtures("file_address")
def test_a_missing_file_is_no_clip_or_the_vendors(viewer: Client, event: Event, tmp_path: Path) -> None:
    (tmp_path / "cam1.mp4").unlink()
    assert "has no file cam1.mp4" in viewer.post(f"/events/{event.pk}/clip/").json()["error"]
    Connection.objects.update(vendor="open")
    Item.objects.update(source_uri=f"{HOST}/vendor.mp4")
    assert viewer.post(f"/events/{event.pk}/clip/").json()["url"] == f"{HOST}/vendor.mp4"
    Item.objects.update(source_uri="//evil.example/vendor.mp4")
    assert "does not allow" in viewer.post(f"/events/{event.pk}/clip/").json()["error"]


def test_a_vendor_without_clips_plays_own_footage(viewer: Client, account: Connection, event: Event) -> None:
    Connection.objects.filter(pk=account.pk).update(vendor="wickson", footage=TEMPLATE)
    for page in (f"/events/{event.pk}/", f"/batches/{event.batch_id}/table/"):
        assert f"/events/{event.pk}/clip/" in viewer.get(page).content.decode()
    assert viewer.post(f"/events/{event.pk}/clip/").json()["url"] == f"{HOST}/v/cam1.mp4"
    assert viewer.post(f"/items/{event.item_id}/clip/").json()["url"] == f"{HOST}/v/cam1.mp4"


@pytest.mark.parametrize(("vendor", "url"), [("open", f"{HOST}/vendor.mp4"), ("wickson", None)])
def test_a_video_that_does_not_fit_plays_from_the_vendor_if_it_can(
    viewer: Client, account: Connection, event: Event, vendor: str, url: str | None
) -> None:
    Connection.objects.filter(pk=account.pk).update(vendor=vendor, footage=f"{HOST}/{{meta.car}}")
    event.item.source_uri = f"{HOST}/vendor.mp4"
    event.item.save()
    answer = viewer.post(f"/events/{event.pk}/clip/").json()
    assert answer.get("url") == url
    assert url or "no meta.car" in answer["error"]
