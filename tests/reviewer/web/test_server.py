"""The web process against clients that are slow, half-open or hostile: real sockets on loopback."""

import signal
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import pytest

from reviewer.web.server import HEAD_BYTES, has_arrived
from reviewer.web.serving import BODY_BYTES
from tests.reviewer.web.plain_application import FILE, PAGE
from tests.reviewer.web.plain_server import HEALTH, answer, served

POST = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n"
HALF_OPEN = {
    "silent": b"",
    "half a head": HEALTH[:-2],
    "half a body": POST % 1000 + b"a",
    "a body nobody reads": b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\na",
    "chunked": b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\na",
}
CONNECTIONS = 1000


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with served() as (port, _):
        yield port


@pytest.mark.parametrize("kind", HALF_OPEN)
def test_a_thousand_half_open_connections_stop_nobody(port: int, kind: str) -> None:
    with ExitStack() as stack:
        for _ in range(CONNECTIONS):
            client = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5))
            client.sendall(HALF_OPEN[kind])
        started = time.monotonic()
        assert answer(port, HEALTH).startswith(b"HTTP/1.1 200")
        assert time.monotonic() - started < 5


def reader(stack: ExitStack, port: int, path: bytes) -> socket.socket:
    """A client that has asked for the path, and takes only a few kilobytes before it reads."""
    client = stack.enter_context(socket.socket())
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    client.settimeout(10)
    client.connect(("127.0.0.1", port))
    client.sendall(HEALTH.replace(b"/ ", path + b" "))
    return client


@pytest.mark.parametrize("path", [b"/page", b"/file"])
def test_many_clients_that_do_not_read_stop_nobody(port: int, path: bytes) -> None:
    answered = 0
    with ExitStack() as stack:
        for _ in range(300):
            reader(stack, port, path)
            answered += answer(port, HEALTH).startswith(b"HTTP/1.1 200")
    assert answered > 200, "where four of them hold the threads, hardly any"


def test_a_thousand_idle_connections_stop_nobody(port: int) -> None:
    with ExitStack() as stack:
        for _ in range(CONNECTIONS):
            client = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10))
            client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            assert client.recv(4096)


@pytest.mark.parametrize(("path", "body"), [(b"/page", PAGE), (b"/file", FILE.read_bytes())])
def test_a_slow_reader_gets_the_whole_response(port: int, path: bytes, body: bytes) -> None:
    received = b""
    with ExitStack() as stack:
        client = reader(stack, port, path)
        while data := client.recv(65536):
            received += data
    assert received.endswith(b"\r\n\r\n" + body)


def test_a_download_that_nobody_reads_ends_and_its_thread_is_free(port: int) -> None:
    with ExitStack() as stack:
        clients = [reader(stack, port, b"/endless") for _ in range(4)]
        until = time.monotonic() + 60
        while not answer(port, HEALTH).startswith(b"HTTP/1.1 200"):
            assert time.monotonic() < until
            time.sleep(0.1)
        time.sleep(1)  # one was cut; the others, begun at the same moment, are too, unless this one is read before
        with suppress(ConnectionResetError):
            while clients[0].recv(65536):  # what was under way; without the cut it would never end
                assert time.monotonic() < until


def test_a_request_in_pieces_is_answered(port: int) -> None:
    request = POST.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n") % 5 + b"hello"
    assert answer(port, *(request[at : at + 20] for at in range(0, len(request), 20))).endswith(b"hello")


def test_a_large_body_is_read_by_the_application(port: int) -> None:
    body = b"x" * (BODY_BYTES + 1)
    request = POST.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n") % len(body)
    assert answer(port, request, body).endswith(body)


def test_a_connection_whose_body_may_stay_unread_is_not_kept(port: int) -> None:
    """It closes after a refusal: a proxy that kept it would lose the next request, which may be somebody else's."""
    kept = []
    for size in (5, BODY_BYTES + 1):
        with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
            client.sendall(POST.replace(b"/echo", b"/done") % size + b"x" * size)
            kept.append(b"\r\nConnection: keep-alive\r\n" in client.recv(65536))
    assert kept == [True, False]


def test_two_requests_sent_together_are_both_answered(port: int) -> None:
    assert answer(port, POST % 3 + b"one" + HEALTH).count(b"HTTP/1.1 200") == 2


@pytest.mark.parametrize("name", ["SCRIPT_NAME", "SCRIPT-NAME", "Script_Name"])
def test_no_header_moves_a_request_to_another_path(port: int, name: str) -> None:
    """A proxy on this machine keeps strangers from some paths by their beginning."""
    request = f"GET /x/done HTTP/1.1\r\nHost: a\r\n{name}: /x\r\nConnection: close\r\n\r\n"
    assert answer(port, request.encode()).endswith(b"\r\n\r\nok")


@pytest.mark.parametrize(("head", "status"), [
    (b"X-Long: " + b"x" * HEAD_BYTES, b"431"), (b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", b"411"),
])  # fmt: skip
def test_a_head_too_long_or_without_a_length_is_refused(port: int, head: bytes, status: bytes) -> None:
    assert answer(port, b"POST /echo HTTP/1.1\r\nHost: a\r\n" + head).startswith(b"HTTP/1.1 " + status)


def test_a_stop_ends_downloads_well_and_waits_for_no_half_open_client() -> None:
    with served() as (port, process), ExitStack() as stack:
        for kind in HALF_OPEN.values():
            stack.enter_context(socket.create_connection(("127.0.0.1", port))).sendall(kind)
        slow = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10))
        slow.sendall(HEALTH.replace(b"/ ", b"/slow "))
        time.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        received = b""
        while data := slow.recv(65536):
            received += data
        assert received.endswith(b"9\n\r\n0\r\n\r\n")
        assert process.wait(timeout=10) == 0


@pytest.mark.case("T05")
def test_no_line_of_the_server_holds_a_token() -> None:
    token = "rev_0123456789ab_AbCdEfGhIjKlMnOpQrStUvWxYz0123456789abcdefg"
    with served() as (port, process):
        answer(port, f"GET / HTTP/1.1\r\nHost: a\r\n{token}\r\n\r\n".encode())
        process.terminate()
        assert process.stderr is not None
        lines = process.stderr.read()
    assert ("Invalid request" in lines, token in lines) == (True, False)


def test_a_request_has_arrived_with_its_small_body() -> None:
    assert not has_arrived(HEALTH[:-1])
    assert has_arrived(HEALTH)
    assert not has_arrived(POST % 2 + b"a")
    assert has_arrived(POST % 2 + b"ab")
    assert has_arrived(POST % (BODY_BYTES + 1))
