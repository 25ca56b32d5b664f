"""The same large batch as rows in a database of its own and as what the vendor's SDK has after parsing."""

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.postgres import postgres

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")

PER_ITEM = 30
TEXT = "a silver van cuts in from the right lane, the ego car brakes hard near the crossing in light rain"
WORDS = TEXT.split()
APPROVALS = ("pending", "approved", "rejected")


def sdk_result(events: int) -> dict[str, Any]:
    results = []
    for video in range(-(-events // PER_ITEM)):
        rows = [sdk_event(number) for number in range(video * PER_ITEM, min(events, (video + 1) * PER_ITEM))]
        results.append(
            {
                "video_id": f"{video:032x}",
                "analysis_id": f"{video + 7:032x}",
                "mode": "ask",
                "status": "completed",
                "events": rows,
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
        "approval": APPROVALS[number % 3],
        "event_id": f"evt_{number}",
        "annotated_thumbnail_url": f"https://storage.example/thumbs/{number:08}.jpg",
        "overlay": {"unix_timestamp": {"start": 1758309762.0 + number, "end": 1758309764.5 + number}},
    }


def fill(events: int) -> int:
    """The batch in the database that is set up, as a sync would leave it; its primary key."""
    from django.apps import apps

    from batches.management.prepare import prepare

    prepare()
    return insert(events, apps)


def insert(events: int, apps: Any, vendor: str = "nomadic") -> int:
    """The batch in a database whose models these are: of an older version, without the columns that came later."""
    from django.db import transaction
    from django.utils import timezone

    from batches.folding import stored_words
    from batches.models.event import POSITIONS_PER_ITEM
    from batches.models.severity import Severity
    from batches.sync import row_writer

    Batch, Connection, Event, EventPayload, Item = (
        apps.get_model("batches", name) for name in ("Batch", "Connection", "Event", "EventPayload", "Item")
    )
    result = sdk_result(events)
    about = result["batch_metadata"]
    with transaction.atomic():
        connection, _ = Connection.objects.get_or_create(vendor=vendor, name="bench", base_url="https://api.example")
        batch = Batch.objects.create(
            connection=connection, external_id=f"{about['batch_id']}-{events}", viewer_url=about["batch_viewer_url"],
            batch_type="ask", prompt=about["prompt"],
        )  # fmt: skip
        items = [
            Item(
                batch=batch, position=position, external_id=video["video_id"], analysis_id=video["analysis_id"],
                name=video["video_name"], source_uri=video["import_source_uri"], status="completed", answered=True,
                summary=video["summary"], mode="ask",
            )
            for position, video in enumerate(result["results"])
        ]  # fmt: skip
        Item.objects.bulk_create(items, batch_size=1000)
        now, rows, payloads = row_writer.plain(timezone.now()), [], []
        ids = iter(row_writer.new_ids(Event, events))
        for item, video in zip(items, result["results"], strict=True):
            for position, event in enumerate(video["events"]):
                event_id, unix = next(ids), event["overlay"]["unix_timestamp"]
                row = {
                    "id": event_id, "batch_id": batch.pk, "item_id": item.pk, "identity": f"id:{event['event_id']}:0",
                    "external_id": event["event_id"], "fingerprint": "0" * 32, "digest": "0" * 32,
                    "sequence": item.position * POSITIONS_PER_ITEM + position, "raw_index": position,
                    "start_s": position,
                    "end_s": position + 1.0, "timestamp": f"{event['t_start']}-{event['t_end']}",
                    "unix_start": str(unix["start"]), "unix_end": str(unix["end"]), "category": event["category"],
                    "label": event["label"], "severity": event["severity"],
                    "severity_rank": Severity.of(event["severity"]).value, "confidence": event["confidence"],
                    "confidence_given": True, "ai_text": event["aiAnalysis"],
                    "thumbnail_url": event["annotated_thumbnail_url"], "vendor_approval": event["approval"],
                    "raw_approval": event["approval"], "approval": event["approval"], "created_at": now, "version": 1,
                    "reason": "", "note": "", "changed_since": False,
                    "search_words": stored_words(event["label"], event["aiAnalysis"]),
                }  # fmt: skip
                rows.append(tuple(row.values()))
                payloads.append((event_id, json.dumps(event), "{}"))
        row_writer.insert(Event, tuple(row), rows)
        row_writer.insert(EventPayload, ("event_id", "sdk", "raw"), payloads)
        counts = {approval: sum(row["approval"] == approval for row in all_events(result)) for approval in APPROVALS}
        categories = sorted({row["category"] for row in all_events(result)})
        Batch.objects.filter(pk=batch.pk).update(rarest=categories, **counts)
    return batch.pk


def multiply(batch_id: int, copies: int, apps: Any = None) -> None:
    """Make the batch so many times as large, inside the database: every item with its events again, behind the last."""
    from django.apps import apps as apps_of_now
    from django.core.management.color import no_style
    from django.db import connection, transaction
    from django.db.models import F

    from batches.models.event import POSITIONS_PER_ITEM

    names = ("Batch", "Event", "EventPayload", "Item")
    Batch, Event, EventPayload, Item = ((apps or apps_of_now).get_model("batches", name) for name in names)
    items, events = Item.objects.count(), Event.objects.count()
    changed = {
        Item: {"id": f"id + n * {items}", "position": f"position + n * {items}",
            "external_id": "external_id || '-' || n"},
        Event: {
            "id": f"id + n * {events}", "item_id": f"item_id + n * {items}", "identity": "identity || '-' || n",
            "sequence": f"sequence + n * {items * POSITIONS_PER_ITEM}", "external_id": "external_id || '-' || n",
            "ai_text": "ai_text || ' Drive ' || n || '.'",
        },
        EventPayload: {"event_id": f"event_id + n * {events}"},
    }  # fmt: skip
    with transaction.atomic(), connection.cursor() as cursor:
        for model, cells in changed.items():
            columns = [str(field.column) for field in model._meta.concrete_fields if not field.generated]
            cursor.execute(
                "WITH RECURSIVE copies(n) AS (SELECT CAST(1 AS bigint) UNION ALL SELECT n + 1 FROM copies WHERE n <"
                f" {copies - 1}) INSERT INTO {model._meta.db_table} ({', '.join(columns)}) SELECT"
                f" {', '.join(cells.get(column, column) for column in columns)} FROM copies CROSS JOIN"
                f" {model._meta.db_table}"
            )
        for statement in connection.ops.sequence_reset_sql(no_style(), [Item, Event]):
            cursor.execute(statement)
        counts = {name: F(name) * copies for name in APPROVALS}
        Batch.objects.filter(pk=batch_id).update(**counts)
        cursor.execute("ANALYZE")


def all_events(result: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for video in result["results"]:
        yield from video["events"]


@contextmanager
def database(kind: str) -> Iterator[str]:
    if kind == "postgres":
        with postgres() as url:
            yield url
    else:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            yield f"sqlite:///{folder}/bench.sqlite3"
