"""Decide, decide many, undo and redo over the API: idempotent, versioned, in one's own name."""

import json
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client

from batches.actions.check import ledger_problems
from batches.models import Action, Batch, Decision, Event, Token
from tests.factories import make_batch, make_event, make_item
from tests.reviewer.api.conftest import Caller, etag, verdict


def post(client: Client, address: str, data: Any, **headers: str) -> Any:
    headers.setdefault("Idempotency-Key", str(uuid4()))
    return client.post(f"/api/v1/{address}/", data, content_type="application/json", headers=headers)


def seen(*events: Event) -> list[dict[str, Any]]:
    return [{"id": event.pk, "version": event.version, "fingerprint": event.fingerprint} for event in events]


def test_a_decision_is_one_row_in_the_tokens_name(script: Caller, event: Event) -> None:
    client = script("review")
    data = {"approval": "rejected", "reason": "too far", "note": "left lane"}
    answer = post(client, f"events/{event.pk}/decisions", data, **{"If-Match": etag(event)})
    event.refresh_from_db()
    body = answer.json()
    assert (answer.status_code, answer.headers["ETag"], body["replayed"], body["stale"]) == (
        200,
        etag(event),
        False,
        [],
    )
    assert body["counts"] == {"pending": 2, "approved": 0, "rejected": 1, "invalid": 0}
    details = body["events"][0]
    assert {name: details[name] for name in (*data, "version", "decided_by")} == {
        **data, "version": 2, "decided_by": client.user.username,  # type: ignore[attr-defined]
    }  # fmt: skip
    action = Action.objects.get()
    assert (action.source, action.ip_address) == (f"token {Token.objects.get().pk}", "127.0.0.1")


def test_the_same_key_again_gives_the_first_result(script: Caller, event: Event) -> None:
    client, sent = script("review"), verdict(event)
    address = f"/api/v1/events/{event.pk}/decisions/"
    first, second = client.post(address, **sent), client.post(address, **sent)
    assert second.headers["Idempotent-Replayed"] == "true"
    assert second.json() == {**first.json(), "replayed": True}
    assert Decision.objects.count() == 1
    other = client.post(address, **{**sent, "data": {"approval": "invalid"}})
    assert (other.status_code, Decision.objects.count()) == (422, 1)
    assert script("review").post(address, **sent).status_code == 422


def test_a_late_verdict_is_412_with_the_current_event(script: Caller, event: Event) -> None:
    late = verdict(event)
    address = f"/api/v1/events/{event.pk}/decisions/"
    script("review").post(address, **{**verdict(event), "data": {"approval": "invalid"}})
    answer = script("review").post(address, **late)
    event.refresh_from_db()
    assert (answer.status_code, answer.headers["ETag"]) == (412, etag(event))
    assert (answer.json()["event"]["approval"], answer.json()["event"]["version"]) == ("invalid", 2)
    assert Decision.objects.count() == 1


@pytest.mark.parametrize(
    ("header", "value", "status", "why"),
    [
        ("If-Match", "", 428, "Send If-Match"),
        ("If-Match", "*", 400, "If-Match: send the etag"),
        ("If-Match", "1", 400, "If-Match: send the etag"),
        ("If-Match", '"1-xyz"', 400, "If-Match: send the etag"),
        ("If-Match", f'"99999999999-{"0" * 32}"', 400, "If-Match: send the etag"),
        ("Idempotency-Key", "", 400, "Idempotency-Key: send a UUID"),
        ("Idempotency-Key", "again", 400, "Idempotency-Key: send a UUID"),
    ],
)
def test_what_a_decision_needs_beside_its_body(
    script: Caller, event: Event, header: str, value: str, status: int, why: str
) -> None:
    answer = script("review").post(f"/api/v1/events/{event.pk}/decisions/", **verdict(event, **{header: value}))
    assert (answer.status_code, Decision.objects.count()) == (status, 0)
    assert answer.json()["detail"].startswith(why)


@pytest.mark.parametrize(
    ("body", "status", "why"),
    [
        ('{"approval": "maybe"}', 400, 'approval: "maybe" is not a valid choice.'),
        ('{"approval": "pending"}', 400, 'approval: "pending" is not a valid choice.'),
        ("{}", 400, "approval: This field is required."),
        ('{"approval": "approved", "reason": "' + "x" * 81 + '"}', 400, "reason: Ensure this field has no more"),
        ('{"approval": "approved", "note": "\\u0000"}', 400, "note: Null characters are not allowed."),
        ('{"approval": "approved", "note": "\\ud800"}', 400, "note: Surrogate characters are not allowed"),
        ("[]", 400, "Invalid data."),
        ("null", 400, "No data provided"),
        ('{"approval"', 400, "JSON parse error"),
        ('{"approval": NaN}', 400, "JSON parse error"),
        ("[" * 100_000, 400, "The JSON is nested too deeply."),
        ("9" * 10_000, 400, "JSON parse error"),
        ('"' + "x" * 2_500_000 + '"', 413, "The request is larger than this URL accepts"),
    ],
)  # fmt: skip
def test_a_body_that_cannot_be_read_is_named_and_changes_nothing(
    script: Caller, event: Event, body: str, status: int, why: str
) -> None:
    sent = {**verdict(event), "data": body}
    answer = script("review").post(f"/api/v1/events/{event.pk}/decisions/", **sent)
    assert (answer.status_code, Decision.objects.count()) == (status, 0)
    assert answer.json()["detail"].startswith(why)


def test_only_json_is_read(script: Caller, event: Event) -> None:
    sent = {**verdict(event), "content_type": "application/x-www-form-urlencoded", "data": "approval=approved"}
    assert script("review").post(f"/api/v1/events/{event.pk}/decisions/", **sent).status_code == 415


