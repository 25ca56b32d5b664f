"""What a file would become: its first events, what is new or changed, doubts, and refused records by reason.

Writes no event.
"""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from tempfile import TemporaryFile
from typing import Any

from django.core.files import File
from django.core.files.storage import default_storage

from batches.export.defuse import defuse_all
from batches.imports.reading import Reading
from batches.models import Batch, ImportRun
from batches.sync.files import boxes
from batches.sync.files.jsonrecords import value_at
from batches.sync.files.mapping import LONG_SECONDS
from batches.sync.records import BatchRecord, Chunk, EventRecord, ItemRecord, Quarantine
from batches.sync.store import approvals_of, changes_of, settled_digests
from batches.sync.times import clock_text

MAX_ROWS, MAX_REFUSED, MAX_BATCHES, MAX_REASONS = 10, 100, 50, 40  # shown
LENGTH_HAIR = 1.0  # seconds that an event may end after its video
BOX_FIELDS = ("box", *boxes.PARTS)
FEW = 2  # events that say nothing about their file
MAX_EXAMPLES = 3  # of a reason
MAX_KEPT_REFUSED = 100_000  # in the file of refused records
MAX_CELL_CHARACTERS, MAX_CELLS = 200, 12
_CHANGING = re.compile(r"'[^']*'|\"[^\"]*\"|\d[\d,.]*")  # what differs between records refused for one reason


def preview(
    reading: Reading, run: ImportRun, mapping: Mapping[str, str], options: Mapping[str, str], beat: Callable[..., None]
) -> dict[str, Any]:
    """The preview as JSON data. Reads every record once."""
    with _Preview(reading, run, mapping, options) as seen:
        done = 0
        for record in reading.batches():
            seen.batch(record, reading.spool.refused_count(record.external_id))
            settled: dict[str, str] = {}  # items whose events need not be looked at
            for _, size, chunk in reading.chunks(record, settled):
                done += size
                beat(position=done)
                seen.chunk(chunk)
                if len(seen.rows) >= MAX_ROWS:  # the further events are not shown
                    reading.form.is_brief = seen.stored is None
                    if seen.stored and not settled:
                        settled |= settled_digests(seen.stored.pk, seen.places)
            seen.batch_ends()
            reading.form.is_brief = False
        return seen.as_data()


