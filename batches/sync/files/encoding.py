"""Finds the encoding of a text file, and gives a copy in UTF-8 where it has another one."""

import codecs
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import NamedTemporaryFile

from batches.errors import BadFile
from batches.sync.files.base import Source
from batches.sync.files.text import check_text

PIECE_BYTES = 1024 * 1024
ENCODINGS = {"utf-8": "UTF-8", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16", "cp1252": "Windows-1252"}
CHOICES = {"utf-8": "UTF-8", "utf-16": "UTF-16", "cp1252": "Windows-1252"}
# A letter of more than one byte in UTF-8. A file that has some is UTF-8, even if other bytes of it are broken.
_UTF8_LETTER = re.compile(rb"[\xc3-\xdf][\x80-\xbf](?![\x80-\xbf])|[\xe1-\xef][\x80-\xbf]{2}(?![\x80-\xbf])")


@contextmanager
def as_utf8(source: Source) -> Iterator[Source]:
    """The source, or a temporary copy of it in UTF-8. Raises BadRecord for other files than text, and if the chosen
    encoding does not fit."""
    check_text(source)
    encoding = _chosen(source) or encoding_of(source.path)
    if encoding == "utf-8":
        yield replace(source, encoding=encoding)
        return
    with NamedTemporaryFile(prefix="import-", suffix=".utf8") as copy:
        for piece in _decoded(source, encoding):
            copy.write(piece.encode("utf-8", "replace"))
        copy.flush()
        yield replace(source, path=Path(copy.name), encoding=encoding)


def _chosen(source: Source) -> str:
    encoding = source.options.get("encoding", "")
    if encoding != "utf-16":
        return encoding
    start = _start(source.path)
    return _utf16(start) or "utf-16-le"


def encoding_of(path: Path) -> str:
    """A key of ENCODINGS, by a byte order mark or by all bytes of the file."""
    if utf16 := _utf16(_start(path)):
        return utf16
    decoder = codecs.getincrementaldecoder("utf-8")()
    letters = False
    for piece in _pieces(path):
        letters = letters or (not piece.isascii() and bool(_UTF8_LETTER.search(piece)))
        try:
            decoder.decode(piece)
        except UnicodeDecodeError:
            break
    else:
        return "utf-8"
    # Broken bytes in a file that is UTF-8 otherwise cost their records only.
    return "utf-8" if letters or not _is_windows(path) else "cp1252"


def _utf16(start: bytes) -> str:
    if start.startswith(codecs.BOM_UTF16_LE):
        return "utf-16-le"
    if start.startswith(codecs.BOM_UTF16_BE):
        return "utf-16-be"
    evens, odds = start[::2].count(0), start[1::2].count(0)
    if max(evens, odds) > 0.3 * len(start) / 2 and min(evens, odds) < 0.05 * len(start) / 2:
        return "utf-16-le" if odds > evens else "utf-16-be"
    return ""


def _is_windows(path: Path) -> bool:
    """Whether all bytes are letters of Windows-1252, and none of the file's letters is one of UTF-8."""
    unused = re.compile(rb"[\x00-\x08\x0e-\x1f\x81\x8d\x8f\x90\x9d]")
    return not any(unused.search(piece) or _UTF8_LETTER.search(piece) for piece in _pieces(path))


def _decoded(source: Source, encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for piece in _pieces(source.path):
            yield decoder.decode(piece).removeprefix("\ufeff")
        yield decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise BadFile(source.name, f"is not {ENCODINGS[encoding]}; choose another encoding") from error


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4096)


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            yield piece
