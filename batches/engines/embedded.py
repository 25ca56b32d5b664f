"""The default queue: rows in our own database, without another service."""

import logging
import time
from collections.abc import Callable

from django.core.management import call_command
from django.db import DatabaseError, close_old_connections

logger = logging.getLogger(__name__)

PAUSE = 1.0  # seconds between two looks whether the database is back


def work(begin: Callable[[], None], end: Callable[[], None]) -> None:
    """Work on jobs until SIGTERM. While the database is away the worker waits for it."""
    begin()
    try:
        while not _worked():
            time.sleep(PAUSE)
    finally:
        end()


def _worked() -> bool:
    """Whether the work ended without a failure of the database."""
    try:
        call_command("db_worker", interval=0.3, reload=False)
    except DatabaseError as error:
        logger.warning("worker: %s", str(error).strip())
        close_old_connections()
        return False
    return True
