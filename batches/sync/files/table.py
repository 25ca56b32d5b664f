"""Reads CSV of any separator: finds the header below comments, and lets a broken row cost itself only."""

import csv
import re
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from io import SEEK_END, StringIO
from typing import NamedTuple, TextIO

from batches.errors import BadRecord
from batches.sync.files.base import Source
from batches.sync.files.names import VIDEO, is_unit, knows

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
MAX_COLUMNS = 2_000
MAX_ROW = 4_000_000  # characters
MAX_READ_AGAIN = 64_000_000  # characters below quotes that do not end
BLOCK_CHARACTERS = 1_000_000  # read at once
SAMPLE_CHARACTERS, SAMPLE_ROWS = 256 * 1024, 40
COMMENTS = ("#", "//")
CUT_ROW = "is the file's last row, and the only one with fewer cells than the header: the file may be cut"
CUT_SHORT = "is not CSV: unexpected end of data; the file is incomplete"
_BROKEN = re.compile("[\udc80-\udcff]")  # bytes that are not UTF-8, as Python decodes them
_VALUES = {
    "number": re.compile(r"[+-]?(\d+[.,]?\d*|[.,]\d+)(e[+-]?\d+)?%?", re.IGNORECASE),
    "time": re.compile(r"(\d+:)?\d+:\d\d([.,:]\d+)?|\d{4}-\d\d-\d\d[T ]\d\d:.*"),
    "video": VIDEO,
}
_SEP_LINE = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)


class Row(NamedTuple):
    """One row: its first line (from 1), its cells, and why they cannot be used ("" if they can)."""

    line: int
    cells: list[str]
    refusal: str = ""
    missing: int = 0  # the number of empty cells that were added at the end


class Block(NamedTuple):
    """Ordinary rows, each with a cell for each column and in a line of its own."""

    line: int  # of the first row
    rows: list[list[str]]


@dataclass
class _Lines:
    """Lines of limited length, which can be read again from the one after a broken row's first."""

    file: TextIO
    again: deque[str] = field(default_factory=deque)  # below a broken row
    block: deque[str] = field(default_factory=deque)  # the rest of a block
    taken: list[str] = field(default_factory=list)
    size: int = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        waiting = self.again or self.block
        line = waiting.popleft() if waiting else self.file.readline(MAX_ROW)
        if not line:
            raise StopIteration
        self.taken.append(line)
        self.size += len(line)
        if self.size >= MAX_ROW:
            self._skip(line)
            raise csv.Error(f"is longer than {MAX_ROW:,} characters")
        return line

    def _skip(self, line: str) -> None:
        while line and not line.endswith(("\n", "\r")):
            line = self.file.readline(MAX_ROW)

    def start(self) -> None:
        self.taken, self.size = [], 0

    def next_block(self) -> tuple[list[str], bool]:
        """The next whole lines, the last one perhaps cut at MAX_ROW, and whether all of them are short and UTF-8."""
        text = self.file.read(BLOCK_CHARACTERS)
        if text and not text.endswith("\n"):
            text += self.file.readline(MAX_ROW)
        lines = list(StringIO(text, newline=""))
        is_plain = bool(lines) and len(lines[-1]) < MAX_ROW and (text.isascii() or not _BROKEN.search(text))
        return lines, is_plain


