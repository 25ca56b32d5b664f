"""Reads NomadicML's CSV in all its variants: 17, 19 and 20 columns, the web application's, and our own downloads."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from batches.errors import BadRecord
from batches.export.columns import FULL, SDK
from batches.sync.fields import NAME_LIMIT, TEXT_LIMIT, clean, clean_url
from batches.sync.files.base import Entry, FileFormat, JSONObject, read_object, refused, saved_batch
from batches.sync.files.defused import undo_defuse
from batches.sync.files.table import Table
from batches.sync.files.units import NO_NUMBERS, read_number
from batches.sync.records import BatchRecord, EventRecord, ItemListing, ItemRecord, Quarantine
from batches.sync.times import read_seconds
from batches.sync.vendors.nomadic_rows import fingerprint, read_events
from batches.sync.vendors.nomadic_states import read_state

NEEDED = frozenset({"Approval Status", "Timestamp", "Category", "Label", "AI Analysis"})
_KNOWN_COLUMNS = NEEDED | set(SDK) | set(FULL)  # the vendor's, and those of our own downloads
# Column of our own downloads → the field of the decision made from it.
_REVIEW = {"Reason": "reason", "Note": "note", "Vendor Approval": "vendor_approval", "Reviewer": "reviewer",
    "Decided At": "decided_at"}  # fmt: skip

Row = dict[str, str]


class NomadicCSV(FileFormat):
    name = "nomadic-csv"
    vendor = "nomadic"
    label = "NomadicML events (CSV)"
    has_reviews = True
    lists_all_items = False  # videos without events have no row

    def entries(self) -> Iterator[Entry]:
        table = Table(self.source)
        header, width = table.header, len(table.header)
        if not {"Video ID", "Video"} & set(header):
            raise BadRecord(f"{self.source.name} line {table.form.line}", "has neither a column “Video ID” nor “Video”")
        # Only downloads from a browser are defused; files of the vendor's SDK and our `sdk` format are not.
        is_download = "Event ID" not in header or "Start Seconds" in header
        needed = max(header.index(name) for name in NEEDED)
        for row in table.rows():
            location = f"line {row.line}"
            if row.refusal or row.missing >= width - needed:
                reason = row.refusal or f"has {width - row.missing} cells, the header has {width}"
                yield Entry("", "", location, json.dumps(row.cells).encode(), reason)
                continue
            cells = dict(zip(header, row.cells, strict=False))
            record = {name: undo_defuse(cell) if is_download else cell for name, cell in cells.items()}
            body = json.dumps(record).encode()
            video = (record.get("Video ID") or record.get("Video") or "").strip()
            if not video:
                yield Entry("", "", f"{location} column Video ID", body, "is empty")
            elif clean(video, NAME_LIMIT) != video:
                yield Entry(
                    "", "", f"{location} column Video ID", body, "is too long or holds characters that cannot be stored"
                )
            else:
                yield Entry(clean(record.get("Batch ID", ""), NAME_LIMIT).strip(), video, location, body)

    def batch(self, key: str, bodies: Sequence[bytes], first: bytes) -> BatchRecord:
        row = read_object(first or b"{}", self.source.name)
        prompt = clean(row.get("Query", ""), TEXT_LIMIT)
        return saved_batch(
            self.batch_id(key),
            batch_type="ask" if prompt else "unknown",
            viewer_url=clean_url(row.get("Batch Viewer URL", "")),
            prompt=prompt or None,
        )

    def item(
        self, batch: BatchRecord, listing: ItemListing, entries: Sequence[tuple[str, bytes]], digest: str
    ) -> ItemRecord:
        events: list[EventRecord] = []
        bad: list[Quarantine] = []
        row: Row = {}
        for index, (location, body) in enumerate(entries):
            row = read_object(body, self.where(location))
            try:
                row_events, row_bad = read_events([_event(row)], fractions=False, path=self.where(location))
                bad += row_bad
                events += [_placed(event, row, len(events), index) for event in row_events]
            except BadRecord as error:
                bad.append(refused(f"{self.where(location)} column {error.path}", error.reason, body))
        status = clean(row.get("Status", ""), NAME_LIMIT) or "completed"
        name = clean(row.get("Video Name") or row.get("Video") or "", NAME_LIMIT)
        return ItemRecord(
            external_id=listing.external_id,
            analysis_id=clean(row.get("Analysis ID", ""), NAME_LIMIT) or None,
            name="" if name == listing.external_id else name,
            source_uri=clean_url(row.get("Import Source URI", "")),
            state=read_state(status),
            status=status,
            raw_status="",
            error="",
            summary=clean(row.get("Summary", ""), TEXT_LIMIT),
            mode=batch.batch_type,
            answered=True,
            raw="{}",
            events=tuple(events),
            quarantined=tuple(bad),
            digest=digest,
        )


def _event(row: Row) -> JSONObject:
    """The event of a row, in the form of the vendor's SDK. Raises BadRecord with the column as its path."""
    start, end = _span(row["Timestamp"])
    event: JSONObject = {
        "t_start": start, "t_end": end, "category": row["Category"], "label": row["Label"],
        "severity": row.get("Severity", ""), "aiAnalysis": row["AI Analysis"], "approval": row["Approval Status"],
    }  # fmt: skip
    if confidence := row.get("Confidence", "").strip():
        try:
            event["confidence"] = float("nan") if confidence in NO_NUMBERS else read_number(confidence)
        except ValueError as error:
            raise BadRecord("Confidence", f"expected a number, got {confidence[:40]!r}") from error
    for column, key in (("Event ID", "event_id"), ("Annotated Thumbnail URL", "annotated_thumbnail_url")):
        if row.get(column):
            event[key] = row[column]
    for column, key in (("Overlay", "overlay"), ("Structured Output", "structured_output")):
        if row.get(column):
            event[key] = _json(row, column)
    unix = {"start": row.get("unix_timestamp_start", ""), "end": row.get("unix_timestamp_end", "")}
    if any(unix.values()):
        event["overlay"] = {"unix_timestamp": unix}
    review = {key: row[column] for column, key in _REVIEW.items() if row.get(column)}
    if row.get("Origin", "vendor") != "vendor":
        review["origin"] = row["Origin"]
    if review:
        event["review"] = review
    other_cells = {name: cell for name, cell in row.items() if name and name not in _KNOWN_COLUMNS and cell}
    if other_cells:
        event["columns"] = other_cells
    return event


