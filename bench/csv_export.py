"""CSV of a large batch: our stream beside the SDK's `as_csv` step on data in memory and the database's own dump.

    python bench/csv_export.py --events 200000 [--database sqlite|postgres]

Every contender runs in a process of its own, several times in turn; the best time counts. Memory is the growth of the
peak while it worked. The SDK starts with the whole result parsed and in memory, which is not counted.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.data import database, fill, sdk_result  # noqa: E402  (the path to the product comes first)
from bench.figures import Figures  # noqa: E402

PEERS = ("sdk as_csv", "dump")  # the SDK's own step, and the database's
DUMP = """
SELECT b.prompt, i.name, e.approval, e.timestamp, e.category, e.label, e.ai_text, e.severity, i.external_id,
  i.analysis_id, b.external_id, b.viewer_url, i.status, e.confidence, e.thumbnail_url, i.source_uri, i.summary
FROM batches_event e JOIN batches_item i ON i.id = e.item_id JOIN batches_batch b ON b.id = e.batch_id
WHERE e.batch_id = 1 AND (e.gone_at IS NULL OR e.decided_at IS NOT NULL) ORDER BY e.sequence, e.id
"""


# ── the contenders ──


def ours(columns: str) -> Callable[[], int]:
    from batches.export.columns import parse_columns
    from batches.export.download import Download, Part
    from batches.models import Batch, Event

    def run() -> int:
        batch = Batch.objects.get(pk=1)
        events = Event.objects.filter(batch=batch).for_review()
        download = Download(columns=parse_columns(columns), public_url="https://review.example")
        chunks = download.write([Part(batch, events)])
        with open(os.devnull, "wb") as sink:
            return sum(sink.write(chunk) for chunk in chunks)

    return run


def sdk(events: int) -> Callable[[], int]:
    from nomadic.video import VideoClient

    result = sdk_result(events)
    client = VideoClient.__new__(VideoClient)
    return lambda: len(client._batch_results_to_csv(result))


def dump(url: str) -> Callable[[], int]:
    if url.startswith("sqlite"):
        command = ["sqlite3", "-readonly", "-header", "-csv", url.removeprefix("sqlite:///"), DUMP]
    else:
        command = ["psql", url, "-c", f"COPY ({DUMP}) TO STDOUT (FORMAT csv, HEADER)"]

    def run() -> int:
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            size = sum(len(chunk) for chunk in iter(lambda: process.stdout.read(1 << 16), b""))
        if process.returncode:
            raise SystemExit(f"{command[0]} ended with {process.returncode}")
        return size

    return run


def measure(name: str, events: int, url: str) -> dict[str, float]:
    """Seconds, seconds of CPU (a database server's not counted), bytes, growth of the peak (MiB) of one run."""
    if name == "fill":
        fill(events)
        return {}
    run = {"sdk as_csv": lambda: sdk(events), "dump": lambda: dump(url)}.get(name, lambda: ours(name))()
    who = resource.RUSAGE_CHILDREN if name == "dump" else resource.RUSAGE_SELF
    before, start = resource.getrusage(who), time.perf_counter()
    size = run()
    seconds, after = time.perf_counter() - start, resource.getrusage(who)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"seconds": seconds, "cpu": cpu, "bytes": size, "memory": (after.ru_maxrss - before.ru_maxrss) / 1024}


def alone(name: str, events: int, url: str) -> dict[str, float]:
    """`measure` in a fresh process."""
    command = [sys.executable, __file__, "--events", str(events), "--measure", name]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, env={**os.environ, "DATABASE_URL": url})
    return json.loads(done.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        import django

        django.setup()
        print(json.dumps(measure(options.measure, options.events, os.environ["DATABASE_URL"])))
        return
    contenders = [*PEERS, "sdk", "documented", "full"]
    with database(options.database) as url:
        alone("fill", options.events, url)
        rounds = [{name: alone(name, options.events, url) for name in contenders} for _ in range(options.rounds)]
    best = {name: min((runs[name] for runs in rounds), key=lambda run: run["seconds"]) for name in contenders}
    with Figures("CSV export", options.database) as figures:
        for name, run in best.items():
            beside = ", ".join(f"{run['seconds'] / best[other]['seconds']:.2f} × {other}" for other in PEERS)
            figures.row(
                f"CSV of {options.events:,} events, {name}",
                f"{run['seconds']:.2f} s, {run['cpu']:.2f} s of CPU, {options.events / run['seconds']:,.0f} events/s, "
                f"{run['bytes'] / 1e6:.1f} MB, peak +{run['memory']:.1f} MiB",
                beside,
            )


if __name__ == "__main__":
    main()
