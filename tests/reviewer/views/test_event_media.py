"""Thumbnails and clips: from our own rows only, vetted, inert, and with a plain reason where there is none."""

import io
import re
from collections.abc import Hashable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import requests
import responses
from django.conf import settings
from django.test import Client
from django.utils import timezone
from PIL import Image

from batches.compare.same_video import same_videos
from batches.models import Comparison, Connection, Event, Item, Membership, Role, VideoPair
from batches.sync import connect, pictures
from batches.sync.slots import SLOTS
from reviewer import media
from tests.factories import make_batch, make_connection, make_event, make_item
from tests.html import compact

JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 100
HOST = "https://media.example"


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "MEDIA_URL_ROOT", tmp_path)


@pytest.fixture
def event(account: Connection) -> Event:
    return make_event(make_item(make_batch(account)), thumbnail_url=f"{HOST}/a.jpg")


def picture(client: Client, event: Event, query: str = "") -> Any:
    return client.get(f"/events/{event.pk}/thumbnail/{query}")


@responses.activate
def test_a_picture_is_fetched_once_and_served_inert(viewer: Client, event: Event) -> None:
    responses.get(f"{HOST}/a.jpg", body=JPEG, content_type="text/html")
    for _ in range(2):
        answer = picture(viewer, event)
        assert (answer.status_code, answer.content, answer.headers["Content-Type"]) == (200, JPEG, "image/jpeg")
    assert len(responses.calls) == 1
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["Cache-Control"] == "private, max-age=86400"
    assert "Cookie" not in responses.calls[0].request.headers


@responses.activate
def test_a_list_shows_smaller_pictures(viewer: Client, event: Event) -> None:
    drawn = io.BytesIO()
    Image.effect_noise((1280, 720), 60).convert("RGB").save(drawn, "JPEG")
    responses.get(f"{HOST}/a.jpg", body=drawn.getvalue())
    for width in (320, 640):
        answer = picture(viewer, event, f"?width={width}")
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/webp")
        assert Image.open(io.BytesIO(answer.content)).size == (width, width * 9 // 16)
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    for query in ("", "?width=9999", "?width=-1", "?width=x"):
        assert picture(viewer, event, query).content == drawn.getvalue()
    page = viewer.get(f"/batches/{event.batch_id}/").content.decode()
    assert f'srcset="/events/{event.pk}/thumbnail/?width=640 2x"' in page


@responses.activate
@pytest.mark.case("S01")
def test_the_address_comes_from_the_row_and_never_from_the_request(viewer: Client, event: Event) -> None:
    responses.get(f"{HOST}/a.jpg", body=JPEG)
    assert picture(viewer, event, "?url=https://evil.example/x.jpg").content == JPEG


@responses.activate
@pytest.mark.parametrize(
    ("reply", "status", "reason"),
    [
        ({"body": b"<html>"}, 404, "The address holds no picture"),
        ({"body": b"<svg xmlns='http://www.w3.org/2000/svg'/>"}, 404, "The address holds no picture"),
        ({"body": b"GIF89a"}, 404, "The address holds no picture"),
        ({"status": 403}, 404, "The link has expired"),
        ({"status": 404}, 404, "The picture is gone"),
        ({"status": 500}, 503, "The media host answered 500"),
        ({"body": TimeoutError("slow")}, 503, ""),
        ({"status": 302, "headers": {"Location": "http://127.0.0.1/x.jpg"}}, 404, "The address is not allowed"),
        ({"status": 302, "headers": {"Location": "file:///etc/passwd"}}, 404, "The address is not allowed"),
        ({"status": 302, "headers": {"Location": "/a.jpg"}}, 404, "The address redirects too often"),
    ],
)
@pytest.mark.case("S08")
def test_an_invalid_picture_becomes_a_placeholder(
    viewer: Client, event: Event, reply: dict[str, Any], status: int, reason: str
) -> None:
    if isinstance(reply.get("body"), TimeoutError):
        reply, reason = {"body": pictures.requests.ReadTimeout("slow")}, "The media host does not answer"
    responses.get(f"{HOST}/a.jpg", **reply)
    answer = picture(viewer, event)
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "image/svg+xml")
    assert reason in answer.content.decode()
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert not list(settings.MEDIA_URL_ROOT.rglob("*"))


