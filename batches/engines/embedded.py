"""The default queue: rows in our own database, without another service."""

import logging
import time
from collections.abc import Callable

from django.db import DatabaseError, close_old_connections, connection
from django.tasks import TaskResultStatus
from django.utils.crypto import get_random_string
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult

logger = logging.getLogger(__name__)

PAUSE = 1.0  # seconds between two looks whether the database is back
IDLE = 0.3  # seconds between two looks for jobs
KEEP = 60  # looks, after which the connection is made anew


def work(begin: Callable[[], None], end: Callable[[], None]) -> None:
    """Work on jobs until SIGTERM. While the database is away the worker waits for it."""
    worker = Worker(
        queue_names=["*"], excluded_queue_names=[], interval=0, batch=True, backend_name="default",
        startup_delay=False, max_tasks=None, worker_id=get_random_string(32),
    )  # fmt: skip
    worker.configure_signals()
    begin()
    try:
        looks = 0
        while worker.running:
            try:
                if _has_job():
                    worker.run()
            except DatabaseError as error:
                logger.warning("worker: %s", str(error).strip())
                close_old_connections()
                time.sleep(PAUSE)
            looks += 1
            if not looks % KEEP:
                close_old_connections()
            time.sleep(IDLE)
    finally:
        end()


def _has_job() -> bool:
    """A look that writes nothing, on a connection that stays open: the library's own takes the lock of writers."""
    table = DBTaskResult._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM {table} WHERE status = %s LIMIT 1", [TaskResultStatus.READY.value])  # noqa: S608
        return cursor.fetchone() is not None
