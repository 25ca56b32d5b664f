"""Reads the records of a JSON file of any shape: lines, lists, objects with lists, and lists inside records."""

import json
import mmap
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cached_property
from itertools import islice
from typing import Any, NamedTuple

from batches.errors import BadRecord
from batches.sync.fields import HugeNumber, kind
from batches.sync.files.base import JSONObject, Source, read_object
from batches.sync.files.jsonsplit import end_of_value, split
from batches.sync.files.text import read_lines
from batches.sync.jsontext import NotJSON, parse

SAMPLE_RECORDS, SAMPLE_BYTES, HEAD_BYTES = 200, 16_000_000, 1_000_000
SAMPLE_LINES = 20
MAX_LISTS, MAX_DEPTH, MAX_LEAVES, MAX_INDEX = 20, 6, 1_000, 10
PARENT = "parent"  # the key of the enclosing record's values in a record of its list
MAX_PARENT_TEXT = 2_000

Parts = tuple[str, ...]


class Record(NamedTuple):
    """One record: its location, its values or why it cannot be used, and its JSON text."""

    location: str
    values: JSONObject | str
    body: bytes


class JSONRecords:
    """A JSON file in UTF-8. `path` names the list whose elements are the records, () for the file's own."""

    def __init__(self, source: Source, path: Parts = ()) -> None:
        self.source, self.path = source, path

    @cached_property
    def mode(self) -> str:
        """ "lines", "documents" (several, or a list), or "document"."""
        with self.source.path.open("rb") as file:
            start = file.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip()
        if start.startswith(b"["):
            return "documents"
        lines = [line for _, line in islice(read_lines(self.source), SAMPLE_LINES)]
        are_objects = [_is_object(line, b",") for line in lines]
        if are_objects == [True]:
            return "document"
        if not are_objects[0]:
            try:
                end = end_of_value(self.source)
            except BadRecord:
                if len(lines) > 1 and _is_object(lines[1]):  # only the first of many lines is broken
                    return "lines"
                raise
            return "document" if self._ends_at(end) else "documents"
        edges = {line.rstrip(b"\r\n, ") for line in lines if line}
        if b"{" in edges and b"}" in edges:  # an object over several lines, among those of one line
            return "documents"
        return "lines" if sum(are_objects) >= len(lines) / 2 else "documents"

    def _ends_at(self, end: int) -> bool:
        with self.source.path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            rest = re.compile(rb"[\s,]*+").match(data, end)
            return rest is not None and rest.end() == len(data)

    def at(self, path: Parts) -> "JSONRecords":
        """The records of another list of this file, whose shape is looked at only once."""
        records = JSONRecords(self.source, path)
        records.mode = self.mode
        return records

    def records(self) -> Iterator[Record]:
        """All records, in order. Raises BadRecord if the file is not JSON as a whole."""
        if self.mode == "document" and self.path:
            yield from self._of_document()
            return
        for location, body in self._bodies():
            try:
                document = read_object(body, location)
            except BadRecord as error:
                yield Record(location, error.reason, body or b"")
                continue
            if self.path:
                around = scalars(document, self.path)
                parents = {PARENT: around} if around else {}
                yield from descend(document, self.path, (), location, parents)
            else:
                yield Record(location, document, body or b"")

    def _bodies(self) -> Iterator[tuple[str, bytes | None]]:
        if self.mode == "lines":
            for number, line in read_lines(self.source):
                yield f"line {number}", line.rstrip().removesuffix(b",") if line else None
            return
        for value in split(self.source, frozenset()):
            yield f"record {value.document + 1}", value.body

    def _of_document(self) -> Iterator[Record]:
        """The records of one large document, whose list is read in pieces."""
        around = self._around()
        parents: dict[str, Any] = {PARENT: around} if around else {}
        steps = frozenset(self.path[:length] for length in range(len(self.path) + 1))
        for value in split(self.source, steps):
            depth = len(value.path)
            if value.path != self.path[:depth]:
                continue
            try:
                element = read_object(value.body, value.location)
            except BadRecord as error:
                if value.body != b"null":
                    yield Record(value.location, error.reason, value.body)
                continue
            if depth == len(self.path):
                merged = {**parents, **element}
                yield Record(value.location, merged, _text(merged))
                continue
            inner = parents | {".".join(self.path[:depth]): scalars(element, self.path[depth:])}
            yield from descend(element, self.path[depth:], self.path[:depth], value.location, inner)

    def _around(self) -> JSONObject:
        """The values of the document outside its list."""
        values: JSONObject = {}
        steps = frozenset(self.path[:length] for length in range(len(self.path)))
        for value in split(self.source, steps):
            if value.path in steps or value.path == self.path or len(value.body) > SAMPLE_BYTES:
                continue
            with suppress(NotJSON, BadRecord):
                holder = values
                for key in value.path[:-1]:
                    holder = holder.setdefault(key, {})
                holder[value.path[-1]] = parse(value.body)
        return scalars(values, self.path)

    def first_records(self) -> Iterator[JSONObject]:
        """The first records, from which the mapping is guessed."""
        size = 0
        for record in islice(self.records(), SAMPLE_RECORDS):
            if isinstance(record.values, dict):
                yield record.values
            size += len(record.body)
            if size > SAMPLE_BYTES:
                return

    def lists(self) -> list[Parts]:
        """The paths of lists of objects in the file, the file's own records first."""
        paths: dict[Parts, None] = {}
        for document in self.heads():
            _collect(document, (), paths)
        return ([] if self.mode == "document" else [()]) + list(paths)[:MAX_LISTS]

    def heads(self) -> Iterator[JSONObject]:
        """The first documents, with the first elements of their lists where they are large."""
        if self.mode != "document":
            yield from self.at(()).first_records()
            return
        whole: JSONObject = {}
        for value in split(self.source, frozenset({()})):
            whole[value.path[0] if value.path else ""] = head_of(value.body)
        yield whole


