"""Makes events of rows: what the open format and the detectors' own formats share."""

import json
import re
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar

import orjson

from batches.errors import BadRecord
from batches.sync.fields import NAME_LIMIT, clean, clean_url
from batches.sync.files import boxes
from batches.sync.files.base import Entry, FileFormat, JSONObject, read_object, refused, saved_batch
from batches.sync.files.flat_rows import FlatReader, flat_reader
from batches.sync.files.grouping import Sighting, spans_of
from batches.sync.files.jsonrecords import Record, text_of, value_at
from batches.sync.files.mapping import wall_of
from batches.sync.files.units import NONE_TEXTS, read_number, read_share, read_time
from batches.sync.records import Approval, BatchRecord, EventRecord, ItemListing, ItemRecord, Quarantine
from batches.sync.times import clock_text
from batches.sync.vendors.base import finding

_APPROVALS: dict[str, Approval] = {word: word for word in ("pending", "approved", "rejected", "invalid")}
MAX_GROUPED = 500_000  # rows of one item, where each is a frame
CONTENT = ("start", "label", "category", "text")  # without any of them a row says nothing about the video


class RowsFormat(FileFormat):
    """A file of rows, each about one event, or about one frame of an event where the option `gap` is set."""

    vendor = "open"
    is_flat: ClassVar[bool] = False  # True: a row's values are texts only

    @property
    def mapping(self) -> Mapping[str, str]:
        """Our field → the path of its value in a row."""
        return self.source.mapping

    @property
    def options(self) -> Mapping[str, str]:
        return self.source.options

    @property
    def gap(self) -> float | None:
        """Seconds between two frames of one event at most; None if each row is an event."""
        text = self.options.get("gap", "")
        return read_number(text) if text else None

    @property
    def max_item_records(self) -> int:
        return super().max_item_records if self.gap is None else MAX_GROUPED

    @abstractmethod
    def rows(self) -> Iterator[Record]:
        """All rows, in order. Raises BadRecord if the file as a whole cannot be read."""

    @cached_property
    def flat_reader(self) -> FlatReader | None:
        return flat_reader(self.mapping, self.options)

    @cached_property
    def brief_reader(self) -> FlatReader | None:
        return flat_reader(self.mapping, self.options, brief=True)

    @property
    def single_video(self) -> str:
        """The name of the file's one video, "" if each row names its own. Raises BadRecord if neither is chosen."""
        only = self.options.get("video", "")
        if not only and "video" not in self.mapping:
            raise BadRecord(self.source.name, "choose the column that names the video, or enter the video's name")
        return only

    def entries(self) -> Iterator[Entry]:
        only = self.single_video
        video_column, batch_column = self.mapping.get("video", "video"), self.mapping.get("batch")
        for location, row, body in self.rows():
            if isinstance(row, str):
                yield Entry("", "", location, body, row)
                continue
            try:
                video = only or _text(row, video_column)
                key = _text(row, batch_column) if batch_column else ""
            except ValueError as error:
                yield Entry("", "", f"{location} column {video_column}", body, str(error))
            else:
                yield self.entry(location, video, key, body)

    def entry(self, location: str, video: str, key: str, body: bytes) -> Entry:
        """The entry of a row about this video, in the batch of this key."""
        if video and clean(video, NAME_LIMIT) == video:
            return Entry(clean(key, NAME_LIMIT).strip(), video, location, body)
        reason = "cannot be kept as it is" if video else "is empty"
        return Entry("", "", f"{location} column {self.mapping.get('video', 'video')}", body, reason)

    def batch(self, key: str, bodies: Sequence[bytes], first: bytes) -> BatchRecord:
        return saved_batch(self.batch_id(key), batch_type="open")

    def item(
        self, batch: BatchRecord, listing: ItemListing, entries: Iterable[tuple[str, bytes]], digest: str
    ) -> ItemRecord:
        reading = _ItemReading(self)
        reading.read(entries)
        return ItemRecord(
            external_id=listing.external_id, analysis_id=None, name=listing.external_id, source_uri=reading.clip,
            state="completed", status="completed", raw_status="", error="", summary="", mode="open", answered=True,
            raw=reading.about, events=tuple(reading.events), quarantined=tuple(reading.bad), digest=digest,
        )  # fmt: skip

    def values(self, body: bytes, where: str) -> JSONObject:
        """The row of an entry's body."""
        values: JSONObject = orjson.loads(body) if self.is_flat else read_object(body, where)
        return values


def _text(row: Mapping[str, Any], column: str) -> str:
    """The text of a cell; "" for an empty one, and for the texts that programs write for none. Raises ValueError."""
    value = value_at(row, column)
    return some_text(value if type(value) is str else text_of(value))


