"""Import of CSV files in the open format, small and large: time, and the peak of memory that must not grow.

    python bench/imports.py [--rows 5000 100000]

Each file is checked and imported, and imported again, in a process of its own on a fresh SQLite file.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORK = """
import os, resource, sys, time
from pathlib import Path
os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from batches.imports.run import run_import
from batches.models import Connection, ImportRun
connection = Connection.objects.create(vendor="open", name="bench", base_url="")
mapping = {name: name for name in ("video", "start", "end", "label", "category", "confidence", "text", "id")}
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
print(f"  before: peak {peak()} MB", flush=True)
for phase in ("check", "import", "import"):
    run = ImportRun.objects.create(connection=connection, file_name="bench.csv", phase=phase, mapping=mapping)
    started = time.perf_counter()
    run = run_import(run.pk, path=Path(sys.argv[1]))
    taken = time.perf_counter() - started
    changes = f"{run.events_created} new, {run.events_updated} changed"
    print(f"  {phase}: {taken:.1f} s, peak {peak()} MB, {run.state}, {changes}", flush=True)
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
    for rows in parser.parse_args().rows:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "bench.csv"
            write(path, rows)
            print(f"{rows:,} rows, {path.stat().st_size / 1e6:.0f} MB", flush=True)
            environment = os.environ | {"DATABASE_URL": f"sqlite:///{folder}/bench.sqlite3", "PYTHONPATH": str(ROOT)}
            subprocess.run([sys.executable, "-c", WORK, str(path)], env=environment, cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
