"""Import events, carry out a bulk run over them, and its undo, in processes that are killed at random moments, then
once to its end.

    python -m tests.killing.bulk_victims EVENTS KILLS SEED

Prints one JSON line: for the import and each of the two the kills, where they left the run, its end, and how the events
are.
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

from django.core.files.base import ContentFile  # noqa: E402
from django.core.files.storage import default_storage  # noqa: E402
from django.db import connection as database  # noqa: E402
from django.utils import timezone  # noqa: E402

from batches.actions import Page, decide_matching, undo  # noqa: E402
from batches.actions.check import ledger_problems  # noqa: E402
from batches.bulk import run as bulk  # noqa: E402
from batches.bulk.run import run_bulk  # noqa: E402
from batches.imports import reading  # noqa: E402
from batches.imports import run as imports_run  # noqa: E402
from batches.imports.run import run_import  # noqa: E402
from batches.jobs.claims import ClaimedRun  # noqa: E402
from batches.models import Batch, BulkRun, Decision, Event, ImportRun, SyncRun  # noqa: E402
from tests.factories import make_connection, make_member  # noqa: E402

CHUNK = 100
IMPORTED = 250  # events of one commit of an import
IN_A_VIDEO = 50


class Fate:
    """After so many steps, and so many seconds more, the process is no more: on a slow machine as on a fast one."""

    def __init__(self, steps: int, moment: float) -> None:
        self.steps, self.moment = steps, moment

    def step(self) -> None:
        if self.steps == 0 and not self.moment:
            os.kill(os.getpid(), signal.SIGKILL)
        if self.steps == 0:
            threading.Timer(self.moment, os.kill, (os.getpid(), signal.SIGKILL)).start()
        self.steps -= 1


def kill(work: Callable[[Fate], object], fate: Fate) -> None:
    """Do the work in a process that meets its fate."""
    database.close()
    if database.vendor == "postgresql":
        database.close_pool()  # its sockets must not be shared with the child
    child = os.fork()
    if child == 0:
        work(fate)
        os._exit(0)
    os.waitpid(child, 0)


def decide(run_id: int, fate: Fate) -> None:
    work = bulk._chunk

    def strike(claimed: ClaimedRun) -> bool:
        fate.step()
        return work(claimed)

    bulk._chunk = strike
    run_bulk(run_id)


def killed(run_id: int, kills: int, dice: random.Random) -> list[int]:
    """How many decisions of the run were there after each kill."""
    results: list[int] = []
    while len(results) < kills:
        kill(lambda fate: decide(run_id, fate), Fate(dice.randint(0, 1), dice.uniform(0, 0.03)))
        # Kills without a step between them would count as a run that kills its worker.
        BulkRun.objects.filter(pk=run_id).update(attempts=0)
        run = BulkRun.objects.get(pk=run_id)
        decided = Decision.objects.filter(action=run.action_id).count()
        assert decided == run.decided, "what is written is what the run says"
        results.append(decided)
    return results


def bring_in(events: int, kills: int, dice: random.Random) -> dict[str, Any]:
    """Check and import a file of so many events, both killed; how many were stored after each kill."""
    reading.CHUNK_RECORDS, imports_run.BEAT_SECONDS = IMPORTED, 0
    rows = "".join(f"{number // IN_A_VIDEO}.mp4,{number},e{number}\n" for number in range(events))
    file = default_storage.save("imports/d.csv", ContentFile(f"video,start,id\n{rows}".encode()))
    about = {"mapping": {"video": "video", "start": "start", "id": "id"}, "batch_text": "june"}
    run = ImportRun.objects.create(
        connection=make_connection(vendor="open", base_url=""), file=file, file_name="d.csv", **about
    )
    steps: list[int] = []
    for phase in ("check", "import"):
        ImportRun.objects.filter(pk=run.pk).update(phase=phase, state="queued", finished_at=None)
        for number in range(kills):
            fate = Fate(dice.randint(0, 3), dice.uniform(0, 0.03)) if number else Fate(2, 0)  # behind the first commit
            work = lambda fate: run_import(run.pk, progress=lambda now: fate.step())  # noqa: E731
            kill(work, fate)
            ImportRun.objects.filter(pk=run.pk).update(attempts=0)
            steps.append(Event.objects.count())
            run.refresh_from_db()
            if run.state == "done":  # before we struck
                break
        run_import(run.pk)
        run.refresh_from_db()
        assert run.state == "done", run.message
    return {"steps": steps, "state": run.state, "created": run.events_created, "syncs": SyncRun.objects.count(),
            "events": sorted(Event.objects.values_list("external_id", flat=True)),
            "left": default_storage.exists(file), "problems": list(ledger_problems())}  # fmt: skip


def main(events: int, kills: int, seed: int) -> None:
    bulk.CHUNK_EVENTS = CHUNK
    dice = random.Random(seed)
    answer = [bring_in(events, kills, dice)]
    batch = Batch.objects.get()
    person = make_member(batch.connection)
    about: dict[str, Any] = {"batch_id": batch.pk, "by": person}
    page = Page(timezone.now(), events, (0, 0))
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
