"""One installation with real processes and a vendor, whose workers are killed as the kernel does without memory."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
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
VIDEOS = {POISON: 5, VICTIM: 600, **dict.fromkeys(CALM, 20)}
TIMEOUT = 240.0  # seconds; a loaded machine takes 90 for the whole scene
MANAGE = [sys.executable, "manage.py"]
REQUEST_SYNCS = """
from batches.actions import request_sync
from batches.models import Batch
from tests.factories import make_connection
account = make_connection(name="fleet", base_url={url!r}, key={key!r})
for name in {names!r}:
    request_sync(batch_id=Batch.objects.create(connection=account, external_id=name).pk, by=None)
"""
REQUEST_UPLOAD = """
from uuid import uuid4
from batches.actions import upload_addresses
from batches.models import Connection
upload_addresses(connection=Connection.objects.get(), addresses="https://media.example/drive.mp4", folder=None,
                 scope="user", by=None, idempotency_key=uuid4())
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
class Outcome:
    """The kills, and the final state of the runs, the ledger and the processes."""

    kills: dict[str, int] = field(default_factory=dict)  # by batch
    upload: str = ""  # the state, after a stop in the middle of its call
    killed_at: int = 0  # items of the victim that were stored when its worker died
    runs: dict[str, Run] = field(default_factory=dict)
    ledger: str = ""
    exit_code: int | None = None
    left_over: list[str] = field(default_factory=list)


def run_scene(database_url: str, tasks_url: str) -> Outcome:
    """Request all syncs and start `up`. Kill each worker on the poison, and the victim's once. Wait for the end."""
    world = {name: worlds.batch(videos=count, events=1, batch_id=name) for name, count in VIDEOS.items()}
    slow = Faults(rate=1, kinds=["slow"], paths=f"({POISON}|{VICTIM})/analyses", delay_s=0.6)
    outcome = Outcome()
    with Sandbox(world, faults=slow) as vendor:
        variables = {
            "TASKS_URL": tasks_url,
            "RUN_STALE_SECONDS": "2",
            "PRIVATE_HOSTS": vendor.url.removeprefix("http://"),
        }
        env = environment(database_url, **variables)
        manage(
            env, "shell", "--no-imports", "-c", REQUEST_SYNCS.format(url=vendor.url, key=vendor.key, names=[*VIDEOS])
        )
        with _reader(database_url) as read, _up(env, outcome):
            _kill_and_wait(read, outcome)
            vendor.faults = Faults(rate=1, kinds=["slow"], paths="/api/upload-video", delay_s=3)
            manage(env, "shell", "--no-imports", "-c", REQUEST_UPLOAD)
            _wait_until(lambda: any(call.path == "/api/upload-video" for call in vendor.calls))
        outcome.upload = _upload_state(database_url)
        outcome.runs = runs(read_once(database_url))
        outcome.ledger = manage(env, "check_ledger")
    return outcome


def _wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + TIMEOUT
    while not holds():
        assert time.monotonic() < deadline, f"not reached after {TIMEOUT:.0f} s"
        time.sleep(0.1)


def manage(env: dict[str, str], *argv: str) -> str:
    result = subprocess.run([*MANAGE, *argv], env=env, capture_output=True, text=True, check=False, timeout=60)
    assert result.returncode == 0, result.stderr
    return result.stdout


@contextmanager
def _up(env: dict[str, str], outcome: Outcome) -> Iterator[None]:
    argv = [*MANAGE, "up", "--port", str(free_ports(1)[0]), "--workers", "1", "--jobs", "2"]
    server = subprocess.Popen(argv, env=env, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        family = psutil.Process(server.pid).children(recursive=True)
        server.terminate()
        outcome.exit_code = server.wait(timeout=40)
        _, alive = psutil.wait_procs(family, timeout=5)
        outcome.left_over = [" ".join(process.cmdline()) for process in alive]
        for process in alive:
            process.kill()


@contextmanager
def _reader(url: str) -> Iterator[Any]:
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=20)) as database:
            yield lambda statement=RUNS: database.execute(statement).fetchall()
    else:
        with psycopg.connect(url, autocommit=True) as database:
            yield lambda statement=RUNS: database.execute(statement).fetchall()


def read_once(url: str) -> list[Any]:
    with _reader(url) as read:
        return read()


def _upload_state(url: str) -> str:
    with _reader(url) as read:
        return str(read("SELECT state FROM batches_videoupload")[0][0])


def runs(rows: list[Any]) -> dict[str, Run]:
    return {name: Run(*values) for name, *values in rows}


def _kill_and_wait(read: Any, outcome: Outcome) -> None:
    deadline = time.monotonic() + TIMEOUT
    dead: set[str] = set()  # claims
    while time.monotonic() < deadline:
        now = runs(read())
        if not any(run.state in UNFINISHED for run in now.values()):
            return
        for name, run in now.items():
            to_kill = name == POISON or (name == VICTIM and run.position and not outcome.killed_at)
            if to_kill and run.state == "running" and run.claim not in dead:
                dead.add(run.claim)
                if _kill(int(run.claim.split(":")[1]), whole_worker=name == VICTIM):
                    outcome.kills[name] = outcome.kills.get(name, 0) + 1
                    if name == VICTIM:
                        outcome.killed_at = run.position
        time.sleep(0.1)  # the poison and the victim wait 0.6 s for each answer
    raise AssertionError(f"not finished after {TIMEOUT:.0f} s: {runs(read())}")


def _kill(pid: int, *, whole_worker: bool) -> bool:
    """Kill a process that works on a run, and with `whole_worker` its parent if that is a worker too."""
    with suppress(psutil.NoSuchProcess):
        parent = psutil.Process(pid).parent()
        if whole_worker and parent and "worker" in parent.cmdline():
            parent.kill()
        os.kill(pid, signal.SIGKILL)
        return True
    return False
