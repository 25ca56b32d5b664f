"""Kill -9 of an import, of a verdict on its events and of the undo: whole chunks only, and whoever goes on ends it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.killing.own_database import environment, own_database

CHUNK, IMPORTED = 100, 250  # as in bulk_victims
EVENTS = 1150
KILLS = 5


@pytest.mark.slow
@pytest.mark.case("K03")
def test_a_bulk_killed_again_and_again_ends_as_if_never_killed(tmp_path: Path) -> None:
    with own_database(migrated=True) as url:
        env = environment(url, MEDIA_URL_ROOT=str(tmp_path))
        argv = [sys.executable, "-m", "tests.killing.bulk_victims", str(EVENTS), str(KILLS), "5"]
        result = subprocess.run(argv, env=env, capture_output=True, text=True, check=False, timeout=300)
    assert result.returncode == 0, result.stderr
    imported, decided, undone = json.loads(result.stdout.splitlines()[-1])
    assert {count % IMPORTED for count in imported["steps"]} <= {0, EVENTS % IMPORTED}, "whole chunks only"
    assert imported["steps"] == sorted(imported["steps"])
    assert IMPORTED in imported["steps"], "a kill fell into the middle of the work"
    assert imported["events"] == sorted(f"e{number}" for number in range(EVENTS)), "nothing is lost or doubled"
    about = (imported["state"], imported["created"], imported["syncs"], imported["left"], imported["problems"])
    assert about == ("done", EVENTS, 1, False, [])
    for done, events in ((decided, [["rejected", 2]]), (undone, [["pending", 3]])):
        assert {count % CHUNK for count in done["steps"]} <= {0, EVENTS % CHUNK}, "whole chunks only"
        assert done["steps"] == sorted(done["steps"]), "nothing is taken back or done twice"
        assert (done["state"], done["decided"], done["events"], done["problems"]) == ("done", EVENTS, events, [])