class Table:
    """A CSV file in UTF-8. The separator and the header are found by looking at the first rows."""

    def __init__(self, source: Source) -> None:
        self.source = source

    @cached_property
    def form(self) -> "Form":
        """Raises BadRecord for a header that cannot be used."""
        with self._open() as file:
            start = file.read(SAMPLE_CHARACTERS)
        if len(start) == SAMPLE_CHARACTERS:
            start = start[: start.rfind("\n") + 1] or start
        form = find_form(start, self.source.options.get("sep", ""))
        where = f"{self.source.name} line {form.line}"
        if len(form.header) > MAX_COLUMNS:
            raise BadRecord(where, f"has more than {MAX_COLUMNS:,} columns")
        seen: set[str] = set()
        for name in form.header:
            if name in seen:
                raise BadRecord(where, f"has the column {name[:80]!r} twice")
            seen.add(name)
        return form

    @property
    def header(self) -> list[str]:
        return self.form.header

    def rows(self) -> Iterator[Row]:
        """The rows below the header. Raises BadRecord if the file ends in the middle of a quoted value."""
        for part in self.parts():
            if isinstance(part, Block):
                yield from (Row(line, cells) for line, cells in enumerate(part.rows, part.line))
            else:
                yield part

    def parts(self) -> Iterator[Row | Block]:
        """The rows below the header, ordinary ones many at once. Raises BadRecord like `rows`."""
        form, width = self.form, len(self.form.header)
        last: Row | None = None  # the first row that is short, which may be the end of a file that is cut
        may_be_cut = self._has_no_last_newline()
        for part in self._parts(form, width):
            if last:
                yield last
                last = None
            if isinstance(part, Row) and part.missing and may_be_cut:
                last, may_be_cut = part, False
            else:
                yield part
        if last:
            yield last._replace(refusal=CUT_ROW)

    def _parts(self, form: "Form", width: int) -> Iterator[Row | Block]:
        with self._open() as file:
            for part in read_parts(file, form.separator, width):
                if isinstance(part, Block):
                    below = max(form.line + 1 - part.line, 0)
                    yield Block(part.line + below, part.rows[below:]) if below else part
                elif part.line > form.line:
                    if part.refusal == CUT_SHORT:
                        raise BadRecord(f"{self.source.name} line {part.line}", CUT_SHORT)
                    yield part if len(part.cells) == width else _fitted(part, width)

    def _has_no_last_newline(self) -> bool:
        with self.source.path.open("rb") as file:
            file.seek(max(file.seek(0, SEEK_END) - 1, 0))
            return file.read(1) not in b"\r\n"

    def _open(self) -> TextIO:
        # Bytes that are not UTF-8 become surrogates, and only their row is refused.
        return self.source.path.open(encoding="utf-8-sig", errors="surrogateescape", newline="")


@dataclass(frozen=True)
class Form:
    """The form of a table: its separator, and its header with the line where it is."""

    separator: str
    header: list[str]
    line: int
    units: dict[str, str] = field(default_factory=dict)  # column → unit, of a line above the header


def find_form(start: str, separator: str = "") -> Form:
    """The form of the table that begins with `start`."""
    first = StringIO(start, newline="").readline()
    declared = _SEP_LINE.fullmatch(first)
    candidates = [separator] if separator else [declared[1]] if declared else list(SEPARATORS)
    forms = [_form_with(start, candidate, bool(declared)) for candidate in candidates]
    return max(forms, key=lambda scored: scored[0])[1]


def _form_with(start: str, separator: str, skip_first: bool) -> tuple[tuple[int, int, int], Form]:
    rows: list[Row] = []
    comments: list[Row] = []
    for row in read_parts(StringIO(start, newline=""), separator, 0):
        assert isinstance(row, Row)
        if row.line == 1 and skip_first:
            continue
        is_comment = not rows and row.cells and row.cells[0].lstrip().startswith(COMMENTS)
        (comments if is_comment else rows).append(row)
        if len(rows) >= SAMPLE_ROWS:
            break
    header_row, score = _header_of(rows)
    if not _is_certain(rows, header_row, score) and _has_no_header(rows):
        count = max(len(row.cells) for row in rows)
        rows, header_row = [Row(rows[0].line - 1, [f"column {number}" for number in range(1, count + 1)]), *rows], 0
    if not rows or (score == 0 and comments and _is_header(comments[-1], rows[0])):
        rows, header_row = [comments[-1], *rows] if comments else [Row(1, [])], 0
        cells = [re.sub(r"^(#|//)\s*", "", cell) if not at else cell for at, cell in enumerate(rows[0].cells)]
        rows[0] = rows[0]._replace(cells=cells)
        score = _known(rows[0])
    header = rows[header_row]
    width = len(header.cells)
    alike = sum(len(row.cells) == width for row in rows[header_row + 1 :])
    names = _named(header.cells)
    above = rows[header_row - 1].cells if header_row else []
    units = {name: cell.strip() for name, cell in zip(names, above, strict=False) if is_unit(cell)}
    return (score, alike if width > 1 else -1, width), Form(separator, names, header.line, units)


