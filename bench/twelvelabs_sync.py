"""Sync and store of a TwelveLabs batch, beside the vendor's SDK that reads the same: results, and one task an item.

    python bench/twelvelabs_sync.py [--items 1000] [--segments 10]

Both talk to the same sandbox process, in turn, as processes of their own; printed are the medians and the ratio.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.figures import Figures  # noqa: E402  (the path to the product comes first)

SERVE = """
import sys, time
sys.path.insert(0, {root!r})
from batches.sandbox.server import Sandbox
from batches.sandbox.world import World
from bench.twelvelabs_sync import batches
with Sandbox(World({{}}, twelvelabs=batches({items}, {segments}))) as sandbox:
    print(sandbox.url, sandbox.key, flush=True)
    time.sleep(3600)
"""
SDK = """
import sys, time
from twelvelabs import TwelveLabs
client = TwelveLabs(api_key=sys.argv[2], base_url=sys.argv[1] + "/v1.3")
started, cpu = time.perf_counter(), time.process_time()
results = list(client.analyze_async.batches.results(sys.argv[3]))
tasks = [client.analyze_async.tasks.retrieve(result.task_id) for result in results]
print(time.perf_counter() - started, time.process_time() - cpu, len(tasks))
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
connection = Connection(vendor="twelvelabs", name="bench", base_url=sys.argv[1] + "/v1.3")
connection.set_key(sys.argv[2])
connection.save()
batch = Batch.objects.create(connection=connection, external_id=sys.argv[3])
for _ in range(2):
    run = request_sync(batch_id=batch.pk, by=None, background=False)
    started, cpu = time.perf_counter(), time.process_time()
    run = sync(run.pk)
    print(
        time.perf_counter() - started, time.process_time() - cpu, run.position, run.events_seen, run.state, flush=True
    )
"""


def batches(items: int, segments: int) -> dict[str, Any]:
    """One batch of `items` videos with `segments` segments each."""
    from tests.vendor_worlds import TL_BATCH, line, tl_batch

    def text(number: int) -> str:
        rows = [
            {
                "start_time": n * 3.0,
                "end_time": n * 3.0 + 2.5,
                "metadata": {"title": f"Car {number} cuts in", "description": "A car is close.", "severity": "high"},
            }
            for n in range(segments)
        ]
        return json.dumps({"risk_event": rows})

    lines = [line(number, text(number)) for number in range(items)]
    return {TL_BATCH: tl_batch(lines, analysis_mode="time_based_metadata")}


def main() -> None:
    from bench.sync_store import run
    from tests.vendor_worlds import TL_BATCH

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--items", type=int, default=1000)
    parser.add_argument("--segments", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    code = SERVE.format(root=str(ROOT), items=options.items, segments=options.segments)
    server = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert server.stdout is not None
    timed: dict[str, list[tuple[float, float]]] = {"sdk": [], "ours": [], "again": []}
    memory = {"sdk": 0, "ours": 0}
    try:
        url, key = server.stdout.readline().split()
        for number in range(options.rounds):
            lines, memory["sdk"] = run(SDK, url, key, TL_BATCH)
            assert lines[-1][2] == str(options.items), lines
            timed["sdk"].append((float(lines[-1][0]), float(lines[-1][1])))
            with tempfile.TemporaryDirectory() as folder:
                env = {"DATABASE_URL": f"sqlite:///{folder}/bench.sqlite3"}
                lines, memory["ours"] = run(OURS, url, key, TL_BATCH, env=env)
            assert lines[-2][2:] == [str(options.items), str(options.items * options.segments), "done"], lines
            timed["ours"].append((float(lines[-2][0]), float(lines[-2][1])))
            timed["again"].append((float(lines[-1][0]), float(lines[-1][1])))
            print(f"round {number + 1}: SDK {timed['sdk'][-1][0]:.2f} s, ours {timed['ours'][-1][0]:.2f} s", flush=True)
    finally:
        server.kill()
    seconds, cpu = ({name: statistics.median(column) for name, column in zip(timed, columns, strict=True)}
                    for columns in zip(*(zip(*rows, strict=True) for rows in timed.values()), strict=True))  # fmt: skip
    with Figures("sync of TwelveLabs", "sqlite") as figures:
        figures.row(
            f"fetch and store {options.items * options.segments:,} segments of {options.items:,} TwelveLabs items",
            f"{cpu['ours']:.1f} s of CPU, {seconds['ours']:.1f} s, peak {memory['ours'] / 1e6:.0f} MB",
            f"the vendor's SDK, without storing: {cpu['sdk']:.1f} s of CPU, {seconds['sdk']:.1f} s,"
            f" peak {memory['sdk'] / 1e6:.0f} MB; {cpu['ours'] / cpu['sdk']:.2f} and"
            f" {seconds['ours'] / seconds['sdk']:.2f} ×, target 1.2",
        )
        figures.row(
            "the same again, nothing changed", f"{cpu['again']:.1f} s of CPU, {seconds['again']:.1f} s",
            f"{cpu['again'] / cpu['sdk']:.2f} and {seconds['again'] / seconds['sdk']:.2f} × the SDK",
        )  # fmt: skip


if __name__ == "__main__":
    main()
