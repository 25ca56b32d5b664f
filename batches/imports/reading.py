"""Reads a file into batches and chunks of items, like a vendor's adapter, in limited memory. No Django here."""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import cached_property, partial
from hashlib import blake2b

from batches.errors import BadFile, BadRecord
from batches.imports.spool import Spool, Tick
from batches.sync.files.base import FileFormat, refused
from batches.sync.records import ADDED, READING, BatchRecord, Chunk, EventRecord, ItemListing, ItemRecord

# A chunk ends at any of them. It is one transaction, and on SQLite others who write wait for its end.
CHUNK_ITEMS, CHUNK_RECORDS, CHUNK_BYTES = 500, 5_000, 8_000_000
MAX_BATCHES = 10_000  # of a file
MAX_REFUSED = 1_000  # stored records of a batch that belong to no item

NO_DIGESTS: Mapping[str, str] = {}


class Reading:
    """One file, split into records in the spool. `batches` and `chunks` can be called repeatedly."""

    def __init__(self, form: FileFormat, spool: Spool) -> None:
        self.form, self.spool = form, spool
        self.count = 0
        self._records: list[BatchRecord] = []
        self.added = 0  # events in the items so far that people had added, and that are left out of them
        self._strays = False  # whether a refused record may be about any batch

    def load(self, tick: Tick) -> None:
        """Read the whole file once, unless the spool has it. Raises BadRecord for an incomplete or useless file."""
        if self.spool.read_as != self._read_as:
            self.spool.fill(self.form.entries(), self._read_as, partial(self._tick, tick))
        self.count = self.spool.count
        records: dict[str, BatchRecord] = {}
        itemless_keys: list[str] = []
        self._check_count()
        for key in self.spool.batch_keys():
            bodies, first = self.spool.about(key)
            if not (bodies or first):
                itemless_keys.append(key)
                continue
            record = self.form.batch(key, bodies, first)
            self.spool.name(key, record.external_id)
            records[record.external_id] = _joined(records.get(record.external_id), record)
        self._strays = bool(itemless_keys)
        for key in itemless_keys:  # only refused records, shown with the first batch
            self.spool.name(key, next(iter(records), ""))
        if not records:
            refusals = self.spool.refused("", 1)
            example = f"; {refusals[0][0]}: {refusals[0][1]}" if refusals else ""
            raise BadFile(self.form.source.name, f"contains no usable results{example}")
        self._records = list(records.values())

    def _tick(self, tick: Tick, count: int) -> None:
        self._check_count()
        tick(count)

    def _check_count(self) -> None:
        if self.spool.batch_count() > MAX_BATCHES:
            reason = f"names more than {MAX_BATCHES:,} batches: choose another column for the batch"
            raise BadFile(self.form.source.name, reason)

    @property
    def batch_ids(self) -> list[str]:
        """The ids of the file's batches, after `load`."""
        return [record.external_id for record in self._records]

    def batches(self) -> Iterator[BatchRecord]:
        """Each batch with the list of its items and its refused records."""
        for record in self._records:
            batch_id = record.external_id
            items = tuple(ItemListing(item, position) for position, item in enumerate(self.spool.items(batch_id)))
            bad = tuple(
                refused(self.form.where(location) if location else self.form.source.name, reason, body)
                for location, reason, body in self.spool.refused(batch_id, MAX_REFUSED)
            )
            missing = "" if self.form.lists_all_items and not (bad or self._strays) else "The file may leave items out."
            yield replace(record, listing=items, quarantined=(*record.quarantined, *bad), missing=missing)

    def chunks(
        self, record: BatchRecord, stored_digests: Mapping[str, str] = NO_DIGESTS
    ) -> Iterator[tuple[int, int, Chunk]]:
        """Yield the number of items and records of each chunk, and the chunk.

        Items with the `known` digest are only named.
        """
        items: list[ItemRecord] = []
        same: list[str] = []
        count = size = weight = 0
        whole = self._whole(record)
        for listing in record.listing:
            most = self.form.max_item_records
            entries = self.spool.records(record.external_id, listing.external_id, most)
            if len(entries) > most:
                where = self.form.where(f"{entries[-1][0]}, {listing.external_id}")
                raise BadRecord(where, f"is beyond the maximum of {most:,} records for an item")
            digest = self._digest(record, entries)
            if stored_digests.get(listing.external_id) == digest:
                same.append(listing.external_id)
            else:
                items.append(self._item(record, listing, entries, digest))
            count, size = count + 1, size + len(entries)
            weight += sum(len(body) for _, body in entries)
            if count >= CHUNK_ITEMS or size >= CHUNK_RECORDS or weight >= CHUNK_BYTES:
                yield count, size, Chunk(tuple(items), (), tuple(same), whole=whole)
                items, same, count, size, weight = [], [], 0, 0, 0
        if count:
            yield count, size, Chunk(tuple(items), (), tuple(same), whole=whole)

    def record_count(self, record: BatchRecord) -> int:
        """The number of records of the batch's listed items."""
        return sum(self.spool.size(record.external_id, listing.external_id) for listing in record.listing)

    def _whole(self, record: BatchRecord) -> bool:
        """Whether every record that may be about an item of this batch could be read as far as its item."""
        return not (record.quarantined or self._strays)

    def _item(
        self, record: BatchRecord, listing: ItemListing, entries: list[tuple[str, bytes]], digest: str
    ) -> ItemRecord:
        try:
            item = self.form.item(record, listing, entries, digest)
            return self._without_added(item) if self.form.has_reviews else item
        except BadRecord as error:
            # The item keeps its stored data; the file's records of it are quarantined.
            return ItemRecord(
                external_id=listing.external_id, analysis_id=None, name="", source_uri="", state="unknown",
                status="unreadable", raw_status="", error=str(error), summary="", mode=record.batch_type,
                answered=False,
                raw="", quarantined=(refused(error.path, error.reason, entries[-1][1]),),
            )  # fmt: skip

    def _without_added(self, item: ItemRecord) -> ItemRecord:
        """The item without what people added: that is not the vendor's."""
        events = [event for event in item.events if not is_added(event)]
        self.added += len(item.events) - len(events)
        return replace(item, events=tuple(event._replace(position=at) for at, event in enumerate(events)))

    def added_events(self, record: BatchRecord) -> Iterator[tuple[str, EventRecord]]:
        """What people had added to a batch of which the file is a download: the item and the event."""
        for listing in record.listing if self.form.has_reviews else ():
            entries = self.spool.records(record.external_id, listing.external_id, self.form.max_item_records)
            with suppress(BadRecord):  # which the item was refused for before
                item = self.form.item(record, listing, entries, "")
                yield from ((listing.external_id, event) for event in item.events if is_added(event))

    @cached_property
    def _read_as(self) -> str:
        """Everything that decides which records a file has."""
        source = self.form.source
        return "|".join([
            str(READING), self.form.name, self._mapped, source.batch_id, source.encoding, source.name
        ])  # fmt: skip

    @cached_property
    def _mapped(self) -> str:
        mapping = sorted(self.form.source.mapping.items())
        options = "".join(f"|{name}={value}" for name, value in sorted(self.form.source.options.items()))
        return f"{mapping}{options}"

    def _digest(self, record: BatchRecord, entries: list[tuple[str, bytes]]) -> str:
        """32 hex digits over everything that an item is read from, but not its position in the file."""
        partly = "" if self._whole(record) else "|partly"
        text = f"{READING}|{self.form.name}|{record.batch_type}|{self._mapped}{partly}\n"
        body = b"\n".join([body for _, body in entries])
        return blake2b(text.encode() + body, digest_size=16).hexdigest()


def is_added(event: EventRecord) -> bool:
    """Whether a person had added the event, as a download of ours says."""
    if not (event.external_id.startswith(ADDED) and '"origin"' in event.raw):
        return False
    record = json.loads(event.raw)
    review = record.get("review")
    return "reviewer" in (record.get("origin"), review.get("origin") if isinstance(review, dict) else None)


def _joined(first: BatchRecord | None, second: BatchRecord) -> BatchRecord:
    return second if first is None else replace(first, quarantined=(*first.quarantined, *second.quarantined))
