"""One installation with real processes, a vendor, and somebody who kills workers as the kernel does when memory is
out.
"""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import psutil
import psycopg

from batches.models.run import UNFINISHED
from batches.sandbox.faults import Faults
from batches.sandbox.server import Sandbox
from tests import worlds
from tests.killing.own_database import environment
from tests.rabbitmq import free_ports

POISON, VICTIM, CALM = "0" * 32, "1" * 32, [f"{n}" * 32 for n in range(2, 5)]
VIDEOS = {POISON: 5, VICTIM: 1200, **dict.fromkeys(CALM, 20)}
PATIENCE = 100.0  # seconds
MANAGE = [sys.executable, "manage.py"]
ASK = """
from batches.actions import request_sync
from batches.models import Batch
from tests.factories import make_connection
account = make_connection(name="fleet", base_url={url!r}, key={key!r})
for name in {names!r}:
    request_sync(batch_id=Batch.objects.create(connection=account, external_id=name).pk, by=None)
"""
RUNS = """SELECT b.external_id, r.state, r.position, r.claim, r.message,
                 (SELECT count(*) FROM batches_event e WHERE e.batch_id = b.id)
          FROM batches_syncrun r JOIN batches_batch b ON b.id = r.batch_id"""


@dataclass
class Run:
    state: str
    position: int
    claim: str
    message: str
    events: int


@dataclass
class Story:
    """What happened, and how everything was at the end."""

    kills: dict[str, int] = field(default_factory=dict)  # by batch
    killed_at: int = 0  # items of the victim that were stored when its worker died
    runs: dict[str, Run] = field(default_factory=dict)
    ledger: str = ""
    exit_code: int | None = None
    left_over: list[str] = field(default_factory=list)


def tell(database_url: str, tasks_url: str) -> Story:
    """Ask for all syncs, start `up`, kill whoever touches the poison, and the victim's worker once; wait for the
    end.
    """
    world = {name: worlds.batch(videos=count, events=1, batch_id=name) for name, count in VIDEOS.items()}
    slow = Faults(rate=1, kinds=["slow"], paths=f"({POISON}|{VICTIM})/analyses", delay_s=0.6)
    story = Story()
    with Sandbox(world, faults=slow) as vendor:
        variables = {
            "TASKS_URL": tasks_url,
            "RUN_STALE_SECONDS": "2",
            "PRIVATE_HOSTS": vendor.url.removeprefix("http://"),
        }
        env = environment(database_url, **variables)
        manage(env, "migrate", "--verbosity", "0")
        manage(env, "shell", "--no-imports", "-c", ASK.format(url=vendor.url, key=vendor.key, names=[*VIDEOS]))
        with _reading(database_url) as read, _up(env, story):
            _kill_and_wait(read, story)
        story.runs = runs(read_once(database_url))
        story.ledger = manage(env, "check_ledger")
    return story


def manage(env: dict[str, str], *argv: str) -> str:
    result = subprocess.run([*MANAGE, *argv], env=env, capture_output=True, text=True, check=False, timeout=60)
    assert result.returncode == 0, result.stderr
    return result.stdout


@contextmanager
def _up(env: dict[str, str], story: Story) -> Iterator[None]:
    argv = [*MANAGE, "up", "--port", str(free_ports(1)[0]), "--workers", "1", "--jobs", "2"]
    server = subprocess.Popen(argv, env=env, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        family = psutil.Process(server.pid).children(recursive=True)
        server.terminate()
        story.exit_code = server.wait(timeout=40)
        _, alive = psutil.wait_procs(family, timeout=5)
        story.left_over = [" ".join(process.cmdline()) for process in alive]
        for process in alive:
            process.kill()


@contextmanager
def _reading(url: str) -> Iterator[Any]:
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=20)) as database:
            yield lambda: database.execute(RUNS).fetchall()
    else:
        with psycopg.connect(url, autocommit=True) as database:
            yield lambda: database.execute(RUNS).fetchall()


def read_once(url: str) -> list[Any]:
    with _reading(url) as read:
        return read()


def runs(rows: list[Any]) -> dict[str, Run]:
    return {name: Run(*values) for name, *values in rows}


def _kill_and_wait(read: Any, story: Story) -> None:
    deadline = time.monotonic() + PATIENCE
    dead: set[str] = set()  # claims
    while time.monotonic() < deadline:
        now = runs(read())
        if not any(run.state in UNFINISHED for run in now.values()):
            return
        for name, run in now.items():
            ripe = name == POISON or (name == VICTIM and run.position and not story.killed_at)
            if ripe and run.state == "running" and run.claim not in dead:
                dead.add(run.claim)
                if _kill(int(run.claim.split(":")[1]), whole_worker=name == VICTIM):
                    story.kills[name] = story.kills.get(name, 0) + 1
                    if name == VICTIM:
                        story.killed_at = run.position
        time.sleep(0.02)
    raise AssertionError(f"not finished after {PATIENCE:.0f} s: {runs(read())}")


def _kill(pid: int, *, whole_worker: bool) -> bool:
    """Kill -9 of a process that works on a run; with the process that started it, where that is a worker too."""
    with suppress(psutil.NoSuchProcess):
        parent = psutil.Process(pid).parent()
        if whole_worker and parent and "worker" in parent.cmdline():
            parent.kill()
        os.kill(pid, signal.SIGKILL)
        return True
    return False
