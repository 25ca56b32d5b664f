"""Reads text files: checks the first bytes, and yields lines with their numbers."""

import re
from collections.abc import Iterator
from pathlib import Path

from batches.errors import BadFile
from batches.sync.files.base import Source
from batches.sync.lines import split_lines

_NOT_TEXT = {  # first bytes → what the file is
    rb"PK\x03\x04": "is a ZIP archive or a spreadsheet file; unpack it, or save the sheet as CSV",
    rb"\x1f\x8b": "is compressed; unpack it first",
    rb"\xd0\xcf\x11\xe0": "is an old spreadsheet file; save the sheet as CSV",
    rb"%PDF": "is a PDF",
    rb"SQLite format": "is a database",
    rb"PAR1": "is a Parquet file; save the table as CSV",
    rb"\x89PNG|\xff\xd8\xff|GIF8|RIFF....WEBP": "is a picture; import a file of results",
    rb"\0\0..ftyp|RIFF....AVI |\x1a\x45\xdf\xa3": "is a video; import a file of results",
}
BOM = b"\xef\xbb\xbf"
PIECE_BYTES = 1024 * 1024


def first_bytes(source: Source) -> bytes:
    """The first 64 KB of the file in UTF-8, without a byte order mark. Raises BadRecord if the file is not text."""
    start = _start(source).removeprefix(BOM)
    if not start.strip():
        raise BadFile(source.name, "is empty")
    if start[1:2] == b"\0" or start[:1] == b"\0":
        raise BadFile(source.name, "is not text")
    return start


def check_text(source: Source) -> None:
    """Raises BadRecord if the file is of a kind that is not text."""
    start = _start(source)
    for magic, reason in _NOT_TEXT.items():
        if re.match(magic, start, re.DOTALL):
            raise BadFile(source.name, reason)


def _start(source: Source) -> bytes:
    with source.path.open("rb") as file:
        return file.read(64 * 1024)


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
