"""A web process with four threads in front of the plain application, on a port of loopback."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

HEALTH = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
START_SECONDS = 20


@contextmanager
def served() -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """One process with four threads."""
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listener:
        # As over a network: on loopback the system alone takes two megabytes ahead of a client that reads nothing.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16_384)
        port, fd = listener.getsockname()[1], listener.fileno()
        command = [sys.executable, "-m", "gunicorn", "-c", "python:reviewer.web.serving", "--workers", "1",
                   "--threads", "4", "--bind", f"fd://{fd}",
                   "tests.reviewer.web.plain_application:application"]  # fmt: skip
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, pass_fds=[fd])
    with process:
        try:
            until = time.monotonic() + START_SECONDS
            while True:
                try:
                    assert answer(port, HEALTH).startswith(b"HTTP/1.1 200")
                    break
                except ConnectionRefusedError:
                    assert time.monotonic() < until
                    time.sleep(0.05)
            yield port, process
        finally:
            process.terminate()


def answer(port: int, *parts: bytes) -> bytes:
    """All that comes back for a request sent in these parts."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        for part in parts:
            client.sendall(part)
            if len(parts) > 1:
                time.sleep(0.02)
        received = b""
        while data := client.recv(65536):
            received += data
    return received
