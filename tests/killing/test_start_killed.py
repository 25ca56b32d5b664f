"""Kill -9 of a start at random points: no intent becomes two batches, and none is lost without a word."""

import json
import subprocess
import sys
from collections import Counter
from urllib.parse import parse_qs

import pytest

from batches.sandbox.server import Sandbox
from batches.sandbox.world import World
from tests import worlds
from tests.killing.own_database import environment, own_database


@pytest.mark.slow
def test_a_start_killed_at_any_moment_becomes_at_most_one_batch(pytestconfig: pytest.Config) -> None:
    kills = pytestconfig.getoption("kills")
    with Sandbox(World({worlds.BATCH: worlds.batch(videos=1)})) as sandbox, own_database(migrated=True) as url:
        env = environment(url, PRIVATE_HOSTS=sandbox.url.removeprefix("http://"))
        argv = [
            sys.executable,
            "-m",
            "tests.killing.start_victims",
            sandbox.url,
            sandbox.key,
            "video0",
            str(kills),
            "7",
        ]
        result = subprocess.run(argv, env=env, capture_output=True, text=True, check=False, timeout=120 + 10 * kills)
        assert result.returncode == 0, result.stderr
        forms = [parse_qs(call.body.decode()) for call in sandbox.calls if call.path == "/api/create-batch"]
        answer = json.loads(result.stdout.splitlines()[-1])
        ended = Counter(state for _, state, _ in answer["runs"])
        print(f"{answer['killed']} kills of {len(answer['runs'])} starts: {dict(ended)}, {len(forms)} calls")
        assert answer["killed"] == kills
        assert set(ended) <= {"done", "incomplete"}, "nothing waits, and nothing was refused"
        calls = Counter(form["client_batch_id"][0] for form in forms)
        assert set(calls.values()) <= {1}, "no intent was sent twice"
        for client_batch_id, state, external_id in answer["runs"]:
            if state == "done":
                assert calls[client_batch_id] == 1
                assert sandbox.state.has(external_id)
        assert calls.total() <= len(answer["runs"])
        batches = {external_id for _, _, external_id in answer["runs"] if external_id}
        assert len(batches) == ended["done"], "each batch belongs to one intent"
