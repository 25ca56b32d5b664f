"""A web process with more requests than threads: 503 with Retry-After instead of a long wait."""

import json
import re
import socket
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from select import select

import pytest

from reviewer.web import overload
from reviewer.web.overload import Queue, busy, probe_of
from tests.reviewer.web.plain_server import HEALTH, answer, served

THREADS = 4


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with served() as (port, _):
        yield port


def get(path: str, *headers: str) -> bytes:
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: a", "Connection: close", *headers, "", ""]).encode()


def sent(stack: ExitStack, port: int, request: bytes) -> socket.socket:
    client = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10))
    client.sendall(request)
    return client


def begun(client: socket.socket) -> None:
    """Wait until a thread has the request."""
    text = b""
    while b"begun " not in text:
        part = client.recv(65536)
        assert part, text
        text += part


def received(client: socket.socket) -> bytes:
    return b"".join(iter(lambda: client.recv(65536), b""))


def test_what_waits_is_refused_and_what_was_begun_is_answered(port: int) -> None:
    with ExitStack() as stack:
        held = [sent(stack, port, get("/hold")) for _ in range(THREADS)]
        for client in held:
            begun(client)
        waiting = [sent(stack, port, get("/work?refused")) for _ in range(overload.QUEUE_LENGTH)]
        assert answer(port, get("/work?refused")).startswith(b"HTTP/1.1 503"), "the queue is full"
        ready = sent(stack, port, get("/readyz?slow"))
        begun(ready)
        assert answer(port, get("/healthz")).startswith(b"HTTP/1.1 200")
        assert not select([ready], [], [], 0)[0], "the process says that it lives while /readyz waits for a database"
        for client in waiting:
            response = received(client)
            assert response.startswith(b"HTTP/1.1 503")
            assert b"\r\nRetry-After: 1\r\n" in response
        assert not select(held, [], [], 0)[0], "all this was before a thread was free"
        assert all(received(client).endswith(b"ok") for client in held)
    assert b"refused" not in answer(port, get("/done"))
    assert answer(port, HEALTH).startswith(b"HTTP/1.1 200")


@pytest.mark.case("L05", measured="200 people on a real database")
def test_two_hundred_clients_that_obey_lose_and_double_nothing(port: int) -> None:
    refused = Counter[bytes]()

    def ask(number: int) -> None:
        until = time.monotonic() + 30
        while not (response := answer(port, get(f"/work?client={number}"))).startswith(b"HTTP/1.1 200"):
            assert time.monotonic() < until
            wait = re.search(rb"^HTTP/1.1 503 [\s\S]*\r\nRetry-After: (\d)\r\n", response)
            assert wait, response
            refused[wait[1]] += 1
            time.sleep(int(wait[1]) * (1 + number % 8 / 8))

    with ThreadPoolExecutor(200) as pool:
        list(pool.map(ask, range(200)))
    assert refused.total() > 0, "there was too much to do"
    begun = Counter(row for row in answer(port, get("/done")).split(b"\r\n\r\n")[1].split() if b"client" in row)
    assert (len(begun), begun.total()) == (200, 200)


def test_a_client_that_hangs_up_blocks_nobody() -> None:
    """A refusal that cannot be sent ended the process, and with it the requests of all others."""
    with served() as (port, process), ExitStack() as stack:
        slow = sent(stack, port, get("/hold"))
        for _ in range(200):
            client = socket.create_connection(("127.0.0.1", port), timeout=10)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
            client.sendall(b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")
            client.close()
        assert received(slow).endswith(b"ok")
        assert process.poll() is None


@pytest.mark.parametrize(
    ("request_head", "kind"),
    [
        (get("/batches/"), b"text/plain"),
        (get("/batches/", "X-Accept: application/json"), b"text/plain"),
        (get("/api/v1/batches/"), b"application/json"),
        (get("/events/1/decide/", "Cookie: a=b", "Accept: text/html, application/json"), b"application/json"),
        (b"", b"text/plain"),
    ],
)
def test_a_refusal_is_in_the_form_that_was_asked_for(request_head: bytes, kind: bytes) -> None:
    head, _, body = busy(request_head).partition(b"\r\n\r\n")
    assert b"Content-Type: " + kind in head
    assert b"Content-Length: %d" % len(body) in head
    text = json.loads(body)["error"] if kind == b"application/json" else body.decode()
    assert text == overload.WHY


def test_only_the_probes_pass() -> None:
    paths = ("/healthz", "/readyz?x", "/healthzz", "/metrics", "/")
    assert [probe_of(get(path)) for path in paths] == [b"/healthz", b"/readyz", b"", b"", b""]
    assert not probe_of(get("/healthz").replace(b"GET", b"POST"))


def test_a_queue_forgets_what_was_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overload, "QUEUE_SECONDS", 0.0)
    monkeypatch.setattr(overload, "QUEUE_LENGTH", 2)
    queue, requests = Queue(), [Future[bool]() for _ in range(3)]
    for request in requests:
        queue.add(request)
    assert queue.is_full()
    requests[0].set_running_or_notify_cancel()
    requests[1].set_result(True)
    assert not queue.is_full()
    queue.cancel_late()
    assert [request.cancelled() for request in requests] == [False, False, True]
