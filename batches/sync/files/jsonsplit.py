"""Splits large JSON files into values by their brackets, in a memory-mapped file, without reading the whole file."""

import mmap
import re
from collections.abc import Collection, Generator, Iterator
from typing import NamedTuple

from batches.errors import BadRecord
from batches.sync.files.base import MAX_RECORD_BYTES, Source

_SPACE = re.compile(rb"[ \t\r\n]*+")
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_SCALAR = re.compile(rb"[^\s,\]}\[{\"]++")
_TEXT = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_LEAF = rf"[\[{{](?:[^\"{{}}\[\]]++|{_TEXT})*+[\]}}]"  # a list or an object without another inside
_FLAT = re.compile(_LEAF.encode(), re.DOTALL)
# Texts, lists and objects without others in a row, a quote that opens a text, brackets.
_MARKS = re.compile(rf'{_TEXT}|(?:{_LEAF}[\s,]*+)++|["{{}}\[\]]'.encode(), re.DOTALL)
_QUOTE, _OPENING = ord('"'), frozenset(b"{[")
MAX_BRACKETS = 2_000_000  # of a record; what it holds would take more memory than a record may
MAX_VALUE_BYTES = 2 * MAX_RECORD_BYTES  # of a text, or of a record with all that is in it
TOO_LONG = f"holds a text of more than {MAX_VALUE_BYTES:,} bytes"
INCOMPLETE = "ends in the middle of a record; the file is incomplete"

Path = tuple[str, ...]


class Value(NamedTuple):
    """One value: its document in the file, its keys, its location and its bytes."""

    document: int
    path: Path
    location: str  # "results 4"
    body: bytes


class _Splitter:
    def __init__(self, data: mmap.mmap, containers: Collection[Path], name: str) -> None:
        self.data, self.containers, self.name = data, containers, name

    def fail(self, at: int, reason: str) -> BadRecord:
        return BadRecord(f"{self.name} byte {at}", reason)

    def skip(self, at: int) -> int:
        match = _SPACE.match(self.data, at)
        return match.end() if match else at

    def end(self, at: int, most: int | None = None) -> int:
        """The end of the value that starts at `at`. Raises BadRecord for one of more than `most` bytes."""
        first = self.data[at : at + 1]
        if first in (b"{", b"["):
            if flat := _FLAT.match(self.data, at, at + (most or MAX_VALUE_BYTES)):
                return flat.end()
            depth = 0
            for count, (offset, mark) in enumerate(self._brackets(at)):
                if most is not None and (offset - at > most or count > MAX_BRACKETS):
                    raise self.fail(at, "holds a record that is too large")
                depth += 1 if mark in _OPENING else -1
                if not depth:
                    return offset + 1
            raise self.fail(len(self.data), INCOMPLETE)
        match = (_STRING if first == b'"' else _SCALAR).match(self.data, at, at + MAX_VALUE_BYTES)
        if not match:
            raise self.fail(at, TOO_LONG if at + MAX_VALUE_BYTES < len(self.data) else "expected a JSON value")
        return match.end()

    def _brackets(self, at: int) -> Iterator[tuple[int, int]]:
        """Place and sign of each bracket outside of texts and of what `_LEAF` is, in pieces, so that little of the file
        is in memory.
        """
        while at < len(self.data):
            rest = stop = at + MAX_VALUE_BYTES
            for mark in _MARKS.finditer(self.data, at, stop):
                start = mark.start()
                if self.data[start] != _QUOTE:
                    if mark.end() == start + 1:
                        yield start, self.data[start]
                elif mark.end() == start + 1:  # a text that does not end in this piece
                    rest = start
                    break
            if rest == at:
                raise self.fail(at, TOO_LONG if stop < len(self.data) else INCOMPLETE)
            at = rest
            if hasattr(mmap, "MADV_DONTNEED") and at < len(self.data):
                self.data.madvise(mmap.MADV_DONTNEED, 0, at - at % mmap.PAGESIZE)

    def body(self, at: int, end: int) -> bytes:
        """The bytes of a value; of one that is too long only so many that `read_object` refuses it."""
        return self.data[at : min(end, at + MAX_RECORD_BYTES + 1)]

    def value(self, at: int, document: int, path: Path, location: str) -> Generator[Value, None, int]:
        """Yield the value at `at`, or its elements if its path is in `containers`. Returns its end."""
        opens = self.data[at : at + 1]
        if path not in self.containers or opens not in (b"{", b"["):
            end = self.end(at, None if path else MAX_VALUE_BYTES)
            yield Value(document, path, location, self.body(at, end))
            return end
        closes, count = (b"}" if opens == b"{" else b"]"), 0
        at = self.skip(at + 1)
        while self.data[at : at + 1] != closes:
            if count:
                if self.data[at : at + 1] != b",":
                    reason = "ends in the middle of a list or object; the file is incomplete"
                    raise self.fail(at, reason if at >= len(self.data) else "expected a comma")
                at = self.skip(at + 1)
            inner, key = path, str(count)
            if opens == b"{":
                key, at = self.key(at)
                inner = (*path, key)
            # An element of a list is yielded whole, never split further.
            label = f"{location} {key}".strip()
            if opens == b"{":
                at = yield from self.value(at, document, inner, label)
            else:
                end = self.end(at, MAX_VALUE_BYTES)
                yield Value(document, path, label, self.body(at, end))
                at = end
            at, count = self.skip(at), count + 1
        return at + 1

    def key(self, at: int) -> tuple[str, int]:
        match = _STRING.match(self.data, at)
        colon = self.skip(match.end()) if match else at
        if not match or self.data[colon : colon + 1] != b":":
            raise self.fail(at, "expected a name and a colon; the file is incomplete or not JSON")
        return match[0][1:-1].decode("utf-8", "replace"), self.skip(colon + 1)


def split(source: Source, containers: Collection[Path]) -> Iterator[Value]:
    """Yield every value inside the objects and lists at `containers`, of one document, several in a row or a list of
    them.

    Raises BadRecord with the byte offset if the brackets do not match.
    """
    with source.path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        splitter = _Splitter(data, containers, source.name)
        at = splitter.skip(3 if data[:3] == b"\xef\xbb\xbf" else 0)
        listed = data[at : at + 1] == b"["
        at, document = splitter.skip(at + 1) if listed else at, 0
        while at < len(data) and not (listed and data[at : at + 1] == b"]"):
            if listed and document:
                if data[at : at + 1] != b",":
                    raise splitter.fail(at, "expected a comma")
                at = splitter.skip(at + 1)
            at = yield from splitter.value(at, document, (), f"document {document}" if document else "")
            at, document = splitter.skip(at), document + 1
            if not listed and data[at : at + 1] == b",":  # documents of a list without its brackets
                at = splitter.skip(at + 1)
        if listed and at >= len(data):
            raise splitter.fail(at, "ends in the middle of a list; the file is incomplete")
        if listed and splitter.skip(at + 1) < len(data):
            raise splitter.fail(at + 1, "has more data after the end of the list")


def end_of_value(source: Source) -> int:
    """The position behind the first value of the file. Raises BadRecord if the file ends before it."""
    with source.path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        splitter = _Splitter(data, frozenset(), source.name)
        return splitter.end(splitter.skip(3 if data[:3] == b"\xef\xbb\xbf" else 0))
