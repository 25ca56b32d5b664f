"""A second process that reads a vendor's answers while this one stores: two processors instead of one.

Reading is Python from end to end, and Python runs on one processor at a time. The process imports the pure half only,
ends by itself when its pipe does (so also when we are killed), and holds no key and no connection.
"""

import marshal
import os
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from multiprocessing.connection import Connection
from threading import Lock
from types import TracebackType

from batches.errors import BadRecord
from batches.sync.jsontext import NotJSON
from batches.sync.records import BatchRecord, Chunk, EventRecord, ItemListing
from batches.sync.vendors.nomadic_items import read_answer

WORTHWHILE = 300  # items; starting a process takes as long as reading about that many
PLAIN = 2  # marshal's format that does not look for values in common


class Reader:
    """`read` does what `read_answer` does, in a process of its own; safe to use from several threads."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
        self._pipe = Connection(ours.detach())
        self._turn = Lock()

    def __enter__(self) -> "Reader":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        """Also in the middle of an answer."""
        self._process.kill()
        self._process.wait()
        self._pipe.close()

    def read(
        self, body: bytes, max_depth: int, batch: BatchRecord, listings: Sequence[ItemListing], known: Mapping[str, str]
    ) -> Chunk:
        """Raises what `read_answer` raises, and EOFError or OSError where the process is no more."""
        mine = {line.external_id: known[line.external_id] for line in listings if line.external_id in known}
        with self._turn:
            self._pipe.send((max_depth, batch, listings, mine))
            self._pipe.send_bytes(body)
            answer, *said = self._pipe.recv()
            events = self._pipe.recv_bytes() if isinstance(answer, Chunk) else b""
        if isinstance(answer, Chunk):
            return _with_events(answer, events)
        raise answer(*said)


def _without_events(chunk: Chunk) -> tuple[Chunk, bytes]:
    """The chunk, and its events as plain tuples: marshal is several times faster than pickling named ones."""
    events = [[tuple(event) for event in item.events] for item in chunk.items]
    return replace(chunk, items=tuple(replace(item, events=()) for item in chunk.items)), marshal.dumps(events, PLAIN)


def _with_events(chunk: Chunk, events: bytes) -> Chunk:
    pairs = zip(chunk.items, marshal.loads(events), strict=True)  # noqa: S302 (written by our own process)
    return replace(
        chunk, items=tuple(replace(item, events=tuple(map(EventRecord._make, found))) for item, found in pairs)
    )


def _serve(pipe: Connection) -> None:
    while True:
        try:
            asked = pipe.recv()
            body = pipe.recv_bytes()
        except EOFError:
            return
        try:
            chunk = read_answer(body, *asked)
        except BadRecord as error:
            pipe.send((BadRecord, error.path, error.reason))
        except NotJSON as error:
            pipe.send((NotJSON, str(error)))
        else:
            bare, events = _without_events(chunk)
            pipe.send((bare,))
            pipe.send_bytes(events)


if __name__ == "__main__":
    _serve(Connection(int(sys.argv[1])))
