"""The product's web server as `up` starts it, for benches, and a client that costs next to nothing."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import psutil

ROOT = Path(__file__).resolve().parent.parent
CSRF = "c" * 32


@contextmanager
def server(workers: int = 2, threads: int = 8) -> Iterator["Server"]:
    """Gunicorn on a free port with the settings and the database of the environment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "-c", "python:reviewer.web.serving", "reviewer.wsgi", "--bind",
               f"127.0.0.1:{port}", "--workers", str(workers), "--threads", str(threads), "--log-level",
               "critical"]  # fmt: skip
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"ALLOWED_HOSTS": "127.0.0.1"})
    try:
        made = Server(port, psutil.Process(process.pid))
        made.wait()
        yield made
    finally:
        process.terminate()
        process.wait(timeout=30)


class Server:
    def __init__(self, port: int, process: psutil.Process) -> None:
        self.port, self.process = port, process

    def wait(self) -> None:
        """Until the port is open; the first request of a worker is still a cold one."""
        for _ in range(1200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0 and self.process.children():
                    return
            time.sleep(0.1)
        raise SystemExit("The server does not answer.")

    def cpu(self) -> float:
        """Seconds of CPU that the server has used so far."""
        used = [process.cpu_times() for process in [self.process, *self.process.children()]]
        return sum(times.user + times.system for times in used)


class Browser:
    """One signed-in person on one kept connection."""

    def __init__(self, port: int, session: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.headers = {"Cookie": f"sessionid={session}; csrftoken={CSRF}", "Accept-Encoding": "gzip",
                        "User-Agent": "bench"}  # fmt: skip

    def get(self, path: str, **headers: str) -> tuple[int, bytes]:
        self.connection.request("GET", path, headers=self.headers | {"Accept": "text/html"} | headers)
        return self._answer()

    def post(self, path: str, **fields: object) -> tuple[int, bytes]:
        headers = self.headers | {"Accept": "application/json", "X-CSRFToken": CSRF,
                                  "Content-Type": "application/x-www-form-urlencoded"}  # fmt: skip
        self.connection.request("POST", path, urlencode(fields), headers)
        return self._answer()

    def _answer(self) -> tuple[int, bytes]:
        response = self.connection.getresponse()
        return response.status, response.read()
