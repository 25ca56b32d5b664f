"""Flag and redo over HTTP, for scripts and without JavaScript."""

from uuid import uuid4

import pytest
from django.test import Client

from batches.models import Connection, Decision, Event
from tests.factories import make_batch, make_event, make_item

JSON = {"Accept": "application/json"}


@pytest.fixture
def event(account: Connection) -> Event:
    return make_event(make_item(make_batch(account)))


def test_a_flag_is_saved_and_found_by_the_filter(reviewer: Client, event: Event) -> None:
    make_event(event.item)
    answer = reviewer.post(f"/events/{event.pk}/flag/", {"on": "1"}, headers=JSON)
    payload = answer.json()
    assert (answer.status_code, payload["event"]["flagged"], payload["events"]) == (200, True, [])
    assert payload["counts"] == {"pending": 2, "approved": 0, "rejected": 0, "invalid": 0}
    assert reviewer.get(f"/batches/{event.batch_id}/queue/?flagged=1&at={event.pk}").json()["ids"] == [event.pk]
    assert [row.pk for row in reviewer.get(f"/batches/{event.batch_id}/?flagged=1").context["events"]] == [event.pk]
    reviewer.post(f"/events/{event.pk}/flag/", {"on": "0"}, headers=JSON)
    assert list(reviewer.get(f"/batches/{event.batch_id}/?flagged=1").context["events"]) == []


@pytest.mark.parametrize("sent", [{}, {"on": "x"}, {"on": ""}])
def test_a_flag_is_on_or_off(reviewer: Client, event: Event, sent: dict[str, str]) -> None:
    assert reviewer.post(f"/events/{event.pk}/flag/", sent, headers=JSON).status_code == 422
    assert Event.objects.get().flagged is False


def test_without_javascript_the_flag_comes_back_to_the_page(reviewer: Client, event: Event) -> None:
    answer = reviewer.post(f"/events/{event.pk}/flag/", {"on": "1", "next": f"/events/{event.pk}/"})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/events/{event.pk}/")
    assert "Flagged for a second look" in reviewer.get(f"/events/{event.pk}/").content.decode()


def test_a_reason_is_added_and_redo_brings_both_back(reviewer: Client, event: Event) -> None:
    sent = {"key": str(uuid4()), "version": 1, "fingerprint": event.fingerprint, "approval": "rejected"}
    reviewer.post(f"/events/{event.pk}/decide/", sent, headers=JSON)
    added = {**sent, "key": str(uuid4()), "version": 2, "reason": "glare", "amends": sent["key"]}
    assert reviewer.post(f"/events/{event.pk}/decide/", added, headers=JSON).status_code == 200
    address = f"/batches/{event.batch_id}"
    reviewer.post(f"{address}/undo/", {"key": uuid4()}, headers=JSON)
    answer = reviewer.post(f"{address}/redo/", {"key": uuid4()}, headers=JSON).json()
    assert (answer["event"]["approval"], answer["event"]["reason"], answer["event"]["version"]) == (
        "rejected", "glare", 5,
    )  # fmt: skip
    assert Decision.objects.count() == 4


def test_nothing_to_redo_is_reported(reviewer: Client, event: Event) -> None:
    answer = reviewer.post(f"/batches/{event.batch_id}/redo/", {"key": uuid4()}, headers=JSON)
    assert (answer.status_code, answer.json()) == (412, {"error": "You have nothing to redo in this batch."})
