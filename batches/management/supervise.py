"""Keeps the processes of one installation running, and ends all of them in order.

They are forked from this process, which has loaded the product and does nothing else: what none of them changes is in
memory once. It opens no connection to the database and starts no thread, as neither survives a fork.

A process that dies is started again, at once the first time, then after ever longer pauses. What is wrong is said on
the console and in a file that `/readyz` reads. None of the processes outlives this one, even if it is killed.
"""

import gc
import json
import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.context import ForkProcess
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Any

from batches.management.tied import name_process, tie

type Act = Callable[[], object]

FORK = multiprocessing.get_context("fork")
GRACE = 20.0  # seconds a process has to finish its work
ROUND = 0.2  # seconds between two looks at the processes
LONGEST_PAUSE = 30.0  # seconds before a process that dies again and again is started once more
HEALTHY = 20.0  # seconds; a process that ran longer starts without a record
FAILING = 3  # deaths in a row from which on a process is reported
STOPPING = (signal.SIGTERM, signal.SIGINT)
STATE_FILE = "REVIEWER_PROCESSES"  # environment variable: where the web processes read what is wrong


@dataclass(slots=True)
class Child:
    """One of the processes, and its deaths since it last ran well."""

    name: str
    act: Act
    process: ForkProcess | None = None
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
    """`acts` are what the processes do, by name; `say` prints a line."""

    def __init__(self, acts: dict[str, Act], *, say: Callable[[str], Any]) -> None:
        self.children = [Child(name, act) for name, act in acts.items()]
        self.say = say
        self.stopped_by: int | None = None

    def run(self, *, is_ready: Callable[[], bool], on_ready: Act, drain: float = 0.0) -> None:
        """Run until SIGTERM or SIGINT. `on_ready` is called once, when `is_ready`, in a process of its own.

        After a SIGTERM `/readyz` answers 503 for `drain` seconds before the processes end, so that a load balancer
        sends nobody here any more.
        """
        with TemporaryDirectory(prefix="reviewer-processes-") as folder:
            self.state = Path(folder) / "processes.json"
            os.environ[STATE_FILE] = str(self.state)
            for number in STOPPING:
                signal.signal(number, self._stop)
            gc.collect()
            gc.freeze()  # the collector of a process leaves alone what all of them share
            announcer: ForkProcess | None = None
            try:
                while self.stopped_by is None:
                    self._start_missing()
                    if announcer is None and is_ready():
                        announcer = forked("announcement", on_ready)
                    multiprocessing.active_children()  # asks all of them whether they have ended
                    time.sleep(ROUND)
                self._drain(drain if self.stopped_by == signal.SIGTERM else 0.0)
            finally:
                end([child.process for child in self.children if child.process])

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.stopped_by = number

    def _start_missing(self) -> None:
        for child in self.children:
            if child.process and (code := child.process.exitcode) is not None:
                pause = child.note_death(code)
                times = f", {child.deaths} times in a row" if child.deaths >= FAILING else ""
                when = f" in {pause:g} s" if pause else ""
                self.say(f"{child.name} {child.last_exit}{times}; restarting it{when}")
                self._write_state()
            elif child.process and child.deaths and time.monotonic() - child.started > HEALTHY:
                child.deaths = 0
                self._write_state()
            if child.process is None and time.monotonic() >= child.start_at:
                child.process, child.started = forked(child.name, child.act), time.monotonic()

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


def forked(name: str, act: Act) -> ForkProcess:
    """A process that does this and ends, at the latest with this one."""
    process = FORK.Process(target=_live, args=(os.getpid(), name, act))
    # A signal that comes before the new process has its own handlers waits for them.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return process


def _live(parent: int, name: str, act: Act) -> None:
    os.setsid()  # Ctrl+C reaches only the parent, which then stops the others in order
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    tie(parent)
    name_process(name)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
    act()


def state() -> dict[str, Any]:
    """What the supervisor of this process last wrote: `stopping`, and how each process of `failing` ended last."""
    try:
        return dict(json.loads(Path(os.environ[STATE_FILE]).read_text()))
    except (KeyError, OSError):
        return {"stopping": False, "failing": {}}


def exit_text(code: int) -> str:
    """How a process ended, from its return code."""
    return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"exited with {code}"


def end(processes: Sequence[ForkProcess]) -> None:
    """Terminate all of them, and kill those that are still running after GRACE."""
    for process in processes:
        process.terminate()
    deadline = time.monotonic() + GRACE
    for process in processes:
        process.join(max(0.1, deadline - time.monotonic()))
        if process.exitcode is None:
            process.kill()
