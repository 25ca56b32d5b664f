"""Kill -9 of a sync at random points: nothing lost, nothing doubled, nothing asked for twice without need."""

import json
import subprocess
import sys
from typing import Any

import pytest

from batches.sandbox.server import Sandbox
from tests import worlds
from tests.killing.own_database import environment, own_database

KILLS = 50
VIDEOS = 1600


def victims(sandbox: Sandbox, kills: int) -> dict[str, Any]:
    with own_database() as url:
        argv = [
            sys.executable,
            "-m",
            "tests.killing.sync_victims",
            sandbox.url,
            sandbox.key,
            worlds.BATCH,
            str(kills),
            "7",
        ]
        env = environment(url, PRIVATE_HOSTS=sandbox.url.removeprefix("http://"))
        result = subprocess.run(argv, env=env, capture_output=True, text=True, check=False, timeout=300)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout.splitlines()[-1])


@pytest.mark.slow
def test_a_sync_killed_fifty_times_ends_as_if_never_killed() -> None:
    world = {worlds.BATCH: worlds.batch(videos=VIDEOS, events=2)}
    with Sandbox(world) as sandbox:
        undisturbed = victims(sandbox, 0)
        assert undisturbed["state"] == "done"
        sandbox.calls.clear()
        killed = victims(sandbox, KILLS)
    assert killed["killed"] == KILLS
    assert 0 < killed["position"] < VIDEOS, "the kills fell into the middle of the work"
    assert (killed["state"], killed["runs"], killed["problems"]) == ("done", 1, [])
    assert killed["digest"] == undisturbed["digest"]
    bulk = sum("bulk" in call.path for call in sandbox.calls)
    # A kill costs at most what was in flight and what had arrived without being committed.
    assert bulk <= VIDEOS / 2 + KILLS * 6
