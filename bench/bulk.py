"""One verdict on a large batch, and its undo, beside the bare statements that write the same rows.

    python bench/bulk.py [--events 100000] [--database sqlite|postgres]

Bare: one INSERT … SELECT into the ledger and one UPDATE of the events, in one transaction, nothing checked. Ours: the
request with its list of what is meant, then chunks with versions compared, counters, heartbeat and checkpoint, each
committed.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.data import database, fill  # noqa: E402  (the path to the product comes first)
from bench.figures import Figures  # noqa: E402

LEDGER = """
INSERT INTO batches_decision (action_id, event_id, version, before, approval, reason, note, fingerprint,
  vendor_approval, undoes_id, created_at)
SELECT %s, event.id, event.version + 1, event.approval, {approval}, '', '', event.fingerprint, event.vendor_approval,
  {undoes}, CURRENT_TIMESTAMP
FROM batches_event event {join} WHERE event.batch_id = %s
"""
DECIDE = (
    "UPDATE batches_event SET approval = 'rejected', version = version + 1, decided_by_id = %s, "
    "decided_at = CURRENT_TIMESTAMP WHERE batch_id = %s"
)
UNDO = (
    "UPDATE batches_event SET approval = vendor_approval, version = version + 1, decided_by_id = NULL, "
    "decided_at = NULL WHERE batch_id = %s"
)


def timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def measure(events: int, kind: str) -> None:
    import django

    django.setup()
    from django.db import connection, transaction
    from django.utils import timezone

    from batches.actions import Page, decide_matching, undo
    from batches.actions.check import ledger_problems
    from batches.bulk.run import run_bulk
    from batches.models import Action, Batch
    from tests.factories import make_member

    bare, ours = fill(events), fill(events + 30)  # a batch each, so that both find the same state
    batch = Batch.objects.get(pk=ours)
    person = make_member(batch.connection)
    if connection.vendor == "postgresql":
        connection.cursor().execute("ANALYZE")

    def write(kind: str, undoes: Action | None, ledger: str, update: str, about: list[int]) -> Action:
        with transaction.atomic(), connection.cursor() as cursor:
            action = Action.objects.create(
                idempotency_key=uuid4(), kind=kind, user=person, batch_id=bare, request="", undoes=undoes
            )
            cursor.execute(ledger, [action.pk, bare])
            cursor.execute(update, [*about, bare])
        return action

    decided = LEDGER.format(approval="'rejected'", undoes="NULL", join="")
    join = "JOIN batches_decision step ON step.event_id = event.id AND step.version = event.version"
    undone = LEDGER.format(approval="event.vendor_approval", undoes="step.id", join=join)
    made: list[Action] = []
    runs: list[int] = []

    def ask(verb: Callable[..., object], **about: object) -> None:
        runs.append(verb(batch_id=ours, by=person, idempotency_key=uuid4(), **about).run.pk)  # type: ignore[attr-defined]

    page = Page(timezone.now(), batch.event_count, (0, 0))
    meant = batch.events.for_review()
    bare_decide = timed(lambda: made.append(write("decide", None, decided, DECIDE, [person.pk])))
    asked = timed(lambda: ask(decide_matching, events=meant, query="", page=page, approval="rejected"))
    ours_decide = asked + timed(lambda: run_bulk(runs[-1]))
    bare_undo = timed(lambda: write("undo", made[0], undone, UNDO, []))
    ours_undo = timed(lambda: ask(undo)) + timed(lambda: run_bulk(runs[-1]))
    problems = [problem for problem in ledger_problems() if not problem.startswith(f"batch {bare}:")]
    assert problems == [], problems[:3]
    with Figures("bulk", kind) as figures:
        for name, mine, beside in (("verdict", ours_decide, bare_decide), ("undo", ours_undo, bare_undo)):
            figures.row(f"{name} on {events:,} events", f"{mine:.2f} s", f"bare {beside:.2f} s; {mine / beside:.2f} ×")
        figures.row("the request itself", f"{asked:.2f} s", "the ledger agrees")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(options.events, options.database)
        return
    with database(options.database) as url:
        argv = [sys.executable, __file__, "--measure", *sys.argv[1:]]
        subprocess.run(argv, check=True, env=os.environ | {"DATABASE_URL": url})


if __name__ == "__main__":
    main()