def _header_of(rows: Sequence[Row]) -> tuple[int, int]:
    """The place of the header among the first rows, and how many of its names are known."""
    scores = [(_names(row), -number) for number, row in enumerate(rows[:20])]
    best, number = max(scores, default=(0, 0))
    if best:
        return -number, best
    # Without a known name the header is the first row that is as wide as most of the others.
    widths = [len(row.cells) for row in rows]
    usual = max(set(widths), key=lambda width: (widths.count(width), width), default=0)
    return (widths.index(usual) if widths else 0), 0


def _known(row: Row) -> int:
    return sum(knows(cell) for cell in row.cells[:MAX_COLUMNS])


def _names(row: Row) -> int:
    """How many cells of the row are names we know; 0 of a row with more values, one of which is such a word."""
    count = _known(row)
    return 0 if sum(map(bool, map(_kind, row.cells[:MAX_COLUMNS]))) > count else count


def _kind(cell: str) -> str:
    """What a cell holds that names no column: a number, a time or a video; "" for other texts."""
    text = cell.strip()
    return next((kind for kind, pattern in _VALUES.items() if pattern.fullmatch(text)), "") if text else ""


def _is_certain(rows: Sequence[Row], header_row: int, score: int) -> bool:
    """Whether the header lies below rows about the whole file: it is wider than these, or all its names are known."""
    width = len(rows[header_row].cells) if rows else 0
    return header_row > 0 and score > 0 and (width > len(rows[0].cells) or score == width)


def _has_no_header(rows: Sequence[Row]) -> bool:
    """Whether the first row is one like the next: each of its values is of the same kind, and not all are texts."""
    if len(rows) < 2 or len(rows[0].cells) != len(rows[1].cells):
        return False
    pairs = [
        (_kind(first), _kind(second))
        for first, second in zip(rows[0].cells, rows[1].cells, strict=True)
        if first.strip() and second.strip()
    ]
    if ("video", "video") in pairs:  # no column is called like a file in it
        return True
    if _counts(rows[0].cells):
        return False
    return not _names(rows[0]) and any(first for first, _ in pairs) and all(first == second for first, second in pairs)


def _counts(cells: Sequence[str]) -> bool:
    """Whether the cells are the numbers of the columns, as a data frame without names has them."""
    numbers = [cell.strip() for cell in cells if cell.strip()]
    return len(numbers) > 2 and any(numbers == [str(at + first) for at in range(len(numbers))] for first in (0, 1))


def _is_header(comment: Row, first: Row) -> bool:
    """Whether the last comment holds the names of the columns."""
    return len(comment.cells) == len(first.cells) and len(comment.cells) > 1


def _named(cells: Sequence[str]) -> list[str]:
    """The names of the columns; those without one are called by their place."""
    if len(cells) > MAX_COLUMNS and (last := max((at for at, cell in enumerate(cells, 1) if cell.strip()), default=0)):
        cells = cells[:last]  # spreadsheets write empty cells up to their last column
    return [cell.strip() or f"column {number}" for number, cell in enumerate(cells, 1)]


def _fitted(row: Row, width: int) -> Row:
    """The row with a cell for each column: missing ones are empty. More cells than columns cannot be placed."""
    if row.refusal:
        return row
    count = len(row.cells)
    if count > width and any(row.cells[width:]):
        return row._replace(refusal=f"has {count:,} cells, the header has {width:,}")
    if count < width:
        return row._replace(cells=row.cells + [""] * (width - count), missing=width - count)
    return row


