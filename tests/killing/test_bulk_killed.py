"""Kill -9 of a verdict on many events and of its undo: whole chunks only, and whoever goes on finishes it."""

import json
import subprocess
import sys

import pytest

from tests.killing.own_database import environment, own_database

CHUNK = 100  # as in bulk_victims
EVENTS = 1150
KILLS = 5


@pytest.mark.slow
@pytest.mark.case("K03")
def test_a_bulk_killed_again_and_again_ends_as_if_never_killed() -> None:
    with own_database(migrated=True) as url:
        argv = [sys.executable, "-m", "tests.killing.bulk_victims", str(EVENTS), str(KILLS), "5"]
        result = subprocess.run(argv, env=environment(url), capture_output=True, text=True, check=False, timeout=300)
    assert result.returncode == 0, result.stderr
    decided, undone = json.loads(result.stdout.splitlines()[-1])
    for done, events in ((decided, [["rejected", 2]]), (undone, [["pending", 3]])):
        assert {count % CHUNK for count in done["steps"]} <= {0, EVENTS % CHUNK}, "whole chunks only"
        assert done["steps"] == sorted(done["steps"]), "nothing is taken back or done twice"
        assert (done["state"], done["decided"], done["events"], done["problems"]) == ("done", EVENTS, events, [])
