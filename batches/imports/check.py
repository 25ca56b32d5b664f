"""The check before an import: the file's format, what it would add, and refused records with reasons. Writes nothing."""

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

MAX_ROWS, MAX_REFUSED, MAX_BATCHES = 10, 100, 50  # shown in the preview
MAX_CELL_CHARACTERS = 200


def check(
    source: Source, run: ImportRun, spool: Spool, beat: Callable[..., None]
) -> tuple[dict[str, Any], dict[str, str]]:
    """The preview (JSON data), and the mapping in use. Raises BadRecord if the file cannot be read."""
    file_format = recognise(source, run.connection.vendor)
    columns, mapping = file_format.columns, dict(run.mapping)
    summary: dict[str, Any] = {"format": file_format.name, "words": file_format.label, "columns": list(columns)}
    if columns and not mapping:
        mapping = remembered(run, columns) or guess(columns)
    if columns and "video" not in mapping:
        return summary | {"missing": "Choose the column that names the video."}, mapping
    reading = Reading(type(file_format)(replace(source, mapping=mapping)), spool)
    reading.load(lambda count: beat())
    beat(total=reading.count, position=0)
    return summary | _preview(reading, run, beat), mapping


def remembered(run: ImportRun, columns: tuple[str, ...]) -> dict[str, str]:
    """The mapping of the connection's last import, if this file has all of its columns."""
    earlier = ImportRun.objects.filter(connection=run.connection, phase=ImportPhase.IMPORT).exclude(mapping={})
    mapping: dict[str, str] = earlier.order_by("-id").values_list("mapping", flat=True).first() or {}
    return mapping if set(mapping.values()) <= set(columns) else {}


def _preview(reading: Reading, run: ImportRun, beat: Callable[..., None]) -> dict[str, Any]:
    total: Counter[str] = Counter()
    approvals: Counter[str] = Counter()
    batches, rows, refusals = list[dict[str, Any]](), list[dict[str, Any]](), list[list[str]]()

    def refuse(bad: tuple[Quarantine, ...]) -> None:
        refusals.extend([record.path, record.reason] for record in bad[: MAX_REFUSED - len(refusals)])

    done = 0
    for record in reading.batches():
        counts: Counter[str] = Counter(
            items=len(record.listing), refused=reading.spool.refused_count(record.external_id)
        )
        refuse(record.quarantined)
        for _, size, chunk in reading.chunks(record):
            done += size
            beat(position=done)
            for item in chunk.items:
                counts.update(events=len(item.events), refused=len(item.quarantined))
                approvals.update(event.approval or "pending" for event in item.events)
                refuse(item.quarantined)
                rows.extend(_rows(item, MAX_ROWS - len(rows)))
        total.update(counts)
        stored = Batch.objects.filter(connection=run.connection, external_id=record.external_id).first()
        if len(batches) < MAX_BATCHES:
            batches.append({
                "id": record.external_id, "prompt": (record.prompt or "")[:MAX_CELL_CHARACTERS], **counts,
                "known": stored.event_count if stored else None,
            })  # fmt: skip
        total["batches"] += 1
    return {
        "batches": batches, "rows": rows, "refused": refusals, "approvals": dict(approvals),
        "batch_count": total["batches"], "items": total["items"], "events": total["events"],
        "refused_count": total["refused"],
    }  # fmt: skip


def _rows(item: ItemRecord, limit: int) -> list[dict[str, Any]]:
    return [
        {
            "item": (item.name or item.external_id)[:MAX_CELL_CHARACTERS], "time": event.timestamp, "category": event.category,
            "label": event.label[:MAX_CELL_CHARACTERS], "severity": event.severity, "confidence": event.confidence,
            "approval": event.approval or "pending",
        }
        for event in item.events[:max(0, limit)]
    ]  # fmt: skip
