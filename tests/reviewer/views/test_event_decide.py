"""Verdicts over HTTP, for scripts and without JavaScript."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from batches.actions import lease_events, record_presence
from batches.actions.statements import move_event
from batches.models import Action, Batch, Connection, Consensus, Decision, Event, Lease
from tests.factories import make_batch, make_event, make_item, make_member, make_user

JSON = {"Accept": "application/json"}


@pytest.fixture
def event(account: Connection) -> Event:
    return make_event(make_item(make_batch(account)), label="A car cuts in")


def verdict(event: Event, **changes: Any) -> dict[str, Any]:
    seen = {"version": event.version, "fingerprint": event.fingerprint}
    return {"key": str(uuid4()), "approval": "approved", **seen, **changes}


def decide(client: Client, event: Event, **changes: Any) -> Any:
    return client.post(f"/events/{event.pk}/decide/", verdict(event, **changes), headers=JSON)


def test_a_verdict_is_saved_and_the_answer_says_what_is_true_now(reviewer: Client, event: Event) -> None:
    answer = decide(reviewer, event, approval="rejected", note="too far away")
    event.refresh_from_db()
    person = reviewer.user  # type: ignore[attr-defined]
    assert (event.approval, event.version, event.note, event.decided_by) == ("rejected", 2, "too far away", person)
    assert (answer.status_code, answer.json()) == (200, {
        "saved": True,
        "replayed": False,
        "action": Action.objects.get().pk,
        "event": (described := {
            "id": event.pk, "version": 2, "fingerprint": event.fingerprint, "approval": "rejected", "reason": "",
            "note": "too far away", "flagged": False, "label": "A car cuts in", "corrections": {},
            "decided_by": person.username, "verdict_by": person.username,
            "initials": person.username[:2].upper(),
            "decided_at": event.decided_at.isoformat(),
        }),
        "events": [described],
        "steps": [{"event": event.pk, "version": 2, "fingerprint": event.fingerprint}],
        "counts": {"pending": 0, "approved": 0, "rejected": 1, "invalid": 0},
    })  # fmt: skip
    action = Action.objects.get()
    assert (action.user, action.source, action.ip_address) == (person, "page", "127.0.0.1")


def test_an_undo_takes_ten_statements(
    reviewer: Client, event: Event, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """Session with person, BEGIN, the action, its step with the event, action, steps before, event, decision,
    counters, COMMIT.
    """
    make_event(event.item)
    decide(reviewer, event)
    with django_assert_num_queries(10):
        answer = reviewer.post(f"/batches/{event.batch_id}/undo/", {"key": uuid4()}, headers=JSON)
    assert answer.json()["counts"]["pending"] == Batch.objects.get(pk=event.batch_id).pending
    assert answer.json()["event"]["approval"] == "pending"


def test_an_undo_in_a_batch_that_one_does_not_see_is_404(client: Client, reviewer: Client, event: Event) -> None:
    stranger = make_user("stranger")
    client.force_login(stranger)
    address = f"/batches/{event.batch_id}/undo/"
    assert client.post(address, {"key": uuid4()}, headers=JSON).status_code == 404
    assert client.post(address, {}, headers=JSON).status_code == 404
    assert reviewer.post("/batches/999999/undo/", {"key": uuid4()}, headers=JSON).status_code == 404


def test_a_verdict_takes_nine_statements(
    reviewer: Client, event: Event, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """Session with person, BEGIN, facts, action, event, decision, counters, lease, COMMIT."""
    make_event(event.item)
    with django_assert_num_queries(9):
        answer = decide(reviewer, event)
    assert answer.json()["counts"] == {"pending": 1, "approved": 1, "rejected": 0, "invalid": 0}


def test_a_verdict_gives_the_lease_back(reviewer: Client, event: Event) -> None:
    person = reviewer.user  # type: ignore[attr-defined]
    page = record_presence(batch_id=event.batch_id, by=person, token=uuid4(), event_id=event.pk)
    lease_events(open_page=page, wanted=[event.pk], count=1)
    decide(reviewer, event, version=7)
    assert Lease.objects.filter(event=event, user=person).exists()
    decide(reviewer, event)
    assert not Lease.objects.exists()


def test_a_verdict_alone_is_refused_where_an_opinion_came_while_it_waited(event: Event) -> None:
    seen = {"version": event.version, "fingerprint": event.fingerprint}
    Consensus.objects.create(event=event, batch=event.batch, wanted=2)
    assert not move_event(event, seen, {"reason": ""}, without_opinions=True)
    assert move_event(event, seen, {"reason": ""}, without_opinions=False)
    assert Event.objects.get(pk=event.pk).version == 2


@pytest.mark.case("N02")
def test_the_same_key_again_is_the_same_answer(reviewer: Client, event: Event) -> None:
    sent = verdict(event)
    first = reviewer.post(f"/events/{event.pk}/decide/", sent, headers=JSON)
    second = reviewer.post(f"/events/{event.pk}/decide/", sent, headers=JSON)
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert second.json() == {**first.json(), "replayed": True}
    assert Decision.objects.count() == 1


def test_a_replay_names_the_step_it_was_and_not_what_others_made_of_it(
    reviewer: Client, editor: Client, event: Event
) -> None:
    sent = verdict(event)
    reviewer.post(f"/events/{event.pk}/decide/", sent, headers=JSON)
    event.refresh_from_db()
    decide(editor, event, approval="invalid")
    answer = reviewer.post(f"/events/{event.pk}/decide/", sent, headers=JSON).json()
    assert (answer["steps"][0]["version"], answer["event"]["version"]) == (2, 3)


@pytest.mark.case("N01", lacks="fifty at once")
def test_the_slower_person_gets_the_current_card(reviewer: Client, editor: Client, event: Event) -> None:
    decide(editor, event, approval="rejected")
    answer = decide(reviewer, event)
    assert answer.status_code == 412
    payload = answer.json()
    assert payload["error"] == "The event has changed: somebody decided it, or the vendor changed it."
    assert (payload["event"]["approval"], payload["event"]["version"]) == ("rejected", 2)
    assert payload["event"]["decided_by"] == editor.user.username  # type: ignore[attr-defined]
    assert Decision.objects.count() == 1


def test_an_event_the_vendor_changed_is_a_conflict_too(reviewer: Client, event: Event) -> None:
    sent = verdict(event)
    Event.objects.update(fingerprint="f" * 32)
    answer = reviewer.post(f"/events/{event.pk}/decide/", sent, headers=JSON)
    assert (answer.status_code, answer.json()["event"]["fingerprint"]) == (412, "f" * 32)
    assert Decision.objects.count() == 0


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"approval": "approvd"}, "approval: Select a valid choice. approvd is not one of the available choices."),
        ({"approval": "pending"}, "approval: Select a valid choice. pending is not one of the available choices."),
        ({"key": "x"}, "key: Enter a valid UUID."),
        ({"version": "0"}, "version: Ensure this value is greater than or equal to 1."),
        ({"version": str(2**40)}, "version: Ensure this value is less than or equal to 2147483647."),
        ({"fingerprint": "../x"}, "fingerprint: Enter a valid value."),
        ({"note": "a\0b"}, "note: Null characters are not allowed."),
        ({"note": "x" * 2001}, "note: Ensure this value has at most 2000 characters (it has 2001)."),
        ({"reason": "x" * 81}, "reason: Ensure this value has at most 80 characters (it has 81)."),
    ],
)
def test_invalid_input_changes_nothing(reviewer: Client, event: Event, changes: dict[str, str], sentence: str) -> None:
    answer = decide(reviewer, event, **changes)
    assert (answer.status_code, answer.json()) == (422, {"error": sentence})
    assert Action.objects.count() == 0


@pytest.mark.case("N03")
def test_a_key_is_good_for_one_request_of_one_person(reviewer: Client, editor: Client, event: Event) -> None:
    key = str(uuid4())
    assert decide(reviewer, event, key=key).status_code == 200
    assert decide(reviewer, event, key=key, approval="invalid").status_code == 422
    assert decide(editor, event, key=key).json() == {
        "error": "This idempotency key was already used for another request."
    }
    assert Decision.objects.count() == 1


@pytest.mark.case("A06")
def test_forged_fields_are_ignored(reviewer: Client, event: Event) -> None:
    other = make_event(make_item(make_batch()))
    decide(reviewer, event, id=other.pk, batch=other.batch_id, decided_by=make_user().pk, by=1, source="command")
    event.refresh_from_db()
    assert event.decided_by == reviewer.user  # type: ignore[attr-defined]
    assert Event.objects.get(pk=other.pk).version == 1
    assert Action.objects.get().source == "page"


def test_without_javascript_it_comes_back_to_where_it_was(reviewer: Client, event: Event) -> None:
    answer = reviewer.post(f"/events/{event.pk}/decide/", {**verdict(event), "next": f"/events/{event.pk}/"})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/events/{event.pk}/")
    assert Event.objects.get().approval == "approved"


@pytest.mark.parametrize("wanted", ["//evil.example", "/\\evil.example", "https:evil.example", "\t//evil.example",
                                    "javascript:alert(1)", "https://evil.example/", ""])  # fmt: skip
def test_it_never_leads_to_another_site(reviewer: Client, event: Event, wanted: str) -> None:
    answer = reviewer.post(f"/events/{event.pk}/decide/", {**verdict(event), "next": wanted})
    assert answer.headers["Location"] == f"/batches/{event.batch_id}/"


def test_without_javascript_a_conflict_is_the_current_page(reviewer: Client, editor: Client, event: Event) -> None:
    decide(editor, event, approval="rejected")
    answer = reviewer.post(f"/events/{event.pk}/decide/", verdict(event))
    assert answer.status_code == 412
    text = answer.content.decode()
    assert "Not saved. The event has changed" in text
    assert 'name="version" value="2"' in text


def test_undo_takes_back_ones_own_last_verdict(reviewer: Client, editor: Client, event: Event) -> None:
    decide(reviewer, event)
    other = make_event(event.item)
    decide(editor, other)
    answer = reviewer.post(f"/batches/{event.batch_id}/undo/", {"key": uuid4()}, headers=JSON)
    assert answer.status_code == 200
    assert (answer.json()["event"]["id"], answer.json()["event"]["approval"]) == (event.pk, "pending")
    assert Batch.objects.get(pk=event.batch_id).counts == {"pending": 1, "approved": 1, "rejected": 0, "invalid": 0}


def test_undo_of_one_action(reviewer: Client, event: Event) -> None:
    first = decide(reviewer, event).json()["action"]
    decide(reviewer, make_event(event.item))
    answer = reviewer.post(f"/batches/{event.batch_id}/undo/", {"key": uuid4(), "action": first}, headers=JSON)
    assert answer.json()["event"]["id"] == event.pk


def test_undo_after_somebody_else_is_a_conflict(reviewer: Client, editor: Client, event: Event) -> None:
    decide(reviewer, event)
    event.refresh_from_db()
    decide(editor, event, approval="invalid")
    answer = reviewer.post(f"/batches/{event.batch_id}/undo/", {"key": uuid4()}, headers=JSON)
    assert (answer.status_code, answer.json()["event"]["approval"]) == (412, "invalid")


def test_nothing_to_undo_is_reported(reviewer: Client, event: Event) -> None:
    address, sent = f"/batches/{event.batch_id}/undo/", {"key": uuid4()}
    answer = reviewer.post(address, sent, headers=JSON)
    assert (answer.status_code, answer.json()) == (412, {"error": "You have nothing to undo in this batch."})
    page = reviewer.post(address, sent)
    assert (page.status_code, "You have nothing to undo" in page.content.decode()) == (412, True)
    assert reviewer.post(address, {"key": "x"}, headers=JSON).status_code == 422


@pytest.mark.django_db
def test_a_verdict_is_saved_only_for_its_author(client: Client) -> None:
    event = make_event()
    ben = make_member(event.batch.connection)
    client.force_login(ben)
    body = {
        "key": uuid4(),
        "version": 1,
        "fingerprint": event.fingerprint,
        "approval": "approved",
        "author": ben.pk + 1,
    }
    answer = client.post(f"/events/{event.pk}/decide/", body, headers=JSON)
    assert (answer.status_code, Decision.objects.count()) == (401, 0)
    answer = client.post(f"/events/{event.pk}/decide/", body | {"author": ben.pk}, headers=JSON)
    assert (answer.status_code, Decision.objects.count()) == (200, 1)


@pytest.mark.django_db
def test_an_undo_takes_back_the_verdict_it_names_and_no_other(client: Client) -> None:
    event = make_event()
    client.force_login(make_member(event.batch.connection))
    key = uuid4()
    body = {"key": key, "version": 1, "fingerprint": event.fingerprint, "approval": "approved"}
    client.post(f"/events/{event.pk}/decide/", body, headers=JSON)
    address = f"/batches/{event.batch_id}/undo/"
    never_saved = client.post(address, {"key": uuid4(), "target": uuid4()}, headers=JSON)
    assert (never_saved.status_code, Decision.objects.count()) == (412, 1)
    undone = client.post(address, {"key": uuid4(), "target": key}, headers=JSON)
    assert (undone.status_code, Decision.objects.count()) == (200, 2)
