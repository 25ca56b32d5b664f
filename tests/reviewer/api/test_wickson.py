"""Wickson's results address at our running server, read as the vendor's documentation reads it."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
import requests
from pytest_django.live_server_helper import LiveServer

from batches.actions import decide, request_sync
from batches.models import Batch, Connection, Item, Role, Scope
from batches.sandbox.server import Sandbox
from batches.sandbox.world import World
from batches.sync.run import sync
from tests.factories import make_batch, make_connection, make_member
from tests.reviewer.api.conftest import make_token
from tests.vendor_worlds import W_BATCH, job, w_batch

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sandbox(settings: Any) -> Iterator[Sandbox]:
    jobs = [job(n, "failed" if n == 2 else "succeeded") for n in range(6)] + [
        job(6, "processed", filename="\u202e.mp4")
    ]
    plain = w_batch([job(9)], batch_id="batch-plain")
    del plain["statistics"]
    with Sandbox(World({}, wickson={W_BATCH: w_batch(jobs), "batch-plain": plain})) as running:
        settings.PRIVATE_HOSTS = frozenset({running.url.removeprefix("http://")})
        yield running


@pytest.fixture
def connection(sandbox: Sandbox) -> Connection:
    return make_connection(vendor="wickson", base_url=sandbox.url, key=sandbox.key)


@pytest.fixture
def key(connection: Connection) -> str:
    return make_token(make_member(connection, Role.REVIEWER, "rita"), Scope.READ)


def synced(connection: Connection, batch_id: str = W_BATCH) -> Batch:
    batch = make_batch(connection, external_id=batch_id, prompt="", batch_type="unknown")
    sync(request_sync(batch_id=batch.pk, by=None, background=False).pk)  # type: ignore[arg-type]
    return batch


def results(url: str, api_key: str, batch_id: str = W_BATCH, **params: Any) -> requests.Response:
    """As in the vendor's documentation."""
    address = f"{url}/v1/batches/{batch_id}/results"
    return requests.get(address, headers={"X-Api-Key": api_key}, params=params, timeout=5)


def body_of(answer: requests.Response) -> Any:
    """Everything but the id of the request."""
    body = answer.json()
    assert body.pop("metadata")["request_id"].startswith("req_")
    return answer.status_code, body


def test_until_somebody_decides_a_script_reads_what_it_reads_from_the_vendor(
    connection: Connection, sandbox: Sandbox, live_server: LiveServer, key: str
) -> None:
    for batch_id in (W_BATCH, "batch-plain"):
        synced(connection, batch_id)
        for params in ({}, {"page": 1, "page_size": 50}, {"page": 2, "page_size": 3}, {"page": 9, "page_size": 3}):
            theirs = body_of(results(sandbox.url, sandbox.key, batch_id, **params))
            assert body_of(results(live_server.url, key, batch_id, **params)) == theirs
            assert theirs[0] == 200
    assert "statistics" not in results(live_server.url, key, "batch-plain").json()["data"]


def test_after_decisions_exactly_the_decided_jobs_have_a_field_more(
    connection: Connection, sandbox: Sandbox, live_server: LiveServer, key: str
) -> None:
    event = synced(connection).events.get(item__external_id="job-004")
    by = connection.memberships.get().user
    decide(
        event_id=event.pk, version=1, fingerprint=event.fingerprint, approval="invalid", by=by, idempotency_key=uuid4()
    )
    ours, theirs = results(live_server.url, key).json()["data"], results(sandbox.url, sandbox.key).json()["data"]
    (decision,) = ours["job_results"][4].pop("reviewer_decisions")
    assert (decision["approval"], decision["decided_by"], decision["event_id"]) == ("invalid", "rita", event.pk)
    assert (decision["index"], decision["start_time"], decision["end_time"]) == (0, None, None)
    assert ours == theirs


def test_pages_together_are_every_job_once(connection: Connection, live_server: LiveServer, key: str) -> None:
    synced(connection)
    first = results(live_server.url, key, page_size=2).json()["data"]
    pages = range(1, first["pagination"]["total_pages"] + 1)
    payload = [
        result["job_id"]
        for page in pages
        for result in results(live_server.url, key, page=page, page_size=2).json()["data"]["job_results"]
    ]
    assert payload == [f"job-{number:03}" for number in range(7)]


def test_jobs_no_longer_listed_are_left_out(connection: Connection, live_server: LiveServer, key: str) -> None:
    synced(connection)
    Item.objects.filter(external_id="job-000").update(gone_at="2026-01-01T00:00Z")
    data = results(live_server.url, key).json()["data"]
    assert data["pagination"]["total_items"] == len(data["job_results"]) == 6


def test_a_batch_that_was_never_synced_is_created_and_empty(
    connection: Connection, live_server: LiveServer, key: str
) -> None:
    make_batch(connection, external_id=W_BATCH, name="June")
    data = results(live_server.url, key).json()["data"]
    assert (data["batch_summary"]["status"], data["batch_summary"]["batch_name"], data["job_results"]) == (
        "created", "June", [],
    )  # fmt: skip
    assert data["pagination"] == {"page": 1, "page_size": 100, "total_items": 0, "total_pages": 1}


def test_refusals_have_the_vendors_envelope(
    connection: Connection, sandbox: Sandbox, live_server: LiveServer, key: str
) -> None:
    make_batch(make_connection(vendor="wickson"), external_id=W_BATCH)  # somebody else's
    for batch_id in (W_BATCH, "none"):
        answer = results(live_server.url, key, batch_id)
        assert (answer.status_code, answer.json()) == (
            404,
            {"success": False, "message": f"Batch {batch_id} not found", "code": "not_found", "status_code": 404},
        )
    assert results(sandbox.url, sandbox.key, "none").json() == answer.json()
    wrong = results(live_server.url, "rev_wrong")
    assert (wrong.status_code, wrong.json()["code"], wrong.json()["success"]) == (401, "authentication_error", False)
    assert set(wrong.json()) == set(results(sandbox.url, "wrong").json())
    synced(connection)
    for params in ({"page": 0}, {"page_size": "many"}, {"page_size": 501}, {"page": "-1"}):
        answer = results(live_server.url, key, **params)
        assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")
        assert next(iter(params)) in answer.json()["message"]
