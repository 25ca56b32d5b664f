"""Reads a saved stream of TwelveLabs results: one JSON object per line, optionally with the batch object itself."""

import re
from collections.abc import Iterator, Sequence

from batches.errors import BadFile, BadRecord
from batches.sync.fields import identifier
from batches.sync.files.base import Entry, FileFormat, read_object, saved_batch
from batches.sync.files.text import read_lines
from batches.sync.records import BatchRecord, ItemListing, ItemRecord
from batches.sync.vendors.twelvelabs import parse_batch_id
from batches.sync.vendors.twelvelabs_batch import read_batch
from batches.sync.vendors.twelvelabs_items import TIMED, read_item


class TwelveLabsJSONL(FileFormat):
    name = "twelvelabs-jsonl"
    vendor = "twelvelabs"
    label = "TwelveLabs results (JSON Lines)"

    def entries(self) -> Iterator[Entry]:
        for number, line in read_lines(self.source):
            location = f"line {number}"
            try:
                record = read_object(line, location)
                task = identifier(record, "task_id", location)
                if task is None and "total_items" not in record:
                    raise BadRecord(f"{location} task_id", "is missing")
                yield Entry("", task or "", location, line or b"")
            except BadRecord as error:
                yield Entry("", "", error.path, line or b"", error.reason)

    def batch_id(self, text: str = "") -> str:
        try:
            return parse_batch_id(text or self.source.batch_id or self.source.name)
        except ValueError as error:
            raise BadFile(self.source.name, f"does not name its batch; enter the batch id. {error}") from error

    def batch(self, key: str, bodies: Sequence[bytes], first: bytes) -> BatchRecord:
        if bodies:
            body = read_object(bodies[-1], self.source.name)
            return read_batch(body, self.batch_id(str(body.get("batch_id") or "")))
        # Entries of segments have metadata and times; anything else is a general answer.
        timed = re.search(rb'\\"metadata\\"\s*:\s*\{', first) and re.search(rb'\\"start_time\\"', first)
        return saved_batch(self.batch_id(), batch_type=TIMED if timed else "general")

    def item(
        self, batch: BatchRecord, listing: ItemListing, entries: Sequence[tuple[str, bytes]], digest: str
    ) -> ItemRecord:
        location, body = entries[-1]
        line = read_object(body, self.where(location))
        status = line.get("status")
        listed = ItemListing(
            listing.external_id, listing.position, raw_status=status if isinstance(status, str) else None
        )
        return read_item(line, None, batch, listed, digest)
