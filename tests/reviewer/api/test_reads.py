"""Batches, items, events and the ledger over the API: what the page shows, in keyset pages, in few queries."""

import json
from typing import Any
from uuid import uuid4

import pytest
from django.http import QueryDict
from django.test import Client

from batches.actions import Seen, decide, decide_many, undo
from batches.models import Batch, Connection, Event, Item
from reviewer.filters.events import EventFilter
from tests.factories import make_batch, make_event, make_item
from tests.reviewer.api.conftest import Caller

V1 = "/api/v1/"


def walk(client: Client, address: str) -> list[dict[str, Any]]:
    """All results, following `next`."""
    results: list[dict[str, Any]] = []
    while address:
        body = client.get(address).json()
        results, address = [*results, *body["results"]], body["next"]
    return results


def test_a_batch_lists_its_counts_and_review_state(script: Caller, batch: Batch) -> None:
    client = script("review")
    first = batch.events.in_order()[0]
    payload = client.get(f"{V1}batches/{batch.pk}/").json()
    added_at = batch.created_at.isoformat().replace("+00:00", "Z")
    assert payload == {
        "id": batch.pk, "batch_id": batch.external_id, "connection": "Fleet West", "vendor": "nomadic",
        "title": "near misses", "batch_type": "ask", "analysis_type": None, "prompt": "near misses", "category": "",
        "batch_viewer_url": "", "status": "unknown", "vendor_status": "", "review_status": "not_started",
        "counts": {"pending": 3, "approved": 0, "rejected": 0, "invalid": 0}, "review_status_updated_at": "N/A",
        "metadata": {}, "synced_at": None, "created_at": None, "added_at": added_at, "vendor_outcome": "Unknown",
        "vendor_items": {"total": None, "succeeded": None, "failed": None, "canceled": None},
        "items": {"total": 2, "waiting": 0, "processing": 0, "completed": 2, "partial": 0, "failed": 0, "canceled": 0,
            "unknown": 0},
        "signed_off_by": None, "signed_off_at": None, "project": "", "tags": [], "archived_at": None,
        "vendor_review_status": None, "vendor_review_status_updated_at": None,
    }  # fmt: skip
    decide(
        event_id=first.pk,
        version=1,
        fingerprint=first.fingerprint,
        approval="invalid",
        by=client.user,  # type: ignore[attr-defined]
        idempotency_key=uuid4(),
    )
    payload = client.get(f"{V1}batches/").json()["results"][0]
    assert (payload["review_status"], payload["counts"]["invalid"]) == ("in_progress", 1)


def test_the_vendors_review_status_stands_beside_ours_under_its_name(script: Caller, batch: Batch) -> None:
    Batch.objects.update(vendor_review_status="reviewed", vendor_reviewed_at="2026-05-04T10:00:00+00:00")
    payload = script().get(f"{V1}batches/{batch.pk}/").json()
    assert (payload["review_status"], payload["review_status_updated_at"]) == ("not_started", "N/A")
    theirs = payload["vendor_review_status"], payload["vendor_review_status_updated_at"]
    assert theirs == ("reviewed", "2026-05-04T10:00:00+00:00")


def test_batches_have_their_creation_and_items_by_state(script: Caller, batch: Batch) -> None:
    Batch.objects.update(vendor_created_at="2026-05-20T09:00:00Z", vendor_total=3, vendor_completed=1, vendor_failed=2,
                         raw_status="completed", state="partial")  # fmt: skip
    Item.objects.filter(pk=batch.items.all()[0].pk).update(state="failed")
    make_item(batch, gone_at="2026-05-21T09:00:00Z")
    client = script()
    for payload in (client.get(f"{V1}batches/{batch.pk}/").json(), client.get(f"{V1}batches/").json()["results"][0]):
        assert (payload["created_at"], payload["vendor_outcome"]) == (
            "2026-05-20T09:00:00Z",
            "Completed, 2 of 3 failed",
        )
        assert payload["vendor_items"] == {"total": 3, "succeeded": 1, "failed": 2, "canceled": None}
        counts = {state: count for state, count in payload["items"].items() if count}
        assert counts == {"total": 2, "completed": 1, "failed": 1}


