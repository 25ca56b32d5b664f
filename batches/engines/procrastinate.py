"""Procrastinate on our own PostgreSQL: several workers on several hosts, and no broker."""

from collections.abc import Callable
from typing import Any

from django.core.management import call_command
from procrastinate.contrib.django import app

from batches.engines import fire_and_forget

QUEUE = "reviewer"

# A dead worker leaves its job as "doing". The sweep enqueues the run again, so this queue does not retry.
perform = app.task(name="perform", queue=QUEUE)(fire_and_forget.perform)


class ProcrastinateBackend(fire_and_forget.FireAndForgetBackend):
    """Enqueues with our own database connection, so that a rollback also removes the job."""

    def send(self, path: str, args: list[Any], kwargs: dict[str, Any]) -> str:
        return str(app.configure_task(perform.name, queue=QUEUE).defer(path=path, args=args, kwargs=kwargs))


def work(begin: Callable[[], None], end: Callable[[], None]) -> None:
    """Work on jobs until SIGTERM."""
    begin()
    try:
        call_command("procrastinate", "worker", queues=[QUEUE], delete_jobs="always")
    finally:
        end()
