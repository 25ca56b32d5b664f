"""A multipart/form-data body of known length that is sent piece by piece, so that files of any size take no memory."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from threading import Event
from uuid import uuid4

from batches.errors import VendorRefused

PIECE_BYTES = 256 * 1024


class Stopped(Exception):
    """The sender gave up in the middle of a body."""


@dataclass(frozen=True, slots=True)
class FilePart:
    """A file of `size` bytes; `pieces` reads it from its beginning."""

    field: str
    name: str
    content_type: str
    size: int
    pieces: Callable[[], Iterator[bytes]]


class MultipartBody:
    """What `requests` sends as a stream. With `gated` the last bytes wait for `finish`, without which no server can
    take the body for whole; until then it is certain that the request has no effect.
    """

    def __init__(self, fields: Mapping[str, str], files: Sequence[FilePart], *, gated: bool = False) -> None:
        boundary = uuid4().hex
        self.content_type = f"multipart/form-data; boundary={boundary}"
        self._head = b"".join(
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in fields.items()
        )
        self._files = [(_file_head(boundary, part), part) for part in files]
        self._tail = f"--{boundary}--\r\n".encode()
        self._length = len(self._head) + len(self._tail)
        self._length += sum(len(head) + part.size + len(b"\r\n") for head, part in self._files)
        self.gated = gated
        self.at_gate, self.changed = Event(), Event()
        self.finished = False  # whether the last bytes may have gone
        self._gate, self._stop = Event(), False
        self.rewind()

    def rewind(self) -> None:
        """Begin again, for another try."""
        self.sent = 0  # bytes of all parts
        self._pieces = self._all()

    def finish(self) -> None:
        """Let the last bytes go."""
        self.finished = True
        self._gate.set()

    def stop(self) -> None:
        """Send nothing more: the connection breaks off."""
        self._stop = True
        self._gate.set()

    def read(self, size: int = -1) -> bytes:
        """The next piece, of any length; "" at the end."""
        piece = next(self._pieces, b"")
        if self._stop:
            raise Stopped
        return piece

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.read, b"")

    def _all(self) -> Iterator[bytes]:
        yield self._head
        for head, part in self._files:
            yield head
            size = 0
            for piece in part.pieces():
                size += len(piece)
                yield piece
                self.sent += len(piece)
            if size != part.size:
                raise VendorRefused(f"{part.name} has changed: it has {size:,} bytes instead of {part.size:,}.")
            yield b"\r\n"
        if self.gated:
            self.at_gate.set()
            self.changed.set()
            self._gate.wait()
        yield self._tail


def _file_head(boundary: str, part: FilePart) -> bytes:
    name = part.name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
    disposition = f'Content-Disposition: form-data; name="{part.field}"; filename="{name}"'
    return f"--{boundary}\r\n{disposition}\r\nContent-Type: {part.content_type}\r\n\r\n".encode("utf-8", "replace")
