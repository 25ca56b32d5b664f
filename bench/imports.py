"""Import of CSV files in the open format, small and large: time, and the peak of memory that must not grow.

    python bench/imports.py [--rows 5000 100000] [--database sqlite|postgres]

Each file is checked, imported, and checked and imported again, in a process of its own on a fresh database, with pandas
reading the same file in the same run. "CPU" is the processor time of our process alone.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.data import database  # noqa: E402

WORK = """
import os, resource, sys, time
from pathlib import Path
os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from batches.imports.run import run_import
from batches.imports.spool import Spool
from batches.models import Connection, ImportRun
connection = Connection.objects.create(vendor="open", name="bench", base_url="")
mapping = {name: name for name in ("video", "start", "end", "label", "category", "confidence", "text", "id")}
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
print(f"  before: peak {peak()} MB", flush=True)
for again in ("", " again"):
    with Spool() as spool:
        for phase in ("check", "import"):
            run = ImportRun.objects.create(connection=connection, file_name="bench.csv", phase=phase, mapping=mapping)
            started, busy = time.perf_counter(), time.process_time()
            run = run_import(run.pk, path=Path(sys.argv[1]), spool=spool)
            taken, busy = time.perf_counter() - started, time.process_time() - busy
            changes = f"{run.events_created} new, {run.events_updated} changed"
            times = f"{taken:.1f} s, CPU {busy:.1f} s"
            print(f"  {phase}{again}: {times}, peak {peak()} MB, {run.state}, {changes}", flush=True)
"""
PANDAS = """
import sys, time
import pandas
started = time.perf_counter()
rows = pandas.read_csv(sys.argv[1])
print(f"  pandas reads {len(rows):,} rows: {time.perf_counter() - started:.2f} s", flush=True)
"""


def write(path: Path, rows: int) -> None:
    """Rows of 50 events an item, mixed: the worst order for reading item by item."""
    numbers = list(range(rows))
    random.Random(7).shuffle(numbers)
    with path.open("w") as file:
        file.write("video,start,end,label,category,confidence,text,id\n")
        for number in numbers:
            start = number % 600
            file.write(
                f"cam{number // 50}.mp4,{start}.5,{start + 3},Finding"
                f" {number},cut-in,0.7,{'A car cuts in. ' * 8},e{number}\n"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[5_000, 100_000])
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    options = parser.parse_args()
    for rows in options.rows:
        with tempfile.TemporaryDirectory() as folder, database(options.database) as url:
            path = Path(folder) / "bench.csv"
            write(path, rows)
            print(f"{options.database}: {rows:,} rows, {path.stat().st_size / 1e6:.0f} MB", flush=True)
            environment = os.environ | {"DATABASE_URL": url, "PYTHONPATH": str(ROOT)}
            subprocess.run([sys.executable, "-c", PANDAS, str(path)], check=True)
            subprocess.run([sys.executable, "-c", WORK, str(path)], env=environment, cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
