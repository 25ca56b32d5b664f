"""The check before an import: what the file is, what would come in, and what not and why. Writes nothing."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from batches.imports.reading import Reading
from batches.imports.spool import Spool
from batches.models import Batch, ImportRun
from batches.models.imports import ImportPhase
from batches.sync.files.base import Source
from batches.sync.files.formats import recognise
from batches.sync.files.mapping import guess
from batches.sync.records import ItemRecord, Quarantine

SHOWN_ROWS, SHOWN_REFUSED, SHOWN_BATCHES = 10, 100, 50
SHOWN_TEXT = 200  # characters of a cell


def check(
    source: Source, run: ImportRun, spool: Spool, beat: Callable[..., None]
) -> tuple[dict[str, Any], dict[str, str]]:
    """What to show (JSON data), and the mapping in use. Raises BadRecord where the file cannot be read at all."""
    form = recognise(source, run.connection.vendor)
    columns, mapping = form.columns, dict(run.mapping)
    found: dict[str, Any] = {"format": form.name, "words": form.label, "columns": list(columns)}
    if columns and not mapping:
        mapping = remembered(run, columns) or guess(columns)
    if columns and "video" not in mapping:
        return found | {"missing": "Say which column names the video."}, mapping
    reading = Reading(type(form)(replace(source, mapping=mapping)), spool)
    reading.load(lambda count: beat())
    beat(total=reading.count, position=0)
    return found | _look(reading, run, beat), mapping


def remembered(run: ImportRun, columns: tuple[str, ...]) -> dict[str, str]:
    """The mapping of the connection's last import, if this file has all its columns."""
    earlier = ImportRun.objects.filter(connection=run.connection, phase=ImportPhase.IMPORT).exclude(mapping={})
    mapping: dict[str, str] = earlier.order_by("-id").values_list("mapping", flat=True).first() or {}
    return mapping if set(mapping.values()) <= set(columns) else {}


def _look(reading: Reading, run: ImportRun, beat: Callable[..., None]) -> dict[str, Any]:
    total: Counter[str] = Counter()
    approvals: Counter[str] = Counter()
    batches, rows, refusals = list[dict[str, Any]](), list[dict[str, Any]](), list[list[str]]()

    def refuse(bad: tuple[Quarantine, ...]) -> None:
        refusals.extend([one.path, one.reason] for one in bad[: SHOWN_REFUSED - len(refusals)])

    done = 0
    for record in reading.batches():
        here: Counter[str] = Counter(items=len(record.listing), refused=reading.spool.refused_count(record.external_id))
        refuse(record.quarantined)
        for _, size, chunk in reading.chunks(record):
            done += size
            beat(position=done)
            for item in chunk.items:
                here.update(events=len(item.events), refused=len(item.quarantined))
                approvals.update(event.approval or "pending" for event in item.events)
                refuse(item.quarantined)
                rows.extend(_rows(item, SHOWN_ROWS - len(rows)))
        total.update(here)
        known = Batch.objects.filter(connection=run.connection, external_id=record.external_id).first()
        if len(batches) < SHOWN_BATCHES:
            batches.append({
                "id": record.external_id, "prompt": (record.prompt or "")[:SHOWN_TEXT], **here,
                "known": known.event_count if known else None,
            })  # fmt: skip
        total["batches"] += 1
    return {
        "batches": batches, "rows": rows, "refused": refusals, "approvals": dict(approvals),
        "batch_count": total["batches"], "items": total["items"], "events": total["events"],
        "refused_count": total["refused"],
    }  # fmt: skip


def _rows(item: ItemRecord, most: int) -> list[dict[str, Any]]:
    return [
        {
            "item": (item.name or item.external_id)[:SHOWN_TEXT], "time": event.timestamp, "category": event.category,
            "label": event.label[:SHOWN_TEXT], "severity": event.severity, "confidence": event.confidence,
            "approval": event.approval or "pending",
        }
        for event in item.events[:max(0, most)]
    ]  # fmt: skip
