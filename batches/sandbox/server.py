"""The stand-in as a real HTTP server on loopback: threads, keep-alive, faults on request."""

import json
import os
import socket
import struct
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, BinaryIO, NamedTuple, cast

from batches.sandbox import media, twelvelabs, wickson
from batches.sandbox.faults import CUT, RETRY_AFTER, SERVER_ERRORS, UNSUCCESSFUL, Faults, retry_after
from batches.sandbox.forms import Form, boundary_of, read_form
from batches.sandbox.nomadic import NomadicApi
from batches.sandbox.signing import Signer
from batches.sandbox.state import State
from batches.sandbox.wire import Answer, Request
from batches.sandbox.world import ACCOUNTS, DEMO_KEY, Batch, World

BODY_LIMIT = 4_000_000  # bytes a caller may send
CUT_BYTES = 64 * 1024  # read of a form before the fault "cut"
MULTIPART_LIMIT = 20_000_000_000  # bytes of a multipart form, which is read piece by piece
HTML = b"<!doctype html><html><body><h1>Welcome</h1><p>Please sign in to the network.</p></body></html>"


class Call(NamedTuple):
    """One request as it came in, faults included."""

    method: str
    path: str  # with query
    headers: Message
    body: bytes
    multipart: Form | None = None


class Sandbox:
    """Serves `world` (a World or a plain dict of batches) from construction to `close()`.

    `port` 0 takes a free one, `listener` is the number of a listening socket instead; `fast_forward` skips that many
    seconds of what unfolds over time.
    """

    def __init__(
        self,
        world: World | Mapping[str, Batch],
        *,
        faults: Faults | None = None,
        port: int = 0,
        listener: int | None = None,
        fast_forward: float = 0.0,
    ) -> None:
        self.key = DEMO_KEY
        self.faults = faults or Faults()
        self.calls: list[Call] = []
        self._http = _Server(port, listener)
        self._http.sandbox = self
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        self.state = State(world if isinstance(world, World) else World(world), self.url, fast_forward=fast_forward)
        self._signer = Signer()
        self._api = NomadicApi(self.state, self._signer, ACCOUNTS, self.url)
        self.twelvelabs = twelvelabs.TwelveLabsApi(
            self.state.world.twelvelabs,
            ACCOUNTS,
            self.state.now,
            self.state.world.assets,
            self.url,
            self.state.world.describe,
        )
        self.wickson = wickson.WicksonApi(self.state.world.wickson, ACCOUNTS, self.state.now)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.1,), name="sandbox", daemon=True)
        self._thread.start()

    def __enter__(self) -> "Sandbox":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Stops listening and hangs up on everybody."""
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def answer(self, request: Request) -> Answer:
        if request.path.startswith("/media/"):
            return media.serve(request, self.state, self._signer)
        if request.path.startswith(twelvelabs.PREFIX):
            return self.twelvelabs(request)
        if request.path.startswith(wickson.PREFIX):
            return self.wickson(request)
        return self._api(request)


class _Server(ThreadingHTTPServer):
    sandbox: Sandbox
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, port: int, listener: int | None) -> None:
        self._open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), _Handler, bind_and_activate=listener is None)
        if listener is not None:
            self.socket.close()
            self.socket = socket.socket(fileno=os.dup(listener))
            self.server_port = self.socket.getsockname()[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        super().server_close()
        for connection in list(self._open):
            self.shutdown_request(connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Quiet where the other side, or our own closing, broke the connection; a mistake of ours is printed."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "sandbox"
    sys_version = ""
    timeout = 75  # seconds an idle connection is kept
    disable_nagle_algorithm = True
    wbufsize = -1

    def _serve(self) -> None:
        sandbox = cast(_Server, self.server).sandbox
        length = self.headers.get("Content-Length", "0")
        boundary = boundary_of(self.headers.get("Content-Type", ""))
        limit = MULTIPART_LIMIT if boundary else BODY_LIMIT
        if "Transfer-Encoding" in self.headers or not length.isdigit() or int(length[:12]) > limit:
            self.close_connection = True
            self._send(Answer(411, b'{"detail": "A Content-Length of at most 4 MB is required"}'))
            return
        form = None
        body = b"" if boundary else self.rfile.read(int(length))
        kind = sandbox.faults.pick(self.command, self.path.partition("?")[0], body)
        if boundary and kind == CUT:
            self.rfile.read(min(CUT_BYTES, int(length) // 2))
            self._reset()
            return
        try:
            form = read_form(cast(BinaryIO, self.rfile), int(length), boundary) if boundary else None
        except (EOFError, ValueError):
            self.close_connection = True
            return
        if not boundary and len(body) < int(length):  # its sender ended half-way
            self.close_connection = True
            return
        sandbox.calls.append(Call(self.command, self.path, self.headers, body, form))
        if kind == "slow":
            time.sleep(sandbox.faults.delay_s)
        answer = _broken(kind, self.path)
        if kind == "reset":
            self._reset()
        elif answer is None:
            request = Request.read(self.command, self.path, self.headers, body, drop=kind == "dropped", multipart=form)
            answer = sandbox.answer(request)
        if answer is not None:
            self._send(answer, cut=kind == "truncated")

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _serve

    def _send(self, answer: Answer, *, cut: bool = False) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if cut or self.close_connection:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body[: len(answer.body) // 2] if cut else answer.body)

    def _reset(self) -> None:
        """Ends the connection the hard way: the caller sees "connection reset by peer"."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Silent: what was called is in `Sandbox.calls`."""


def _broken(kind: str | None, path: str) -> Answer | None:
    """The answer that takes the place of the true one, None where the true one is given."""
    if kind in RETRY_AFTER:
        after = retry_after(kind)
        answer = _refusal(429, "Rate limit exceeded", path)
        return answer if after is None else replace(answer, headers={"Retry-After": after})
    if kind == UNSUCCESSFUL:
        return wickson.refuse(500, "processing_error", "Failed to retrieve: Database error", sent_as=200)
    if kind in ("503", "504") and path.startswith(twelvelabs.PREFIX):
        return _refusal(int(kind), "The service is busy", path)
    if kind in SERVER_ERRORS:
        body = f"<html><head><title>{kind}</title></head><body>upstream error</body></html>".encode()
        return Answer(int(kind), body, content_type="text/html")
    return Answer(200, HTML, content_type="text/html") if kind == "html" else None


def _refusal(status: int, message: str, path: str) -> Answer:
    """An error as the vendor behind this path writes it."""
    if path.startswith(twelvelabs.PREFIX):
        return twelvelabs.refuse(status, "too_many_requests" if status == 429 else "unavailable", message)
    if path.startswith(wickson.PREFIX):
        return wickson.refuse(status, "rate_limit_error", message)
    return Answer(status, json.dumps({"detail": message}).encode())
