"""What a request says is text: it comes back escaped, reaches no other column, and costs in line with its length."""

import json
import time
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from django.test import Client

from batches.folding import query_words, stored_words
from batches.models import Batch, Connection, Event
from reviewer.api import auth
from tests.factories import make_batch, make_event, make_item, make_member
from tests.hostile import TEXT, code_in
from tests.reviewer.api.conftest import caller, make_token

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch(account: Connection) -> Batch:
    batch = make_batch(account)
    for label in ("100 % near", "a_b under", "back\\slash", "(a+)+$ pattern", "Straße", "plain"):
        make_event(make_item(batch), label=label, ai_text="")
    batch.refresh_from_db()
    return batch


@pytest.fixture
def editor(account: Connection) -> Client:
    client = Client()
    client.force_login(make_member(account, "editor"))
    return client


@pytest.fixture
def script(account: Connection, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr(auth, "ALLOWANCE", auth.Allowance())
    return caller(make_token(make_member(account, "editor"), "review"))


# ── what comes back ──


@pytest.mark.case("X07")
@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/nope/{text}/", 404),
        ("/batches/{batch}/?approval={text}", 400),
        ("/batches/{batch}/?q={text}", 200),
        ("/batches/{batch}/?category={text}&reviewer={text}&reason={text}", 200),
        ("/batches/?q={text}&key={text}&value={text}&column={text}", 200),
        ("/batches/{batch}/events.csv?approval={text}", 400),
        ("/batches/{batch}/review/?event={text}", 400),
        ("/batches/metadata/?batch={text}", 422),
        ("/login/?next={text}", 302),
        ("/d/{text}/", 404),
    ],
)
def test_what_a_page_repeats_of_a_request_is_text(editor: Client, batch: Batch, address: str, status: int) -> None:
    answer = editor.get(address.format(batch=batch.pk, text=quote(TEXT, safe="")))
    assert answer.status_code == status
    assert code_in(answer.content) == []
    assert answer.headers["Content-Type"].startswith("text/html") or status == 302


@pytest.mark.case("X07")
@pytest.mark.parametrize(
    "address", ["/api/v1/nope{text}/", "/api/v1/batches/{batch}/events/?approval={text}", "/v1/{text}"]
)
def test_what_the_api_repeats_of_a_request_is_json(script: Client, batch: Batch, address: str) -> None:
    answer = script.get(address.format(batch=batch.pk, text=quote(TEXT, safe="")), headers={"Accept": "text/html"})
    assert answer.status_code in (400, 401, 404)
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.case("X07")
def test_what_a_vendor_answered_is_text_on_every_page_of_errors(editor: Client, batch: Batch) -> None:
    Batch.objects.filter(pk=batch.pk).update(vendor_error=TEXT, state="failed")
    run = batch.syncs.create(state="failed", message=TEXT, finished_at=batch.created_at)
    for address in (f"/batches/{batch.pk}/", f"/batches/{batch.pk}/sync/", f"/connections/{batch.connection_id}/"):
        page = editor.get(address)
        assert (page.status_code, code_in(page.content)) == (200, [])
    assert run.message == TEXT


# ── what a filter reaches ──


@pytest.mark.case("F04")
@pytest.mark.parametrize(
    "query",
    ["_connector=OR&_negated=1", "__class__=x&__init__=y", "approval__in=approved", "q__regex=.*", "pk=1&id__gt=0"],
)
def test_names_of_the_orm_are_no_filters(script: Client, batch: Batch, query: str) -> None:
    answer = script.get(f"/api/v1/batches/{batch.pk}/events/?{query}")
    assert (answer.status_code, query.split("=")[0] in answer.json()["detail"]) == (400, True)


@pytest.mark.case("F04")
@pytest.mark.parametrize(
    "body",
    [
        {"approval": {"_connector": "OR"}},
        {"approval": ["approved"]},
        {"approval": "approved", "events": [[[[]]]]},
        {"approval": "approved", "events": {"__class__": "x"}},
        {"approval": "approved", "events": [{"id": {"in": [1]}, "version": 1, "fingerprint": "0"}]},
        {"approval": "approved", "events": [{"id": n, "version": 1, "fingerprint": "0"} for n in range(1, 10_001)]},
        [],
        "approved",
    ],
)
def test_a_body_of_another_shape_is_refused(script: Client, batch: Batch, body: Any) -> None:
    headers = {"Idempotency-Key": str(uuid4())}
    answer = script.post(
        f"/api/v1/batches/{batch.pk}/decisions/", json.dumps(body), content_type="application/json", headers=headers
    )
    assert answer.status_code == 400
    assert not Event.objects.exclude(approval="pending").exists()


@pytest.mark.case("F04")
def test_a_list_without_an_end_is_refused(editor: Client, script: Client, batch: Batch) -> None:
    ids = ",".join(map(str, range(1, 10_001)))
    assert editor.get(f"/batches/{batch.pk}/?ids={ids}").status_code == 400
    assert script.get(f"/api/v1/batches/{batch.pk}/events/?ids={ids}").status_code == 400


# ── what a search costs ──


@pytest.mark.case("F05")
@pytest.mark.parametrize(
    ("text", "labels"),
    [("%", []), ("_", []), ("\\", []), ("*", []), ('"', []), ("100 %", ["100 % near"]), ("a_b", ["a_b under"]),
     ("b under", ["a_b under"]), ("(a+)+$", ["(a+)+$ pattern", "a_b under"]), ("STRASSE", ["Straße"]),
     ("plain' OR 1=1 --", [])],
)  # fmt: skip
def test_a_search_is_literal(script: Client, batch: Batch, text: str, labels: list[str]) -> None:
    answer = script.get(f"/api/v1/batches/{batch.pk}/events/", {"q": text})
    assert sorted(event["label"] for event in answer.json()["results"]) == labels


@pytest.mark.case("F05")
@pytest.mark.parametrize("piece", ["(a+)+$", "a", "%_\\", "ü ", "日本", "e\u0301\u0302", "\u200d\ufe0f"])
def test_a_search_of_any_length_ends_at_once(editor: Client, batch: Batch, piece: str) -> None:
    begun = time.process_time()
    assert len(query_words(piece * 10_000)) <= 20_000
    stored_words(piece * 10_000)
    assert editor.post("/login/").status_code in (200, 302)
    assert editor.get(f"/batches/{batch.pk}/", {"q": (piece * 10_000)[:3000]}).status_code == 400
    assert editor.get(f"/batches/{batch.pk}/", {"q": (piece * 200)[:200]}).status_code == 200
    assert time.process_time() - begun < 2