def some_text(text: str) -> str:
    """The text without spaces around it; "" for the texts that programs write for none."""
    text = text.strip()
    return "" if text in NONE_TEXTS else text


class _ItemReading:
    """Reads the rows of one item into events."""

    def __init__(self, form: RowsFormat) -> None:
        self.form, self.mapping, self.options = form, form.mapping, form.options
        self.decimal, self.scale = self.options.get("decimal", ""), self.options.get("scale") or "1"
        self.units = {
            name: self.options.get(f"unit.{name}") or self.options.get("unit.start") or "s"
            for name in ("start", "end", "duration")
        }
        self.units["video_length"] = self.options.get("unit.video_length") or "s"
        self.length: float | None = None
        self.picture: boxes.Size | None = None
        self.has_box = "box" in self.mapping or all(name in self.mapping for name in boxes.PARTS)
        self.has_zero = "recorded" in self.mapping or bool(self.options.get("zero"))
        self.texts = [(name, self.mapping[name]) for name in _TEXTS if name in self.mapping]
        self.events = list[EventRecord]()
        self.bad = list[Quarantine]()
        self.clip = ""

    @property
    def about(self) -> str:
        """What the file says of the item itself, as JSON text."""
        length = {} if self.length is None else {"duration": self.length}
        return json.dumps(length | dict(zip(("width", "height"), self.picture or (), strict=False)))

    def read(self, entries: Iterable[tuple[str, bytes]]) -> None:
        if (gap := self.form.gap) is not None:
            self._read_frames(entries, gap)
            return
        is_flat = self.form.is_flat
        read_flat = (self.form.brief_reader if self.form.is_brief else self.form.flat_reader) if is_flat else None
        for index, (location, body) in enumerate(entries):
            row = orjson.loads(body) if is_flat else self.form.values(body, self.form.where(location))
            if read_flat and (event := read_flat(row, body, index, len(self.events))):
                self.events.append(event)
                continue
            try:
                self.events.append(self._event(row, index, self._span(row), body.decode() if is_flat else ""))
            except BadRecord as error:
                where = self.form.where(location)
                self.bad.append(refused(f"{where} column {error.path}", error.reason, body))

    def _read_frames(self, entries: Iterable[tuple[str, bytes]], gap: float) -> None:
        """Join the frames of a track or label into events. The rows are read twice, so that few are in memory."""
        sightings: list[Sighting] = []
        whole = set[int]()  # rows without a time are about the whole video
        for index, (location, body) in enumerate(entries):
            where = self.form.where(location)
            row = self.form.values(body, where)
            try:
                if sighting := self._sighting(row, index):
                    sightings.append(sighting)
                else:
                    whole.add(index)
            except BadRecord as error:
                self.bad.append(refused(f"{where} column {error.path}", error.reason, body))
        spans = {span.best: span for span in spans_of(sightings, gap)}
        made: dict[int, EventRecord] = {}
        for index, (location, body) in enumerate(entries):
            if span := spans.get(index):
                row = self.form.values(body, self.form.where(location))
                row |= {"frames": span.count, "best_at": span.best_at}
                made[index] = self._event(row, index, (span.start, span.end))
            elif index in whole:
                made[index] = self._event(self.form.values(body, self.form.where(location)), index, (None, None))
        order = [*(span.best for span in spans.values()), *sorted(whole)]
        self.events = [made[index]._replace(position=position) for position, index in enumerate(order)]

    def _sighting(self, row: JSONObject, index: int) -> Sighting | None:
        start, end = self._span(row)
        event = self._event(row, index, (start, end))  # refuses what it would refuse later
        if start is None:
            return None
        track = self._cell(row, "track")
        key = f"{track}\0{event.label}"
        return Sighting(
            start, start if end is None else end, key, -1.0 if event.confidence is None else event.confidence, index
        )

    def _event(
        self, row: JSONObject, index: int, span: tuple[float | None, float | None], raw: str = ""
    ) -> EventRecord:
        """The event of a row; `raw` is the row's JSON text, if it is at hand."""
        fields: dict[str, str] = {}
        for name, column in self.texts:
            value = row.get(column)
            if type(value) is not str:
                value = self._cell(row, name)
            elif value in NONE_TEXTS or (value := value.strip()) in NONE_TEXTS:
                continue
            fields[name] = value
        clip = fields.get("clip")
        if clip and not self.clip:
            self.clip = clean_url(clip)
        approval = fields["approval"].lower() if fields.get("approval") else "pending"
        if approval not in _APPROVALS:
            raise BadRecord(self.mapping["approval"], f"expected {', '.join(_APPROVALS)}, got {approval[:40]!r}")
        start, end = span
        clock = "" if start is None else clock_text(start)
        if end is not None and (end_clock := clock_text(end)) != clock:
            clock = f"{clock}-{end_clock}" if clock else end_clock
        event = finding(
            row, position=len(self.events), raw_index=index,
            label=fields.get("label") or fields.get("category") or fields.get("text", "")[:120] or "Event",
            category=fields.get("category", ""), ai_text=fields.get("text", ""), severity=fields.get("severity", ""),
            confidence=self._confidence(row), timestamp=clock, span=span,
            event_id=fields.get("id", ""), raw=raw,
        )  # fmt: skip
        box = self._box(row) if self.has_box else None
        if box is None and boxes.AT_TIMES in row and (track := boxes.track_of(event.raw)):
            box = track[0][1:]
        if box:
            event = event._replace(box=str(box), sdk=boxes.with_box(event.raw, box))
        if approval == "pending" and not fields.get("thumbnail"):
            return event
        picture = clean_url(fields.get("thumbnail", ""))
        return event._replace(thumbnail_url=picture, approval=_APPROVALS[approval], raw_approval=approval)

    def _box(self, row: JSONObject) -> list[float] | None:
        """The box of a row; None without one, or where it cannot be in the picture."""
        if (column := self.mapping.get("box")) and (value := value_at(row, column)) is not None:
            numbers = boxes.four_numbers(value)
        else:
            numbers = boxes.four_numbers(self._values(row, boxes.PARTS))
        size = self._picture(row)
        return boxes.relative(numbers, self.options.get("box", "xywh"), size)

    def _picture(self, row: JSONObject) -> boxes.Size | None:
        """What the numbers of a box are set against. The first size in pixels is kept for the item."""
        own = _size("x".join(map(str, self._values(row, boxes.SIZES))))
        entered = self.options.get("box.size", "")
        if self.picture is None:
            self.picture = own if entered in ("", boxes.RELATIVE) else _size(entered)
        return _size(entered) or own

    def _values(self, row: JSONObject, names: Iterable[str]) -> list[Any]:
        return [value_at(row, self.mapping[name]) if name in self.mapping else None for name in names]

    def _cell(self, row: JSONObject, name: str) -> str:
        column = self.mapping.get(name)
        if column is None:
            return ""
        try:
            return _text(row, column)
        except ValueError as error:
            raise BadRecord(column, str(error)) from error

    def _span(self, row: JSONObject) -> tuple[float | None, float | None]:
        zero = self._zero(row) if self.has_zero else None
        if "video_length" in self.mapping and (length := self._moment(row, "video_length", None)) is not None:
            self.length = max(length, self.length or 0.0)
        if "end" not in self.mapping and (both := _both(value_at(row, self.mapping.get("start", "")))):
            start, end = (self._time(text, "start", zero) for text in both)
        else:
            start, end = self._moment(row, "start", zero), self._moment(row, "end", zero)
        if start is not None and end is None and (length := self._moment(row, "duration", None)) is not None:
            end = start + length
        if start is not None and end is not None and end < start:
            shown = [repr(str(value_at(row, self.mapping.get(name, "")))[:40]) for name in ("end", "start")]
            raise BadRecord(self.mapping.get("end", "end"), f"{shown[0]} is before {shown[1]}, the start")
        return start, end

    def _zero(self, row: JSONObject) -> float | None:
        text = self._cell(row, "recorded") or self.options.get("zero", "")
        try:
            return wall_of(text) if text else None
        except ValueError as error:
            raise BadRecord(self.mapping.get("recorded", "recorded"), f"{error}, got {text[:40]!r}") from error

    def _moment(self, row: JSONObject, name: str, zero: float | None) -> float | None:
        column = self.mapping.get(name)
        return None if column is None else self._time(value_at(row, column), name, zero)

    def _time(self, value: Any, name: str, zero: float | None) -> float | None:
        try:
            return read_time(value, self.units[name], zero, self.decimal)
        except ValueError as error:
            raise BadRecord(self.mapping[name], f"{error}, got {str(value)[:40]!r}") from error

    def _confidence(self, row: JSONObject) -> float | None:
        column = self.mapping.get("confidence")
        if column is None:
            return None
        value = value_at(row, column)
        try:
            return read_share(value, self.scale, self.decimal)
        except ValueError as error:
            raise BadRecord(column, f"{error}, got {str(value)[:40]!r}") from error


def _size(text: str) -> boxes.Size | None:
    try:
        return boxes.read_size(text)
    except ValueError:
        return None


def _both(value: Any) -> tuple[str, str] | None:
    """The two clock times of "00:12-00:15"."""
    match = _RANGE.fullmatch(value.strip()) if isinstance(value, str) else None
    return (match[1], match[2]) if match else None


_RANGE = re.compile(r"([\d:.,]*:[\d.,]+)\s*[-–—]\s*([\d:.,]*:[\d.,]+)")
_TEXTS = ("label", "category", "text", "severity", "id", "clip", "thumbnail", "approval")
