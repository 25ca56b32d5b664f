"""Lists of batches, added by signed-in people over the API."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from batches.models import AdditionRun, Connection
from tests.factories import make_connection
from tests.reviewer.conftest import SignIn

LIST = "/api/v1/additions/"


@pytest.fixture(autouse=True)
def vendor_may_be_called(settings: Any) -> None:
    settings.PRIVATE_HOSTS = frozenset({"127.0.0.1:1"})


def add(client: Client, key: Any = None, **body: Any) -> Any:
    headers = {"Idempotency-Key": str(key or uuid4())}
    return client.post(LIST, body, content_type="application/json", headers=headers)


def test_a_list_is_accepted_at_once_and_its_bad_id_named(editor: Client, account: Connection) -> None:
    key = uuid4()
    answers = [add(editor, key, connection=account.pk, ids=["abc", "../x"]) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202]
    run = AdditionRun.objects.get()
    body = answers[0].json()
    assert body == answers[1].json() == editor.get(f"{LIST}{run.pk}/").json()
    assert editor.get(LIST).json() == {"results": [body], "next": None}
    assert (body["state"], body["total"], body["connection"]) == ("queued", 2, "Fleet West")
    assert [entry["state"] for entry in body["entries"]] == ["waiting", "refused"]
    assert body["entries"][1]["reason"].startswith("A batch ID is a single word")


def test_an_invalid_list_is_refused_with_the_reason(editor: Client, account: Connection) -> None:
    too_many = add(editor, connection=account.pk, ids=[f"id{number}" for number in range(101)])
    assert (too_many.status_code, "no more than 100" in too_many.json()["detail"]) == (400, True)
    Connection.objects.update(paused=True)
    paused = add(editor, connection=account.pk, ids=["abc"])
    assert (paused.status_code, "is paused" in paused.json()["detail"]) == (502, True)
    assert AdditionRun.objects.count() == 0


def test_only_editors_of_the_connection_add(sign_in: SignIn, editor: Client, account: Connection) -> None:
    assert add(sign_in(account, "reviewer"), connection=account.pk, ids=["a"]).status_code == 403
    assert add(editor, connection=make_connection().pk, ids=["a"]).status_code == 404
    add(editor, connection=account.pk, ids=["a"])
    run = AdditionRun.objects.get()
    assert sign_in(account, "reviewer").get(f"{LIST}{run.pk}/").status_code == 403
    assert sign_in().get(f"{LIST}{run.pk}/").status_code == 404
    assert sign_in().get(LIST).json()["results"] == []