def test_an_event_is_returned_whole_with_its_etag(script: Caller, event: Event) -> None:
    nested = '{"note": "\\ud800 é", "list": [1, {"a": null}], "odd": NaN}'
    type(event).payload.related.related_model.objects.filter(event=event).update(sdk=nested, raw="[1.0, NaN]")
    answer = script().get(f"{V1}events/{event.pk}/")
    payload = answer.json()
    assert answer.headers["ETag"] == payload["etag"] == f'"1-{event.fingerprint}"'
    assert payload["sdk"] == {"note": "\ud800 é", "list": [1, {"a": None}], "odd": None}
    assert payload["raw"] == [1.0, None]
    assert (payload["approval"], payload["decided_by"], payload["url"]) == (
        "pending", None, f"http://127.0.0.1:8000/events/{event.pk}/",
    )  # fmt: skip


@pytest.mark.parametrize(
    "query",
    ["", "approval=approved,pending&severity=high", "confidence_min=0.5&sort=-confidence", "sort=confidence",
     "sort=newest", "q=cuts", "sort=rarest", "differs=1", "reason=near"],
)  # fmt: skip
def test_the_events_are_those_of_the_page_in_its_order(script: Caller, batch: Batch, query: str) -> None:
    for number in range(5):
        make_event(batch.items.first(), severity="low", confidence=number / 10, category=f"kind {number % 2}")
    selected = EventFilter.of(batch, QueryDict(query))
    shown = [event.pk for event in selected.order.after(selected.qs, None, 100)]
    address = f"{V1}batches/{batch.pk}/events/?{query}&limit=2"
    assert [event["id"] for event in walk(script(), address)] == shown


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("approval=aproved", "approval: 'aproved' is not one of: pending, approved, rejected, invalid."),
        ("sort=batch__connection__api_key", "sort: batch__connection__api_key is not one of"),
        ("confidence_min=high", "confidence_min: Enter a number."),
        ("after=zzz", "after: not a cursor of this list."),
        ("limit=0", "limit: a number from 1 to 500 was expected."),
        ("limit=501", "limit: a number from 1 to 500 was expected."),
        ("limit=٣", "limit: a number from 1 to 500 was expected."),
    ],
)
def test_a_wrong_value_is_400_and_named(script: Caller, batch: Batch, query: str, why: str) -> None:
    answer = script().get(f"{V1}batches/{batch.pk}/events/?{query}")
    assert (answer.status_code, list(answer.json())) == (400, ["detail"])
    assert answer.json()["detail"].startswith(why)


@pytest.mark.parametrize("address", ["batches/?mine=on", "batches/{batch}/events/?mine=on"])
def test_a_misspelt_filter_is_400_and_does_not_give_everything(script: Caller, batch: Batch, address: str) -> None:
    answer = script().get(V1 + address.format(batch=batch.pk))
    assert (answer.status_code, answer.json()["detail"][:32]) == (400, "Unknown parameter: mine. Known: ")


@pytest.mark.case("F01", "F02")
def test_unknown_parameters_reach_no_other_column(script: Caller, batch: Batch) -> None:
    address = f"{V1}batches/{batch.pk}/events/?decided_by__password__startswith=p&batch__connection__api_key__gt="
    assert script().get(address).status_code == 400


