"""Run a sync again and again in processes that are killed at random moments, then once to its end.

    python -m tests.killing.sync_victims VENDOR URL KEY BATCH KILLS SEED

Prints one JSON line: kills, the end state, and a digest of all rows.
"""

import hashlib
import json
import os
import random
import signal
import sys
import threading

import django

django.setup()

from django.db import connection as database  # noqa: E402  (after django.setup)

from batches.actions import request_sync  # noqa: E402
from batches.actions.check import ledger_problems  # noqa: E402
from batches.models import Batch, Connection, SyncRun  # noqa: E402
from batches.sync.run import Progress, sync  # noqa: E402
from batches.sync.vendors import VENDORS  # noqa: E402
from tests.tables import stored  # noqa: E402


def fate(commits: int, moment: float) -> Progress:
    """After so many commits, and so many seconds more, the process is no more: on a slow machine as on a fast one."""

    def strike(run: SyncRun) -> None:
        nonlocal commits
        commits -= 1
        if commits == 0:
            threading.Timer(moment, os.kill, (os.getpid(), signal.SIGKILL)).start()

    return strike


CHUNK = 2  # items of one commit
# Limits of calls that fit the vendors' largest batches, which have fewer items than a sync needs for 200 kills.
OF_ONE_SYNC, MANY = {"task_calls", "asset_calls"}, 100_000


def main(vendor: str, url: str, key: str, external_id: str, kills: int, seed: int) -> None:
    VENDORS[vendor].chunk_size = CHUNK
    for limit in OF_ONE_SYNC & (VENDORS[vendor].__init__.__kwdefaults__ or {}).keys():
        VENDORS[vendor].__init__.__kwdefaults__[limit] = MANY
    account = Connection(vendor=vendor, name="kill", base_url=url)
    account.set_key(key)
    account.save()
    batch = Batch.objects.create(connection=account, external_id=external_id)
    dice = random.Random(seed)
    killed = 0
    while killed < kills:
        database.close()
        if database.vendor == "postgresql":
            database.close_pool()  # its sockets must not be shared with the child
        commits, moment = dice.randint(1, 6), dice.uniform(0, 0.03)
        child = os.fork()
        if child == 0:
            run = request_sync(batch_id=batch.pk, by=None, background=False)
            sync(run.pk, progress=fate(commits, moment))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            break  # it was done before we struck
        killed += 1
    run = SyncRun.objects.first()
    position = run.position if run else 0
    done = sync(request_sync(batch_id=batch.pk, by=None, background=False).pk)
    assert done is not None, SyncRun.objects.values_list("state", "message", "attempts").first()
    answer = {
        "killed": killed,
        "position": position,
        "state": done.state,
        "message": done.message,
        "runs": SyncRun.objects.count(),
        "digest": hashlib.sha256(stored().encode()).hexdigest(),
        "problems": list(ledger_problems()),
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main(*sys.argv[1:5], *map(int, sys.argv[5:]))