def _span(text: str) -> tuple[str, str]:
    """Start and end of "00:12-00:15" or "1:47–1:56"; (text, "") if the text is not such a pair."""
    for dash in ("–", "—", "-"):
        start, separator, end = text.partition(dash)
        if separator and read_seconds(start) is not None and read_seconds(end) is not None:
            return start.strip(), end.strip()
    return text, ""


def _json(row: Row, column: str) -> Any:
    try:
        return json.loads(row[column])
    except (ValueError, RecursionError) as error:
        raise BadRecord(column, f"expected JSON, got {row[column][:40]!r}") from error


def _placed(event: EventRecord, row: Row, position: int, index: int) -> EventRecord:
    """The event with its position, and with exact seconds if the file has them."""
    event = event._replace(position=position, raw_index=index)
    if "Start Seconds" not in row:
        return event
    start, end = (_seconds(row, column) for column in ("Start Seconds", "End Seconds"))
    return event._replace(start_s=start, end_s=end, fingerprint=fingerprint(
        start, end, event.timestamp, event.category, event.label, event.ai_text
    ))  # fmt: skip


def _seconds(row: Row, column: str) -> float | None:
    text = row.get(column, "").strip()
    seconds = read_seconds(text)
    if text and seconds is None:
        raise BadRecord(column, f"expected seconds, got {text[:40]!r}")
    return seconds