class _Preview:
    """Collects the preview while the file is read."""

    def __init__(
        self, reading: Reading, run: ImportRun, mapping: Mapping[str, str], options: Mapping[str, str]
    ) -> None:
        self.reading = reading
        self.run, self.mapping, self.options = run, mapping, options
        self.total: Counter[str] = Counter()
        self.approvals: Counter[str] = Counter()
        self.batches, self.rows, self.refused = list[dict[str, Any]](), list[dict[str, Any]](), list[list[str]]()
        self.reasons: dict[str, dict[str, Any]] = {}
        self.late, self.late_example = 0, ""
        self.timed, self.latest = 0, 0.0
        self.beyond, self.beyond_example = 0, ""
        self.left_out_boxes = self.pixel_boxes = 0
        self.has_box = "box" in mapping or boxes.PARTS[0] in mapping
        self.above_one = 0
        self.below_one_percent = 0

    def __enter__(self) -> "_Preview":
        self.file = TemporaryFile()
        self.text = io.TextIOWrapper(self.file, encoding="utf-8", newline="", write_through=True)
        self.writer = csv.writer(self.text)
        self.writer.writerow(["Where", "Reason", "Record"])
        return self

    def __exit__(self, *error: object) -> None:
        self.text.close()

    def batch(self, record: BatchRecord, strays: int) -> None:
        stored = Batch.objects.filter(connection=self.run.connection, external_id=record.external_id).first()
        self.stored = stored
        whole = not (record.missing or record.quarantined)
        self.places = {line.external_id: line.position for line in record.listing} if whole else {}
        self.current: dict[str, Any] = {
            "id": record.external_id, "prompt": (record.prompt or "")[:MAX_CELL_CHARACTERS], "events": 0,
            "items": len(record.listing), "refused": strays, "known": stored.event_count if stored else None,
            "new": 0, "changed": 0, "gone": 0,
        }  # fmt: skip
        for bad in record.quarantined:
            self.refuse(bad)

    def batch_ends(self) -> None:
        self.total.update(
            {name: value for name, value in self.current.items() if type(value) is int and name != "known"}
        )
        self.total["batches"] += 1
        if len(self.batches) < MAX_BATCHES:
            self.batches.append(self.current)

    def chunk(self, chunk: Chunk) -> None:
        changes = changes_of(self.stored.pk, chunk, self.places) if self.stored else None
        for item in chunk.items:
            self.current["events"] += len(item.events)
            self.current["refused"] += len(item.quarantined)
            if not self.stored:
                self.current["new"] += len(item.events)
            self.approvals.update(event.approval or "pending" for event in item.events)
            length = json.loads(item.raw).get("duration") if item.raw.startswith('{"duration": ') else None
            for event in item.events:
                self.doubt(event, length)
            for bad in item.quarantined:
                self.refuse(bad)
            if len(self.rows) < MAX_ROWS:
                self.rows += self.shown(item, MAX_ROWS - len(self.rows))
        if self.stored and chunk.same:
            approvals = approvals_of(self.stored.pk, chunk.same)
            self.approvals += approvals
            self.current["events"] += approvals.total()
        for name, count in (changes or {}).items():
            self.current[name] += count

    def doubt(self, event: EventRecord, length: float | None) -> None:
        last = event.start_s if event.end_s is None else event.end_s
        if last is not None:
            self.timed += 1
            self.latest = max(self.latest, last)
        if length is not None and last is not None and last > length + LENGTH_HAIR:
            self.beyond += 1
            self.beyond_example = self.beyond_example or f"at {clock_text(last)} of {clock_text(length)}"
        if self.has_box and not event.box and any(value.strip() for _, value in self.cells(event, BOX_FIELDS)):
            self.left_out_boxes += 1
        if not event.box and f'"{boxes.IN_PIXELS}"' in event.raw:
            self.pixel_boxes += 1
        if event.confidence is not None and 0 < event.confidence < 0.01:
            self.below_one_percent += 1
        if event.start_s is not None and event.start_s > LONG_SECONDS:
            self.late += 1
            self.late_example = self.late_example or clock_text(event.start_s)

    def refuse(self, bad: Quarantine) -> None:
        if "expected 0 to 1" in bad.reason:
            self.above_one += 1
        key = _CHANGING.sub("…", bad.reason)
        reason = self.reasons.get(key)
        if reason is None and len(self.reasons) < MAX_REASONS:
            reason = self.reasons[key] = {"reason": bad.reason.partition(", got ")[0], "count": 0, "examples": []}
        if reason is not None:
            reason["count"] += 1
            if len(reason["examples"]) < MAX_EXAMPLES:
                reason["examples"].append([bad.path, bad.reason, bad.raw[:MAX_CELL_CHARACTERS]])
        if len(self.refused) < MAX_REFUSED:
            self.refused.append([bad.path, bad.reason])
        self.total["kept_refused"] += 1
        if self.total["kept_refused"] <= MAX_KEPT_REFUSED:
            self.writer.writerow(defuse_all([bad.path, bad.reason, bad.raw]))

    def shown(self, item: ItemRecord, limit: int) -> list[dict[str, Any]]:
        """The first events of an item, beside the cells of the file that they were made of."""
        ends = [moment for event in item.events[:200] for moment in (event.start_s, event.end_s) if moment is not None]
        about = json.loads(item.raw) if item.raw.startswith('{"duration": ') else {}
        length = max([about.get("duration", 0.0), *ends]) or 1.0
        return [
            {
                "item": (item.name or item.external_id)[:MAX_CELL_CHARACTERS], "time": event.timestamp,
                "category": event.category,
                "label": event.label[:MAX_CELL_CHARACTERS], "severity": event.severity, "confidence": event.confidence,
                "approval": event.approval or "pending", "cells": self.cells(event),
                "box": [round(100 * float(side), 1) for side in event.box.strip("[]").split(", ") if side],
                **_bar(event, length),
            }
            for event in item.events[:limit]
        ]  # fmt: skip

    def cells(self, event: EventRecord, names: Collection[str] = ()) -> list[list[str]]:
        """Column and value of the event's row, first those that it was made of; with `names` only of these fields."""
        row = json.loads(event.raw)
        columns = dict.fromkeys(column for name, column in self.mapping.items() if not names or name in names)
        if not names:  # nobody can choose a column without seeing what it holds
            columns |= dict.fromkeys(inner for inner, value in row.items() if inner != "source" and _is_cell(value))
        pairs = ((column, value_at(row, column)) for column in list(columns)[:MAX_CELLS])
        return [[column, _shown(value)] for column, value in pairs if value is not None]

    def warnings(self) -> list[str]:
        """What is probably not meant, as sentences."""
        sentences = []
        if self.mapping:
            sentences += self.missing()
        if self.reading.form.source.encoding == "cp1252" and not self.options.get("encoding"):
            sentences.append(
                "The file is not UTF-8 and was read as Windows-1252: check the letters that are not English."
            )
        if self.timed > FEW and 0 < self.latest <= 1 and self.mapping:
            sentences.append("All events are in the first second of their videos: check the unit of the times.")
        if self.late and self.mapping:
            sentences.append(
                f"{self.late:,} event{'s start' if self.late > 1 else ' starts'} after more than four hours, as at "
                f"{self.late_example}: check the unit of the times."
            )
        if self.beyond:
            sentences.append(
                f"{self.beyond:,} event{'s end' if self.beyond > 1 else ' ends'} after the video does, as "
                f"{self.beyond_example}: check the unit of the times."
            )
        if self.left_out_boxes:
            has_size = self.options.get("box.size") or all(name in self.mapping for name in boxes.SIZES)
            reason = "outside the picture" if has_size else "in pixels of a picture of unknown size"
            sentences.append(
                f"Left out boxes {reason}: {self.left_out_boxes:,}. Check the numbers of a box and the size of"
                " the picture."
            )
        if self.pixel_boxes:
            sentences.append(
                f"Boxes in pixels of a picture of unknown size: {self.pixel_boxes:,}. They are kept in pixels with"
                " their events, but not drawn: enter the size of the picture."
            )
        if self.above_one and self.options.get("scale", "1") == "1":
            sentences.append(f"{_confidences(self.above_one)} not between 0 and 1: check the scale.")
        if self.below_one_percent and self.options.get("scale") == "100":
            sentences.append(f"{_confidences(self.below_one_percent)} below 1 %: check the scale.")
        if self.reading.added:
            sentences.append(
                f"Events that reviewers added: {self.reading.added:,}. They are imported only with the decisions."
            )
        if self.options.get("scale") == "words":
            sentences.append(
                "The confidence is given in words, which are kept with the event and not converted to a number."
            )
        return sentences

    def missing(self) -> list[str]:
        """What no column says, as sentences."""
        sentences = []
        if "start" not in self.mapping:
            sentences.append("No column is used as the start: every event is about its whole video.")
        if self.mapping.keys().isdisjoint(("label", "category", "text")):
            sentences.append("No column is used as label, category or text: the events have no names.")
        return sentences

    def as_data(self) -> dict[str, Any]:
        return {
            "batches": self.batches, "rows": self.rows, "refused": self.refused, "approvals": dict(self.approvals),
            "batch_count": self.total["batches"], "items": self.total["items"], "events": self.total["events"],
            "refused_count": self.total["refused"], "new": self.total["new"], "changed": self.total["changed"],
            "gone": self.total["gone"], "warnings": self.warnings(),
            "pixel_boxes": self.pixel_boxes, "refused_file": self.keep_refused(),
            "reasons": sorted(self.reasons.values(), key=lambda reason: -reason["count"]),
        }  # fmt: skip

    def keep_refused(self) -> str:
        """Store the refused records as a file, beside an uploaded one. Returns its name, "" without one."""
        if not (self.refused and self.run.file):
            return ""
        self.file.seek(0)
        return default_storage.save(f"{self.run.file}.refused.csv", File(self.file))


def _confidences(count: int) -> str:
    return f"{count:,} confidence{' is' if count == 1 else 's are'}"


def _is_cell(value: Any) -> bool:
    return not isinstance(value, (dict, list)) and str(value).strip() != ""


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text[:MAX_CELL_CHARACTERS]


def _bar(event: EventRecord, length: float) -> dict[str, float]:
    """Where the event is on a line of 100 for the item's known length."""
    if event.start_s is None:
        return {"left": 0.0, "width": 100.0}
    end = event.start_s if event.end_s is None else event.end_s
    left = min(100 * event.start_s / length, 98.0)
    return {"left": round(left, 1), "width": round(max(100 * (end - event.start_s) / length, 2.0), 1)}
