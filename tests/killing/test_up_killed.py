"""`up` and its web processes under kill -9 and SIGTERM: no orphan, no taken port, no refused caller."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import psutil
import pytest
import requests

from tests.killing.own_database import environment, own_database
from tests.killing.web import PATIENCE, until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.once,
    pytest.mark.skipif(sys.platform != "linux", reason="parents' deaths are told on Linux"),
]


def is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


class Installation:
    def __init__(self, env: dict[str, str]) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        argv = [sys.executable, "manage.py", "up", "--port", str(self.port), "--workers", "1", "--jobs", "1",
                "--drain", "1"]  # fmt: skip
        self.up = subprocess.Popen(argv, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.http = requests.Session()
        self.http.trust_env = False

    def status(self, path: str = "/healthz") -> int:
        """0 where nobody listens."""
        try:
            return self.http.get(f"http://127.0.0.1:{self.port}{path}", timeout=PATIENCE).status_code
        except requests.ConnectionError:
            return 0

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.up.pid).children(recursive=True)

    def web_master(self) -> psutil.Process | None:
        for child in psutil.Process(self.up.pid).children():
            # A killed one may be gone between two looks at it.
            with suppress(psutil.NoSuchProcess):
                if child.status() != psutil.STATUS_ZOMBIE and child.name() == "web":
                    return child
        return None


@pytest.fixture
def installation() -> Iterator[Installation]:
    with own_database(migrated=True) as database:
        made = Installation(environment(database))
        try:
            yield made
        finally:
            if made.up.poll() is None:
                made.up.kill()


def test_kills_leave_no_orphan_no_taken_port_and_no_minute_without_service(installation: Installation) -> None:
    until(lambda: installation.status() == 200, "started")
    master = until(installation.web_master, "web")
    refused: list[int] = []
    watching = threading.Event()

    def watch() -> None:
        while not watching.is_set():
            if not installation.status():
                refused.append(1)
            time.sleep(0.05)

    os.kill(master.pid, signal.SIGKILL)
    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    until(lambda: (new := installation.web_master()) and new.pid != master.pid, "another web master")
    until(lambda: installation.status() == 200, "pages")
    watching.set()
    watcher.join()
    assert len(refused) <= 1, "a request that the killed process had begun may break; nobody is refused"
    family = installation.family()
    os.kill(installation.up.pid, signal.SIGKILL)
    installation.up.wait()
    _, alive = psutil.wait_procs(family, timeout=PATIENCE)
    assert [" ".join(process.cmdline()) for process in alive] == []
    until(lambda: is_free(installation.port), "the port is free")


def test_sigterm_turns_readiness_off_before_the_processes_end(installation: Installation) -> None:
    until(lambda: installation.status("/readyz") in (200, 503), "started")
    family = installation.family()
    installation.up.send_signal(signal.SIGTERM)
    until(lambda: installation.status("/readyz") == 503, "not ready")
    assert installation.status("/healthz") == 200
    assert installation.up.wait(timeout=PATIENCE) == 0
    _, alive = psutil.wait_procs(family, timeout=5)
    assert alive == []
