"""Scopes: every address of the API and the vendors' wire formats × every kind of token × every method."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from batches.models import Action, Batch, Connection, Event, Role, Scope, SyncRun
from reviewer.api.urls import courtesy, urlpatterns
from tests.factories import make_connection, make_member
from tests.reviewer.api.conftest import Caller, caller, make_token, verdict

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
EVERY, REVIEW, MEDIA, META, NONE = set(Scope), {Scope.REVIEW}, {Scope.READ, Scope.REVIEW}, {Scope.META}, set[Scope]()
READ = {"GET": EVERY, "HEAD": EVERY}
FILES = {"GET": {Scope.READ}, "HEAD": {Scope.READ}}  # downloads and links: no other scope
POLICY: dict[str, dict[str, set[Scope]]] = {
    "api-schema": READ,
    "api-docs": {},  # a page: for people who are signed in
    "api-batches": READ,
    "api-batch": READ,
    "api-batch-items": READ,
    "api-batch-events": READ,
    "api-batch-decisions": {**READ, "POST": REVIEW},
    "api-batch-metadata": {**READ, "POST": META},
    "api-batch-undo": {"POST": REVIEW},
    "api-batch-redo": {"POST": REVIEW},
    "api-batch-syncs": {**READ, "POST": NONE},
    "api-item": READ,
    "api-event": READ,
    "api-event-decisions": {**READ, "POST": REVIEW},
    "api-sync": READ,
    "api-batch-download": FILES,
    "api-batch-links": {**FILES, "POST": NONE},
    "api-exports": {**FILES, "POST": {Scope.READ}},
    "api-export": FILES,
    "api-export-file": FILES,
    "api-links": FILES,
    "api-link": FILES,
    "api-link-revoke": {"POST": NONE},
    "api-link-rotate": {"POST": NONE},
    "sdk-verify": {"POST": EVERY},
    "sdk-status": READ,
    "sdk-bulk": {"POST": EVERY},
    "sdk-metadata": {**READ, "POST": META},
    "sdk-thumbnails": {"POST": MEDIA},
    "sdk-signed-url": {"POST": MEDIA},
    "sdk-my-videos": READ,
    "twelvelabs-batches": READ,
    "twelvelabs-batch": READ,
    "twelvelabs-results": READ,
    "wickson-results": READ,
}
# Lists of what is one's own: a stranger gets an empty one.
LISTS = {"api-schema", "api-batches", "api-exports", "api-links", "sdk-verify", "sdk-my-videos", "twelvelabs-batches"}
NAMES = sorted(set(POLICY) - {"api-docs"})
RIGHT = {200, 202, 400, 404, 428, 502}  # let in; what was asked made no sense, or the vendor of these tests is away


def address(name: str, batch: Batch, event: Event) -> str:
    targets = {"batch": batch.pk, "item": event.item_id, "event": event.pk}
    match name:
        case _ if name in LISTS:
            return reverse(name)
        case "sdk-status" | "sdk-bulk" | "sdk-metadata":
            return reverse(name, args=[batch.external_id])
        case "twelvelabs-batch" | "twelvelabs-results" | "wickson-results":
            vendor = name.partition("-")[0]
            Connection.objects.filter(pk=batch.connection_id).update(vendor=vendor)
            Batch.objects.filter(pk=batch.pk).update(external_id=f"{batch.pk:024x}")
            return reverse(name, args=[f"{batch.pk:024x}"])
        case "sdk-thumbnails":
            return reverse(name, args=[event.item.external_id, event.item.analysis_id])
        case "sdk-signed-url":
            return reverse(name, args=[event.item.external_id])
    file = ["events.csv"] if name == "api-batch-download" else []
    return reverse(name, args=[targets.get(name.split("-")[1], 10**6), *file])


def test_every_address_has_a_row_and_every_row_an_address() -> None:
    assert {pattern.name for pattern in (*urlpatterns, *courtesy)} == set(POLICY)


@pytest.mark.parametrize("name", NAMES)
def test_the_scopes(script: Caller, batch: Batch, event: Event, name: str) -> None:
    wrong = []
    for scope in Scope:
        client = script(scope)
        for method in METHODS:
            status = client.generic(method, address(name, batch, event)).status_code
            rule = POLICY[name].get(method)
            right = {405} if rule is None else RIGHT if scope in rule else {403}
            if status not in right:
                wrong.append(f"{method} {name} with {scope}: {status}, expected one of {sorted(right)}")
    assert wrong == []


@pytest.mark.parametrize("name", NAMES)
def test_nobody_is_401_and_a_stranger_finds_nothing(batch: Batch, event: Event, name: str) -> None:
    stranger = make_member(make_connection(), Role.EDITOR)
    for method, scopes in POLICY[name].items():
        assert Client().generic(method, address(name, batch, event)).status_code == 401
        script = caller(make_token(stranger, min(scopes, default=Scope.REVIEW)))
        status = script.generic(method, address(name, batch, event)).status_code
        if name in LISTS:
            assert status == (400 if name == "api-exports" and method == "POST" else 200)
        else:
            assert status == (404 if scopes else 403)


@pytest.mark.parametrize(("scope", "role"), [(Scope.READ, "editor"), (Scope.META, "editor"), (Scope.REVIEW, "viewer")])
def test_who_may_not_decide_changes_nothing(
    script: Caller, batch: Batch, event: Event, scope: Scope, role: str
) -> None:
    client = script(scope, role)
    many = {"approval": "approved", "events": [{"id": event.pk, "version": 1, "fingerprint": event.fingerprint}]}
    sent: dict[str, Any] = verdict(event)
    assert client.post(f"/api/v1/events/{event.pk}/decisions/", **sent).status_code == 403
    assert client.post(f"/api/v1/batches/{batch.pk}/decisions/", **{**sent, "data": many}).status_code == 403
    assert client.post(f"/api/v1/batches/{batch.pk}/undo/", **{**sent, "data": {}}).status_code == 403
    assert client.post(f"/api/v1/batches/{batch.pk}/syncs/").status_code == 403
    assert (Action.objects.count(), SyncRun.objects.count(), Event.objects.get(pk=event.pk).version) == (0, 0, 1)


def test_an_editor_who_is_signed_in_asks_for_a_sync(editor: Client, viewer: Client, batch: Batch) -> None:
    there = f"/api/v1/batches/{batch.pk}/syncs/"
    assert viewer.post(there).status_code == 403
    answer = editor.post(there)
    run = SyncRun.objects.get()
    assert (answer.status_code, answer.json()["id"], answer.json()["state"]) == (202, run.pk, "queued")
    assert editor.post(there).json()["id"] == run.pk
    assert viewer.get(there).json()["results"] == [viewer.get(f"/api/v1/syncs/{run.pk}/").json()]
