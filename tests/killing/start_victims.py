"""Start batches in processes that are killed at random moments, each then once more to its end.

    python -m tests.killing.start_victims URL KEY VIDEO KILLS SEED

Prints one JSON line: kills, and for each intent its client_batch_id, its state and the vendor's id of its batch.
"""

import json
import os
import random
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import django

django.setup()

from django.db import connection as database  # noqa: E402  (after django.setup)

from batches.actions import start_batch  # noqa: E402
from batches.models import BatchStart, Connection  # noqa: E402
from batches.sync.questions import Question  # noqa: E402
from batches.sync.start import start  # noqa: E402

STATEMENTS = 9  # a start makes about so many


def fate(statements: int, moment: float) -> Callable[..., Any]:
    """Kill the process after so many statements and so many seconds more: on a slow machine as on a fast one."""

    def strike(execute: Callable[..., Any], *arguments: Any) -> Any:
        nonlocal statements
        statements -= 1
        if statements == 0:
            threading.Timer(moment, os.kill, (os.getpid(), signal.SIGKILL)).start()
        return execute(*arguments)

    return strike


def main(url: str, key: str, video: str, kills: int, seed: int) -> None:
    account = Connection(vendor="nomadic", name="kill", base_url=url)
    account.set_key(key)
    account.save()
    dice, killed = random.Random(seed), 0
    while killed < kills:
        run = start_batch(
            connection=account, question=Question(prompt="near misses"), videos=[video], by=None,
            idempotency_key=uuid4(), background=False,
        )  # fmt: skip
        database.close()
        if database.vendor == "postgresql":
            database.close_pool()  # its sockets must not be shared with the child
        statements, moment = dice.randint(1, STATEMENTS), dice.uniform(0, 0.03)
        child = os.fork()
        if child == 0:
            with database.execute_wrapper(fate(statements, moment)):
                start(run.pk)
            os._exit(0)
        killed += os.WIFSIGNALED(os.waitpid(child, 0)[1])
        start(run.pk)
    rows = BatchStart.objects.order_by("id").values_list("client_batch_id", "state", "batch__external_id")
    print(json.dumps({"killed": killed, "runs": list(rows)}))


if __name__ == "__main__":
    main(*sys.argv[1:4], *map(int, sys.argv[4:]))
