"""The page that uploads videos from addresses: a list, its errors, what came of each, and retries."""

import json
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from batches.actions.limits import Limit
from batches.actions.uploads import begin_upload
from batches.models import Connection, VideoUpload
from tests.factories import make_connection
from tests.html import compact

pytestmark = pytest.mark.django_db(transaction=True)

ADDRESSES = "https://media.example/a.mp4\nhttps://media.example/b.mov?signature=secret"


def form(**fields: Any) -> dict[str, Any]:
    return {"do": "upload", "key": uuid4(), "addresses": ADDRESSES, "scope": "org"} | fields


@pytest.fixture
def page(account: Connection) -> str:
    return f"/connections/{account.pk}/uploads/"


def test_each_address_becomes_one_upload(editor: Client, page: str, account: Connection) -> None:
    body = form()
    for _ in range(2):
        assert editor.post(page, body).status_code == 302
    assert sorted(run.name for run in VideoUpload.objects.all()) == ["a.mp4", "b.mov"]
    assert {run.scope for run in VideoUpload.objects.all()} == {"org"}
    text = compact(editor.get(page, headers={"HX-Target": "uploads"}).content)
    assert "2 in progress" in text
    assert "secret" not in text
    assert f'href="{page}"' in editor.get(f"/connections/{account.pk}/videos/").text


@pytest.mark.parametrize(
    ("fields", "phrase"),
    [
        ({"addresses": ""}, "addresses: "),
        ({"addresses": "ftp://x/a.mp4"}, "Expected an https:// address"),
        ({"folder": "999"}, "folder: "),
        ({"do": "stop"}, "do: expected"),
    ],
)
def test_an_invalid_request_is_refused_with_the_reason(
    editor: Client, page: str, fields: dict[str, Any], phrase: str
) -> None:
    answer = editor.post(page, form(**fields))
    assert (answer.status_code, phrase in answer.text, VideoUpload.objects.count()) == (422, True, 0)


def test_failed_and_unknown_uploads_are_requested_again(editor: Client, page: str, account: Connection) -> None:
    editor.post(page, form())
    failed, unknown = VideoUpload.objects.order_by("id")
    now = timezone.now()
    VideoUpload.objects.filter(pk=failed.pk).update(state="failed", finished_at=now, message="No.", sent_at=now)
    VideoUpload.objects.filter(pk=unknown.pk).update(state="incomplete", finished_at=now, message="Look.", sent_at=now)
    text = compact(editor.get(page).content)
    for phrase in ("May have been uploaded", "Retry 1 failed upload", "1 to check at the vendor", "Upload again"):
        assert phrase in text
    assert editor.post(page, {"do": "retry"}).status_code == 302
    assert editor.post(page, {"do": "again", "upload": failed.pk}).status_code == 422
    assert editor.post(page, {"do": "again", "upload": unknown.pk}).status_code == 302
    assert set(VideoUpload.objects.values_list("state", "sent_at")) == {("queued", None)}
    foreign = VideoUpload.objects.create(connection=make_connection(name="other"), idempotency_key=uuid4(), address="x")
    assert editor.post(page, {"do": "again", "upload": foreign.pk}).status_code == 404


