"""An upgrade of a large database while people decide: how long each migration takes, and the longest wait of a verdict.

python bench/upgrade.py [--events 1000000] [--before 0052_trained_agents] [--database sqlite|postgres]

A second process writes a verdict every 100 ms (an action, its decision and the event's version) as the product does.
Half of the events are of a detector that gave boxes, the other half have none.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from itertools import count, pairwise
from pathlib import Path
from typing import Any
from uuid import uuid4

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.data import database, insert, multiply  # noqa: E402  (the path to the product comes first)

FILLED = 20_000  # events, before they are multiplied
BOX = '"box": [0.1, 0.2, 0.3, 0.4], "t_start"'
SECONDS_BETWEEN = 0.1
SECONDS_BEFORE = 10


def measure(events: int, before: str) -> None:
    import django

    django.setup()
    from django.db import connection

    from batches.management.whole_migrations import WholeExecutor

    WholeExecutor(connection).migrate([("batches", before)])
    apps = WholeExecutor(connection).loader.project_state([("batches", before)]).apps
    started = time.time()
    prepare(apps, events)
    size = _rows("SELECT count(*), sum(CASE WHEN sdk LIKE '%%\"box\"%%' THEN 1 ELSE 0 END) FROM batches_eventpayload")
    print(f"{size[0]:,} events, {size[1]:,} with a box, filled in {time.time() - started:.0f} s", flush=True)
    with (
        tempfile.TemporaryFile("w+") as lines,
        subprocess.Popen([sys.executable, __file__, "--decide"], stdout=lines) as writer,
    ):
        spans = [("before", time.time())]
        time.sleep(SECONDS_BEFORE)
        done = set(WholeExecutor(connection).loader.applied_migrations)
        executor = WholeExecutor(connection)
        for migration, _ in executor.migration_plan(executor.loader.graph.leaf_nodes("batches")):
            if (migration.app_label, migration.name) not in done:
                spans.append((migration.name, time.time()))
                WholeExecutor(connection).migrate([(migration.app_label, migration.name)])
        spans.append(("end", time.time()))
        writer.terminate()
        writer.wait()
        lines.seek(0)
        waits = [line.split() for line in lines]
    for (name, start), (_, end) in pairwise(spans):
        inside = [wait for at, wait in waits if float(at) < end and float(at) + float(wait) > start]
        longest = max(map(float, inside), default=0.0)
        print(f"{name:<28}{end - start:>9.2f} s{longest * 1000:>10.0f} ms longest of {len(inside)} verdicts")
    filled = _rows("SELECT count(*) FROM batches_event WHERE box IS NOT NULL")
    print(f"{len(waits)} verdicts written, {filled[0]:,} boxes filled")


def prepare(apps: Any, events: int) -> None:
    from django.db import connection

    batch = insert(FILLED, apps, vendor="open")
    apps.get_model("batches", "EventPayload").objects.update(sdk=_replace(apps, '"t_start"', BOX))
    multiply(batch, events // FILLED, apps)
    half = _rows("SELECT (min(id) + max(id)) / 2 FROM batches_event")[0]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE batches_eventpayload SET sdk = replace(sdk, '\"box\"', '\"no\"') WHERE event_id > %s", [half]
        )
    apps.get_model("auth", "User").objects.create(username="ana")


def _replace(apps: Any, old: str, new: str) -> Any:
    from django.db.models import F, Value
    from django.db.models.functions import Replace

    return Replace(F("sdk"), Value(old), Value(new))


def _rows(statement: str) -> Any:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()


def decide() -> None:
    """Write verdicts until the process is ended; a line for each: when it began, and how long it took."""
    import django

    django.setup()
    from django.contrib.auth.models import User
    from django.db import OperationalError, connection, transaction

    from batches.models import Action, Batch, Decision

    user, batch = User.objects.get(username="ana").pk, Batch.objects.only("pk").get().pk
    first = _rows("SELECT min(id) FROM batches_event")[0]
    for event in count(first):
        started = time.time()
        while True:  # as the page does until the verdict is saved
            try:
                with transaction.atomic(durable=True), connection.cursor() as cursor:
                    action = Action.objects.create(idempotency_key=uuid4(), kind="decide", user_id=user, batch_id=batch)
                    Decision.objects.create(
                        action=action, event_id=event, version=2, before="pending", approval="approved",
                        fingerprint="0" * 32,
                    )  # fmt: skip
                    cursor.execute("UPDATE batches_event SET version = 2 WHERE id = %s", [event])
                break
            except OperationalError as error:
                print(f"not yet: {error}", file=sys.stderr, flush=True)
        took = time.time() - started
        print(started, took, flush=True)
        time.sleep(max(0.0, SECONDS_BETWEEN - took))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--before", default="0052_trained_agents")
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--decide", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.decide:
        decide()
    elif options.measure:
        measure(options.events, options.before)
    else:
        with database(options.database) as url:
            print(f"upgrade, {options.database}", flush=True)
            argv = [sys.executable, __file__, "--measure", "--events", str(options.events), "--before", options.before]
            subprocess.run(argv, check=True, env=os.environ | {"DATABASE_URL": url})


if __name__ == "__main__":
    main()
