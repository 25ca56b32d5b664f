"""Kill -9 in the middle of migrations: an old database goes on where it was, and ends as a new one."""

import json
import subprocess
import sys

import pytest

from tests.conftest import FEW_KILLS
from tests.killing.own_database import environment, own_database
from tests.schema import definitions

FEW = 8  # kills, one of each kind of migration


@pytest.mark.slow
@pytest.mark.once  # on PostgreSQL in `make bench-trust`: a minute
@pytest.mark.case("K07", measured="a kill in every migration")
def test_an_old_database_killed_on_its_way_ends_as_a_new_one(pytestconfig: pytest.Config) -> None:
    """Once from the oldest version, past those of every release: the journey takes ten seconds without kills."""
    points = "all" if pytestconfig.getoption("kills") > FEW_KILLS else "few"
    with own_database() as old, own_database(migrated=True) as new:
        command = [sys.executable, "-m", "tests.killing.migration_victims", points]
        result = subprocess.run(command, env=environment(old), capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stderr
        answer = json.loads(result.stdout.splitlines()[-1])
        print(f"{answer['kills']} kills in the middle of migrations")
        assert answer["kills"] >= FEW
        assert answer["traces"] == [], "of a killed migration in one transaction nothing is left"
        assert answer["rows"] == {
            "searched": 1,
            "searched after a change": 3,
            "rarest": ["seldom", "often"],
            "strata": {"seldom": 1, "often": 2},
            "keys": list(range(7)),
            "changed events": [["approved", False], ["pending", True], ["approved", False]],
            "counts": [2, 1],
            "problems": [],
            "pile runs": [["synced", "queued", -1, False]],
        }
        assert definitions(old) == definitions(new)
