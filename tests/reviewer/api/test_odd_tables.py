"""Structured ODD over REST: one request for each key, its state, its files."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from batches.export.odd_tables import write_table
from batches.models import Connection, OddRun, OddTable, Scope
from batches.sync.odd_columns import DEFAULT_COLUMNS
from tests.reviewer.api.conftest import Caller

pytestmark = pytest.mark.django_db(transaction=True)


def post(client: Client, account: Connection, key: Any = None, **fields: Any) -> Any:
    headers = {"Idempotency-Key": str(key or uuid4())}
    address = f"/api/v1/connections/{account.pk}/odd/"
    return client.post(address, {"videos": ["a", "b"]} | fields, content_type="application/json", headers=headers)


def test_the_same_key_is_one_request_with_its_state_and_files(script: Caller, account: Connection) -> None:
    client, key = script(Scope.START), uuid4()
    answers = [post(client, account, key) for _ in range(2)]
    table = OddTable.objects.get()
    assert [answer.status_code for answer in answers] == [202, 202]
    body = answers[0].json()
    address = f"/api/v1/odd/{table.pk}/"
    assert body == answers[1].json() == client.get(address).json()
    assert (body["unfinished"], len(body["columns"])) == (True, len(DEFAULT_COLUMNS))
    assert [video["video_id"] for video in body["videos"]] == ["a", "b"]
    table.runs.update(state="incomplete", finished_at=timezone.now())
    run = table.runs.all()[0]
    OddRun.objects.filter(pk=run.pk).update(state="done", total=1, size=write_table(run.pk, ["x"], [["1", ""]]))
    body = client.get(address).json()
    states = [(video["state"], video["rows"], video["may_have_started"]) for video in body["videos"]]
    assert (body["unfinished"], states) == (False, [("done", 1, False), ("incomplete", None, True)])
    assert client.get(f"{address}odd.csv").getvalue().endswith(b"\r\na,a,1,\r\n")
    assert client.get(f"{address}odd.zip").getvalue().startswith(b"PK")


def test_columns_of_ones_own_are_taken_and_nonsense_refused(script: Caller, account: Connection) -> None:
    client = script(Scope.START)
    column = {"name": "light", "prompt": "Which light?", "type": "categorical", "literals": ["day", "night"]}
    post(client, account, columns=[column])
    assert OddTable.objects.get().columns == [column]
    for fields in (
        {"videos": []},
        {"columns": [{"name": "x"}]},
        {"columns": [column, column]},
        {"videos": ["x" * 256]},
    ):
        assert post(client, account, **fields).status_code == 400, fields
    assert OddTable.objects.count() == 1
