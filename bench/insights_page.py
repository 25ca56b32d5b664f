"""The insights page of a batch with 200,000 events, 12,000 of them decided: shell and figures, beside the bare
counting.

python bench/insights_page.py [--events 200000] [--rounds 7] [--database sqlite|postgres]
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.data import database, fill  # noqa: E402  (the path to the product comes first)
from bench.figures import Figures  # noqa: E402

DECIDED = 12_000


def measure(events: int, rounds: int) -> None:
    import django

    django.setup()
    from django.db import connection
    from django.db.models import Count
    from django.test import Client
    from django.test.utils import setup_test_environment
    from django.utils import timezone

    from batches.models import Batch, Connection, Event
    from tests.factories import make_member

    pk = fill(events)
    editor = make_member(Connection.objects.get(), "editor")
    some = Event.objects.filter(batch=pk, approval="rejected").order_by("-id").values("pk")[:DECIDED]
    Event.objects.filter(pk__in=list(some.values_list("pk", flat=True))[:DECIDED]).update(
        decided_at=timezone.now(), decided_by=editor
    )
    counts = Event.objects.filter(batch=pk).order_by().values_list("category").annotate(count=Count("pk"))
    Batch.objects.filter(pk=pk).update(strata=dict(counts))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    setup_test_environment()
    client = Client()
    client.force_login(editor)
    partial = {"HX-Request": "true", "HX-Target": "figures"}
    bare = Event.objects.filter(batch=pk).order_by().values_list("category", "severity_rank", "approval")
    asked: dict[str, Callable[[], Any]] = {
        "shell": lambda: client.get(f"/batches/{pk}/insights/"),
        "figures": lambda: client.get(f"/batches/{pk}/insights/", headers=partial),
        "figures, one category": lambda: client.get(f"/batches/{pk}/insights/?category=jaywalking", headers=partial),
        "deck in random order": lambda: client.get(f"/batches/{pk}/review/?sort=sample&undecided=1"),
        "its queue, 400 ids": lambda: client.get(f"/batches/{pk}/queue/?sort=sample&undecided=1"),
    }

    def group() -> list[Any]:
        return list(bare.annotate(count=Count("pk")))

    with Figures("insights", connection.vendor) as figures:
        for name, ask in asked.items():
            figures.row(f"{name}, {events:,} events", took(ask, rounds), f"one bare GROUP BY: {took(group, rounds)}")


def took(ask: Callable[[], Any], rounds: int) -> str:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    times, busy = [], []
    for _ in range(rounds):
        started, worked = time.perf_counter(), time.process_time()
        ask()
        times.append(time.perf_counter() - started)
        busy.append(time.process_time() - worked)
    with CaptureQueriesContext(connection) as queries:
        ask()
    elapsed, cpu = (statistics.median(some) * 1000 for some in (times, busy))
    return f"{elapsed:.0f} ms, {cpu:.0f} ms of our CPU, {len(queries)} statements"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(options.events, options.rounds)
        return
    with database(options.database) as url:
        argv = [sys.executable, __file__, "--measure", "--events", str(options.events), "--rounds", str(options.rounds)]
        subprocess.run(argv, check=True, env=os.environ | {"DATABASE_URL": url})


if __name__ == "__main__":
    main()