def _is_object(line: bytes | None, suffix: bytes = b"") -> bool:
    try:
        read_object(line.rstrip().removesuffix(suffix) if line else None, "")
    except BadRecord:
        return False
    return True


def head_of(body: bytes) -> Any:
    """The value, or its first elements if it is large; None if it cannot be read."""
    try:
        return parse(body if len(body) <= HEAD_BYTES else _closed(body[:HEAD_BYTES]))
    except (NotJSON, BadRecord):
        return None


_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|[{}\[\],]', re.DOTALL)


def _closed(text: bytes) -> bytes:
    """The beginning of a JSON text, cut after a whole element and with all its brackets closed."""
    stack, cut, closers = bytearray(), 0, b""
    for token in _TOKEN.finditer(text):
        mark = token[0]
        if mark in (b"{", b"["):
            stack += b"}" if mark == b"{" else b"]"
        elif mark in (b"}", b"]"):
            del stack[-1:]
        elif mark == b",":
            cut, closers = token.start(), bytes(reversed(stack))
    return text[:cut] + closers


def _collect(value: Any, path: Parts, paths: dict[Parts, None]) -> None:
    if len(path) > MAX_DEPTH:
        return
    for key, inner in value.items():
        if isinstance(inner, dict):
            _collect(inner, (*path, key), paths)
        elif isinstance(inner, list) and any(isinstance(element, dict) for element in inner[:5]):
            paths[(*path, key)] = None
            for element in inner[:20]:
                if isinstance(element, dict):
                    _collect(element, (*path, key), paths)


def descend(value: Any, path: Parts, done: Parts, location: str, parents: Mapping[str, Any]) -> Iterator[Record]:
    """The records at `path` inside `value`, each with the values of those around it."""
    key, rest = path[0], path[1:]
    inner = value.get(key) if isinstance(value, dict) else None
    reached, inner_location = (*done, key), f"{location} {key}"
    if inner is None:
        return
    if not isinstance(inner, list):
        if rest:
            yield from descend(inner, rest, reached, inner_location, parents)
        else:
            yield Record(inner_location, f"expected a list, got {kind(inner)}", _text(inner))
        return
    for number, element in enumerate(inner):
        where = f"{inner_location} {number}"
        if not isinstance(element, dict):
            yield Record(where, f"expected an object, got {kind(element)}", _text(element))
        elif rest:
            around = {**parents, ".".join(reached): scalars(element, rest)}
            yield from descend(element, rest, reached, where, around)
        else:
            merged = {**parents, **element}
            yield Record(where, merged, _text(merged))


def _text(value: Any) -> bytes:
    return json.dumps(value, default=str).encode()


def scalars(value: JSONObject, without: Parts) -> JSONObject:
    """The values of a record without its lists of objects, for the records inside it."""
    kept: JSONObject = {}
    for key, inner in value.items():
        if isinstance(inner, dict):
            kept[key] = scalars(inner, without[1:] if without[:1] == (key,) else ())
        elif isinstance(inner, list):
            if (
                without[:1] != (key,)
                and len(inner) <= MAX_INDEX
                and not any(isinstance(e, (dict, list)) for e in inner)
            ):
                kept[key] = inner
        elif not (isinstance(inner, str) and len(inner) > MAX_PARENT_TEXT):
            kept[key] = inner
    return kept


def leaves(record: JSONObject) -> list[str]:
    """The dotted paths of all values that a column can name."""
    leaves: list[str] = []
    _walk(record, "", leaves, 0)
    return leaves


def _walk(value: Any, path: str, leaves: list[str], depth: int) -> None:
    if len(leaves) >= MAX_LEAVES or depth > MAX_DEPTH + 2:
        return
    if isinstance(value, dict) and not (value and value.keys() <= {"seconds", "nanos"}):
        for key, inner in value.items():
            if key:
                _walk(inner, f"{path}.{key}" if path else key, leaves, depth + 1)
    elif isinstance(value, list):
        if value and path and not any(isinstance(inner, (dict, list)) for inner in value):
            leaves.append(path)
        for index, inner in enumerate(value[:MAX_INDEX]):
            _walk(inner, f"{path}.{index}", leaves, depth + 1)
    elif path:
        leaves.append(path)


def value_at(record: Any, path: str) -> Any:
    """The value at a dotted path with list indexes; None if there is none. A key with dots is found by its own name."""
    if isinstance(record, dict) and path in record:
        return record[path]
    for at in range(len(path)):
        if path[at] == ".":
            step = _step(record, path[:at])
            if step is not None:
                inner = value_at(step, path[at + 1 :])
                if inner is not None:
                    return inner
    return _step(record, path) if isinstance(record, list) else None


def _step(value: Any, key: str) -> Any:
    if isinstance(value, dict):
        return value.get(key)
    if isinstance(value, list) and key.isascii() and key.isdigit() and int(key) < len(value):
        return value[int(key)]
    return None


def text_of(value: Any) -> str:
    """A value as text: never Python's text of an object. Raises ValueError for an object or a list of them."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return json.dumps(value)
    if isinstance(value, list) and not any(isinstance(inner, (dict, list)) for inner in value):
        return ", ".join(text_of(inner) for inner in value)
    if isinstance(value, HugeNumber):
        raise ValueError(f"expected text, got {value}")
    raise ValueError(f"expected text, got {kind(value)}; choose a value inside it")
