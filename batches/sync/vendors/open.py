"""Results of other detectors in the open format (docs/imports.md). They only come in as files: there is no API to call."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, ClassVar, Self

from batches.errors import BadRecord, VendorRefused
from batches.sync.fields import NAME_LIMIT, cell, clean, clean_url
from batches.sync.files.base import Entry, FileFormat, JSONObject, read_object, refused, saved_batch
from batches.sync.files.mapping import is_name
from batches.sync.files.text import delimiter_of, first_bytes, read_header, read_objects
from batches.sync.records import Approval, BatchRecord, Chunk, EventRecord, ItemListing, ItemRecord
from batches.sync.times import clock_text, read_seconds
from batches.sync.vendors.base import NOTHING_KNOWN, Vendor, finding, single_word

NO_API = "This connection has no API. Upload its results as files."
HEADER_ROWS = 1_000  # read to collect the names of a file without a header
_APPROVALS: dict[str, Approval] = {word: word for word in ("pending", "approved", "rejected", "invalid")}


class Open(Vendor):
    name: ClassVar[str] = "open"
    default_base_url: ClassVar[str] = ""
    chunk_size: ClassVar[int] = 100
    answers: ClassVar[bool] = False
    has_clips = plays_addresses = True
    parse_batch_id = staticmethod(single_word)

    @classmethod
    def open(
        cls, *, base_url: str, api_key: str, private_hosts: frozenset[str] = frozenset(), **http_options: Any
    ) -> Self:
        raise VendorRefused(NO_API)

    def verify(self) -> dict[str, str]:
        raise VendorRefused(NO_API)

    def batch(self, batch_id: str, *, listing: bool = True) -> BatchRecord:
        raise VendorRefused(NO_API)

    def chunk(
        self, batch: BatchRecord, listings: Sequence[ItemListing], known: Mapping[str, str] = NOTHING_KNOWN
    ) -> Chunk:
        raise VendorRefused(NO_API)


class OpenFormat(FileFormat):
    name = "open"
    vendor = "open"
    label = "Open format"

    @property
    def columns(self) -> tuple[str, ...]:
        start = first_bytes(self.source)
        if not start.lstrip().startswith(b"{"):
            return tuple(name for name in read_header(self.source, delimiter_of(start)) if is_name(name))
        names: dict[str, None] = {}
        for _, row, _ in islice(read_objects(self.source), HEADER_ROWS):
            names |= dict.fromkeys(filter(is_name, row if isinstance(row, dict) else ()))
        return tuple(names)

    def entries(self) -> Iterator[Entry]:
        mapping = self.source.mapping
        if "video" not in mapping:
            raise BadRecord(self.source.name, "choose the column that names the video")
        if missing := set(mapping.values()).difference(self.columns):
            raise BadRecord(self.source.name, f"has no column {min(missing)!r}")
        for location, row, body in read_objects(self.source):
            if isinstance(row, str):
                yield Entry("", "", location, body, row)
                continue
            video = cell(row.get(mapping["video"])).strip()
            if not video or clean(video, NAME_LIMIT) != video:
                reason = "cannot be kept as it is" if video else "is empty"
                yield Entry("", "", f"{location} column {mapping['video']}", body, reason)
            else:
                key = clean(cell(row.get(mapping.get("batch", ""))), NAME_LIMIT)
                yield Entry(key.strip(), video, location, body)

    def batch(self, key: str, bodies: Sequence[bytes], first: bytes) -> BatchRecord:
        return saved_batch(self.batch_id(key), batch_type="open")

    def item(
        self, batch: BatchRecord, listing: ItemListing, entries: Sequence[tuple[str, bytes]], digest: str
    ) -> ItemRecord:
        events, bad, clip = list[EventRecord](), [], ""
        for index, (location, body) in enumerate(entries):
            row = read_object(body, self.where(location))
            clip = clip or clean_url(cell(row.get(self.source.mapping.get("clip", ""))))
            try:
                events.append(self._event(row, len(events), index))
            except BadRecord as error:
                bad.append(refused(f"{self.where(location)} column {error.path}", error.reason, body))
        return ItemRecord(
            external_id=listing.external_id, analysis_id=None, name=listing.external_id, source_uri=clip,
            state="completed", status="completed", raw_status="", error="", summary="", mode="open", answered=True,
            raw="{}", events=tuple(events), quarantined=tuple(bad), digest=digest,
        )  # fmt: skip

    def _event(self, row: JSONObject, position: int, index: int) -> EventRecord:
        fields = {name: cell(row.get(column)).strip() for name, column in self.source.mapping.items()}
        start, end = self._moment(fields, "start"), self._moment(fields, "end")
        if start is not None and end is not None and end < start:
            reason = f"{fields['end'][:40]!r} is before {fields['start'][:40]!r}, the start"
            raise BadRecord(self.source.mapping["end"], reason)
        approval = fields.get("approval", "").lower() or "pending"
        if approval not in _APPROVALS:
            raise BadRecord(self.source.mapping["approval"], f"expected {', '.join(_APPROVALS)}, got {approval[:40]!r}")
        times = [clock_text(moment) for moment in (start, end) if moment is not None]
        event = finding(
            row, position=position, raw_index=index,
            label=fields.get("label") or fields.get("category") or fields.get("text", "")[:120] or "Event",
            category=fields.get("category", ""), ai_text=fields.get("text", ""), severity=fields.get("severity", ""),
            confidence=self._confidence(fields), timestamp="-".join(dict.fromkeys(times)), span=(start, end),
            event_id=fields.get("id", ""),
        )  # fmt: skip
        picture = clean_url(fields.get("thumbnail", ""))
        return event._replace(thumbnail_url=picture, approval=_APPROVALS[approval], raw_approval=approval)

    def _moment(self, fields: dict[str, str], name: str) -> float | None:
        text = fields.get(name, "")
        seconds = read_seconds(text)
        if text and (seconds is None or seconds < 0):
            raise BadRecord(self.source.mapping[name], f"expected seconds or a clock time, got {text[:40]!r}")
        return seconds

    def _confidence(self, fields: dict[str, str]) -> float | None:
        text = fields.get("confidence", "")
        try:
            share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1) if text else None
        except ValueError:
            share = -1.0
        if share is not None and not 0 <= share <= 1:
            raise BadRecord(self.source.mapping["confidence"], f"expected 0 to 1 or a percentage, got {text[:40]!r}")
        return share
