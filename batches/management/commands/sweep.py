"""`sweep`: enqueue what is due, and again for long jobs that nobody works on; runs for ever unless `--once`."""

import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError, close_old_connections

from batches.actions.summary import publish_due
from batches.jobs.claims import HEARTBEAT
from batches.tasks import sweep, tick


class Command(BaseCommand):
    help = "Takes care that no run is forgotten. One or several of these may run anywhere."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--every", type=float, default=HEARTBEAT.total_seconds(), metavar="SECONDS")
        parser.add_argument("--once", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        while True:
            try:
                publish_due()
                count = sweep() + tick()
            except DatabaseError as error:
                # A database that is restarting comes back; the sweep must be there then.
                self.stderr.write(f"sweep: {error}")
                close_old_connections()
            else:
                if count:
                    self.stdout.write(f"sweep: enqueued {count} jobs")
            if options["once"] or stop.wait(options["every"]):
                return
