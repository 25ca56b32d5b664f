"""`sweep`: enqueues what is due, and background jobs that no worker holds; runs until stopped unless `--once`."""

import logging
import signal
import threading
from argparse import ArgumentParser
from itertools import count
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError, close_old_connections, connection

from batches.actions.summary import publish_due
from batches.fair_sqlite3.base import FILE_IS_THERE
from batches.jobs.claims import HEARTBEAT
from batches.tasks import sweep, tick

logger = logging.getLogger(__name__)

TIDY_EVERY = 6  # rounds


class Command(BaseCommand):
    help = "Enqueues what is due, and runs that no worker holds. Several of these may run, on any host."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--every", type=float, default=HEARTBEAT.total_seconds(), metavar="SECONDS", help="pause between rounds"
        )
        parser.add_argument("--once", action="store_true", help="one round, then exit")

    def handle(self, *args: Any, **options: Any) -> None:
        connection.settings_dict[FILE_IS_THERE] = True
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        for turn in count():
            tidy = turn % TIDY_EVERY == 0
            try:
                if tidy:
                    publish_due()
                enqueued = sweep(tidy=tidy) + tick(tidy=tidy)
            except DatabaseError as error:
                # The database may be restarting; the sweep goes on when it is back.
                self.stderr.write(f"sweep: {error}")
                close_old_connections()
            else:
                if enqueued:
                    logger.info("sweep: jobs enqueued: %d", enqueued)
            if options["once"] or stop.wait(options["every"]):
                return
