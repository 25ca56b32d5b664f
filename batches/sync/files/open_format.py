"""The open format: CSV or JSON of any detector, whose columns a person maps to our fields."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from itertools import islice
from json.encoder import encode_basestring_ascii as encode_text
from typing import Any

from batches.errors import BadFile, BadRecord
from batches.sync.files.base import Entry, JSONObject, Source
from batches.sync.files.jsonrecords import PARENT, JSONRecords, Parts, Record, leaves, value_at
from batches.sync.files.mapping import Guess, guess, is_name
from batches.sync.files.rows import CONTENT, RowsFormat, some_text
from batches.sync.files.table import MAX_COLUMNS as TABLE_COLUMNS
from batches.sync.files.table import Block, Row, Table
from batches.sync.files.text import first_bytes

SAMPLE_ROWS, SAMPLE_CHARACTERS = 1_000, 16_000_000
MAX_COLUMNS = 1_000
MAX_VALUES = 250_000  # of one JSON record, which all are in memory
MAX_PLAIN_NAMES = 10_000  # in memory


class OpenFormat(RowsFormat):
    name = "open"
    label = "Open format"

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self.is_json = first_bytes(source).lstrip()[:1] in (b"{", b"[")
        self.is_flat = not self.is_json  # type: ignore[misc]

    @property
    def lists_all_items(self) -> bool:  # type: ignore[override]
        """False for a file about one video, because it does not list the others."""
        return "video" not in self.options

    @cached_property
    def table(self) -> Table:
        return Table(self.source)

    @cached_property
    def json(self) -> JSONRecords:
        return JSONRecords(self.source)

    @cached_property
    def lists(self) -> list[tuple[str, int]]:
        """The lists that can contain the records: the dotted path of each, and how many of our fields it has."""
        if not self.is_json:
            return []
        return [(".".join(path), len(self._guess_of(path).mapping)) for path in self.json.lists()]

    @cached_property
    def list_path(self) -> Parts:
        """The path of the chosen list, or of the one that fits best. () stands for the file's own records."""
        list_path = self.options.get("list")
        if list_path is None:
            best = max((count for _, count in self.lists), default=0)
            list_path = next((path for path, count in self.lists if count == best), "")
        parts = tuple(part for part in list_path.split(".") if part)
        if len(parts) < 2:
            return parts
        # A key can hold dots itself.
        return next((path for path in self.json.lists() if ".".join(path) == list_path), parts)

    @property
    def list_question(self) -> str:
        """What to ask if several lists fit equally well."""
        if "list" in self.options or not self.lists:
            return ""
        best = max(count for _, count in self.lists)
        fitting = [path or "the file's own records" for path, count in self.lists if count == best]
        return f"Choose the list of records: {', '.join(fitting[:5])}." if len(fitting) > 1 else ""

    @cached_property
    def columns(self) -> tuple[str, ...]:
        return tuple(self.samples)

    @cached_property
    def samples(self) -> dict[str, list[Any]]:
        """Column → its values in the first rows."""
        if not self.is_json:
            cells: dict[str, list[Any]] = {name: [] for name in self.table.header if is_name(name)}
            size = 0
            for row in islice(self.table.rows(), SAMPLE_ROWS):
                size += sum(map(len, row.cells))
                if size > SAMPLE_CHARACTERS:
                    break
                if not row.refusal:
                    for name, cell in zip(self.table.header, row.cells, strict=False):
                        if name in cells:
                            cells[name].append(cell)
            return cells
        return _samples(self.json.at(self.list_path))

    def form(self) -> dict[str, Any]:
        """How the file was read, and for JSON the lists that can be chosen instead."""
        if self.is_json:
            return {"kind": "json", "lists": [path for path, _ in self.lists], "list": ".".join(self.list_path)}
        return {"kind": "table", "separator": self.table.form.separator}

    def guess(self, mapping: Mapping[str, str]) -> Guess:
        """Guess the mapping and options of this file. Those in `mapping` and in the source's options are kept.

        Raises BadRecord if no record can be read, so that there is nothing to choose.
        """
        if self.is_json and not self.columns:
            self._check_readable()
        units = {} if self.is_json else self.table.form.units
        inherited = _inherited(self.list_path, self.columns) if self.is_json else ()
        made = guess(
            self.columns, self.samples, inherited=inherited, fixed=mapping, options=self.options, units=units
        )  # fmt: skip
        if self.is_json:
            made.question = self.list_question or made.question
            made.options.setdefault("list", ".".join(self.list_path))
        return made

    def _check_readable(self) -> None:
        for record in islice(self.json.at(self.list_path).records(), 1):
            if isinstance(record.values, str):
                raise BadRecord(self.where(record.location), record.values)

    def _guess_of(self, path: Parts) -> Guess:
        samples = _samples(self.json.at(path))
        return guess(tuple(samples), samples, inherited=_inherited(path, samples))

    def entries(self) -> Iterator[Any]:
        if missing := set(self.mapping.values()).difference(self.columns):
            raise BadFile(self.source.name, f"has no column {min(missing)!r}")
        yield from super().entries() if self.is_json else self._table_entries()

    def rows(self) -> Iterator[Record]:
        for record in self.json.at(self.list_path).records():
            reason = "" if isinstance(record.values, str) else _too_much(record.values, record.body)
            yield record._replace(values=reason) if reason else record

    def _table_entries(self) -> Iterator[Entry]:
        """The rows of a table, without a dictionary for each."""
        header, width = self.table.header, len(self.table.header)
        only, video_at, batch_at = self.single_video, self._place("video"), self._place("batch")
        content = [header.index(self.mapping[name]) for name in CONTENT if self.mapping.get(name) in header]
        as_json = f"{{{', '.join(f'{encode_text(name)}: '.replace('%', '%%') + '%s' for name in header)}}}"
        plain_names = set[tuple[str, str]]()  # of videos and batches, as rows before have them
        made = tuple.__new__  # without the class's own function, which takes longer than the rest
        for part in self.table.parts():
            rows = part.rows if isinstance(part, Block) else [part.cells]
            if not isinstance(part, Block) and (refusal := _refusal(part, width, content)):
                yield Entry("", "", f"line {part.line}", ",".join(part.cells).encode("utf-8", "replace"), refusal)
                continue
            for line, cells in enumerate(rows, part.line):
                body = (as_json % tuple(map(encode_text, cells if len(cells) == width else cells[:width]))).encode()
                video = only or ("" if video_at is None else some_text(cells[video_at]))
                key = "" if batch_at is None else some_text(cells[batch_at])
                if (video, key) in plain_names:
                    yield made(Entry, (key, video, f"line {line}", body, ""))
                    continue
                entry = self.entry(f"line {line}", video, key, body)
                if entry[:2] == (key, video):
                    if len(plain_names) >= MAX_PLAIN_NAMES:
                        plain_names.clear()
                    plain_names.add((video, key))
                yield entry

    def _place(self, name: str) -> int | None:
        column = self.mapping.get(name)
        return None if column is None else self.table.header.index(column)


