"""Kill -9 of web workers while people decide: what was acknowledged is in the ledger, once, and every retry
succeeds.
"""

import os
import random
import signal
import time
from collections import Counter
from typing import Any

import pytest

from tests.killing import prepared
from tests.killing.own_database import environment, own_database
from tests.killing.web import SEED, Reviewer, shell, web

CLIENTS = 8
LEDGER = """
from batches.models import Action, Decision
for key, version in Decision.objects.values_list("action__idempotency_key", "version"):
    print("row", key, version)
"""


@pytest.mark.slow
@pytest.mark.case("K01", measured="10,000 decisions and more than 150 kills")
def test_decisions_survive_their_web_workers(pytestconfig: pytest.Config) -> None:
    decisions = pytestconfig.getoption("decisions")
    with own_database(migrated=True) as database:
        env = environment(database)
        rows = shell(env, SEED.format(count=decisions))
        session = next(row[1] for row in rows if row[0] == "session")
        events = [row for row in rows if row[0] == "event"]
        dice, kills = random.Random(3), 0
        with web(env) as (url, server):
            people = [Reviewer(url, session, events[n::CLIENTS]) for n in range(CLIENTS)]
            for person in people:
                person.start()
            next_kill = 20
            while any(person.is_alive() for person in people):
                # By work done, not by time: on a slow machine a worker must live long enough to do any.
                time.sleep(dice.uniform(0.0, 0.02))
                if sum(len(person.acknowledged) for person in people) >= next_kill and (workers := server.children()):
                    os.kill(dice.choice(workers).pid, signal.SIGKILL)
                    kills += 1
                    next_kill += dice.randint(10, 40)
        ledger: Counter[Any] = Counter(row[1] for row in shell(env, LEDGER) if row[0] == "row")
        check = prepared.run(env, "check_ledger")
    acknowledged = [key for person in people for key in person.acknowledged]
    print(f"{len(acknowledged):,} decisions acknowledged, {ledger.total():,} in the ledger, {kills} workers killed")
    assert [strange for person in people for strange in person.strange] == []
    assert kills >= decisions // 50
    assert len(acknowledged) == decisions
    assert ledger == Counter(acknowledged), "every key is in the ledger exactly once, and none that was not answered"
    assert (check[0], check[1].endswith("The ledger and the events agree.\n")) == (0, True), check[1]