def test_older_uploads_follow(editor: Client, page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reviewer.views.uploads.PAGE_UPLOADS", 1)
    editor.post(page, form())
    first = editor.get(page)
    rest = editor.get(f"{page}?after={first.context['more']}", headers={"HX-Target": "more"})
    assert (len(rest.context["uploads"]), rest.context["more"]) == (1, "")
    assert rest.text.lstrip().startswith("<ul")
    for opened in (first, editor.get(f"{page}?after={first.context['more']}")):
        poll = editor.get(page + opened.context["polled"], headers={"HX-Target": "uploads"})
        assert list(poll.context["uploads"]) == list(opened.context["uploads"]), "the poll keeps to its page"


FILM = b"\0\0\0\x20ftypisom" + bytes(88)


def begin(editor: Client, page: str, **fields: Any) -> HttpResponse:
    order = {"name": "drive.mp4", "size": len(FILM), "modified": 1, "scope": "org"} | fields
    return editor.post(f"{page}files/", order, headers={"Accept": "application/json"})


def send(editor: Client, upload: int, offset: int, content: bytes) -> HttpResponse:
    return editor.post(f"/uploads/{upload}/part/?offset={offset}", content, content_type="video/mp4")


def test_a_file_arrives_in_parts_and_the_same_one_goes_on(
    editor: Client, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(begin_upload.__kwdefaults__, "part_bytes", 60)
    begun = begin(editor, page).json()
    assert begun | {"upload": 0} == {
        "upload": 0, "state": "queued", "received": 0, "part_bytes": 60, "message": "",
    }  # fmt: skip
    first = send(editor, begun["upload"], 0, FILM[:60])
    assert (first.status_code, first.json()["received"]) == (200, 60)
    text = compact(editor.get(page).content)
    assert "1 not received whole" in text
    assert "60 % received" in text
    repeated = send(editor, begun["upload"], 0, FILM[:60])
    assert (repeated.status_code, repeated.json()["received"]) == (409, 60)
    assert begin(editor, page).json() | {"message": ""} == first.json() | {"message": ""}
    assert send(editor, begun["upload"], 60, FILM[60:]).json()["received"] == len(FILM)
    run = VideoUpload.objects.get()
    assert (run.scope, run.enqueued_at is not None) == ("org", True)
    assert editor.post(page, {"do": "cancel", "upload": run.pk}).status_code == 302
    assert VideoUpload.objects.filter(message="Canceled.", received=0).get() == run
    text = compact(editor.get(page).content)
    assert ("1 not uploaded" in text, "Retry" in text) == (True, False), "its parts are deleted"
    assert editor.post(page, {"do": "cancel", "upload": run.pk}).status_code == 422


def test_another_file_of_the_same_name_is_told_and_kept(editor: Client, page: str) -> None:
    assert begin(editor, page).json()["message"] == ""
    assert begin(editor, page, folder="", scope="user").json()["message"] == "", "in another place"
    twin = begin(editor, page, modified=2).json()
    assert twin["message"] == "Another video in this folder is named drive.mp4. Both are kept."
    assert VideoUpload.objects.count() == 3


def test_a_file_that_is_refused_says_why(editor: Client, page: str) -> None:
    answer = begin(editor, page, name="notes.txt")
    assert (answer.status_code, "notes.txt is not a video" in answer.json()["error"]) == (422, True)
    begun = begin(editor, page).json()
    headers = {"Accept": "application/json"}
    part = editor.post(
        f"/uploads/{begun['upload']}/part/?offset=0", b"PK" + bytes(98), content_type="video/mp4",
        headers=headers,
    )  # fmt: skip
    assert (part.status_code, "its content is neither" in part.json()["error"]) == (422, True)


def test_views_of_a_recording_say_what_they_wait_for(editor: Client, page: str) -> None:
    files = [{"name": f"run_{role}.mp4", "size": len(FILM), "modified": 1} for role in ("front", "left")]
    for file in files:
        assert begin(editor, page, **file, views=json.dumps(files)).status_code == 200
    text = compact(editor.get(page).content)
    assert "Front view, joined once all 2 views are uploaded" in text
    assert "View of a recording: left" in text
    front = VideoUpload.objects.get(view="front")
    VideoUpload.objects.filter(pk=front.pk).update(join_message="The views may be apart: refused.")
    assert "Join views again" in compact(editor.get(page).content)
    assert editor.post(page, {"do": "join", "upload": front.pk}).status_code == 302
    assert editor.post(page, {"do": "join", "upload": front.pk}).status_code == 422
    for wrong in (json.dumps(files[1:]), json.dumps([3]), "[", json.dumps(files * 300)):
        assert begin(editor, page, **files[1], views=wrong).status_code == 422


def test_a_part_that_ends_early_changes_nothing(editor: Client, page: str) -> None:
    begun = begin(editor, page).json()
    extra: dict[str, Any] = {"CONTENT_LENGTH": str(len(FILM)), "wsgi.input": BytesIO(FILM[:40])}
    answer = editor.generic("POST", f"/uploads/{begun['upload']}/part/?offset=0", **extra)
    assert (answer.status_code, VideoUpload.objects.get().received) == (408, 0)


def test_addresses_count_each_for_the_limit(editor: Client, page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("batches.actions.uploads.VIDEO_UPLOADS", Limit("videos to upload", 3))
    body = form()
    assert [editor.post(page, body).status_code for _ in range(3)] == [302] * 3, "a repeated key is free"
    assert editor.post(page, form()).status_code == 429
    assert VideoUpload.objects.count() == 2
