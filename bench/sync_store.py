"""Sync and store of a large batch, beside the vendor's SDK that only fetches and parses the same batch.

    python bench/sync_store.py [--videos 2000] [--events 30] [--database sqlite|postgres]

Both talk to the same sandbox process, in turn, as processes of their own; printed are the medians and the ratio.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.figures import Figures  # noqa: E402  (the path to the product comes first)

SERVE = """
import sys, time
sys.path.insert(0, {root!r})
from batches.sandbox.server import Sandbox
from bench.sync_store import world
with Sandbox(world({videos}, {events}), port={port}) as sandbox:
    print(sandbox.url, sandbox.key, flush=True)
    time.sleep(3600)
"""
SDK = """
import sys, time, logging
logging.disable(logging.CRITICAL)
from nomadic import NomadicAI
client = NomadicAI(api_key=sys.argv[2], base_url=sys.argv[1])
started, cpu = time.perf_counter(), time.process_time()
answer = client.get_batch_analysis(sys.argv[3])
print(time.perf_counter() - started, time.process_time() - cpu)
"""
OURS = """
import sys, time, os, logging
os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"
os.environ["PRIVATE_HOSTS"] = sys.argv[1].removeprefix("http://")
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from batches.actions import request_sync
from batches.models import Batch, Connection
from batches.sync.run import sync
connection = Connection(vendor="nomadic", name="bench", base_url=sys.argv[1])
connection.set_key(sys.argv[2])
connection.save()
batch = Batch.objects.create(connection=connection, external_id=sys.argv[3])
for _ in range(2):
    run = request_sync(batch_id=batch.pk, by=None, background=False)
    started, cpu = time.perf_counter(), time.process_time()
    run = sync(run.pk)
    print(time.perf_counter() - started, time.process_time() - cpu, run.events_seen, run.state, flush=True)
"""
BATCH = "9f0c2b7e4a5d4c1f8b7a6d5e4c3b2a19"


def world(videos: int, events: int) -> dict[str, dict[str, object]]:
    from tests import worlds

    telemetry = {
        "frame_timestamp_start": "2025-09-19 19:22:42.000 UTC", "frame_timestamp_end": "2025-09-19 19:22:44.000 UTC",
        "frame_gps_lat_start": "40.288251", "frame_gps_lat_end": "40.287392", "frame_speed_start": " 41 ",
        "frame_speed_end": "18.5 mph", "unix_timestamp_start": 1758309762.0, "unix_timestamp_end": 1758309764.0,
        "annotated_thumbnail_url": "https://storage.example/event_0_thumb.jpg",
    }  # fmt: skip
    batch = worlds.batch(videos, events)
    for entry in batch["bulk"].values():
        for event in entry["analysis"]["events"]:
            event["data"].update(telemetry)
    return {BATCH: batch}


def run(code: str, *argv: str, env: dict[str, str] | None = None) -> tuple[list[list[str]], int]:
    """A Python process to its end: its printed lines, and the peak memory of it and its own processes in bytes."""
    process = psutil.Popen(
        [sys.executable, "-c", code, *argv], stdout=subprocess.PIPE, text=True, cwd=ROOT, env=os.environ | (env or {})
    )
    peak = 0
    while process.poll() is None:
        try:
            peak = max(peak, sum(running.memory_info().rss for running in (process, *process.children(recursive=True))))
        except psutil.NoSuchProcess:
            continue  # one of them ended while we counted
        time.sleep(0.05)
    return [line.split() for line in process.stdout.read().splitlines()], peak


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--videos", type=int, default=2000)
    parser.add_argument("--events", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    options = parser.parse_args()
    from tests.postgres import postgres

    server = subprocess.Popen(
        [sys.executable, "-c", SERVE.format(root=str(ROOT), videos=options.videos, events=options.events, port=0)],
        stdout=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip
    timed: dict[str, list[tuple[float, float]]] = {"sdk": [], "ours": [], "again": []}
    memory = {"sdk": 0, "ours": 0}
    try:
        url, key = server.stdout.readline().split()
        for number in range(options.rounds):
            lines, memory["sdk"] = run(SDK, url, key, BATCH)
            timed["sdk"].append((float(lines[-1][0]), float(lines[-1][1])))
            own = postgres() if options.database == "postgres" else nullcontext()
            with own as server_url, tempfile.TemporaryDirectory() as folder:
                database = server_url or f"sqlite:///{folder}/bench.sqlite3"
                lines, memory["ours"] = run(OURS, url, key, BATCH, env={"DATABASE_URL": database})
            assert lines[-2][2:] == [str(options.videos * options.events), "done"], lines
            timed["ours"].append((float(lines[-2][0]), float(lines[-2][1])))
            timed["again"].append((float(lines[-1][0]), float(lines[-1][1])))
            print(f"round {number + 1}: SDK {timed['sdk'][-1][0]:.2f} s, ours {timed['ours'][-1][0]:.2f} s", flush=True)
    finally:
        server.kill()
    seconds, cpu = ({name: statistics.median(column) for name, column in zip(timed, columns, strict=True)}
                    for columns in zip(*(zip(*rows, strict=True) for rows in timed.values()), strict=True))  # fmt: skip
    with Figures("sync and store", options.database) as figures:
        figures.row(
            f"fetch, parse and store {options.videos * options.events:,} events of {options.videos:,} videos",
            f"{cpu['ours']:.1f} s of CPU, {seconds['ours']:.1f} s, peak {memory['ours'] / 1e6:.0f} MB",
            f"the vendor's SDK, without storing: {cpu['sdk']:.1f} s of CPU, {seconds['sdk']:.1f} s,"
            f" peak {memory['sdk'] / 1e6:.0f} MB; {cpu['ours'] / cpu['sdk']:.2f} and"
            f" {seconds['ours'] / seconds['sdk']:.2f} ×, target 1.0",
        )
        figures.row(
            "the same again, nothing changed", f"{cpu['again']:.1f} s of CPU, {seconds['again']:.1f} s",
            f"{cpu['again'] / cpu['sdk']:.2f} and {seconds['again'] / seconds['sdk']:.2f} × the SDK",
        )  # fmt: skip


if __name__ == "__main__":
    main()
