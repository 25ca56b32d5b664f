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
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PER_ITEM = 30
TEXT = "a silver van cuts in from the right lane, the ego car brakes hard near the crossing in light rain"
WORDS = TEXT.split()

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reviewer.settings")
os.environ.setdefault("SECRET_KEY", "measurements-only-" + "x" * 32)
os.environ.setdefault("CREDENTIALS_KEY", "A" * 43 + "=")
sys.path.insert(0, str(ROOT))

from tests.postgres import postgres  # noqa: E402  (the path to the product comes first)

DUMP = """
SELECT b.prompt, i.name, e.approval, e.timestamp, e.category, e.label, e.ai_text, e.severity, i.external_id,
  i.analysis_id, b.external_id, b.viewer_url, i.status, e.confidence, e.thumbnail_url, i.source_uri, i.summary
FROM batches_event e JOIN batches_item i ON i.id = e.item_id JOIN batches_batch b ON b.id = e.batch_id
WHERE e.batch_id = 1 AND (e.gone_at IS NULL OR e.decided_at IS NOT NULL) ORDER BY e.sequence, e.id
"""


# ── the data: the same batch as rows and as what the SDK has after parsing ──


def sdk_result(events: int) -> dict[str, Any]:
    results = []
    for video in range(-(-events // PER_ITEM)):
        found = [sdk_event(number) for number in range(video * PER_ITEM, min(events, (video + 1) * PER_ITEM))]
        results.append(
            {
                "video_id": f"{video:032x}",
                "analysis_id": f"{video + 7:032x}",
                "mode": "ask",
                "status": "completed",
                "events": found,
                "import_source_uri": f"s3://drive-archive/raw/{video:06}.mp4",
                "video_name": f"Morning commute {video:06}.mp4",
                "summary": f"Three findings: {TEXT}",
            }
        )
    metadata = {
        "batch_id": "9f0c2b7e4a5d4c1f8b7a6d5e4c3b2a19",
        "batch_viewer_url": "https://app.nomadicml.com/use-cases/rapid-review/batch-view/9f0c2b7e4a5d4c1f8b7a6d5e4c3b2a19",
        "prompt": "near misses, hard braking and jaywalking",
    }
    return {"batch_metadata": metadata, "results": results}


def sdk_event(number: int) -> dict[str, Any]:
    start = number % 59
    shift = number % len(WORDS)
    return {
        "t_start": f"00:{start:02}",
        "t_end": f"00:{start + 1:02}",
        "category": ("near-miss", "jaywalking", "lane change", "hard braking")[number % 4],
        "label": " ".join(WORDS[shift:][:6]),
        "severity": ("low", "medium", "high")[number % 3],
        "aiAnalysis": " ".join((WORDS[shift:] + WORDS[:shift]) * 2) + f", event {number}.",
        "confidence": number % 1000 / 1000,
        "approval": ("pending", "approved", "rejected")[number % 3],
        "event_id": f"evt_{number}",
        "annotated_thumbnail_url": f"https://storage.example/thumbs/{number:08}.jpg",
        "overlay": {"unix_timestamp": {"start": 1758309762.0 + number, "end": 1758309764.5 + number}},
    }


def fill(events: int) -> None:
    """The batch in the database that is set up, as a sync would leave it."""
    from django.core.management import call_command
    from django.db import transaction
    from django.utils import timezone

    from batches.models import Batch, Connection, Event, EventPayload, Item
    from batches.models.event import POSITIONS_PER_ITEM

    call_command("migrate", verbosity=0)
    with transaction.atomic():
        result = sdk_result(events)
        about = result["batch_metadata"]
        connection = Connection.objects.create(vendor="nomadic", name="bench", base_url="https://api.example")
        batch = Batch.objects.create(
            id=1, connection=connection, external_id=about["batch_id"], viewer_url=about["batch_viewer_url"],
            batch_type="ask", prompt=about["prompt"],
        )  # fmt: skip
        items = [
            Item(
                batch=batch, position=place, external_id=video["video_id"], analysis_id=video["analysis_id"],
                name=video["video_name"], source_uri=video["import_source_uri"], status="completed", answered=True,
                summary=video["summary"], mode="ask",
            )
            for place, video in enumerate(result["results"])
        ]  # fmt: skip
        Item.objects.bulk_create(items, batch_size=1000)
        now = timezone.now()
        for item, video in zip(items, result["results"], strict=True):
            rows = [
                Event(
                    batch=batch, item=item, identity=f"id:{one['event_id']}:0", external_id=one["event_id"],
                    fingerprint="0" * 32, digest="0" * 32, sequence=item.position * POSITIONS_PER_ITEM + place,
                    raw_index=place, start_s=place, end_s=place + 1.0, timestamp=f"{one['t_start']}-{one['t_end']}",
                    unix_start=str(one["overlay"]["unix_timestamp"]["start"]),
                    unix_end=str(one["overlay"]["unix_timestamp"]["end"]), category=one["category"], label=one["label"],
                    severity=one["severity"], confidence=one["confidence"], ai_text=one["aiAnalysis"],
                    thumbnail_url=one["annotated_thumbnail_url"], vendor_approval=one["approval"],
                    raw_approval=one["approval"], approval=one["approval"], created_at=now,
                )
                for place, one in enumerate(video["events"])
            ]  # fmt: skip
            Event.objects.bulk_create(rows)
            EventPayload.objects.bulk_create(
                [
                    EventPayload(event=row, sdk=json.dumps(one), raw="{}")
                    for row, one in zip(rows, video["events"], strict=True)
                ]
            )


# ── the contenders ──


def ours(columns: str) -> Callable[[], int]:
    from batches.export.columns import parse_columns
    from batches.export.stream import csv_rows
    from batches.models import Batch, Event

    def run() -> int:
        batch = Batch.objects.get(pk=1)
        events = Event.objects.filter(batch=batch).for_review()
        chunks = csv_rows(batch, events, parse_columns(columns), public_url="https://review.example")
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


# ── databases of their own ──


@contextmanager
def database(kind: str) -> Iterator[str]:
    if kind == "postgres":
        with postgres() as url:
            yield url
    else:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            yield f"sqlite:///{folder}/bench.sqlite3"


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
    contenders = ["sdk as_csv", "sdk", "documented", "full", "dump"]
    with database(options.database) as url:
        alone("fill", options.events, url)
        rounds = [{name: alone(name, options.events, url) for name in contenders} for _ in range(options.rounds)]
    best = {name: min((one[name] for one in rounds), key=lambda run: run["seconds"]) for name in contenders}
    print(f"{options.events:,} events, {options.database}")
    for name, run in best.items():
        print(
            f"{name:12} {run['seconds']:6.2f} s (CPU {run['cpu']:6.2f} s) {options.events / run['seconds']:10,.0f} events/s"
            f" {run['bytes'] / 1e6:7.1f} MB  peak +{run['memory']:6.1f} MiB"
            f"   {run['seconds'] / best['sdk as_csv']['seconds']:5.2f} × SDK"
            f"   {run['seconds'] / best['dump']['seconds']:5.2f} × dump"
        )


if __name__ == "__main__":
    main()
