"""A file → batches and chunks of items, exactly as a vendor's adapter gives them, in bounded memory. No Django here."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from hashlib import blake2b

from batches.errors import BadRecord
from batches.imports.spool import Spool, Tick
from batches.sync.files.base import FileFormat, refused
from batches.sync.records import READING, BatchRecord, Chunk, ItemListing, ItemRecord

MOST_RECORDS = 50_000  # of one item: they are read and written together
CHUNK_ITEMS, CHUNK_RECORDS = 200, 1_000
MOST_REFUSED = 1_000  # kept of the records of a batch that belong to no item

NOTHING: Mapping[str, str] = {}


class Reading:
    """One file, taken apart into the spool; `batches` and `chunks` may be asked for again and again."""

    def __init__(self, form: FileFormat, spool: Spool) -> None:
        self.form, self.spool = form, spool
        self.count = 0
        self._records: list[BatchRecord] = []

    def load(self, tick: Tick) -> None:
        """Read the whole file once. Raises BadRecord where it is cut short or holds nothing."""
        self.count = self.spool.fill(self.form.entries(), tick)
        found: dict[str, BatchRecord] = {}
        homeless: list[str] = []
        for key in self.spool.batch_keys():
            said, first = self.spool.about(key)
            if not (said or first):
                homeless.append(key)
                continue
            record = self.form.batch(key, said, first)
            self.spool.name(key, record.external_id)
            found[record.external_id] = _joined(found.get(record.external_id), record)
        for key in homeless:  # nothing but refused records: they are shown with the first batch
            self.spool.name(key, next(iter(found), ""))
        if not found:
            why = self.spool.refused("", 1)
            told = f"; {why[0][0]}: {why[0][1]}" if why else ""
            raise BadRecord(self.form.source.name, f"holds no results that can be used{told}")
        self._records = list(found.values())

    @property
    def batch_ids(self) -> list[str]:
        """The batches of the file, once it is loaded."""
        return [record.external_id for record in self._records]

    def batches(self) -> Iterator[BatchRecord]:
        """Each batch with the list of its items and what could not be used of it."""
        for record in self._records:
            batch_id = record.external_id
            items = tuple(ItemListing(item, position) for position, item in enumerate(self.spool.items(batch_id)))
            bad = tuple(
                refused(self.form.where(place) if place else self.form.source.name, reason, body)
                for place, reason, body in self.spool.refused(batch_id, MOST_REFUSED)
            )
            missing = "" if self.form.lists_all_items and not bad else "The file may leave items out."
            yield replace(record, listing=items, quarantined=(*record.quarantined, *bad), missing=missing)

    def chunks(self, record: BatchRecord, known: Mapping[str, str] = NOTHING) -> Iterator[tuple[int, int, Chunk]]:
        """How many items and records, and they; an item whose digest is the `known` one is only named."""
        items: list[ItemRecord] = []
        same: list[str] = []
        count = size = 0
        for listing in record.listing:
            entries = self.spool.records(record.external_id, listing.external_id, MOST_RECORDS)
            if len(entries) > MOST_RECORDS:
                where = self.form.where(f"{entries[-1][0]}, {listing.external_id}")
                raise BadRecord(where, f"is more than the {MOST_RECORDS:,} records an item may have")
            digest = self._digest(record, entries)
            if known.get(listing.external_id) == digest:
                same.append(listing.external_id)
            else:
                items.append(self._item(record, listing, entries, digest))
            count, size = count + 1, size + len(entries)
            if count >= CHUNK_ITEMS or size >= CHUNK_RECORDS:
                yield count, size, Chunk(tuple(items), (), tuple(same))
                items, same, count, size = [], [], 0, 0
        if count:
            yield count, size, Chunk(tuple(items), (), tuple(same))

    def _item(
        self, record: BatchRecord, listing: ItemListing, entries: list[tuple[str, bytes]], digest: str
    ) -> ItemRecord:
        try:
            return self.form.item(record, listing, entries, digest)
        except BadRecord as error:
            # What we have of the item stays; what the file says of it is set aside.
            return ItemRecord(
                external_id=listing.external_id, analysis_id=None, name="", source_uri="", state="unknown",
                status="unreadable", raw_status="", error=str(error), summary="", mode=record.batch_type, answered=False,
                raw="", quarantined=(refused(error.path, error.reason, entries[-1][1]),),
            )  # fmt: skip

    def _digest(self, record: BatchRecord, entries: list[tuple[str, bytes]]) -> str:
        """32 hex digits over all that an item is read from, the reading itself included; not where it stands."""
        mapping = sorted(self.form.source.mapping.items())
        said = blake2b(f"{READING}|{self.form.name}|{record.batch_type}|{mapping}".encode(), digest_size=16)
        for _, body in entries:
            said.update(b"\n" + body)
        return said.hexdigest()


def _joined(one: BatchRecord | None, other: BatchRecord) -> BatchRecord:
    return other if one is None else replace(one, quarantined=(*one.quarantined, *other.quarantined))
