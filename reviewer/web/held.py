"""A client's connection that holds what the client does not read yet, so that no thread waits for a slow reader.

The event loop sends the rest (reviewer/web/server.py). Only a response that is made while it is sent makes its thread
wait, once HELD_BYTES of it are held.
"""

import errno
import os
import select
import socket
import time
from collections import deque
from contextlib import suppress
from typing import Any

HELD_BYTES = 1024 * 1024
FILE_BYTES = 16 * 1024 * 1024
STALL_SECONDS = 30.0  # without any progress, of a large body or of a response
PACE_BYTES = 64 * 1024  # the least that a client reads in STALL_SECONDS of a response whose thread waits for it
_AHEAD_BYTES = 128 * 1024  # what the system takes ahead of a slow reader: with more of it a steady one looks stalled
_PIECE_BYTES = 64 * 1024


class ClientSocket(socket.socket):
    """`sendall` returns at once. The file descriptor must not block."""

    def __init__(self, accepted: socket.socket) -> None:
        super().__init__(fileno=accepted.detach())
        self.held: deque[memoryview] = deque()
        self.held_bytes = 0
        with suppress(OSError):  # no TCP, or no Linux
            self.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, _AHEAD_BYTES)

    def sendall(self, data: Any, flags: int = 0) -> None:
        if self.held_bytes > HELD_BYTES:
            self._wait()
        self.held.append(memoryview(data))
        self.held_bytes += len(data)
        self.send_held()

    def sendfile(self, file: Any, offset: int = 0, count: int | None = None) -> int:
        """A static file is held like a page. Only a file that is larger than those makes its thread wait."""
        file.seek(offset)
        left = count if count is not None else os.fstat(file.fileno()).st_size - offset
        sent = 0
        size = left if left <= FILE_BYTES else _PIECE_BYTES
        while left > sent and (piece := file.read(min(left - sent, size))):
            self.sendall(piece)
            sent += len(piece)
        return sent

    def send_held(self) -> bool:
        """Send what the client takes now. Whether nothing is left."""
        while self.held:
            try:
                sent = os.write(self.fileno(), self.held[0])
            except BlockingIOError:
                return False
            self.held_bytes -= sent
            if sent < len(self.held[0]):
                self.held[0] = self.held[0][sent:]
            else:
                self.held.popleft()
        return True

    def close(self) -> None:
        self._discard()
        super().close()

    def _wait(self) -> None:
        """Let the client read until less is held. Raises ConnectionResetError if it does not."""
        writable = select.poll()
        writable.register(self, select.POLLOUT)
        while self.held_bytes > HELD_BYTES:
            goal = max(HELD_BYTES, self.held_bytes - PACE_BYTES)
            deadline = time.monotonic() + STALL_SECONDS
            while self.held_bytes > goal:
                seconds = deadline - time.monotonic()
                if seconds <= 0 or not writable.poll(seconds * 1000):
                    self._discard()
                    raise ConnectionResetError(errno.ECONNRESET, "The client does not read its response.")
                self.send_held()

    def _discard(self) -> None:
        self.held.clear()
        self.held_bytes = 0
