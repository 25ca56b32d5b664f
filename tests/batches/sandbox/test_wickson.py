"""The Wickson stand-in: envelopes, pages, the limit of requests an hour."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from batches.sandbox.faults import Faults
from batches.sandbox.server import Sandbox
from batches.sandbox.world import STRANGER_KEY, World
from tests.vendor_worlds import W_BATCH, job, w_batch

RESULTS = f"batches/{W_BATCH}/results"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(
        World({}, wickson={W_BATCH: w_batch([job(n, "failed" if n == 3 else "succeeded") for n in range(5)])})
    ) as running:
        yield running


def ask(sandbox: Sandbox, path: str, key: str | None = None) -> requests.Response:
    return requests.get(f"{sandbox.url}/v1/{path}", headers={"X-Api-Key": key or sandbox.key}, timeout=5)


def test_results_come_in_pages_with_the_summary_of_the_whole(sandbox: Sandbox) -> None:
    body = ask(sandbox, f"{RESULTS}?page=2&page_size=2").json()
    assert body["success"] is True
    data = body["data"]
    assert [result["job_id"] for result in data["job_results"]] == ["job-002", "job-003"]
    assert data["pagination"] == {"page": 2, "page_size": 2, "total_items": 5, "total_pages": 3}
    assert data["batch_summary"]["completion"] == {
        "successful": 4,
        "failed": 1,
        "total_items": 5,
        "completion_rate": 80.0,
    }


def test_a_page_past_the_end_is_empty(sandbox: Sandbox) -> None:
    answer = ask(sandbox, f"{RESULTS}?page=9")
    assert (answer.status_code, answer.json()["data"]["job_results"]) == (200, [])


def test_status_media_and_account_answer_too(sandbox: Sandbox) -> None:
    progress = ask(sandbox, f"batches/{W_BATCH}").json()["data"]["progress"]
    assert progress == {"percentage": 100.0, "completed": 5, "total": 5}
    assert ask(sandbox, "media/vec-000001").json()["data"]["id"] == "vec-000001"
    assert ask(sandbox, "status").json()["data"]["email"] == "owner@example.com"


@pytest.mark.parametrize(
    ("path", "key", "status", "code"),
    [
        (RESULTS, "wrong", 401, "authentication_error"), (RESULTS, STRANGER_KEY, 403, "forbidden"),
        ("batches/none/results", None, 404, "not_found"), ("media/none", None, 404, "not_found"),
        (f"{RESULTS}?page=0", None, 400, "validation_error"),
        (f"{RESULTS}?page_size=101", None, 400, "validation_error"),
        ("elsewhere", None, 404, "not_found"),
    ],
)  # fmt: skip
def test_failures_are_envelopes(sandbox: Sandbox, path: str, key: str | None, status: int, code: str) -> None:
    answer = ask(sandbox, path, key)
    body: dict[str, Any] = answer.json()
    assert (answer.status_code, body["success"], body["code"], body["status_code"]) == (status, False, code, status)


def test_a_failure_may_come_with_200(sandbox: Sandbox) -> None:
    sandbox.faults = Faults(first=["unsuccessful"])
    answer = ask(sandbox, RESULTS)
    assert (answer.status_code, answer.json()["success"]) == (200, False)


def test_the_hour_has_an_end_of_requests_and_starts_anew(sandbox: Sandbox) -> None:
    sandbox.wickson.hourly = 2
    left = [ask(sandbox, RESULTS).headers["X-RateLimit-Remaining"] for _ in range(2)]
    refused = ask(sandbox, RESULTS)
    assert (left, refused.status_code) == (["1", "0"], 429)
    assert 0 < int(refused.headers["Retry-After"]) <= 3601
    assert refused.json()["details"]["reset_time"] == int(refused.headers["X-RateLimit-Reset"])
    sandbox.state.fast_forward(3600)
    assert ask(sandbox, RESULTS).status_code == 200
