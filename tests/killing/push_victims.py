"""Push metadata in processes that are killed at random moments, with edits between, then on to the end.

    python -m tests.killing.push_victims URL KEY BATCH KILLS SEED

Prints one JSON line: how many were killed, how many of them when a value may have been at the vendor, what we say, and
the states.
"""

import json
import os
import random
import signal
import sys
import threading
import time

import django

django.setup()

from django.db import connection as database  # noqa: E402
from django.utils import timezone  # noqa: E402

from batches.actions import edit_metadata  # noqa: E402
from batches.models import Connection, MetadataEntry, MetadataPush  # noqa: E402
from batches.models.run import RunState  # noqa: E402
from batches.sync.push import push  # noqa: E402
from tests.factories import make_batch, make_connection, make_member  # noqa: E402


def killed(run_id: int, moment: float | None) -> bool:
    """Whether a worker that gets so many seconds (None: all it needs) was killed before its work was done."""
    # Kills without a step between them would count against the run, and nobody waits for a vendor here.
    MetadataPush.objects.filter(pk=run_id).update(attempts=0)
    MetadataPush.objects.filter(pk=run_id, state=RunState.WAITING).update(retry_at=timezone.now())
    Connection.objects.update(wait_until=None)
    database.close()
    if database.vendor == "postgresql":
        database.close_pool()  # its sockets must not be shared with the child
    child = os.fork()
    if child == 0:
        if moment is not None:
            threading.Timer(moment, os.kill, (os.getpid(), signal.SIGKILL)).start()
        push(run_id, sleep=lambda seconds: None)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def newest() -> MetadataPush:
    return MetadataPush.objects.latest("id")


def main(url: str, key: str, external_id: str, kills: int, seed: int) -> None:
    batch = make_batch(make_connection(base_url=url, key=key), external_id=external_id, vendor_metadata={"version": 2})
    edda, dice, number = make_member(batch.connection, "editor"), random.Random(seed), 0
    count = under_way = 0
    whole = 0.0  # seconds of the longest push so far that was left alone: later moments would kill nobody
    while count < kills:
        number += 1
        edit_metadata(batch_id=batch.pk, values={dice.choice("abc"): number, "version": number + 10}, by=edda)
        if number % 5 == 1:
            began = time.monotonic()
            killed(newest().pk, None)
            whole = max(whole, time.monotonic() - began)
        elif killed(newest().pk, dice.uniform(0, whole)):
            count += 1
            under_way += MetadataEntry.objects.exclude(sent=[]).exists()
    edit_metadata(batch_id=batch.pk, values={"end": number}, by=edda)
    for _ in range(20):
        killed(newest().pk, None)
    entries = MetadataEntry.objects.all()
    print(json.dumps({"killed": count, "under_way": under_way, "ours": {entry.name: entry.value for entry in entries},
                      "states": sorted({entry.state for entry in entries}),
                      "unfinished": MetadataPush.objects.filter(finished_at=None).count()}))  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