def _too_much(values: JSONObject, body: bytes) -> str:
    """Why a record is too large for an event, as a sentence; "" if it is not."""
    if len(values) > TABLE_COLUMNS:
        return f"has more than {TABLE_COLUMNS:,} keys"
    if sum(map(body.count, (b",", b"[", b"{"))) > MAX_VALUES:
        return f"holds more than {MAX_VALUES:,} values; choose a list inside it"
    return ""


def _refusal(row: Row, width: int, content: Collection[int]) -> str:
    """Why the row cannot be used; `content`: the places of what it says about the video."""
    if not row.refusal and row.missing and content and min(content) >= width - row.missing:
        return f"has {width - row.missing} cells, the header has {width}"
    return row.refusal


def _inherited(path: Parts, columns: Iterable[str]) -> frozenset[str]:
    """The columns whose values come from the records that contain those at `path`."""
    around = [f"{PARENT}.", *(f"{'.'.join(path[:length])}." for length in range(1, len(path)))] if path else []
    return frozenset(column for column in columns if column.startswith(tuple(around)))


def _samples(records: JSONRecords) -> dict[str, list[Any]]:
    values: dict[str, list[Any]] = {}
    for record in records.first_records():
        for path in leaves(record):
            if path in values or (len(values) < MAX_COLUMNS and is_name(path)):
                values.setdefault(path, []).append(value_at(record, path))
    return values
