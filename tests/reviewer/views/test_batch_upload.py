"""A batch is started with files on a page or over REST, where the vendor takes the files themselves."""

from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from batches.models import BatchStart, Connection, Scope
from tests.factories import make_connection, make_member
from tests.reviewer.api.conftest import caller, make_token

pytestmark = pytest.mark.django_db


@pytest.fixture
def connection() -> Connection:
    return make_connection(name="fleet", vendor="wickson")


@pytest.fixture
def editor(connection: Connection, client: Client) -> Client:
    client.force_login(make_member(connection, "editor"))
    return client


def film(name: str = "front.mp4", content: bytes = b"film") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def test_files_start_a_batch_once(editor: Client, connection: Connection) -> None:
    page = f"/connections/{connection.pk}/start/"
    assert editor.get("/batches/start/").headers["Location"] == page
    assert "At most 25 files" in editor.get(page).text
    key = uuid4()
    for _ in range(2):
        answer = editor.post(page, {"key": key, "collection": "June", "file": [film(), film("left.mp4")]})
        run = BatchStart.objects.get()
        assert answer.headers["Location"] == f"/starts/{run.pk}/"
    assert (run.files, run.position, run.question["collection"]) == ([("front.mp4", 4), ("left.mp4", 4)], 2, "June")
    assert "front.mp4, left.mp4" in editor.get(f"/starts/{run.pk}/").text


@pytest.mark.parametrize(
    ("files", "reason"), [([], "Choose at least one file."), ([film(content=b"")], "front.mp4 is empty.")]
)
def test_what_cannot_be_sent_says_why(editor: Client, connection: Connection, files: list[Any], reason: str) -> None:
    answer = editor.post(f"/connections/{connection.pk}/start/", {"key": uuid4(), "file": files})
    assert (answer.status_code, reason in answer.text, BatchStart.objects.exists()) == (422, True, False)


def test_a_script_starts_a_batch_with_files(connection: Connection) -> None:
    script = caller(make_token(make_member(connection, "editor"), Scope.START))
    url, key = f"/api/v1/connections/{connection.pk}/file-batches/", {"Idempotency-Key": str(uuid4())}
    answers = [script.post(url, {"file": [film()]}, headers=key) for _ in range(2)]
    run = BatchStart.objects.get()
    assert [(answer.status_code, answer.json()["id"]) for answer in answers] == [(202, run.pk)] * 2
    refused = script.post(url, {"file": [film(content=b"")]}, headers={"Idempotency-Key": str(uuid4())})
    assert (refused.status_code, "front.mp4" in refused.text or "empty" in refused.text) == (400, True)
