"""Kill -9 of a sync at random points: nothing lost, nothing doubled, nothing asked for twice without need."""

import json
import subprocess
import sys
from typing import Any

import pytest

from batches.sandbox.server import Sandbox
from batches.sync.run import IN_FLIGHT
from tests.killing.own_database import environment, own_database
from tests.vendor_worlds import IDS, address, all_vendors

CHUNK = 2  # as in sync_victims
ITEMS_A_KILL, LEAST_ITEMS = 16, 96  # more than the processes get done before their ends come
PAGE = 100  # jobs of Wickson


def victims(sandbox: Sandbox, vendor: str, kills: int) -> dict[str, Any]:
    sandbox.calls.clear()
    with own_database(migrated=True) as url:
        about = [vendor, address(sandbox, vendor), sandbox.key, IDS[vendor], str(kills), "7"]
        env = environment(url, PRIVATE_HOSTS=sandbox.url.removeprefix("http://"))
        argv = [sys.executable, "-m", "tests.killing.sync_victims", *about]
        result = subprocess.run(argv, env=env, capture_output=True, text=True, check=False, timeout=900 + 10 * kills)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout.splitlines()[-1])


@pytest.mark.slow
@pytest.mark.parametrize("vendor", list(IDS))
@pytest.mark.case("K02", measured="200 kills of each vendor")
def test_a_sync_killed_again_and_again_ends_as_if_never_killed(vendor: str, pytestconfig: pytest.Config) -> None:
    kills = pytestconfig.getoption("kills")
    items = max(kills * ITEMS_A_KILL, LEAST_ITEMS)
    with Sandbox(all_vendors(items)) as sandbox:
        sandbox.wickson.hourly = 10**6  # the list is asked for again after each kill
        undisturbed = victims(sandbox, vendor, 0)
        assert (undisturbed["state"], undisturbed["position"]) == ("done", 0), undisturbed["message"]
        needed = len(sandbox.calls)
        killed = victims(sandbox, vendor, kills)
    calls = f"{len(sandbox.calls):,} calls, {needed:,} without kills"
    print(f"{vendor}: {killed['killed']} kills over {items:,} items; {calls}")
    assert killed["killed"] == kills
    assert 0 < killed["position"] < items, "the kills fell into the middle of the work"
    assert (killed["state"], killed["runs"], killed["problems"]) == ("done", 1, []), killed["message"]
    assert killed["digest"] == undisturbed["digest"]
    # A kill costs the list once more, and what was in flight or had arrived without being committed.
    listing = {"nomadic": 1, "twelvelabs": 2, "wickson": -(-items // PAGE)}[vendor]
    chunk = {"nomadic": 1, "twelvelabs": CHUNK, "wickson": 0}[vendor]
    assert len(sandbox.calls) <= needed + kills * (listing + chunk * (IN_FLIGHT + 2))
