"""Multipart forms, read piece by piece: of a file of any size only its head and its size are kept."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

PIECE_BYTES = 256 * 1024
KEPT_BYTES = 64 * 1024  # of each part


@dataclass
class SentFile:
    name: str
    content_type: str
    head: bytes = b""
    size: int = 0


@dataclass
class Form:
    fields: dict[str, str] = field(default_factory=dict)
    files: list[tuple[str, SentFile]] = field(default_factory=list)  # with the names of their fields

    def file(self, name: str) -> SentFile | None:
        return next((file for each, file in self.files if each == name), None)


def boundary_of(content_type: str) -> bytes:
    """The boundary of a multipart form, empty for any other body."""
    match = re.fullmatch(r'multipart/form-data;\s*boundary="?([^";]+)"?', content_type.strip())
    return match[1].encode() if match else b""


def read_form(stream: BinaryIO, length: int, boundary: bytes) -> Form:
    """Raises EOFError if the body ends early, ValueError if it is no such form."""
    body, form = _Body(stream, length), Form()
    b"".join(body.until(b"--" + boundary))
    while (after := body.take(2)) == b"\r\n":
        head = b"".join(body.until(b"\r\n\r\n")).decode()
        name = re.search(r'\bname="([^"]*)"', head)
        if name is None:
            raise ValueError("a part has no name")
        file_name = re.search(r'filename="([^"]*)"', head)
        content_type = re.search(r"(?i)^content-type:\s*(.+?)\s*$", head, re.MULTILINE)
        part = SentFile(file_name[1] if file_name else "", content_type[1] if content_type else "")
        for piece in body.until(b"\r\n--" + boundary):
            part.head += piece[: max(0, KEPT_BYTES - len(part.head))]
            part.size += len(piece)
        if file_name:
            form.files.append((name[1], part))
        else:
            form.fields[name[1]] = part.head.decode()
    if after != b"--":
        raise ValueError("the form does not end")
    b"".join(body.rest())
    return form


class _Body:
    def __init__(self, stream: BinaryIO, length: int) -> None:
        self._stream, self._left, self._ahead = stream, length, b""

    def _read(self) -> bytes:
        piece = self._stream.read(min(PIECE_BYTES, self._left))
        if not piece:
            raise EOFError
        self._left -= len(piece)
        return piece

    def until(self, mark: bytes) -> Iterator[bytes]:
        """What comes before the mark, which is passed over."""
        while (at := self._ahead.find(mark)) < 0:
            keep = max(0, len(self._ahead) - len(mark) + 1)
            piece, self._ahead = self._ahead[:keep], self._ahead[keep:]
            if piece:
                yield piece
            self._ahead += self._read()
        piece, self._ahead = self._ahead[:at], self._ahead[at + len(mark) :]
        if piece:
            yield piece

    def take(self, count: int) -> bytes:
        while len(self._ahead) < count:
            self._ahead += self._read()
        taken, self._ahead = self._ahead[:count], self._ahead[count:]
        return taken

    def rest(self) -> Iterator[bytes]:
        while self._left:
            yield self._read()
