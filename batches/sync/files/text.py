"""Reads text files: checks the first bytes, and yields rows or lines with their line numbers."""

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
PIECE_BYTES = 1024 * 1024


def first_bytes(source: Source) -> bytes:
    """The first 64 KB of the file, without a byte order mark. Raises BadRecord if the file is not text."""
    with source.path.open("rb") as file:
        start = file.read(64 * 1024)
    for magic, reason in _NOT_TEXT.items():
        if start.startswith(magic):
            raise BadRecord(source.name, reason)
    start = start.removeprefix(BOM)
    if not start.strip():
        raise BadRecord(source.name, "is empty")
    if start[1:2] == b"\0" or start[:1] == b"\0":
        raise BadRecord(source.name, "is not text, or is UTF-16 without a byte order mark; save it as UTF-8")
    return start


def read_csv(source: Source, delimiter: str = ",") -> Iterator[tuple[int, list[str]]]:
    """Yield each row's first line number (from 1) and its cells, without blank lines. Raises BadRecord."""
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
    """The first row, with surrounding spaces removed. Raises BadRecord for a duplicate name."""
    for line, row in read_csv(source, delimiter):
        names = [cell.strip() for cell in row]
        duplicate = next((name for name in names if name and names.count(name) > 1), "")
        if duplicate:
            raise BadRecord(f"{source.name} line {line}", f"has the column {duplicate!r} twice")
        return names
    raise BadRecord(source.name, "is empty")


def read_records(source: Source, delimiter: str = ",") -> Iterator[tuple[int, dict[str, str] | str, list[str]]]:
    """Yield each row below the header: line, column → cell (or a reason if it does not fit the header), and its cells."""
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
    """Yield the file in pieces, without a byte order mark."""
    with path.open("rb") as file:
        yield file.read(PIECE_BYTES).removeprefix(BOM)
        while piece := file.read(PIECE_BYTES):
            yield piece


def read_lines(source: Source) -> Iterator[tuple[int, bytes | None]]:
    """Yield number (from 1) and bytes of every line that is not blank; None for a line that is too long."""
    for number, line, _ in split_lines(pieces(source.path)):
        if line is None or line.strip():
            yield number, line


def read_objects(source: Source) -> Iterator[tuple[str, JSONObject | str, bytes]]:
    """Yield location, record (or why it is unreadable) and JSON text of each row, from JSON Lines or CSV. Raises BadRecord."""
    start = first_bytes(source)
    if start.lstrip().startswith(b"{"):
        for number, line in read_lines(source):
            location = f"line {number}"
            try:
                record = read_object(line, location)
                yield location, record, json.dumps(record, default=str).encode()
            except BadRecord as error:
                yield location, error.reason, line or b""
        return
    for number, cells, row in read_records(source, delimiter_of(start)):
        body = json.dumps(row if isinstance(cells, str) else cells).encode()
        yield f"line {number}", cells if isinstance(cells, str) else {**cells}, body
