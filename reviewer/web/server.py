"""The web process: a request reaches a thread only once it has arrived, and its thread is free once the response is
made, so slow clients hold memory, never a thread. One that would wait long for a thread is refused: 503 with
Retry-After.

gunicorn's own threads read from the socket and write to it themselves, and as many half-sent requests, or responses
that nobody reads, as there are threads stop it.
"""

import logging
import re
import selectors
import socket
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from gunicorn.errors import ConfigError
from gunicorn.glogging import Logger
from gunicorn.workers.gthread import TConn, ThreadWorker

from reviewer.web import held
from reviewer.web.held import ClientSocket
from reviewer.web.log_filters import Redacted
from reviewer.web.overload import PROBES, Queue, busy, probe_of
from reviewer.web.serving import BODY_BYTES

READ_SECONDS = 15.0  # for the head, with the body where that is small
LINGER_SECONDS = 2.0  # for the client to read the last response, where it still sends
HEAD_BYTES = 32 * 1024
# Connections of one process that are in no thread; of each kind the oldest goes first. Together with those in threads
# and in the queue they are fewer than `worker_connections`, so that new ones are always accepted.
MAX_ARRIVING, MAX_IDLE, MAX_LEAVING = 300, 200, 150
MAX_LEAVING_BYTES = 64 * 1024 * 1024  # of all responses that wait for their readers
TOO_LONG = b"431 Request Header Fields Too Large"
NO_LENGTH = b"411 Length Required"  # Django reads no body without its length, and would act on an empty one

_CHUNKED = re.compile(rb"\r\ntransfer-encoding:", re.IGNORECASE)
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,18})[ \t]*\r\n", re.IGNORECASE)


def has_arrived(received: bytes | bytearray) -> bool:
    """Whether the head is whole, and with it a body that is small."""
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return False
    length = _LENGTH.search(received, 0, end + 2)
    body = int(length[1]) if length else 0
    return body > BODY_BYTES or len(received) - end - 4 >= body


@dataclass(slots=True)
class Arrival:
    """What a connection has sent of its next request, and until when it may; `closing` after its last response."""

    deadline: float
    received: bytearray = field(default_factory=bytearray)
    closing: bool = False


