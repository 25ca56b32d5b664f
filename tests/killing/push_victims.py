"""Push metadata in processes that are killed at random moments, with edits between, then once to the end.

    python -m tests.killing.push_victims URL KEY BATCH KILLS SEED

Prints one JSON line: how many were killed, what we say, and the states.
"""

import json
import os
import random
import signal
import sys
import threading

import django

django.setup()

from django.db import connection as database  # noqa: E402

from batches.actions import edit_metadata  # noqa: E402
from batches.models import MetadataEntry, MetadataPush  # noqa: E402
from batches.sync.push import push  # noqa: E402
from tests.factories import make_batch, make_connection, make_member  # noqa: E402


def killed(run_id: int, moment: float) -> bool:
    """Whether a worker that gets so many seconds was killed before its work was done."""
    database.close()
    if database.vendor == "postgresql":
        database.close_pool()  # its sockets must not be shared with the child
    child = os.fork()
    if child == 0:
        threading.Timer(moment, os.kill, (os.getpid(), signal.SIGKILL)).start()
        push(run_id)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    MetadataPush.objects.update(attempts=0)  # kills without a step between them would count against the run
    return os.WIFSIGNALED(status)


def main(url: str, key: str, external_id: str, kills: int, seed: int) -> None:
    batch = make_batch(make_connection(base_url=url, key=key), external_id=external_id, vendor_metadata={"version": 2})
    edda, dice, count, number = make_member(batch.connection, "editor"), random.Random(seed), 0, 0
    while count < kills:
        number += 1
        edit_metadata(batch_id=batch.pk, values={dice.choice("abc"): number, "version": number + 10}, by=edda)
        count += killed(MetadataPush.objects.latest("id").pk, dice.uniform(0, 0.06))
    edit_metadata(batch_id=batch.pk, values={"end": number}, by=edda)
    push(MetadataPush.objects.latest("id").pk)
    entries = MetadataEntry.objects.all()
    print(json.dumps({"killed": count, "ours": {entry.name: entry.value for entry in entries},
                      "states": sorted({entry.state for entry in entries}),
                      "unfinished": MetadataPush.objects.filter(finished_at=None).count()}))  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
