"""Kill -9 of a metadata push at random points, with edits between and a vendor whose calls fail or lose their answers:
in the end it says what we say."""

import json
import subprocess
import sys

import pytest

from batches.sandbox.faults import Faults
from batches.sandbox.server import Sandbox
from tests import worlds
from tests.killing.own_database import environment, own_database

KILLS = 10
VENDORS = {
    "well": Faults(),
    # Where the answer is cut off, or reset, the change was made or not.
    "in trouble": Faults(seed=7, rate=0.4, kinds=["500", "503", "429", "reset", "truncated"]),
}


@pytest.mark.slow
@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.case("N08")
def test_a_push_killed_again_and_again_brings_everything_in_the_end_and_in_order(vendor: str) -> None:
    faults = VENDORS[vendor]
    with Sandbox({worlds.BATCH: worlds.batch()}, faults=faults) as sandbox, own_database(migrated=True) as url:
        argv = [
            sys.executable,
            "-m",
            "tests.killing.push_victims",
            sandbox.url,
            sandbox.key,
            worlds.BATCH,
            str(KILLS),
            "3",
        ]
        env = environment(url, PRIVATE_HOSTS=sandbox.url.removeprefix("http://"))
        result = subprocess.run(argv, env=env, capture_output=True, text=True, check=False, timeout=300)
        assert result.returncode == 0, result.stderr
        ended = json.loads(result.stdout.splitlines()[-1])
        vendors = json.loads(sandbox.state.status(worlds.BATCH, listing=False))["metadata"]
        sent = [
            json.loads(json.loads(call.body)["metadata"])
            for call in sandbox.calls
            # Whoever was killed between its headers and its body has sent nothing.
            if call.path.endswith("/metadata") and len(call.body) == int(call.headers["Content-Length"])
        ]
    assert (ended["killed"], ended["states"], ended["unfinished"]) == (KILLS, ["pushed"], 0)
    assert vendors == ended["ours"]
    assert ended["under_way"], "some were killed when a value may have been at the vendor"
    versions = [values["version"] for values in sent if "version" in values]
    assert versions == sorted(versions), "no older value follows a newer one"
