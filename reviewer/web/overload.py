"""More requests than the threads of a web process can take: none waits long, and what is refused was not begun."""

import json
import re
import time
from collections import deque
from concurrent.futures import Future

QUEUE_SECONDS = 2.0  # that a request waits for a thread
QUEUE_LENGTH = 200  # requests of one process
RETRY_AFTER = 3  # seconds
WHY = "The server is busy. Nothing was changed. Try again in a few seconds."

PROBES = (b"/healthz", b"/readyz")
_PROBE = re.compile(rb"(?:GET|HEAD) (" + b"|".join(PROBES) + rb")[ ?]")
_SCRIPT = re.compile(
    rb"\S+ /(?:api|v1|v1\.3)/|[^\n]*\n(?:[^\r\n]+\r\n)*?accept:[^\r\n]*application/json", re.IGNORECASE
)
_HEAD = (
    "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: {seconds}\r\nCache-Control: no-store\r\n"
    "X-Content-Type-Options: nosniff\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n"
)


def probe_of(request: bytes | bytearray) -> bytes:
    """What a supervisor asks, which is answered however busy the process is; empty for any other request."""
    probe = _PROBE.match(request)
    return probe[1] if probe else b""


def busy(request: bytes) -> bytes:
    """The whole response for a request that is refused: JSON for a script or a fetch, else one line."""
    if _SCRIPT.match(request):
        kind, body = "application/json", json.dumps({"error": WHY, "detail": WHY})
    else:
        kind, body = "text/plain; charset=utf-8", WHY
    return (_HEAD.format(seconds=RETRY_AFTER, kind=kind, length=len(body)) + body).encode()


class Queue:
    """The requests that wait for a thread, oldest first. Threads take them in this order."""

    def __init__(self) -> None:
        self.waiting: deque[tuple[float, Future[bool]]] = deque()

    def add(self, request: Future[bool]) -> None:
        self.waiting.append((time.monotonic(), request))

    def is_full(self) -> bool:
        self._forget_begun()
        return len(self.waiting) >= QUEUE_LENGTH

    def cancel_late(self) -> None:
        """Cancel what waits too long. A request that a thread has begun cannot be canceled."""
        self._forget_begun()
        latest = time.monotonic() - QUEUE_SECONDS
        while self.waiting and self.waiting[0][0] <= latest:
            self.waiting.popleft()[1].cancel()

    def _forget_begun(self) -> None:
        while self.waiting and (self.waiting[0][1].running() or self.waiting[0][1].done()):
            self.waiting.popleft()
