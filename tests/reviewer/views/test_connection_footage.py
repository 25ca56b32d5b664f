"""The page on which managers say where the own footage of a connection lies, and clips that play from there."""

import pytest
import responses
from django.conf import settings
from django.test import Client

from batches.models import Connection, Event, Role
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
    assert [(trial.url, trial.problem) for trial in page.context["trials"]] == [(f"{HOST}/v/cam1.mp4", "")]
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
    refused = client.post(f"/connections/{account.pk}/footage/", {"do": "try", "template": "nowhere"})
    assert (refused.status_code, "host written out" in refused.content.decode()) == (422, True)
    assert Connection.objects.get(pk=account.pk).footage == ""


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
