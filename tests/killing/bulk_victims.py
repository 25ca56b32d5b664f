"""Carry out a bulk run, and its undo, in processes that are killed at random moments, then once to its end.

    python -m tests.killing.bulk_victims EVENTS KILLS SEED

Prints one JSON line: for each of the two the kills, where they left the run, its end, and how the events are.
"""

import json
import os
import random
import signal
import sys
import threading
from typing import Any
from uuid import uuid4

import django

django.setup()

from django.db import connection as database  # noqa: E402
from django.db import transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from batches.actions import Page, decide_matching, undo  # noqa: E402
from batches.actions.check import ledger_problems  # noqa: E402
from batches.bulk import run as bulk  # noqa: E402
from batches.bulk.run import run_bulk  # noqa: E402
from batches.jobs.claims import ClaimedRun  # noqa: E402
from batches.models import Batch, BulkRun, Decision, Event  # noqa: E402
from tests.factories import make_event, make_item, make_member  # noqa: E402

CHUNK = 100


def fate(chunks: int, moment: float) -> None:
    """After so many chunks, and so many seconds more, the process is no more: on a slow machine as on a fast one."""
    work = bulk._chunk

    def strike(claimed: ClaimedRun) -> bool:
        nonlocal chunks
        if chunks == 0:
            threading.Timer(moment, os.kill, (os.getpid(), signal.SIGKILL)).start()
        chunks -= 1
        return work(claimed)

    bulk._chunk = strike


def killed(run_id: int, kills: int, dice: random.Random) -> list[int]:
    """How many decisions of the run were there after each kill."""
    results: list[int] = []
    while len(results) < kills:
        database.close()
        if database.vendor == "postgresql":
            database.close_pool()  # its sockets must not be shared with the child
        chunks, moment = dice.randint(0, 1), dice.uniform(0, 0.03)
        child = os.fork()
        if child == 0:
            fate(chunks, moment)
            run_bulk(run_id)
            os._exit(0)
        os.waitpid(child, 0)
        # Kills without a step between them would count as a run that kills its worker.
        BulkRun.objects.filter(pk=run_id).update(attempts=0)
        run = BulkRun.objects.get(pk=run_id)
        decided = Decision.objects.filter(action=run.action_id).count()
        assert decided == run.decided, "what is written is what the run says"
        results.append(decided)
    return results


def main(events: int, kills: int, seed: int) -> None:
    bulk.CHUNK_EVENTS = CHUNK
    with transaction.atomic():
        item = make_item()
        for _ in range(events):
            make_event(item)
    batch, dice = Batch.objects.get(), random.Random(seed)
    person = make_member(batch.connection)
    about: dict[str, Any] = {"batch_id": batch.pk, "by": person}
    page = Page(timezone.now(), events, (0, 0))
    answer: list[dict[str, Any]] = []
    for verb, more in (
        (decide_matching, {"events": batch.events.for_review(), "query": "", "page": page, "approval": "rejected"}),
        (undo, {}),
    ):
        run = verb(**about, idempotency_key=uuid4(), **more).run  # type: ignore[operator]
        steps = killed(run.pk, kills, dice)
        run_bulk(run.pk)
        run.refresh_from_db()
        states = sorted(set(Event.objects.values_list("approval", "version")))
        answer.append({"steps": steps, "state": run.state, "decided": run.decided, "events": states,
                       "problems": list(ledger_problems())})  # fmt: skip
    print(json.dumps(answer))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
