"""Uploads over REST: addresses once for each key, a file in parts, and its cancel."""

from typing import Any
from uuid import uuid4

import pytest
from django.http import HttpResponse

from batches.actions.uploads import begin_upload
from batches.models import Connection, Scope, VideoUpload
from tests.factories import make_member
from tests.reviewer.api.conftest import caller, make_token

pytestmark = pytest.mark.django_db(transaction=True)

FILM = b"\0\0\0\x20ftypisom" + bytes(88)


@pytest.fixture
def editor(account: Connection) -> Any:
    return caller(make_token(make_member(account, "editor"), Scope.START))


def test_addresses_are_uploaded_once_for_each_key(editor: Any, account: Connection) -> None:
    url, order = f"/api/v1/connections/{account.pk}/uploads/", {"addresses": ["https://media.example/a.mp4?s=1"]}
    key = {"Idempotency-Key": str(uuid4())}
    first, again = (editor.post(url, order, "application/json", headers=key) for _ in range(2))
    assert (first.status_code, first.json()) == (202, again.json())
    (upload,) = first.json()
    assert (upload["name"], upload["address"], upload["state"]) == ("a.mp4", "https://media.example/a.mp4", "queued")
    assert editor.get(url).json()["results"] == [upload]
    wrong = editor.post(url, {"addresses": ["ftp://x"]}, "application/json", headers={"Idempotency-Key": str(uuid4())})
    assert (wrong.status_code, "Expected an https:// address" in wrong.json()["detail"]) == (400, True)


def test_a_file_is_sent_in_parts_and_canceled(
    editor: Any, account: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(begin_upload.__kwdefaults__, "part_bytes", 60)  # type: ignore[arg-type]
    order = {"name": "a.mp4", "size": len(FILM), "modified": 7}
    begun = editor.post(f"/api/v1/connections/{account.pk}/upload-files/", order, "application/json").json()
    assert (begun["received"], begun["part_bytes"]) == (0, 60)

    def send(offset: int, content: bytes) -> HttpResponse:
        url = f"/api/v1/uploads/{begun['id']}/parts/?offset={offset}"
        return editor.post(url, content, "application/octet-stream")  # type: ignore[no-any-return]

    assert send(0, FILM[:60]).json()["received"] == 60
    assert send(0, FILM[:60]).status_code == 412
    assert send(60, FILM[60:70]).status_code == 400
    assert send(60, FILM[60:]).json()["received"] == 100
    canceled = editor.post(f"/api/v1/uploads/{begun['id']}/cancel/")
    assert (canceled.json()["state"], canceled.json()["message"]) == ("failed", "Canceled.")
    assert editor.get(f"/api/v1/uploads/{begun['id']}/").json() == canceled.json()
    assert VideoUpload.objects.get().received == 0


def test_views_of_a_recording_are_named_with_each_of_them(editor: Any, account: Connection) -> None:
    files = [{"name": f"run_{role}.mp4", "size": len(FILM), "modified": 7} for role in ("front", "left")]
    url = f"/api/v1/connections/{account.pk}/upload-files/"
    front, left = (editor.post(url, file | {"views": files}, "application/json").json() for file in files)
    assert (front["view"], left["view"], front["recording"] == left["recording"]) == ("front", "left", True)
    wrong = editor.post(url, files[1] | {"views": files[1:]}, "application/json")
    assert (wrong.status_code, "run has no front view" in wrong.json()["detail"]) == (400, True)
