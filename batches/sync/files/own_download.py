"""Our own downloads of a connection for files: CSV or JSON Lines with the columns of `full`, and JSON."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from batches.export.columns import FULL, RESERVED
from batches.sync.files.base import JSONObject
from batches.sync.files.boxes import four_numbers
from batches.sync.files.defused import undo_defuse
from batches.sync.files.jsonrecords import JSONRecords, Record
from batches.sync.files.native.base import Head, NativeFormat, box_of, inner
from batches.sync.files.table import Table, find_form
from batches.sync.files.text import first_bytes
from batches.sync.files.units import read_number

EVENTS = ("results", "events")
# Our field → the column of a row.
COLUMNS = {
    "video": "Video ID", "start": "Start Seconds", "end": "End Seconds", "label": "Label", "category": "Category",
    "severity": "Severity", "confidence": "Confidence", "text": "AI Analysis", "thumbnail": "Annotated Thumbnail URL",
    "clip": "Import Source URI", "id": "Event ID", "batch": "Batch ID", "approval": "Approval Status",
}  # fmt: skip
NEEDED = frozenset(COLUMNS.values())
BOX = "Box"  # not in older downloads
REVIEW = {"reason": "Reason", "note": "Note", "origin": "Origin"}  # of the decision that is made from the approval
VENDOR = "vendor"  # the usual origin
# A field that people correct → the column of the vendor's own value, and our field.
VENDORS = {
    "label": ("Vendor Label", "label"), "category": ("Vendor Category", "category"),
    "severity": ("Vendor Severity", "severity"), "start_s": ("Vendor Start Seconds", "start"),
    "end_s": ("Vendor End Seconds", "end"), "box": ("Vendor Box", "box"),
}  # fmt: skip


class OwnDownload(NativeFormat):
    name = "own-download"
    label = "Download of this product"
    documented = ""
    has_reviews = True
    lists_all_items = False  # a download may be filtered, and a video without events has no row

    @classmethod
    def recognises(cls, head: Head) -> bool:
        if head.has("batch_metadata", "results"):
            return bool(inner(head.document, "batch_metadata", "batch_type") == "open")
        header = head.document if head.document else find_form(head.text).header
        return set(header) >= NEEDED and set(header) <= set(FULL)

    def rows(self) -> Iterator[Record]:
        if not self.is_json:
            yield from self._of_table()
            return
        documents = JSONRecords(self.source, EVENTS if self.is_document else ())
        for location, values, body in documents.records():
            if isinstance(values, str):
                yield Record(location, values, body)
            elif self.is_document:
                yield self._of_document(location, values)
            else:
                yield self._of_columns(location, values)

    @cached_property
    def head(self) -> bytes:
        return first_bytes(self.source).lstrip()[:200]

    @property
    def is_json(self) -> bool:
        return self.head[:1] in (b"{", b"[")

    @property
    def is_document(self) -> bool:
        return b'"batch_metadata"' in self.head

    def _of_table(self) -> Iterator[Record]:
        table = Table(self.source)
        for row in table.rows():
            location, cells = f"line {row.line}", dict(zip(table.header, map(undo_defuse, row.cells), strict=False))
            yield self.refuse(location, row.refusal, row.cells) if row.refusal else self._of_columns(location, cells)

    def _of_columns(self, location: str, cells: JSONObject) -> Record:
        fields = {name: cells.get(column) for name, column in COLUMNS.items()}
        fields["box"] = four_numbers(cells.get(BOX))
        fields["label"] = fields["label"] or fields["category"]  # a download leaves a label like its category empty
        review: JSONObject = {name: cells[column] for name, column in REVIEW.items()
                              if cells.get(column) and cells[column] != VENDOR}  # fmt: skip
        names = str(cells.get("Corrected Fields") or "").split(", ")
        vendors = {name: cells[column] for name, (column, _) in VENDORS.items() if name in names and column in cells}
        return self.row(location, cells, **_uncorrected(fields, vendors, review))

    def _of_document(self, location: str, event: JSONObject) -> Record:
        """An event of the JSON, with what this product made of the detector's record under `finding`."""
        finding, around, review = (event.get(name) for name in ("finding", "results", "review"))
        if not isinstance(finding, dict) or not isinstance(around, dict) or not isinstance(review, dict):
            return self.refuse(location, "is no event of such a download", event)
        own = event.get("own")
        source: Any = {name: value for name, value in event.items() if name not in RESERVED}
        fields = {name: finding.get(name) for name in COLUMNS} | {
            "video": around.get("video_id"), "clip": around.get("import_source_uri"),
            "box": finding.get("box"),
            "batch": inner(event, "parent", "batch_metadata", "batch_id"), "approval": review.get("approval"),
        }  # fmt: skip
        kept = {name: review[name] for name in REVIEW if review.get(name) and review[name] != VENDOR}
        corrected, values = review.get("corrected"), review.get("vendor")
        names = corrected if isinstance(corrected, list) and isinstance(values, dict) else []
        vendors = {name: inner(values, name) for name in VENDORS if name in names}
        source |= own if isinstance(own, dict) else {}
        return self.row(location, source, **_uncorrected(fields, vendors, kept))


def _uncorrected(fields: JSONObject, vendors: JSONObject, review: JSONObject) -> JSONObject:
    """The fields with the `vendors` values where people corrected them; the corrections are in the `review`."""
    corrections = {name: _value(name, fields[VENDORS[name][1]]) for name in vendors}
    fields = fields | {VENDORS[name][1]: value for name, value in vendors.items()}
    fields["box"] = box_of(fields["box"])
    if corrections:
        review = review | {"corrections": corrections}
    return fields | {"review": review or None}


def _value(name: str, value: Any) -> Any:
    """A corrected value as people gave it: a moment as a number."""
    try:
        return read_number(value) if name.endswith("_s") and isinstance(value, str) else "" if value is None else value
    except ValueError:
        return value
