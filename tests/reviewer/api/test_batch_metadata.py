"""Metadata through the REST API: merged, refused by key, done once for a key of the client."""

from uuid import uuid4

import pytest
from django.test import Client

from batches.models import Batch, MetadataEdit, MetadataEntry, MetadataPush, Role, Scope
from tests.reviewer.api.conftest import Caller

pytestmark = pytest.mark.django_db(transaction=True)


def send(client: Client, batch: Batch, values: object, **headers: str):  # type: ignore[no-untyped-def]
    return client.post(
        f"/api/v1/batches/{batch.pk}/metadata/",
        {"metadata": values},
        content_type="application/json",
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )


def test_values_are_merged_and_their_push_state_returned(script: Caller, batch: Batch) -> None:
    Batch.objects.update(vendor_metadata={"version": 2, "site": "north"})
    body = send(script(Scope.META), batch, {"version": 3, "note": "é"}).json()
    assert body["metadata"] == {"version": 3, "site": "north", "note": "é"}
    assert body["vendor"] == {"version": 2, "site": "north"}
    key = {"state": "waiting", "message": "", "pushed_at": None}
    assert body["keys"] == [
        {"name": "note", "value": "é", "theirs": None, **key}, {"name": "version", "value": 3, "theirs": 2, **key},
    ]  # fmt: skip
    assert script(Scope.READ, Role.VIEWER).get(f"/api/v1/batches/{batch.pk}/metadata/").json() == body
    assert script(Scope.READ).get(f"/api/v1/batches/{batch.pk}/").json()["metadata"] == body["metadata"]
    assert MetadataEdit.objects.get().source.startswith("token ")


def test_wrong_values_are_refused_by_key_and_nothing_is_written(script: Caller, batch: Batch) -> None:
    answer = send(script(Scope.META), batch, {"good": 1, "bad": None, "worse": {"a": []}, "": "x"})
    assert (answer.status_code, set(answer.json()["errors"])) == (400, {"bad", "worse", ""})
    assert "bad: A value must be text or a whole number, not null." in answer.json()["detail"]
    assert send(script(Scope.META), batch, [1]).status_code == 400
    assert (MetadataEdit.objects.count(), MetadataEntry.objects.count(), MetadataPush.objects.count()) == (0, 0, 0)


def test_the_same_key_does_it_once_and_serves_no_other_request(script: Caller, batch: Batch) -> None:
    client, key = script(Scope.META), str(uuid4())
    assert send(client, batch, {"round": 1}, Idempotency_Key=key).status_code == 200
    assert send(script(Scope.META), batch, {"round": 2}).status_code == 200
    assert send(client, batch, {"round": 1}, Idempotency_Key=key).json()["metadata"] == {"round": 2}
    assert send(client, batch, {"round": 3}, Idempotency_Key=key).status_code == 422
    assert MetadataEntry.objects.get().value == 2


@pytest.mark.parametrize(
    ("scope", "role"), [(Scope.READ, "editor"), (Scope.REVIEW, "editor"), (Scope.META, "reviewer")]
)
def test_people_without_the_right_write_nothing(script: Caller, batch: Batch, scope: Scope, role: str) -> None:
    assert send(script(scope, role), batch, {"a": 1}).status_code == 403
    assert MetadataEntry.objects.count() == 0
