"""A file's bytes, looked at before anything is read, and its rows or lines with the place where each stands."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

from batches.errors import BadRecord
from batches.sync.files.base import JSONObject, Source, read_object
from batches.sync.lines import split_lines

_NOT_TEXT = {
    b"PK\x03\x04": "is a ZIP archive or a spreadsheet file; unpack it, or save the sheet as CSV",
    b"\x1f\x8b": "is compressed; unpack it first",
    b"\xff\xfe": "is UTF-16; save it as UTF-8",
    b"\xfe\xff": "is UTF-16; save it as UTF-8",
    b"\xd0\xcf\x11\xe0": "is an old spreadsheet file; save the sheet as CSV",
    b"%PDF": "is a PDF",
    b"SQLite format": "is a database",
}
BOM = b"\xef\xbb\xbf"
PIECE = 1024 * 1024


def first_bytes(source: Source) -> bytes:
    """The beginning of the file, without a byte order mark. Raises BadRecord for what is no text at all."""
    with source.path.open("rb") as file:
        start = file.read(64 * 1024)
    for magic, reason in _NOT_TEXT.items():
        if start.startswith(magic):
            raise BadRecord(source.name, reason)
    start = start.removeprefix(BOM)
    if not start.strip():
        raise BadRecord(source.name, "is empty")
    if start[1:2] == b"\0" or start[:1] == b"\0":
        raise BadRecord(source.name, "is UTF-16 without a mark, or no text; save it as UTF-8")
    return start


def read_csv(source: Source, delimiter: str = ",") -> Iterator[tuple[int, list[str]]]:
    """Number of the line where it starts (from 1), and cells; blank lines are left out. Raises BadRecord."""
    line = 0
    try:
        with source.path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file, delimiter=delimiter, strict=True)
            for row in rows:
                first, line = line + 1, rows.line_num
                if row:
                    yield first, row
    except csv.Error as error:
        raise BadRecord(f"{source.name} line {line + 1}", f"is not CSV: {error}") from error
    except UnicodeDecodeError as error:
        raise BadRecord(f"{source.name} after line {line}", "is not UTF-8; save the file as UTF-8") from error


def read_header(source: Source, delimiter: str = ",") -> list[str]:
    """The first row, blanks around the names taken off. Raises BadRecord for a name that is there twice."""
    for line, row in read_csv(source, delimiter):
        names = [cell.strip() for cell in row]
        twice = next((name for name in names if name and names.count(name) > 1), "")
        if twice:
            raise BadRecord(f"{source.name} line {line}", f"the column {twice!r} is there twice")
        return names
    raise BadRecord(source.name, "is empty")


def read_records(source: Source, delimiter: str = ",") -> Iterator[tuple[int, dict[str, str] | str, list[str]]]:
    """Line, column → cell (a sentence where the row does not fit the header) and the row itself, below the header."""
    header = read_header(source, delimiter)
    rows = read_csv(source, delimiter)
    next(rows)
    for line, row in rows:
        if len(row) < len(header) or any(row[len(header) :]):
            yield line, f"has {len(row)} cells, the header has {len(header)}", row
        else:
            yield line, dict(zip(header, row, strict=False)), row


def delimiter_of(start: bytes) -> str:
    """The separator of the header: the most frequent one of comma, semicolon and tab."""
    header = start.split(b"\n", 1)[0].decode("utf-8", "replace")
    return max(",;\t", key=header.count)


def pieces(path: Path) -> Iterator[bytes]:
    """The file in pieces, without a byte order mark."""
    with path.open("rb") as file:
        yield file.read(PIECE).removeprefix(BOM)
        while piece := file.read(PIECE):
            yield piece


def read_lines(source: Source) -> Iterator[tuple[int, bytes | None]]:
    """Number (from 1) and bytes of every line that is not blank; None for one that is too long to hold."""
    for number, line, _ in split_lines(pieces(source.path)):
        if line is None or line.strip():
            yield number, line


def read_objects(source: Source) -> Iterator[tuple[str, JSONObject | str, bytes]]:
    """Place, record (a sentence where it is none) and its JSON text, of JSON Lines and of CSV alike. Raises BadRecord."""
    start = first_bytes(source)
    if start.lstrip().startswith(b"{"):
        for number, line in read_lines(source):
            place = f"line {number}"
            try:
                record = read_object(line, place)
                yield place, record, json.dumps(record, default=str).encode()
            except BadRecord as error:
                yield place, error.reason, line or b""
        return
    for number, cells, row in read_records(source, delimiter_of(start)):
        body = json.dumps(row if isinstance(cells, str) else cells).encode()
        yield f"line {number}", cells if isinstance(cells, str) else {**cells}, body
