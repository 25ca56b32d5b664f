"""Procrastinate on our own PostgreSQL: several workers on several hosts, and no broker."""

from typing import Any

from django.core.management import call_command
from procrastinate.contrib.django import app

from batches.engines import fire_and_forget

QUEUE = "reviewer"

# A worker that died leaves its job behind as "doing"; the sweep enqueues again, so nothing here retries.
perform = app.task(name="perform", queue=QUEUE)(fire_and_forget.perform)


class ProcrastinateBackend(fire_and_forget.FireAndForgetBackend):
    """Enqueues with our own database connection: what is rolled back was never enqueued."""

    def send(self, path: str, args: list[Any], kwargs: dict[str, Any]) -> str:
        return str(app.configure_task(perform.name, queue=QUEUE).defer(path=path, args=args, kwargs=kwargs))


def work() -> None:
    """Work on jobs until SIGTERM."""
    call_command("procrastinate", "worker", queues=[QUEUE], delete_jobs="always")