@responses.activate
def test_a_redirect_to_another_public_place_is_followed(viewer: Client, event: Event) -> None:
    responses.get(f"{HOST}/a.jpg", status=302, headers={"Location": "https://cdn.example/b.jpg"})
    responses.get("https://cdn.example/b.jpg", body=JPEG)
    assert picture(viewer, event).content == JPEG


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//evil.example/x", "http://127.0.0.1/x",
     "https://[::ffff:7f00:1]/x", "https://localhost/x", "https://metadata.google.internal/x", "https://a@b.example/x",
     "https://media.example:22/x", " jav\nascript:alert(1)"],
)  # fmt: skip
@pytest.mark.case("X04")
def test_an_address_that_is_not_allowed_is_never_asked(viewer: Client, event: Event, address: str) -> None:
    Event.objects.update(thumbnail_url=address)
    answer = picture(viewer, event)
    assert (answer.status_code, "The address is not allowed" in answer.content.decode()) == (404, True)


def test_no_address_no_picture(viewer: Client, event: Event) -> None:
    Event.objects.update(thumbnail_url="")
    assert "No thumbnail" in picture(viewer, event).content.decode()


@responses.activate
def test_a_picture_that_is_too_large_is_not_kept(viewer: Client, event: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MAX_THUMBNAIL_BYTES", 50)
    responses.get(f"{HOST}/a.jpg", body=JPEG)
    assert picture(viewer, event).status_code == 404
    assert not list(settings.MEDIA_URL_ROOT.rglob("*"))


@pytest.mark.parametrize(
    ("data", "kind"),
    [(JPEG, "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"RIFF1234WEBPVP8 ", "image/webp"),
     (b"", None), (b"RIFF1234WAVE", None), (b"<svg", None)],
)  # fmt: skip
def test_a_picture_is_known_by_its_bytes(data: bytes, kind: str | None) -> None:
    assert pictures.sniff(data) == kind


def sign(client: Client, event: Event, monkeypatch: pytest.MonkeyPatch, **reply: Any) -> Any:
    monkeypatch.setattr(settings, "CLIP_ORIGINS", ["https://clips.example"])
    monkeypatch.setattr(settings, "PRIVATE_HOSTS", frozenset({"127.0.0.1:1"}))
    with responses.RequestsMock() as mock:
        mock.post(f"http://127.0.0.1:1/api/video/{event.item.external_id}/signed-url", **reply)
        return client.post(f"/events/{event.pk}/clip/")


def test_a_clip_is_signed_when_it_is_played(viewer: Client, event: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    signed = {"url": "https://clips.example/v.mp4?s=1", "expires_at": "2026-05-04T10:26:12+00:00", "method": "GET"}
    answer = sign(viewer, event, monkeypatch, json=signed)
    assert answer.json() == {"url": signed["url"], "expires_at": 1777890372.0, "lender": None}
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_a_clip_on_another_host_is_refused_by_name(
    viewer: Client, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = sign(viewer, event, monkeypatch, json={"url": "https://evil.example/v.mp4", "expires_at": None})
    assert answer.status_code == 502
    assert answer.json() == {"error": "The clip is on https://evil.example, which this installation does not allow."}


def test_the_vendors_refusal_is_shown(viewer: Client, event: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = sign(viewer, event, monkeypatch, status=404, json={"detail": "Video not found"})
    assert answer.status_code == 502
    assert "Video not found" in answer.json()["error"]


@responses.activate
@pytest.mark.parametrize(
    ("reply", "status", "wait", "text"),
    [
        ({"status": 503, "headers": {"Retry-After": "2"}}, 503, "2", "is being prepared"),
        ({"status": 503}, 503, "5", "is being prepared"),
        ({"status": 429, "headers": {"Retry-After": "7"}}, 503, "7", "asks for a pause"),
        ({"status": 404}, 200, None, "https://clips.example/v.mp4"),
        ({"body": requests.ConnectionError("only browsers reach it")}, 200, None, "https://clips.example/v.mp4"),
    ],
)
def test_a_clip_that_could_not_be_played_says_when_its_host_gives_it(
    viewer: Client, event: Event, account: Connection, monkeypatch: pytest.MonkeyPatch,
    reply: dict[str, Any], status: int, wait: str | None, text: str,
) -> None:  # fmt: skip
    monkeypatch.setattr(settings, "CLIP_ORIGINS", ["https://clips.example"])
    Connection.objects.filter(pk=account.pk).update(footage="https://clips.example/v.mp4")
    responses.get("https://clips.example/v.mp4", **reply)
    address = f"/events/{event.pk}/clip/"
    assert viewer.post(address).status_code == 200
    assert len(responses.calls) == 0, "a clip that plays costs no request"
    answer = viewer.post(address, {"failed": "1"})
    assert (answer.status_code, answer.headers.get("Retry-After")) == (status, wait)
    assert text in answer.content.decode()


def test_a_vendor_that_asks_for_a_pause_is_asked_again_after_it(
    viewer: Client, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = sign(viewer, event, monkeypatch, status=429, headers={"Retry-After": "30"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")


def test_a_dead_key_signs_nothing_and_is_tried_once(
    viewer: Client, event: Event, account: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = sign(viewer, event, monkeypatch, status=401, json={"detail": "Invalid or expired API key"})
    assert "Invalid or expired API key" in answer.json()["error"]
    answer = viewer.post(f"/events/{event.pk}/clip/")
    assert answer.json() == {"error": "NomadicML refused the API key of Fleet West. Replace or verify it first."}


def test_a_paused_connection_is_not_called(viewer: Client, event: Event, account: Connection) -> None:
    Connection.objects.filter(pk=account.pk).update(paused=True)
    answer = viewer.post(f"/events/{event.pk}/clip/")
    assert answer.json() == {"error": "The connection Fleet West is paused. Resume it first."}


def hold_slots(stack: ExitStack, server: Hashable, count: int) -> list[bool]:
    return [stack.enter_context(SLOTS.taken(server, patience=0)) for _ in range(count)]


def test_a_vendor_that_does_not_answer_leaves_threads_to_the_pages(
    viewer: Client, event: Event, account: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connect, "BRIEF", 0)
    monkeypatch.setattr(settings, "PRIVATE_HOSTS", frozenset({"127.0.0.1:1"}))
    with ExitStack() as stack:
        assert hold_slots(stack, account.pk, settings.CALLS_AT_ONCE) == [True, True, True, False]
        answer = viewer.post(f"/events/{event.pk}/clip/")
        assert answer.json() == {"error": "NomadicML has not answered other requests yet. Try again in a few seconds."}
        assert hold_slots(stack, account.pk + 1, 2) == [True, False], "another vendor still has a slot"
    account.refresh_from_db()
    assert (answer.status_code, account.wait_until) == (503, None)
    signed = {"url": "https://clips.example/v.mp4", "expires_at": None}
    assert sign(viewer, event, monkeypatch, json=signed).status_code == 200


def test_a_media_host_that_does_not_answer_leaves_threads_to_the_pages(
    viewer: Client, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media, "BRIEF", 0)
    with ExitStack() as stack:
        hold_slots(stack, "media.example", settings.CALLS_AT_ONCE)
        answer = picture(viewer, event)
    assert (answer.status_code, "Too many thumbnails" in answer.content.decode()) == (503, True)


@pytest.mark.parametrize(("vendor", "asked"), [("nomadic", True), ("wickson", False)])
def test_no_clip_is_asked_of_a_vendor_that_gives_out_none(
    viewer: Client, account: Connection, vendor: str, asked: bool
) -> None:
    event = make_event(make_item(make_batch(account)), thumbnail_url="")
    Connection.objects.filter(pk=account.pk).update(vendor=vendor)
    for page in (f"/events/{event.pk}/", f"/batches/{event.batch_id}/table/", f"/batches/{event.batch_id}/"):
        assert (f"/events/{event.pk}/clip/" in viewer.get(page).content.decode()) is asked
    text = compact(viewer.get(f"/events/{event.pk}/").content)
    assert text.count("provides no video or images") == (0 if asked else 1)


@pytest.fixture
def lender(event: Event, account: Connection, viewer: Client, monkeypatch: pytest.MonkeyPatch) -> Item:
    """The video of the event in a batch of another connection, which has its clip."""
    monkeypatch.setattr(settings, "CLIP_ORIGINS", ["https://clips.example"])
    Connection.objects.filter(pk=account.pk).update(vendor="wickson")
    other = make_connection(vendor="open")
    Membership.objects.create(connection=other, user=viewer.user, role=Role.VIEWER)
    Item.objects.filter(pk=event.item_id).update(source_uri=f"https://clips.example/{'a' * 250}/drive 7.mp4")
    event.item.refresh_from_db()
    return make_item(make_batch(other, name="Fleet"), name="x.mp4", source_uri=event.item.source_uri)


def test_a_video_without_a_clip_plays_that_of_the_same_video_elsewhere(
    viewer: Client, event: Event, lender: Item
) -> None:
    assert f"/events/{event.pk}/clip/" in viewer.get(f"/events/{event.pk}/").content.decode()
    assert f"/items/{event.item_id}/clip/" in viewer.get(f"/batches/{event.batch_id}/watch/").content.decode()
    make_event(make_item(event.batch))
    for layout in ("", "table/"):
        page = viewer.get(f"/batches/{event.batch_id}/{layout}").content.decode()
        assert re.findall(r'data-preview="([^"]*)"', page) == [f"/events/{event.pk}/clip/"]
    for address in (f"/events/{event.pk}/clip/", f"/items/{event.item_id}/clip/"):
        answer = viewer.post(address).json()
        assert answer["url"] == event.item.source_uri
        assert answer["lender"] == {"title": "Fleet", "url": f"/batches/{lender.batch_id}/"}


def test_a_file_that_names_a_video_by_its_address_borrows_its_clip(
    viewer: Client, event: Event, lender: Item, account: Connection
) -> None:
    Connection.objects.filter(pk=account.pk).update(vendor="open")
    Event.objects.filter(pk=event.pk).update(thumbnail_url="")
    address = "https://clips.example/drive 7.mp4"  # a name is shorter than an address may be
    Item.objects.filter(pk=lender.pk).update(source_uri=address)
    Item.objects.filter(pk=event.item_id).update(source_uri="", name=address)
    assert viewer.post(f"/events/{event.pk}/clip/").json()["lender"]["title"] == "Fleet"
    assert f'data-preview="/events/{event.pk}/clip/"' in viewer.get(f"/batches/{event.batch_id}/").content.decode()


@pytest.mark.parametrize(
    "change",
    [{"source_uri": "https://clips.example/other.mp4"}, {"gone_at": timezone.now()}, {"raw": '{"duration": 99.5}'}],
)
def test_another_video_lends_no_clip(viewer: Client, event: Event, lender: Item, change: dict[str, Any]) -> None:
    Item.objects.filter(pk=event.item_id).update(raw='{"duration": 12.5}')
    Item.objects.filter(pk=lender.pk).update(**change)
    assert f"/events/{event.pk}/clip/" not in viewer.get(f"/events/{event.pk}/").content.decode()
    answer = viewer.post(f"/events/{event.pk}/clip/")
    assert (answer.status_code, answer.json()["error"]) == (404, "The vendor provides no video.")


def test_a_batch_that_the_person_cannot_see_lends_no_clip(viewer: Client, event: Event, lender: Item) -> None:
    Membership.objects.filter(connection=lender.batch.connection).delete()
    assert viewer.post(f"/events/{event.pk}/clip/").status_code == 404


def test_a_compared_video_or_the_same_id_at_the_vendor_lends_its_clip(
    viewer: Client, event: Event, lender: Item, account: Connection
) -> None:
    event.item.source_uri = ""
    event.item.batch.refresh_from_db()
    assert same_videos(event.item, viewer.user) == []
    event.item.name = lender.source_uri
    assert same_videos(event.item, viewer.user) == [lender], "a file may name a video by its address"
    event.item.name = lender.source_uri.rpartition("/")[2]
    assert same_videos(event.item, viewer.user) == []
    comparison = Comparison.objects.create(earlier=event.batch, later=lender.batch, created_by=viewer.user)
    VideoPair.objects.create(comparison=comparison, earlier=event.item, later=lender, known_by="name", position=0)
    assert same_videos(event.item, viewer.user) == [lender]
    twin = make_item(make_batch(lender.batch.connection), external_id=event.item.external_id)
    assert same_videos(event.item, viewer.user) == [lender]
    Connection.objects.update(vendor="wickson")
    assert same_videos(event.item, viewer.user) == [twin, lender]
