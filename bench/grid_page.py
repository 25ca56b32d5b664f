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


def measure(large: int, rounds: int) -> None:
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
    print(f"{'page':<24}{'1,000 events':>16}{f'{large:,} events':>20}{'ratio':>8}{'queries':>9}")
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
        print(f"{name:<24}{small:>13.1f} ms{big:>17.1f} ms{big / small:>8.2f}{len(queries):>9}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(options.events, options.rounds)
        return
    with database(options.database) as url:
        print(f"grid page, {options.database}", flush=True)
        argv = [sys.executable, __file__, "--measure", "--events", str(options.events), "--rounds", str(options.rounds)]
        subprocess.run(argv, check=True, env=os.environ | {"DATABASE_URL": url})


if __name__ == "__main__":
    main()
