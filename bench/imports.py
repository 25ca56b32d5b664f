"""Import of CSV files in the open format, small and large: processor time, and the peak of memory that must not grow.

    python bench/imports.py [--rows 5000 100000] [--database sqlite|postgres]

Each file is checked, imported, and checked and imported again, in a process of its own on a fresh database. In the same
run pandas reads the same file, and its rows are stored into a table without indexes, by `executemany` or COPY. "CPU" is
the processor time of our process, and of the database's server beside it; "a loop" is that of a million additions,
which tells a slow machine from slow code.
"""

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.data import database  # noqa: E402
from bench.figures import Figures  # noqa: E402

COLUMNS = ("video", "start", "end", "label", "category", "confidence", "text", "id")
CHUNK_ROWS = 5_000
TARGETS = {"check": "target of 100,000: CPU 1.5 s",
           "import": "target of 100,000: CPU 2.5 s; 20,000 rows a second elapsed",
           "import again": "target: 50,000 rows a second elapsed"}  # fmt: skip


@contextmanager
def measured(server: int) -> Iterator[Callable[[], tuple[float, float, float]]]:
    """Seconds of the block so far: elapsed, of our processor time, and of the database's server (its pid, or 0)."""
    started, busy, served = time.perf_counter(), time.process_time(), _of_server(server)
    yield lambda: (time.perf_counter() - started, time.process_time() - busy, _of_server(server) - served)


def _of_server(pid: int) -> float:
    """Processor time of the server, of its processes that run and of those that ended."""
    if not pid:
        return 0.0
    main = psutil.Process(pid)
    times = [process.cpu_times() for process in (main, *main.children(recursive=True))]
    ended = main.cpu_times()
    return sum(each.user + each.system for each in times) + ended.children_user + ended.children_system


def tell(what: str, rows: int, times: tuple[float, float, float], more: str = "") -> None:
    print(json.dumps([what, rows, *times, more]), flush=True)


def loop(path: str, server: int) -> None:
    with measured(0) as times:
        total = 0
        for number in range(1_000_000):
            total += number
        tell("a loop", 0, times())


def pandas(path: str, server: int) -> None:
    import pandas

    with measured(0) as times:
        tell("pandas reads the file", len(pandas.read_csv(path)), times())


def bare(path: str, server: int) -> None:
    """The same rows into a table without anything else, a transaction for each chunk."""
    import csv
    from itertools import batched

    import django

    django.setup()
    from django.db import connection, transaction

    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE bare ({', '.join(f'"{name}" text' for name in COLUMNS)})")
    rows = 0
    with measured(server) as times, open(path, newline="") as file:
        for chunk in batched(csv.reader(file), CHUNK_ROWS, strict=False):
            rows += len(chunk)
            with transaction.atomic(), connection.cursor() as cursor:
                if connection.vendor == "postgresql":
                    with cursor.copy("COPY bare FROM STDIN") as copy:
                        for row in chunk:
                            copy.write_row(row)
                else:
                    cursor.cursor.connection.executemany(f"INSERT INTO bare VALUES ({', '.join('?' * 8)})", chunk)
        tell("bare rows stored", rows, times())


def ours(path: str, server: int) -> None:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from batches.imports.run import run_import
    from batches.imports.spool import Spool
    from batches.models import Connection, ImportRun

    connection = Connection.objects.create(vendor="open", name="bench", base_url="")
    mapping = {name: name for name in COLUMNS}
    before = _peak()
    for again in ("", " again"):
        with Spool() as spool:
            for phase in ("check", "import"):
                run: Any = ImportRun.objects.create(
                    connection=connection, file_name="bench.csv", phase=phase, mapping=mapping
                )
                with measured(server) as times:
                    run = run_import(run.pk, path=Path(path), spool=spool)
                    taken = times()
                changes = f"{run.events_created:,} new" if phase == "import" else f"{run.summary['new']:,} new"
                tell(f"{phase}{again}", run.total, taken, f"{run.state}, {changes}, peak +{_peak() - before} MB")


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


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


def run(name: str, path: Path, url: str, server: int) -> Iterator[tuple[str, int, float, float, float, str]]:
    """The lines of one of the functions above, in a process of its own."""
    environment = os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "bench.settings"}
    code = f"from bench import imports; imports.{name}({str(path)!r}, {server})"
    answer = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    )
    for line in answer.stdout.splitlines():
        yield tuple(json.loads(line))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[5_000, 100_000])
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    options = parser.parse_args()
    with Figures("imports", options.database) as figures:
        for rows in options.rows:
            with tempfile.TemporaryDirectory() as folder, database(options.database) as url:
                path = Path(folder) / "bench.csv"
                write(path, rows)
                servers = [process.pid for process in psutil.Process().children() if process.name() == "postgres"]
                for name in ("loop", "pandas", "bare", "ours"):
                    for what, count, taken, busy, served, more in run(name, path, url, next(iter(servers), 0)):
                        cpu = f"CPU {busy:.2f} s" + (f" and {served:.2f} s of the server" if served else "")
                        pace = (
                            f", {count / busy:,.0f} rows a second of our CPU, {count / taken:,.0f} elapsed"
                            if count
                            else ""
                        )
                        figures.row(f"{rows:,} rows: {what}", f"{cpu}{pace}, {taken:.1f} s elapsed",
                                    ", ".join(filter(None, [TARGETS.get(what, ""), more])))  # fmt: skip


if __name__ == "__main__":
    main()