def read_parts(file: TextIO, separator: str, width: int) -> Iterator[Row | Block]:
    """Each row that is not blank, ordinary ones many at once.

    A row that is not CSV is refused, and reading continues with the line after its first. `width`: the number of cells
    that tells a row from a line of text below a stray quote; 0 if it is not known yet, and no row is ordinary.
    """
    lines, line, budget = _Lines(file), 1, MAX_READ_AGAIN
    while True:
        block, is_plain = lines.next_block()
        if not block:
            return
        if is_plain and width and (rows := _ordinary_rows(block, separator, width)):
            yield Block(line, rows)
            line += len(block)
            continue
        count = (yield from _plain_rows(block, separator, width, line)) if is_plain else 0
        line += count
        if count < len(block):
            lines.block.extend(block[count:])
            line, budget = yield from _broken_rows(lines, separator, width, line, budget)


def _ordinary_rows(block: list[str], separator: str, width: int) -> list[list[str]]:
    """The rows, if all of them are ordinary."""
    try:
        rows = list(csv.reader(block, delimiter=separator, strict=True))
    except csv.Error:
        return []
    return rows if len(rows) == len(block) and set(map(len, rows)) == {width} and all(map(_says, rows)) else []


def _says(cells: list[str]) -> bool:
    """Whether a row is not blank: spreadsheets write rows of empty cells, too."""
    return any(map(str.strip, cells))


def _plain_rows(block: list[str], separator: str, width: int, line: int) -> Generator[Row, None, int]:
    """Yield the rows as far as all of them are CSV. Returns the number of their lines."""
    reader, count = csv.reader(block, delimiter=separator, strict=True), 0
    row = tuple.__new__  # without the class's own function, which takes longer than the reader
    try:
        for cells in reader:
            if width and len(cells) != width and reader.line_num - count > 1:
                return count
            if _says(cells) or (cells and not width):  # a header may have no names
                yield row(Row, (line + count, cells, "", 0))
            count = reader.line_num
    except csv.Error:  # a broken row, or one that goes on below the block
        pass
    return count


def _broken_rows(
    lines: _Lines, separator: str, width: int, line: int, budget: int
) -> Generator[Row, None, tuple[int, int]]:
    """Yield the rows of the rest of a block one by one. Returns the next line's number and what may still be read
    again.
    """
    reader = csv.reader(lines, delimiter=separator, strict=True)
    while lines.again or lines.block:
        lines.start()
        refusal, cells, is_reread = "", list[str](), bool(lines.again)
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            refusal = _reason(str(error), lines.taken, separator, width)
        count = len(lines.taken)
        if not refusal and width and len(cells) != width and (count > 1 or (is_reread and _says(cells))):
            refusal = "has a quote that does not end in its line" if count > 1 else "is below a quote that does not end"
        if not refusal and _BROKEN.search("".join(cells)):
            refusal = "holds bytes that are not UTF-8"
        if refusal and count > 1 and (budget := budget - lines.size) > 0:
            lines.again.extendleft(reversed(lines.taken[1:]))
            count = 1
        if refusal:
            yield Row(line, [lines.taken[0][:2_000]] if lines.taken else [], refusal)
        elif _says(cells) or (cells and not width):
            yield Row(line, cells)
        line += count
    return line, budget


def _reason(error: str, taken: Sequence[str], separator: str, width: int) -> str:
    if error == "unexpected end of data":
        is_cut = not taken[-1].endswith(("\n", "\r"))
        holds_rows = any(line.count(separator) >= width - 1 for line in taken[1:])
        return CUT_SHORT if is_cut and not holds_rows else "has a quote that does not end"
    return error if error.startswith("is longer") else f"is not CSV: {error}"
