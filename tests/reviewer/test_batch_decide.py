"""One verdict on several events over HTTP: what was decided, what was left out, and every way to be refused."""

import json
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from batches.models import Action, Batch, Connection, Event
from tests.factories import make_batch, make_event, make_item

JSON = {"Accept": "application/json"}
# A verdict is a transaction of its own: it cannot be part of a test's.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def batch(account: Connection) -> Batch:
    return make_batch(account)


@pytest.fixture
def events(batch: Batch) -> list[Event]:
    item = make_item(batch)
    return [make_event(item) for _ in range(3)]


def rows(*events: Event) -> list[dict[str, Any]]:
    return [{"event": event.pk, "version": event.version, "fingerprint": event.fingerprint} for event in events]


def post(client: Client, batch: Batch, named: Any, **fields: Any) -> Any:
    body = {"key": uuid4(), "approval": "approved", "events": json.dumps(named)} | fields
    return client.post(f"/batches/{batch.pk}/decide/", body, headers=JSON)


def test_the_answer_names_every_step_and_the_counts(reviewer: Client, batch: Batch, events: list[Event]) -> None:
    answer = post(reviewer, batch, rows(*events), reason="duplicate", note="seen thrice")
    said = answer.json()
    assert answer.status_code == 200
    assert [step["event"] for step in said["steps"]] == [event.pk for event in events]
    assert {(one["approval"], one["version"], one["note"]) for one in said["events"]} == {
        ("approved", 2, "seen thrice")
    }
    assert (said["left_out"], said["counts"]["approved"], said["counts"]["pending"]) == ([], 3, 0)


def test_what_changed_meanwhile_comes_back_as_it_is_now(reviewer: Client, batch: Batch, events: list[Event]) -> None:
    Event.objects.filter(pk=events[1].pk).update(fingerprint="f" * 32)
    key = uuid4()
    for _ in range(2):  # said again by the same key
        said = post(reviewer, batch, rows(*events), key=key).json()
        assert [one["id"] for one in said["events"]] == [events[0].pk, events[2].pk]
        assert [(one["id"], one["fingerprint"]) for one in said["left_out"]] == [(events[1].pk, "f" * 32)]
    Event.objects.update(fingerprint="e" * 32)
    answer = post(reviewer, batch, rows(*events))
    assert (answer.status_code, answer.json()["event"]["id"]) == (412, events[0].pk)


@pytest.mark.parametrize(
    "named",
    [
        [], {}, "x", 5, [5], [{}], [{"event": 1}], [{"event": "1", "version": 1, "fingerprint": "0"}],
        [{"event": 0, "version": 1, "fingerprint": "0"}],
        [{"event": 1, "version": 2**31, "fingerprint": "0"}], [{"event": 2**62, "version": 1, "fingerprint": "0"}],
        [{"event": 1, "version": 1, "fingerprint": "0\n"}], [{"event": 1, "version": 1, "fingerprint": "0"}] * 2,
        [{"event": n + 1, "version": 1, "fingerprint": "0"} for n in range(501)],
    ],
)  # fmt: skip
def test_what_is_no_list_of_events_is_refused_with_a_sentence(reviewer: Client, batch: Batch, named: Any) -> None:
    answer = post(reviewer, batch, named)
    assert answer.status_code == 422
    assert answer.json()["error"].startswith("events: ")


@pytest.mark.parametrize(
    "wrong", [{"approval": "pending"}, {"approval": "x"}, {"key": "x"}, {"reason": "x" * 81}, {"events": "no json"}]
)
def test_other_nonsense_is_refused(reviewer: Client, batch: Batch, events: list[Event], wrong: dict[str, str]) -> None:
    answer = post(reviewer, batch, rows(*events), **wrong)
    assert (answer.status_code, answer.json()["error"].split(":")[0]) == (422, next(iter(wrong)))
    assert Action.objects.count() == 0


def test_an_event_of_another_batch_is_not_found(
    reviewer: Client, account: Connection, batch: Batch, events: list[Event]
) -> None:
    other = make_event(make_item(make_batch(account)))
    assert post(reviewer, batch, rows(*events, other)).status_code == 404
    assert Action.objects.count() == 0


def test_a_verdict_of_somebody_else_waits_for_them(reviewer: Client, batch: Batch, events: list[Event]) -> None:
    assert post(reviewer, batch, rows(*events), author=999999).status_code == 401
    assert Action.objects.count() == 0


def test_a_viewer_may_not(viewer: Client, batch: Batch, events: list[Event]) -> None:
    assert post(viewer, batch, rows(*events)).status_code == 403
