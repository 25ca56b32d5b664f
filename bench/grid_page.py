"""The grid page of a batch with 1,000 events beside one with 200,000: the same page, the same time.

python bench/grid_page.py [--events 200000] [--rounds 30] [--database sqlite|postgres]
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.data import database, fill  # noqa: E402  (the path to the product comes first)
from bench.figures import Figures  # noqa: E402

PAGES = {
    "first page": "",
    "pending only": "?approval=pending",
    "most severe first": "?sort=-severity",
    "least confident first": "?sort=confidence",
    "most uncertain first": "?sort=uncertain",
    "rarest category first": "?sort=rarest",
    "a common word": "?q=van",
    "a rare word": "?q=77",
    "two words, uncertain": "?q=brak+rain&sort=uncertain",
}


def measure(large: int, rounds: int, kind: str) -> None:
    import django

    django.setup()
    from django.test import Client
    from django.test.utils import CaptureQueriesContext, setup_test_environment

    small_pk, large_pk = fill(1000), fill(large)
    setup_test_environment()
    from django.db import connection

    from batches.models import Connection
    from tests.factories import make_member

    client = Client()
    client.force_login(make_member(Connection.objects.get(), "editor"))
    with Figures("grid page", kind) as figures:
        for name, query in PAGES.items():
            times: dict[int, list[float]] = {small_pk: [], large_pk: []}
            for _ in range(rounds):  # in turn, so that a slow moment of the machine hits both
                for pk in times:
                    started = time.perf_counter()
                    response = client.get(f"/batches/{pk}/{query}")
                    times[pk].append(time.perf_counter() - started)
                    assert response.status_code == 200, response.status_code
            with CaptureQueriesContext(connection) as queries:
                client.get(f"/batches/{large_pk}/{query}")
            small, big = (statistics.median(times[pk]) * 1000 for pk in (small_pk, large_pk))
            ours = f"{large:,} events: {big:.1f} ms, {len(queries)} queries"
            figures.row(f"grid, {name}", ours, f"1,000 events: {small:.1f} ms; {big / small:.2f} ×")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(options.events, options.rounds, options.database)
        return
    with database(options.database) as url:
        argv = [sys.executable, __file__, "--measure", *sys.argv[1:]]
        subprocess.run(argv, check=True, env=os.environ | {"DATABASE_URL": url})


if __name__ == "__main__":
    main()
