"""`up`: runs web, workers and sweep, for development and small installations."""

import os
import signal
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Any

import requests
from django.core.management.base import BaseCommand

from batches.management.prepare import prepare

GRACE = 20.0  # seconds a process has to finish its work
TOO_SOON = 2.0  # seconds; a process that exits faster is restarted after a pause of the same length


class Command(BaseCommand):
    help = "Runs the web server, workers and the sweep; restarts what dies; stops all of them together."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--threads", type=int, default=8, help="requests that each web process serves at once")
        parser.add_argument("--workers", type=int, default=2, help="web processes")
        parser.add_argument(
            "--jobs", type=int, default=2, help="background jobs that run at once, each in its own process"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        for sentence in prepare():
            self.stdout.write(sentence)
        supervise(self, self.processes(options), address_of(options), lambda: self.announce(options))

    def announce(self, options: dict[str, Any]) -> None:
        """Say where the pages are, once they answer."""
        self.stdout.write(f"The reviewer is at {address_of(options)}. Ctrl+C ends it.")
        self.stdout.flush()

    def processes(self, options: dict[str, Any]) -> dict[str, list[str]]:
        """The commands to keep running, by name."""
        manage = [sys.executable, sys.argv[0]]
        web = [
            sys.executable, "-m", "gunicorn", "-c", "python:reviewer.web.serving", "reviewer.wsgi",
            "--bind", f"{options['host']}:{options['port']}",
            "--workers", str(options["workers"]), "--threads", str(options["threads"]),
        ]  # fmt: skip
        workers = {f"worker {n + 1}": [*manage, "worker"] for n in range(options["jobs"])}
        return {"web": web, **workers, "sweep": [*manage, "sweep"]}


def address_of(options: dict[str, Any]) -> str:
    """The address of the pages on this machine."""
    return f"http://{options['host']}:{options['port']}"


def supervise(command: BaseCommand, commands: dict[str, list[str]], address: str, on_ready: Callable[[], None]) -> None:
    """Run processes until SIGTERM or SIGINT; one that dies is started again after a pause.

    `on_ready` is called once, when pages are answered at `address`.
    """
    with TemporaryDirectory(prefix="reviewer-metrics-") as figures:
        # Web processes add up their figures in a folder that is empty at the start (reviewer/web/metrics.py).
        _supervise(command, commands, {"PROMETHEUS_MULTIPROC_DIR": figures} | os.environ, address, on_ready)


def _supervise(
    command: BaseCommand,
    commands: dict[str, list[str]],
    env: dict[str, str],
    address: str,
    on_ready: Callable[[], None],
) -> None:
    running: dict[str, tuple[subprocess.Popen[bytes], float]] = {}
    stopping = announced = False

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    while not stopping:
        for name, argv in commands.items():
            process, started = running.get(name, (None, 0.0))
            if process is not None and process.poll() is None:
                continue
            if process is not None:
                command.stderr.write(f"{name} exited with {process.returncode}; restarting it")
                if time.monotonic() - started < TOO_SOON:
                    time.sleep(TOO_SOON)
            # In a session of its own: Ctrl+C reaches only this process, which then stops the others in order.
            running[name] = subprocess.Popen(argv, env=env, start_new_session=True), time.monotonic()
        if not announced and answers(address):
            on_ready()
            announced = True
        time.sleep(0.2)
    end([process for process, _ in running.values()])


def answers(address: str) -> bool:
    """Whether a web process answers at all, within a second."""
    try:
        requests.get(f"{address}/healthz", timeout=1, allow_redirects=False)
    except requests.RequestException:
        return False
    return True


def end(processes: list[subprocess.Popen[bytes]]) -> None:
    """Terminate all of them, and kill those that are still running after GRACE."""
    for process in processes:
        process.terminate()
    deadline = time.monotonic() + GRACE
    for process in processes:
        try:
            process.wait(timeout=max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
