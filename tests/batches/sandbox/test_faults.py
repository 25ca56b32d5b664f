"""Injected faults, as a caller meets them, and that they repeat."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import pytest
import requests

from batches.sandbox.faults import KINDS, Faults
from batches.sandbox.server import Sandbox
from tests import worlds

PATH = f"/api/batch/{worlds.BATCH}/status"


def ask(faults: Faults) -> requests.Response:
    with Sandbox({worlds.BATCH: worlds.batch()}, faults=faults) as sandbox:
        return requests.get(sandbox.url + PATH, headers={"X-API-Key": sandbox.key}, timeout=5)


@pytest.mark.parametrize(
    ("kind", "header"),
    [("429", "1"), ("429-none", None), ("429-zero", "0"), ("429-negative", "-1"), ("429-odd", "soon")],
)
def test_429_comes_with_every_form_of_retry_after(kind: str, header: str | None) -> None:
    answer = ask(Faults(first=[kind]))
    assert (answer.status_code, answer.headers.get("Retry-After")) == (429, header)


def test_429_can_name_a_date_ahead() -> None:
    assert parsedate_to_datetime(ask(Faults(first=["429-date"])).headers["Retry-After"]) > datetime.now(UTC)


@pytest.mark.parametrize("kind", ["500", "502", "503", "504"])
def test_server_errors_come_as_html(kind: str) -> None:
    answer = ask(Faults(first=[kind]))
    assert (answer.status_code, answer.headers["Content-Type"]) == (int(kind), "text/html")


def test_html_can_come_with_200() -> None:
    answer = ask(Faults(first=["html"]))
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html")


@pytest.mark.parametrize(
    ("kind", "error"), [("reset", requests.ConnectionError), ("truncated", requests.exceptions.ChunkedEncodingError)]
)
def test_a_broken_connection_breaks_the_call(kind: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        ask(Faults(first=[kind]))


def test_a_slow_answer_is_still_the_true_one() -> None:
    assert ask(Faults(first=["slow"], delay_s=0.05)).json()["batch_id"] == worlds.BATCH


def test_dropped_ids_are_in_none_of_the_lists() -> None:
    world = {worlds.BATCH: worlds.batch()}
    videos = list(world[worlds.BATCH]["bulk"])
    with Sandbox(world, faults=Faults(first=["dropped"])) as sandbox:
        url = f"{sandbox.url}/api/batch/{worlds.BATCH}/analyses/bulk"
        first, second = (
            requests.post(url, json={"video_ids": videos}, headers={"X-API-Key": sandbox.key}, timeout=5).json()
            for _ in range(2)
        )
    assert len(first["analyses"]) < len(second["analyses"]) == len(videos)
    assert (first["unresolved_video_ids"], first["not_found_analysis_ids"]) == ([], [])


def test_the_first_calls_fail_in_order_and_then_all_is_well() -> None:
    faults = Faults(first=["500", "ok", "reset"])
    assert [faults.pick("GET", PATH, b"") for _ in range(5)] == ["500", None, "reset", None, None]


def test_faults_depend_on_the_seed_not_on_the_order() -> None:
    bodies = [f"chunk {n}".encode() for n in range(40)]

    def run(order: list[bytes]) -> dict[bytes, list[str | None]]:
        faults = Faults(seed=7, rate=0.5)
        return {body: [faults.pick("POST", "/api/batch/b/analyses/bulk", body) for _ in range(3)] for body in order}

    first, other = run(bodies), run(bodies[::-1])
    assert first == other
    assert {kind for kinds in first.values() for kind in kinds} > {None, "reset"}


def test_faults_affect_matching_paths_only() -> None:
    faults = Faults(rate=1.0, kinds=["dropped"], paths="^/api/batch/")
    paths = ["/media/clips/v.mp4", "/api/my-videos", PATH, "/api/batch/b/analyses/bulk"]
    assert [faults.pick("GET", path, b"") for path in paths] == [None, None, None, "dropped"]


def test_a_fault_nobody_knows_is_an_error() -> None:
    with pytest.raises(ValueError, match="earthquake"):
        Faults(kinds=[*KINDS, "earthquake"])
