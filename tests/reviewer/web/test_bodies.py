"""What strangers and people send: refused from the head of the request, before a byte is read or written."""

from io import BytesIO
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.test import Client

from batches.actions import make_token
from batches.models import Connection
from reviewer.web import bodies
from reviewer.web.serving import BODY_BYTES
from tests.factories import make_batch, make_event, make_item, make_member

pytestmark = pytest.mark.django_db
MULTIPART = "multipart/form-data; boundary=b"
ADDRESSES = ["/login/", "/imports/", "/events/1/decide/", "/admin/login/", "/api/v1/events/1/decisions/", "/logout/"]


class Unread(BytesIO):
    """A body that fails the test where it is read."""

    def read(self, *args: Any) -> bytes:
        raise AssertionError("the body was read")

    readline = read


def send(client: Client, path: str, length: int, content_type: str = MULTIPART, **extra: Any) -> int:
    return client.generic("POST", path, b"", content_type, CONTENT_LENGTH=str(length), **{"wsgi.input": Unread()},
        **extra).status_code  # fmt: skip


@pytest.mark.parametrize("path", ADDRESSES)
@pytest.mark.parametrize("cookie", ["", "invented"])
def test_no_byte_of_a_strangers_large_body_is_read(path: str, cookie: str) -> None:
    client = Client(enforce_csrf_checks=True)
    if cookie:
        client.cookies["sessionid"], client.cookies["csrftoken"] = cookie, "a" * 32
    assert send(client, path, 2_000_000_000) in (401, 413)
    assert send(client, path, BODY_BYTES + 1) in (401, 413)


def test_a_stranger_is_refused_in_one_line(db: None) -> None:
    for path, status in (("/login/", 413), ("/imports/", 401)):
        answer = Client().post(path, b"", MULTIPART, CONTENT_LENGTH=str(BODY_BYTES + 1), **{"wsgi.input": Unread()})
        assert (answer.status_code, answer.content.decode()) == (status, bodies.TOO_MUCH)
        assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"


def test_an_invented_token_sends_no_more(db: None) -> None:
    client = Client(headers={"Authorization": "Bearer rev_000000000000_" + "x" * 43})
    assert send(client, "/api/v1/events/1/decisions/", BODY_BYTES + 1, "application/json") == 401


def test_a_small_file_of_a_stranger_is_never_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    stored: list[str] = []
    django_new_file = TemporaryFileUploadHandler.new_file

    def new_file(self: TemporaryFileUploadHandler, *args: Any, **kwargs: Any) -> None:
        stored.append("file")
        django_new_file(self, *args, **kwargs)

    monkeypatch.setattr(TemporaryFileUploadHandler, "new_file", new_file)
    client = Client()
    client.cookies["sessionid"] = "invented"
    client.post("/login/", {"username": "a", "file": SimpleUploadedFile("a.csv", b"x" * 1000)})
    assert stored == []


@pytest.mark.parametrize(("role", "path", "length", "status"), [
    ("editor", "/imports/", settings.IMPORT_MAX_BYTES + 1, 413),
    ("viewer", "/imports/", BODY_BYTES + 1, 403),
    ("editor", "/batches/{batch}/metadata/", 3_000_000, 413),
    ("editor", "/events/{event}/decide/", 3_000_000, 413),
    ("reviewer", "/login/", 3_000_000, 413),
])  # fmt: skip
@pytest.mark.case("L04")
def test_each_address_has_its_own_limit(account: Connection, role: str, path: str, length: int, status: int) -> None:
    event = make_event(make_item(make_batch(account)))
    client = Client()
    client.force_login(make_member(account, role))
    assert send(client, path.format(batch=event.batch_id, event=event.pk), length) == status


def test_a_persons_token_sends_up_to_the_limit(account: Connection) -> None:
    client = Client(
        headers={"Authorization": f"Bearer {make_token(user=make_member(account), scope='read', name='x', days=1)[1]}"}
    )
    assert send(client, "/api/v1/events/1/decisions/", 3_000_000, "application/json") == 413


def test_large_bodies_leave_threads_for_others(account: Connection) -> None:
    client = Client()
    client.force_login(make_member(account, "editor"))
    taken = 0
    while bodies.AT_ONCE.acquire(blocking=False):
        taken += 1
    try:
        assert send(client, "/imports/", BODY_BYTES + 1) == 503
        assert client.get("/healthz").status_code == 200
    finally:
        bodies.AT_ONCE.release(taken)
    assert taken == 4