def test_the_ledger_of_an_event_lists_every_step(script: Caller, batch: Batch, event: Event) -> None:
    client = script("review")
    user = client.user  # type: ignore[attr-defined]
    seen = {"event_id": event.pk, "fingerprint": event.fingerprint, "by": user}
    decide(**seen, version=1, approval="rejected", idempotency_key=uuid4(), reason="too far")
    undo(batch_id=batch.pk, by=user, idempotency_key=uuid4())
    steps = client.get(f"{V1}events/{event.pk}/decisions/").json()["results"]
    details = [(step["kind"], step["version"], step["before"], step["approval"], step["reason"]) for step in steps]
    assert details == [("decide", 2, "pending", "rejected", "too far"), ("undo", 3, "rejected", "pending", "")]
    assert [step["undoes"] for step in steps] == [None, steps[0]["id"]]
    assert {step["by"] for step in steps} == {user.username}


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_the_ledger_of_a_batch_is_whole_whatever_the_page(
    script: Caller, batch: Batch, account: Connection, limit: int
) -> None:
    client = script("review")
    user = client.user  # type: ignore[attr-defined]
    events = list(batch.events.in_order())
    first, other = events[0], make_event(make_item(make_batch(account)))
    decide(
        event_id=first.pk,
        version=1,
        fingerprint=first.fingerprint,
        approval="invalid",
        by=user,
        idempotency_key=uuid4(),
    )
    decide(
        event_id=other.pk,
        version=1,
        fingerprint=other.fingerprint,
        approval="invalid",
        by=user,
        idempotency_key=uuid4(),
    )
    seen = {event.pk: Seen(1 + (event == first), event.fingerprint) for event in events}
    decide_many(batch_id=batch.pk, seen=seen, approval="approved", by=user, idempotency_key=uuid4())
    undo(batch_id=batch.pk, by=user, idempotency_key=uuid4())
    results = [step["id"] for step in walk(client, f"{V1}batches/{batch.pk}/decisions/?limit={limit}")]
    actions = batch.actions.order_by("-id")
    assert results == [step.pk for action in actions for step in action.decisions.order_by("-id")]
    assert len(results) == 1 + 3 + 3


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("what", ["batches", "items", "events", "decisions", "syncs"])
def test_a_list_costs_the_same_however_long(
    script: Caller, account: Connection, rows: int, what: str, django_assert_max_num_queries: Any
) -> None:
    client = script("review")
    for _ in range(rows):
        batch = make_batch(account)
        for _ in range(rows):
            event = make_event(make_item(batch))
            decide(event_id=event.pk, version=1, fingerprint=event.fingerprint, approval="invalid",
                   by=client.user, idempotency_key=uuid4())  # type: ignore[attr-defined]  # fmt: skip
    address = f"{V1}batches/" if what == "batches" else f"{V1}batches/{batch.pk}/{what}/"
    client.get(address)
    with django_assert_max_num_queries({"batches": 5, "events": 5, "decisions": 5}.get(what, 3)):
        payload = client.get(address).json()["results"]
    assert len(payload) == (0 if what == "syncs" else rows)


def test_the_schema_names_every_address_and_is_json(script: Caller) -> None:
    schema = script().get(f"{V1}schema/").json()
    assert len(schema["paths"]) == 48
    assert schema["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    json.dumps(schema, allow_nan=False)


def test_the_docs_page_shows_every_operation_when_signed_in(viewer: Client) -> None:
    answer = viewer.get(f"{V1}docs/")
    page = answer.content.decode()
    operations = answer.context["operations"]
    assert len(operations) == 59
    assert [operation for operation in operations if f'id="{operation["id"]}"' not in page] == []
    assert "<script src=" in page  # the site's own
    assert Client().get(f"{V1}docs/").status_code == 302


@pytest.mark.parametrize(
    "path", ["/api/", "/api/v1/", "/api/v1/nothing/", "/api/v1/batches/0x1/", "/api/v1/events/999999/"]
)
def test_nothing_there_is_json_whatever_is_accepted(script: Caller, path: str) -> None:
    answer = script().get(path, headers={"Accept": "text/html"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/json")
    assert list(answer.json()) == ["detail"]


def test_a_failure_of_ours_is_json(script: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    client = script()
    client.raise_request_exception = False
    monkeypatch.setattr("reviewer.access.batches_of", lambda user: 1 / 0)
    answer = client.get(f"{V1}batches/")
    assert (answer.status_code, answer.json()) == (500, {"detail": "The server failed. Try again later."})


@pytest.mark.case("X08")
def test_a_browser_gets_json_and_no_browsable_page(account: Connection, sign_in: Any) -> None:
    answer = sign_in(account).get(f"{V1}batches/", headers={"Accept": "text/html,*/*;q=0.1"})
    assert answer.headers["Content-Type"] == "application/json"
