"""An upgrade of a large database while people decide: how long each migration takes, and the longest waits meanwhile.

python bench/upgrade.py [--events 1000000] [--before 0054_fill_boxes] [--database sqlite|postgres]

The database is one of the version `before`, as the files of then made it, even where one file replaces them now. A
second process writes a verdict every 100 ms (an action, its decision and the event), a third one reads a page of
events as often. Half of the events are of a detector that gave boxes, the other half have none.
"""

import argparse
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from itertools import count, pairwise
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, TextIO
from uuid import uuid4

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.data import database, insert, multiply  # noqa: E402  (the path to the product comes first)

FILLED = 20_000  # events, before they are multiplied
BOX = '"box": [0.1, 0.2, 0.3, 0.4], "t_start"'
VERDICT = """UPDATE batches_event SET version = 2, approval = 'approved', decided_at = %s, decided_by_id = %s
    WHERE id = %s"""
PAGE = """SELECT id, label, category, severity, approval FROM batches_event
    WHERE batch_id = 1 AND sequence > %s ORDER BY sequence, id LIMIT 60"""
SECONDS_BETWEEN = 0.1
SECONDS_BEFORE = 10


def measure(events: int, before: str) -> None:
    import django

    django.setup()
    from django.db import connection

    apps = by_old_files(connection).migrate([("batches", before)]).apps
    started = time.time()
    prepare(apps, events)
    size = _rows("SELECT count(*), sum(CASE WHEN sdk LIKE '%%\"box\"%%' THEN 1 ELSE 0 END) FROM batches_eventpayload")
    print(f"{size[0]:,} events, {size[1]:,} with a box, filled in {time.time() - started:.0f} s", flush=True)
    with TemporaryFile("w+") as verdicts, TemporaryFile("w+") as pages:
        others = [_started("--decide", verdicts), _started("--read", pages)]
        spans = [("before", time.time())]
        try:
            time.sleep(SECONDS_BEFORE)
            executor = by_old_files(connection)
            executor.progress_callback = lambda action, migration=None, fake=False: (
                spans.append((migration.name, time.time())) if action == "apply_start" else None
            )
            executor.migrate([("batches", last(executor))])
            spans.append(("end", time.time()))
        finally:
            for other in others:
                other.terminate()
                other.wait()
        waits = [_lines(verdicts), _lines(pages)]
    for (name, start), (_, end) in pairwise(spans):
        longest = " ".join(_longest(lines, start, end) for lines in waits)
        print(f"{name:<32}{end - start:>9.2f} s, longest of verdicts and pages: {longest}")
    print(f"{len(waits[0])} verdicts written, {len(waits[1])} pages read")


def by_old_files(connection: Any) -> Any:
    from batches.management.whole_migrations import WholeExecutor

    executor = WholeExecutor(connection)
    executor.loader.replace_migrations = False
    executor.loader.build_graph()
    return executor


def last(executor: Any) -> str:
    """The last file that is no replacement."""
    files = executor.loader.disk_migrations.items()
    return max(name for (app, name), migration in files if app == "batches" and not migration.replaces)


def _started(what: str, lines: TextIO) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, __file__, what], stdout=lines)


def _lines(file: TextIO) -> list[tuple[float, float]]:
    """When each began, and how many seconds it took."""
    file.seek(0)
    return [(float(at), float(took)) for at, took in (line.split() for line in file)]


def _longest(lines: list[tuple[float, float]], start: float, end: float) -> str:
    inside = [took for at, took in lines if at < end and at + took > start]
    return f"{max(inside, default=0.0) * 1000:>8.0f} ms of {len(inside)}"


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
                    cursor.execute(VERDICT, [datetime.now(UTC), user, event])
                break
            except OperationalError as error:
                print(f"not yet: {error}", file=sys.stderr, flush=True)
        took = time.time() - started
        print(started, took, flush=True)
        time.sleep(max(0.0, SECONDS_BETWEEN - took))


def read() -> None:
    """Read pages of events until the process is ended; a line for each, as `decide`."""
    import django

    django.setup()
    from django.db import connection

    for page in count(1):
        started = time.time()
        with connection.cursor() as cursor:
            cursor.execute(PAGE, [page * 1000])
            cursor.fetchall()
        took = time.time() - started
        print(started, took, flush=True)
        time.sleep(max(0.0, SECONDS_BETWEEN - took))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--before", default="0054_fill_boxes")
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--decide", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--read", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.decide:
        decide()
    elif options.read:
        read()
    elif options.measure:
        measure(options.events, options.before)
    else:
        with database(options.database) as url:
            print(f"upgrade, {options.database}", flush=True)
            argv = [sys.executable, __file__, "--measure", "--events", str(options.events), "--before", options.before]
            subprocess.run(argv, check=True, env=os.environ | {"DATABASE_URL": url})


if __name__ == "__main__":
    main()