def test_what_the_client_may_not_say_is_ignored(script: Caller, event: Event) -> None:
    client = script("review")
    data = {"approval": "approved", "decided_by": 1, "version": 9, "batch": 9, "source": "page", "key": str(uuid4())}
    post(client, f"events/{event.pk}/decisions", data, **{"If-Match": etag(event)})
    event.refresh_from_db()
    assert (event.version, event.decided_by) == (2, client.user)  # type: ignore[attr-defined]
    assert Action.objects.get().source.startswith("token ")


def test_many_are_decided_as_one_and_taken_back_as_one(script: Caller, batch: Batch) -> None:
    client, events = script("review"), list(batch.events.in_order())
    key = str(uuid4())
    data = {"approval": "approved", "reason": "clear", "events": seen(*events)}
    first = post(client, f"batches/{batch.pk}/decisions", data, **{"Idempotency-Key": key})
    assert (first.status_code, first.json()["stale"]) == (200, [])
    assert [(row["approval"], row["version"], row["reason"]) for row in first.json()["events"]] == [
        ("approved", 2, "clear")
    ] * 3
    again = post(client, f"batches/{batch.pk}/decisions", data, **{"Idempotency-Key": key})
    assert again.json() == {**first.json(), "replayed": True}
    assert (Action.objects.count(), Decision.objects.count()) == (1, 3)
    undone = post(client, f"batches/{batch.pk}/undo", {})
    assert undone.json()["counts"] == {"pending": 3, "approved": 0, "rejected": 0, "invalid": 0}
    redone = post(client, f"batches/{batch.pk}/redo", {})
    assert redone.json()["counts"] == {"pending": 0, "approved": 3, "rejected": 0, "invalid": 0}
    named = post(client, f"batches/{batch.pk}/undo", {"action": redone.json()["action"]})
    assert [row["version"] for row in named.json()["events"]] == [5, 5, 5]
    assert list(ledger_problems()) == []


def test_what_changed_since_is_left_alone_and_listed(script: Caller, batch: Batch) -> None:
    client, events = script("review"), list(batch.events.in_order())
    before = seen(*events)
    client.post(f"/api/v1/events/{events[1].pk}/decisions/", **verdict(events[1]))
    Event.objects.filter(pk=events[2].pk).update(fingerprint="f" * 32)
    answer = post(client, f"batches/{batch.pk}/decisions", {"approval": "rejected", "events": before})
    assert (answer.status_code, answer.json()["stale"]) == (200, [events[1].pk, events[2].pk])
    assert [row["id"] for row in answer.json()["events"]] == [events[0].pk]
    assert list(batch.events.in_order().values_list("approval", flat=True)) == ["rejected", "approved", "pending"]
    answer = post(client, f"batches/{batch.pk}/decisions", {"approval": "rejected", "events": before})
    assert (answer.status_code, Action.objects.count()) == (412, 2)
    assert list(ledger_problems()) == []


@pytest.mark.parametrize("whose", ["another batch", "somebody else", "nobody"])
@pytest.mark.case("A05")
def test_one_foreign_event_refuses_the_whole_and_is_not_named(script: Caller, batch: Batch, whose: str) -> None:
    homes = {"another batch": lambda: make_batch(batch.connection), "somebody else": make_batch}
    foreign = (
        seen(make_event(make_item(homes[whose]())))
        if whose in homes
        else [{**seen(*batch.events.all())[0], "id": 10**9}]
    )
    data = {"approval": "approved", "events": [*seen(*batch.events.all()), *foreign]}
    answer = post(script("review"), f"batches/{batch.pk}/decisions", data)
    assert (answer.status_code, answer.json()) == (404, {"detail": "One of these events is not in this batch."})
    assert (Action.objects.count(), Event.objects.filter(version__gt=1).count()) == (0, 0)


@pytest.mark.parametrize(
    ("events", "why"),
    [
        ([], "events: "),
        ([{"id": 1}], "events.0.version: "),
        ([{"id": "x", "version": 1, "fingerprint": "0"}], "events.0.id: "),
        ([{"id": 1, "version": 1, "fingerprint": "0"}] * 2, "events: an event appears twice."),
        ([{"id": n + 1, "version": 1, "fingerprint": "0"} for n in range(501)], "events: "),
        ("all", "events: "),
    ],
)
def test_a_list_that_cannot_be_meant_is_named(script: Caller, batch: Batch, events: Any, why: str) -> None:
    answer = post(script("review"), f"batches/{batch.pk}/decisions", {"approval": "approved", "events": events})
    assert (answer.status_code, Action.objects.count()) == (400, 0)
    assert answer.json()["detail"].startswith(why), json.dumps(answer.json())


def test_nobody_undoes_what_others_did(script: Caller, batch: Batch, event: Event) -> None:
    script("review").post(f"/api/v1/events/{event.pk}/decisions/", **verdict(event))
    other = script("review")
    for data in ({}, {"action": Action.objects.get().pk}):
        answer = post(other, f"batches/{batch.pk}/undo", data)
        assert (answer.status_code, answer.json()) == (
            412,
            {"detail": "You have nothing to undo in this batch."},
        )
    assert Decision.objects.count() == 1


def test_five_hundred_cost_as_many_queries_as_three(
    script: Caller, batch: Batch, django_assert_max_num_queries: Any
) -> None:
    client, item = script("review"), batch.items.all()[0]
    for _ in range(60):
        make_event(item)
    data = {"approval": "approved", "events": seen(*batch.events.all())}
    lock = connection.vendor == "postgresql"  # of the idempotency key, one query
    with django_assert_max_num_queries(25 + lock):
        answer = post(client, f"batches/{batch.pk}/decisions", data)
    assert answer.json()["counts"]["approved"] == 63
