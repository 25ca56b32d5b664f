"""`up`: runs web, workers and sweep, for development and small installations."""

import errno
import os
import socket
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

import requests
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from batches.actions.setup import issue_setup_code
from batches.jobs.slots import KINDS, SLOTS
from batches.management.prepare import check_connections, prepare
from batches.management.supervise import GRACE, Supervisor


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
        parser.add_argument(
            "--drain", type=float, default=0.0, metavar="SECONDS",
            help="after SIGTERM, how long /readyz answers 503 before the processes end",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        for sentence in prepare():
            self.stdout.write(sentence)
        check_connections(connections_of(options))
        serve(self, {}, options, lambda: self.announce(options))

    def announce(self, options: dict[str, Any]) -> None:
        """Print the address of the pages, once they answer."""
        if code := issue_setup_code():
            self.stdout.write(f"There are no accounts yet. Open {address_of(options)}/setup/ and enter {code}")
        self.stdout.write(f"The reviewer is at {address_of(options)}. Press Ctrl+C to stop.")
        self.stdout.flush()


def address_of(options: dict[str, Any]) -> str:
    """The address of the pages on this machine."""
    return f"http://{options['host']}:{options['port']}"


def connections_of(options: dict[str, Any]) -> int:
    """The most database connections that the processes hold: one per request, two per job, one per upload or
    search, two for sweep and `up`.
    """
    pool: int = connection.settings_dict["OPTIONS"].get("pool", {}).get("max_size", options["threads"])
    threads: int = min(options["threads"] + 1, pool)  # one answers probes
    jobs: int = options["jobs"]
    return int(options["workers"]) * threads + (2 + SLOTS * len(KINDS)) * jobs + 2


def listen(command: BaseCommand, options: dict[str, Any]) -> socket.socket:
    """The socket of the pages. It stays open while the web processes restart, so clients wait instead of failing.

    Processes of a killed installation may still use the port for a moment. Raises CommandError if it is in use for
    longer.
    """
    deadline = time.monotonic() + GRACE + 5
    while True:
        try:
            return socket.create_server((options["host"], options["port"]), backlog=2048)
        except OSError as error:
            if error.errno != errno.EADDRINUSE or time.monotonic() > deadline:
                why = f"Cannot listen on {options['host']}:{options['port']}: {error.strerror}."
                raise CommandError(f"{why} Stop the program that uses it, or choose another --port.") from error
            if deadline - time.monotonic() > GRACE + 4:
                command.stderr.write(f"Port {options['port']} is in use; waiting for it up to {GRACE + 5:.0f} s.")
        time.sleep(1)


def serve(
    command: BaseCommand, more: dict[str, list[str]], options: dict[str, Any], on_ready: Callable[[], None]
) -> None:
    """Run web, workers, sweep and the commands in `more` until stopped."""
    os.environ["WEB_THREADS"] = str(options["threads"])
    with listen(command, options) as pages:
        commands = more | processes(options, pages.fileno())
        supervisor = Supervisor(commands, say=command.stderr.write, pass_fds=[pages.fileno()])
        address = address_of(options)
        supervisor.run(is_ready=lambda: answers(address), on_ready=on_ready, drain=options["drain"])


def processes(options: dict[str, Any], listener: int) -> dict[str, list[str]]:
    """The commands to keep running, by name."""
    manage = [sys.executable, sys.argv[0]]
    web = [
        sys.executable, "-m", "gunicorn", "-c", "python:reviewer.web.serving", "reviewer.wsgi",
        "--bind", f"fd://{listener}",
        "--workers", str(options["workers"]),
    ]  # fmt: skip
    workers = {f"worker {n + 1}": [*manage, "worker"] for n in range(options["jobs"])}
    return {"web": web, **workers, "sweep": [*manage, "sweep"]}


def answers(address: str) -> bool:
    """Whether a web process answers at all, within a second."""
    try:
        requests.get(f"{address}/healthz", timeout=1, allow_redirects=False)
    except requests.RequestException:
        return False
    return True