@dataclass(slots=True)
class Departure:
    """A response that was made and is not read yet: until when its client must read more of it."""

    deadline: float
    handled: "Future[bool]"


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.arriving: dict[TConn, Arrival] = {}  # in the order of their beginning
        self.leaving: dict[TConn, Departure] = {}  # as well
        self.queue = Queue()
        # One thread each, started with its first request: whether the process lives is said while `/readyz` waits.
        self.probes = {probe: ThreadPoolExecutor(1) for probe in PROBES}

    @classmethod
    def check_config(cls, cfg: Any, log: Any) -> None:
        if cfg.is_ssl:
            raise ConfigError("TLS ends at a proxy in front of this server (README: Production).")
        super().check_config(cfg, log)

    def accept(self, listener: socket.socket) -> None:
        try:
            client, address = listener.accept()
        except OSError:
            return  # gone already, or no file is free for it: it waits in the listener's queue
        self.nr_conns += 1
        self.gather(TConn(self.cfg, ClientSocket(client), address, listener.getsockname()))

    def on_client_socket_readable(self, conn: TConn, client: socket.socket) -> None:
        """The next request on a connection that was kept."""
        if conn not in self.keepalived_conns:
            return  # closed while the same round of events was handled
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        self.gather(conn)

    def gather(self, conn: TConn, received: bytes = b"") -> None:
        """Wait for the rest of a request without a thread."""
        seconds = READ_SECONDS if self.alive else LINGER_SECONDS
        arrival = Arrival(time.monotonic() + seconds, bytearray(received))
        self._watch(conn, arrival)
        self._look(conn, arrival.received)

    def _watch(self, conn: TConn, arrival: Arrival) -> None:
        if len(self.arriving) >= MAX_ARRIVING:
            self.drop(next(iter(self.arriving)))
        conn.sock.setblocking(False)
        self.arriving[conn] = arrival
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self.on_arrival, conn))

    def on_arrival(self, conn: TConn, client: socket.socket) -> None:
        arrival = self.arriving.get(conn)
        if arrival is None:
            return  # dropped while the same round of events was handled
        try:
            data = client.recv(BODY_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        arrival.received += data
        if not data or (arrival.closing and len(arrival.received) > BODY_BYTES):
            self.drop(conn)
        elif not arrival.closing:
            self._look(conn, arrival.received)

    def _look(self, conn: TConn, received: bytearray) -> None:
        end = received.find(b"\r\n\r\n")
        if end > HEAD_BYTES or (end < 0 and len(received) > HEAD_BYTES):
            self.refuse(conn, TOO_LONG)
        elif _CHUNKED.search(received, 0, end + 2):
            self.refuse(conn, NO_LENGTH)
        elif has_arrived(received):
            self.dispatch(conn)

    def dispatch(self, conn: TConn) -> None:
        """Give a request that has arrived to a thread, unless too many wait already."""
        request = bytes(self._forget(conn).received)
        conn.init()
        conn.parser.unreader.unread(request)
        if probe := probe_of(request):
            self._submit(conn, self.probes[probe])
        elif self.queue.is_full():
            self._answer(conn, busy(request))
        else:
            self.queue.add(self._submit(conn, self.tpool))

    def _submit(self, conn: TConn, pool: ThreadPoolExecutor) -> "Future[bool]":
        handled = pool.submit(self.handle, conn)
        handled.add_done_callback(lambda future: self.method_queue.defer(self.finish_request, conn, future))
        return handled

    def refuse(self, conn: TConn, status: bytes) -> None:
        self._forget(conn)
        self._answer(conn, b"HTTP/1.1 " + status + b"\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")

    def _answer(self, conn: TConn, response: bytes) -> None:
        """Send a short response from the event loop, which never waits, and close."""
        with suppress(OSError):  # a client that is gone or does not read
            conn.sock.send(response, socket.MSG_DONTWAIT)
        self.linger(conn)

    def _forget(self, conn: TConn) -> Arrival:
        self.poller.unregister(conn.sock)
        return self.arriving.pop(conn)

    def drop(self, conn: TConn) -> None:
        self._forget(conn)
        self._close(conn)

    def _close(self, conn: TConn) -> None:
        self.nr_conns -= 1
        conn.close()

    def handle_request(self, req: Any, conn: TConn) -> bool:
        conn.sock.settimeout(held.STALL_SECONDS)
        if int(dict(req.headers).get("CONTENT-LENGTH", 0)) > BODY_BYTES:
            req.force_close()  # a refusal leaves it unread: no proxy keeps the connection for somebody else's request
        return bool(super().handle_request(req, conn))

    def _keepalive_after(self, conn: TConn, keepalive: bool) -> bool:
        """A body that nobody read and that has not arrived ends the connection: no thread waits for it."""
        return keepalive and bool(conn.parser.finish_body(deadline=time.monotonic() + 0.05))

    def finish_request(self, conn: TConn, fs: "Future[bool]") -> None:
        """After a response: send what is held of it, then wait for the next request or say goodbye. Waits for nobody
        in the event loop.
        """
        if fs.cancelled():
            self._answer(conn, busy(conn.parser.unreader.take_buffered()))
        elif conn.sock.held:
            self.send_later(conn, fs)
        elif fs.exception() or not fs.result():
            self.linger(conn)
        elif ahead := conn.parser.unreader.take_buffered():
            self.gather(conn, ahead)
        else:
            super().finish_request(conn, fs)
            while len(self.keepalived_conns) > MAX_IDLE:
                self._close_idle(self.keepalived_conns.popleft())

    def _close_idle(self, conn: TConn) -> None:
        self.poller.unregister(conn.sock)
        self._close(conn)

    def send_later(self, conn: TConn, handled: "Future[bool]") -> None:
        """Send the rest of a response as its client reads it, without a thread."""
        conn.sock.setblocking(False)
        self.leaving[conn] = Departure(time.monotonic() + held.STALL_SECONDS, handled)
        self.poller.register(conn.sock, selectors.EVENT_WRITE, partial(self.on_writable, conn))
        while len(self.leaving) > MAX_LEAVING or self._holds_too_much():
            self._cut_off(next(iter(self.leaving)))

    def _holds_too_much(self) -> bool:
        """A single response may be of any size: it was in memory before."""
        return len(self.leaving) > 1 and sum(conn.sock.held_bytes for conn in self.leaving) > MAX_LEAVING_BYTES

    def on_writable(self, conn: TConn, client: ClientSocket) -> None:
        departure = self.leaving.get(conn)
        if departure is None:
            return  # cut off while the same round of events was handled
        try:
            is_sent = client.send_held()
        except OSError:
            self._cut_off(conn)
            return
        departure.deadline = time.monotonic() + held.STALL_SECONDS
        if is_sent:
            self.poller.unregister(client)
            del self.leaving[conn]
            self.finish_request(conn, departure.handled)

    def _cut_off(self, conn: TConn) -> None:
        """Close before the response is read, so that its client sees that it is not whole."""
        del self.leaving[conn]
        self._close_idle(conn)

    def linger(self, conn: TConn) -> None:
        """Close once the client has read its response: what it still sends would else reset the connection."""
        try:
            conn.sock.shutdown(socket.SHUT_WR)
            self._watch(conn, Arrival(time.monotonic() + LINGER_SECONDS, closing=True))
        except (OSError, ValueError):
            self._close(conn)

    def murder_pending(self) -> None:
        """Close the connections whose time is over, and refuse the requests that wait too long."""
        self.queue.cancel_late()
        now = time.monotonic()
        for conn, arrival in list(self.arriving.items()):
            if arrival.deadline <= now:
                self.drop(conn)
        for conn, departure in list(self.leaving.items()):
            if departure.deadline <= now:
                self._cut_off(conn)

    def _cap_keepalive(self, deadline: float) -> None:
        """A stopping process waits this long for connections that are in no thread."""
        super()._cap_keepalive(deadline)
        for arrival in self.arriving.values():
            arrival.deadline = min(arrival.deadline, deadline)


class Log(Logger):  # type: ignore[misc]
    """gunicorn's own lines quote what was requested: they leave out secrets as all others do."""

    def _set_handler(self, log: logging.Logger, output: Any, fmt: logging.Formatter, stream: Any = None) -> None:
        super()._set_handler(log, output, Redacted(fmt._fmt, fmt.datefmt), stream)
