"""`manage.py sandbox`: it serves, and ends when told to."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from django.conf import settings

from batches.sandbox.demo import DEMO_BATCHES
from batches.sandbox.footage import SCRATCH, forget_renderings
from batches.sandbox.world import DEMO_KEY


def test_it_serves_the_demo_world_and_ends_cleanly_on_sigterm(tmp_path: Path) -> None:
    argv = [sys.executable, "manage.py", "sandbox", "--port", "0", "--fast-forward", "1000", "--footage", str(tmp_path)]
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    with subprocess.Popen(argv, cwd=settings.BASE_DIR, env=env, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout
            url = next(word.strip(",;\n") for word in server.stdout.readline().split(" ") if word.startswith("http"))
            headers = {"X-API-Key": DEMO_KEY}
            address = f"{url}/api/batch/{DEMO_BATCHES['processing']}/status"
            status = requests.get(address, headers=headers, timeout=20).json()
            time.sleep(1.5)  # the renderers have begun by then
            server.send_signal(signal.SIGTERM)
            assert server.wait(timeout=30) == 0
        finally:
            server.kill()  # else a failure above would wait for it for ever
    assert status["status"] == "completed"
    assert not [path.name for path in tmp_path.rglob(f"{SCRATCH}*")]


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="reads /proc")
def test_renderers_end_with_a_server_that_was_killed(tmp_path: Path) -> None:
    argv = [sys.executable, "manage.py", "sandbox", "--port", "0", "--footage", str(tmp_path)]
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    with subprocess.Popen(argv, cwd=settings.BASE_DIR, env=env, stdout=subprocess.DEVNULL) as server:
        try:
            wait_until(lambda: any(tmp_path.rglob(f"{SCRATCH}*")))
            folder = next(tmp_path.rglob("clips"))
            renderers = children(server.pid)
        finally:
            server.kill()
    assert renderers
    wait_until(lambda: not any(map(runs, renderers)))
    forget_renderings(folder)
    assert not list(folder.glob(f"{SCRATCH}*"))


def wait_until(true: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.1)
