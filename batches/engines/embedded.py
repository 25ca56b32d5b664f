"""The default queue: rows in our own database, without another service."""

import logging
import time

from django.core.management import call_command
from django.db import DatabaseError, close_old_connections

logger = logging.getLogger(__name__)

PAUSE = 1.0  # seconds between two looks whether the database is back


def work() -> None:
    """Work on jobs until SIGTERM. While the database is away the worker waits for it."""
    while True:
        try:
            call_command("db_worker", interval=0.3, reload=False)
            return
        except DatabaseError as error:
            logger.warning("worker: %s", str(error).strip())
            close_old_connections()
            time.sleep(PAUSE)
