"""Kill -9 of starts, imports and uploads at random points: no intent becomes two, and none is lost without a word."""

import json
import subprocess
import sys
from collections import Counter
from typing import Any
from urllib.parse import parse_qs

import pytest

from batches.sandbox.server import Call, Sandbox
from batches.sandbox.world import World
from tests import worlds
from tests.killing.own_database import environment, own_database


def intent_of(call: Call) -> str:
    """The intent that a call names: of a start its client_batch_id, of an import its object, of an upload its file."""
    if call.multipart:
        return str(call.multipart.files[0][1].name)
    if call.path == "/api/create-batch":
        return parse_qs(call.body.decode())["client_batch_id"][0]
    return str(json.loads(call.body)["keys"][0]).removesuffix(".mp4")


def killed_runs(kind: str, vendor: Sandbox, kills: int) -> dict[str, Any]:
    with own_database(migrated=True) as url:
        env = environment(url, PRIVATE_HOSTS=vendor.url.removeprefix("http://"))
        argv = [sys.executable, "-m", "tests.killing.start_victims", kind, vendor.url, vendor.key, str(kills), "7"]
        result = subprocess.run(argv, env=env, capture_output=True, text=True, check=False, timeout=120 + 10 * kills)
    assert result.returncode == 0, result.stderr
    answer: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return answer


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "path"),
    [("start", "/api/create-batch"), ("import", "/api/s3/upload"), ("upload", "/api/upload-video")],
)
def test_what_is_killed_at_any_moment_starts_at_most_once(pytestconfig: pytest.Config, kind: str, path: str) -> None:
    kills = pytestconfig.getoption("kills")
    with Sandbox(World({worlds.BATCH: worlds.batch(videos=1)})) as sandbox:
        answer = killed_runs(kind, sandbox, kills)
        calls = Counter(intent_of(call) for call in sandbox.calls if call.path == path)
        ended = Counter(state for _, state, _ in answer["runs"])
        intents = len(answer["runs"])
        print(f"{kind}: {answer['killed']} kills of {intents} intents: {dict(ended)}, {calls.total()} calls")
        assert answer["killed"] == kills
        # An import whose job is there waits for its videos.
        assert set(ended) <= ({"waiting", "incomplete", "done"} if kind == "import" else {"done", "incomplete"})
        assert set(calls.values()) <= {1}, "no intent was sent twice"
        started = {intent: external_id for intent, _, external_id in answer["runs"] if external_id}
        assert {intent for intent, state, _ in answer["runs"] if state != "incomplete"} == set(started)
        assert set(started) <= set(calls), "what is known here was asked for"
        assert len(set(started.values())) == len(started), "each belongs to one intent"
        assert all(exists(sandbox, kind, external_id) for external_id in started.values())


def exists(vendor: Sandbox, kind: str, external_id: str) -> bool:
    if kind == "upload":
        return vendor.state.knows_video(external_id)
    return vendor.state.has(external_id) if kind == "start" else vendor.state.imports.job(external_id)["total"] == 1
