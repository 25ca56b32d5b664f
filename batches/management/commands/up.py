"""`up`: runs web, workers and sweep, for development and small installations."""

import errno
import os
import socket
import sys
import time
from argparse import SUPPRESS, ArgumentParser
from functools import partial
from tempfile import TemporaryDirectory
from typing import Any

import requests
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.urls import reverse
from gunicorn.app.wsgiapp import WSGIApplication

from batches.actions.setup import issue_setup_code
from batches.jobs.slots import KINDS, SLOTS
from batches.management.prepare import check_connections, prepare
from batches.management.supervise import GRACE, Act, Supervisor


class Command(BaseCommand):
    help = "Runs the web server, workers and the sweep; restarts what dies; stops all of them together."
    requires_system_checks: list[str] = []  # `prepare` makes all of them

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
        parser.add_argument("--prepared", action="store_true", help=SUPPRESS)

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["prepared"]:
            for sentence in prepare():
                self.stdout.write(sentence)
            check_connections(connections_of(options))
            begin_anew(self, options)
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


def local_url(options: dict[str, Any]) -> str:
    """The address in links and invitations while PUBLIC_URL does not give the one that people use."""
    every = options["host"] in ("", "0.0.0.0", "::")  # noqa: S104
    return address_of(options | {"host": "127.0.0.1"} if every else options)


def connections_of(options: dict[str, Any]) -> int:
    """The most database connections that the processes hold: one per request, two per job, one per upload or
    search, two for sweep and `up`.
    """
    pool: int = connection.settings_dict["OPTIONS"].get("pool", {}).get("max_size", options["threads"])
    threads: int = min(options["threads"] + 1, pool)  # one answers probes
    jobs: int = options["jobs"]
    return int(options["workers"]) * threads + (2 + SLOTS * len(KINDS)) * jobs + 2


def listen(command: BaseCommand, options: dict[str, Any], remedy: str = "or choose another --port") -> socket.socket:
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
                raise CommandError(f"{why} Stop the program that uses it, {remedy}.") from error
            if deadline - time.monotonic() > GRACE + 4:
                command.stderr.write(f"Port {options['port']} is in use; waiting for it up to {GRACE + 5:.0f} s.")
        time.sleep(1)


def begin_anew(command: BaseCommand, options: dict[str, Any]) -> None:
    """Go on as a program with `--prepared`: what the preparation took is free again, its connections are closed, and
    the settings know how many threads there are. Does not return.
    """
    command.stdout.flush()
    env = {"PUBLIC_URL": local_url(options)} | os.environ | {"WEB_THREADS": str(options["threads"])}
    os.execve(sys.executable, [sys.executable, *sys.argv, "--prepared"], env)  # noqa: S606


def serve(command: BaseCommand, more: dict[str, Act], options: dict[str, Any], on_ready: Act) -> None:
    """Run web, workers, sweep and the acts in `more` until stopped."""
    # Web processes add up their figures in a folder that is empty at the start (reviewer/web/metrics.py).
    with listen(command, options) as pages, TemporaryDirectory(prefix="reviewer-figures-") as folder:
        os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", folder)
        reverse("login")  # all pages and their addresses, before the processes are made, which share them
        supervisor = Supervisor(more | acts(options, pages.fileno()), say=command.stderr.write)
        address = address_of(options)
        supervisor.run(is_ready=lambda: answers(address), on_ready=on_ready, drain=options["drain"])


def acts(options: dict[str, Any], listener: int) -> dict[str, Act]:
    """What the processes do, by name."""
    workers = {f"worker {n + 1}": partial(call_command, "worker") for n in range(options["jobs"])}
    return {
        "web": partial(serve_pages, listener, options["workers"]),
        **workers,
        "sweep": partial(call_command, "sweep"),
    }


def serve_pages(listener: int, workers: int) -> None:
    """What the program `gunicorn` does."""
    sys.argv = ["gunicorn", "-c", "python:reviewer.web.serving", "reviewer.wsgi",
                "--bind", f"fd://{listener}", "--workers", str(workers)]  # fmt: skip
    WSGIApplication("%(prog)s [OPTIONS] [APP_MODULE]", prog="gunicorn").run()


def answers(address: str) -> bool:
    """Whether a web process answers at all, within a second."""
    try:
        requests.get(f"{address}/healthz", timeout=1, allow_redirects=False)
    except requests.RequestException:
        return False
    return True
