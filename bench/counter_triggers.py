"""What the triggers of the counters cost: verdicts and an import of 10,000 rows with and without them, in turns.

    python bench/counter_triggers.py [--verdicts 300] [--rows 10000] [--rounds 3] [--database sqlite|postgres]

Seconds of CPU of this process, on PostgreSQL elapsed seconds, as the database works in processes of its own.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from itertools import count, islice
from pathlib import Path
from statistics import median
from typing import Any
from uuid import uuid4

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.data import database, fill, insert  # noqa: E402  (the path to the product comes first)
from bench.figures import Figures  # noqa: E402


def verdicts(events: Iterable[Any], by: Any) -> None:
    from batches import actions

    for event in events:
        actions.decide(
            event_id=event.pk, version=event.version, fingerprint=event.fingerprint, approval="rejected", by=by,
            idempotency_key=uuid4(),
        )  # fmt: skip


def seconds(act: Callable[[], Any], *, triggers: bool) -> float:
    """What `act` took."""
    from django.db import connection

    from batches.counter_triggers import drop_counter_triggers, make_counter_triggers

    clock = time.process_time if connection.vendor == "sqlite" else time.perf_counter
    change = make_counter_triggers if triggers else drop_counter_triggers
    with connection.schema_editor() as editor:
        change(None, editor)  # type: ignore[arg-type]  # they ask for no models
    started = clock()
    act()
    return clock() - started


def measure(options: argparse.Namespace) -> None:
    import django

    django.setup()
    from django.apps import apps
    from django.db import connection

    from batches.models import Connection, Event
    from tests.factories import make_member

    pk = fill(5_000)
    editor = make_member(Connection.objects.get(), "editor")
    events = iter(list(Event.objects.filter(batch=pk).order_by("id")))
    sizes = count(options.rows)  # a batch is named after its size
    acts = {
        f"{options.verdicts:,} verdicts": lambda: verdicts(islice(events, options.verdicts), editor),
        f"import of {options.rows:,} rows": lambda: insert(next(sizes), apps),
    }
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA foreign_keys = OFF")  # as changes of the schema ask for
    with Figures("triggers of the counters", options.database) as figures:
        for what, act in acts.items():
            seconds(act, triggers=True)  # not counted
            times = [(seconds(act, triggers=True), seconds(act, triggers=False)) for _ in range(options.rounds)]
            with_them, without = (median(some) for some in zip(*times, strict=True))
            figures.row(what, f"{with_them:.2f} s", f"without them {without:.2f} s: {with_them / without:.2f} ×")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--verdicts", type=int, default=300)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(options)
        return
    with database(options.database) as url:
        argv = [sys.executable, __file__, "--measure", *sys.argv[1:]]
        subprocess.run(argv, check=True, env=os.environ | {"DATABASE_URL": url})


if __name__ == "__main__":
    main()
