"""Keeps the processes of one installation running, and ends all of them in order.

A process that dies is started again, at once the first time, then after ever longer pauses. What is wrong is said on
the console and in a file that `/readyz` reads. None of the processes outlives this one, even if it is killed.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Any

from batches.management import tied as tied_program

GRACE = 20.0  # seconds a process has to finish its work
ROUND = 0.2  # seconds between two looks at the processes
LONGEST_PAUSE = 30.0  # seconds before a process that dies again and again is started once more
HEALTHY = 20.0  # seconds; a process that ran longer starts without a record
FAILING = 3  # deaths in a row from which on a process is reported
STATE_FILE = "REVIEWER_PROCESSES"  # environment variable: where the web processes read what is wrong


@dataclass(slots=True)
class Child:
    """One of the processes, and its deaths since it last ran well."""

    name: str
    argv: Sequence[str]
    process: "subprocess.Popen[bytes] | None" = None
    started: float = 0.0
    deaths: int = 0
    start_at: float = 0.0
    last_exit: str = ""

    def note_death(self, code: int) -> float:
        """Remember a death. Returns the pause before the next start."""
        now = time.monotonic()
        self.deaths = 1 if now - self.started > HEALTHY else self.deaths + 1
        pause = 0.0 if self.deaths == 1 else min(2.0 ** (self.deaths - 3), LONGEST_PAUSE)
        self.process, self.start_at, self.last_exit = None, now + pause, exit_text(code)
        return pause


class Supervisor:
    """`commands` are the processes by name; `say` prints a line; `pass_fds` are open files that all of them inherit."""

    def __init__(
        self, commands: dict[str, list[str]], *, say: Callable[[str], Any], pass_fds: Sequence[int] = ()
    ) -> None:
        self.children = [Child(name, argv) for name, argv in commands.items()]
        self.say, self.pass_fds = say, pass_fds
        self.stopped_by: int | None = None

    def run(self, *, is_ready: Callable[[], bool], on_ready: Callable[[], None], drain: float = 0.0) -> None:
        """Run until SIGTERM or SIGINT. `on_ready` is called once, when `is_ready`.

        After a SIGTERM `/readyz` answers 503 for `drain` seconds before the processes end, so that a load balancer
        sends nobody here any more.
        """
        with TemporaryDirectory(prefix="reviewer-processes-") as folder:
            # Web processes add up their figures in a folder that is empty at the start (reviewer/web/metrics.py).
            self.state = Path(folder) / "processes.json"
            self.env = {"PROMETHEUS_MULTIPROC_DIR": folder} | os.environ | {STATE_FILE: str(self.state)}
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, self._stop)
            announced = False
            while self.stopped_by is None:
                self._start_missing()
                if not announced and is_ready():
                    on_ready()
                    announced = True
                time.sleep(ROUND)
            self._drain(drain if self.stopped_by == signal.SIGTERM else 0.0)
            end([child.process for child in self.children if child.process])

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.stopped_by = number

    def _start_missing(self) -> None:
        for child in self.children:
            if child.process and (code := child.process.poll()) is not None:
                pause = child.note_death(code)
                times = f", {child.deaths} times in a row" if child.deaths >= FAILING else ""
                when = f" in {pause:g} s" if pause else ""
                self.say(f"{child.name} {child.last_exit}{times}; restarting it{when}")
                self._write_state()
            elif child.process and child.deaths and time.monotonic() - child.started > HEALTHY:
                child.deaths = 0
                self._write_state()
            if child.process is None and time.monotonic() >= child.start_at:
                child.process, child.started = self._start(child.argv), time.monotonic()

    def _start(self, argv: Sequence[str]) -> "subprocess.Popen[bytes]":
        tied = [sys.executable, "-I", tied_program.__file__, str(os.getpid())]
        # In a session of its own: Ctrl+C reaches only this process, which then stops the others in order.
        return subprocess.Popen([*tied, *argv], env=self.env, start_new_session=True, pass_fds=self.pass_fds)

    def _write_state(self) -> None:
        failing = {child.name: child.last_exit for child in self.children if child.deaths >= FAILING}
        part = self.state.with_suffix(".part")
        part.write_text(json.dumps({"stopping": self.stopped_by is not None, "failing": failing}))
        part.rename(self.state)

    def _drain(self, seconds: float) -> None:
        self._write_state()
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            time.sleep(ROUND)


def state() -> dict[str, Any]:
    """What the supervisor of this process last wrote: `stopping`, and how each process of `failing` ended last."""
    try:
        return dict(json.loads(Path(os.environ[STATE_FILE]).read_text()))
    except (KeyError, OSError):
        return {"stopping": False, "failing": {}}


def exit_text(code: int) -> str:
    """How a process ended, from its return code."""
    return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"exited with {code}"


def end(processes: "Sequence[subprocess.Popen[bytes]]") -> None:
    """Terminate all of them, and kill those that are still running after GRACE."""
    for process in processes:
        process.terminate()
    deadline = time.monotonic() + GRACE
    for process in processes:
        try:
            process.wait(timeout=max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
