"""Downloads with a token: at once, and made in the background."""

import hashlib
import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from batches.models import Batch, Event, ExportRun, Membership, Role, Scope
from batches.models.run import RunState
from reviewer.downloads.tasks import make_export
from tests.downloads import exports_in
from tests.factories import make_batch, make_connection, make_event, make_item, make_member
from tests.factories import make_export as make_run
from tests.reviewer.api.conftest import Caller, caller, make_token

LIST = "/api/v1/exports/"


@pytest.fixture(autouse=True)
def exports_folder(settings: Any, tmp_path: Path) -> None:
    settings.STORAGES = exports_in(tmp_path / "exports")


@pytest.fixture
def client(script: Caller, batch: Batch) -> Client:
    """Of a viewer; the first of the batch's events has a label that a spreadsheet would run."""
    Event.objects.filter(pk=batch.events.order_by("id")[0].pk).update(label="=1+1")
    return script(Scope.READ, Role.VIEWER)


def order(client: Client, key: Any = None, **body: Any) -> Any:
    headers = {"Idempotency-Key": str(key or uuid4())}
    return client.post(LIST, body, content_type="application/json", headers=headers)


def made(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 202, answer.content
    assert make_export(answer.json()["id"])
    return answer.json()


def test_a_download_is_asked_for_looked_at_and_taken(client: Client, batch: Batch, sign_in: Any) -> None:
    ordered = made(order(client, batches=[batch.pk], query="severity=high&columns=Label,Severity"))
    assert (ordered["state"], ordered["url"], ordered["rows"], ordered["total"]) == ("queued", None, 0, 2)
    run = client.get(f"{LIST}{ordered['id']}/").json()
    assert client.get(LIST).json() == {"results": [run], "next": None}
    assert (run["state"], run["percent"], run["rows"], run["batches"]) == ("done", 100, 2, [batch.pk])
    assert run["url"].endswith(f"{LIST}{run['id']}/file/")
    answer = client.get(f"{LIST}{run['id']}/file/")
    content = answer.getvalue()
    assert content == b"Label,Severity\r\n'=1+1,high\r\nA car cuts in,high\r\n"
    assert (run["size"], run["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
    assert answer.headers["X-SHA256"] == run["sha256"]
    page = sign_in()
    page.force_login(client.user)  # type: ignore[attr-defined]
    assert page.get(f"/exports/{run['id']}/file/").getvalue() == content, "the page has it as well"


def test_the_rest_of_a_broken_download_and_what_is_there_already(client: Client, batch: Batch) -> None:
    url = f"{LIST}{made(order(client, batches=[batch.pk], query='columns=Label'))['id']}/file/"
    whole = client.get(url)
    content, etag = whole.getvalue(), whole.headers["ETag"]
    rest = client.get(url, headers={"Range": "bytes=7-", "If-Range": etag})
    assert (rest.status_code, rest.getvalue()) == (206, content[7:])
    assert rest.headers["Content-Range"] == f"bytes 7-{len(content) - 1}/{len(content)}"
    assert client.get(url, headers={"If-None-Match": etag}).status_code == 304
    assert client.get(url, headers={"Range": "bytes=999-"}).status_code == 416
    head = client.head(url)
    assert (head.getvalue(), head.headers["Content-Length"]) == (b"", str(len(content)))


@pytest.mark.parametrize("file", ["events.jsonl", "events.json", "events.parquet", "items.csv", "decisions.jsonl"])
def test_every_format_in_the_background_is_what_comes_at_once(client: Client, batch: Batch, file: str) -> None:
    query = "severity=high"
    ordered = made(order(client, batches=[batch.pk], file=file, query=query))
    now = client.get(f"/api/v1/batches/{batch.pk}/{file}?{query}")
    assert client.get(f"{LIST}{ordered['id']}/file/").getvalue() == now.getvalue()
    assert now.headers["Content-Disposition"].startswith("attachment;")


def test_raw_is_the_exact_text_for_tokens_and_nobody_else(client: Client, batch: Batch, viewer: Client) -> None:
    address = f"/api/v1/batches/{batch.pk}/events.csv?columns=Label&severity=high"
    assert client.get(address).getvalue().splitlines()[1] == b"'=1+1"
    assert client.get(f"{address}&raw=1").getvalue().splitlines()[1] == b"=1+1"
    ordered = made(order(client, batches=[batch.pk], query="columns=Label", raw=True))
    assert client.get(f"{LIST}{ordered['id']}/file/").getvalue().splitlines()[1] == b"=1+1"
    assert viewer.get(f"{address}&raw=1").status_code == 400
    refused = order(viewer, batches=[batch.pk], raw=True)
    assert (refused.status_code, "needs a token" in refused.json()["detail"]) == (400, True)
    assert viewer.get(address).getvalue() == client.get(address).getvalue()


def test_all_batches_of_a_connection_and_several(client: Client, batch: Batch) -> None:
    other = make_batch(batch.connection)
    make_event(make_item(other), label="second")
    make_event(make_item(make_batch()), label="foreign")
    for asked in ({"connection": batch.connection_id}, {"batches": [batch.pk, other.pk]}):
        ordered = made(order(client, file="events.json", **asked))
        documents = json.loads(client.get(f"{LIST}{ordered['id']}/file/").getvalue())
        assert [document["batch_metadata"]["batch_id"] for document in documents] == [
            batch.external_id,
            other.external_id,
        ]


def test_the_same_key_is_the_same_download(client: Client, batch: Batch) -> None:
    key = uuid4()
    first, second = (order(client, key, batches=[batch.pk]).json()["id"] for _ in range(2))
    assert first == second
    other = order(client, key, batches=[batch.pk], query="columns=full")
    assert (other.status_code, ExportRun.objects.count()) == (422, 1)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({}, "Give the batches"),
        ({"batches": []}, "batches"),
        ({"batches": ["x"]}, "batches.0"),
        ({"batches": [1], "connection": 1}, "Give the batches"),
        ({"file": "events.exe"}, "file: "),
        ({"file": "items.json"}, "file: "),
        ({"query": "approval=aproved"}, "approval: 'aproved' is not one of"),
        ({"query": "columns=Password"}, "columns: Unknown column"),
        ({"query": "as_of=yesterday-ish"}, "as_of"),
        ({"query": "x" * 4001}, "query"),
        ({"query": f"q={'ü' * 200}&category={'%C3%BC' * 600}", "file": "events.csv"}, "not at most"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_place(
    client: Client, batch: Batch, body: dict[str, Any], why: str
) -> None:
    asked = body if "batches" in body or body == {} else {"batches": [batch.pk], **body}
    answer = order(client, **asked)
    assert (answer.status_code, why in answer.json()["detail"]) == (400, True), answer.content
    assert ExportRun.objects.count() == 0


def test_without_a_key_nothing_is_asked_for(client: Client, batch: Batch) -> None:
    answer = client.post(LIST, {"batches": [batch.pk]}, content_type="application/json")
    assert (answer.status_code, answer.json()["detail"][:15]) == (400, "Idempotency-Key")


def test_what_is_out_of_scope_is_not_there(client: Client, batch: Batch) -> None:
    foreign = make_batch()
    for asked in ({"batches": [batch.pk, foreign.pk]}, {"connection": foreign.connection_id}):
        assert order(client, **asked).status_code == 404
    assert client.get(f"/api/v1/batches/{foreign.pk}/events.csv").status_code == 404
    run = make_run(batch)  # a colleague's
    for address in (f"{LIST}{run.pk}/", f"{LIST}{run.pk}/file/"):
        assert client.get(address).status_code == 404
    assert client.get(LIST).json()["results"] == []


def test_a_file_is_closed_to_people_who_lost_the_right(client: Client, batch: Batch) -> None:
    ordered = made(order(client, batches=[batch.pk]))
    Membership.objects.all().delete()
    for address in (f"{LIST}{ordered['id']}/", f"{LIST}{ordered['id']}/file/"):
        assert client.get(address).status_code == 404


def test_a_file_that_is_not_there_yet_is_not_found(client: Client, batch: Batch) -> None:
    pk = order(client, batches=[batch.pk]).json()["id"]
    answer = client.get(f"{LIST}{pk}/file/")
    assert (answer.status_code, answer.json()["detail"]) == (404, "The file is not ready, or has expired.")
    ExportRun.objects.filter(pk=pk).update(state=RunState.FAILED, finished_at="2026-01-01T00:00Z", message="No room.")
    failed = client.get(f"{LIST}{pk}/").json()
    assert (failed["state"], failed["message"], failed["url"]) == ("failed", "No room.", None)


def test_only_a_read_token_downloads_head_too(batch: Batch) -> None:
    editor = make_member(batch.connection, Role.EDITOR)
    for scope in (Scope.REVIEW, Scope.META):
        other = caller(make_token(editor, scope))
        for address in (LIST, f"/api/v1/batches/{batch.pk}/events.csv", "/api/v1/links/"):
            assert (other.get(address).status_code, other.head(address).status_code) == (403, 403)
        assert order(other, batches=[batch.pk]).status_code == 403
    assert ExportRun.objects.count() == 0


def test_the_past_comes_too(client: Client, batch: Batch) -> None:
    address = f"/api/v1/batches/{batch.pk}/events.csv?columns=Label&as_of=2020-01-01T00:00:00Z"
    assert client.get(address).getvalue() == b"Label\r\n"


def test_the_list_costs_the_same_for_one_and_for_three(
    client: Client, batch: Batch, django_assert_max_num_queries: Any
) -> None:
    user = client.user  # type: ignore[attr-defined]
    make_run(batch, user)
    client.get(LIST)
    with django_assert_max_num_queries(9) as first:
        assert len(client.get(LIST).json()["results"]) == 1
    for _ in range(2):
        make_run(make_batch(make_connection()), user)
    with django_assert_max_num_queries(len(first)):
        assert len(client.get(LIST).json()["results"]) == 3
