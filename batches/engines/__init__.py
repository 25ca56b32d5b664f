"""The queue of long jobs, chosen by TASKS_URL. Imports no Django apps, because the settings import this."""

from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

VALID = "empty (the queue in our own database), procrastinate:// or amqp://USER:PASSWORD@HOST:PORT/VHOST"


@dataclass(frozen=True, slots=True)
class Engine:
    """A queue: its backend for django.tasks, its Django apps, and its worker function.

    `work(begin, end)` calls both in the process that runs the jobs, which may be a child of its own.
    """

    backend: str
    work: str
    apps: tuple[str, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)


def engine_of(url: str, *, postgresql: bool) -> Engine:
    """The engine of a TASKS_URL. Raises ImproperlyConfigured with a message that never contains the URL's password."""
    if not url:
        return Engine("django_tasks_db.DatabaseBackend", "batches.engines.embedded.work", ("django_tasks_db",))
    match urlsplit(url).scheme:
        case "procrastinate":
            if url != "procrastinate://":
                raise ImproperlyConfigured(
                    "TASKS_URL: procrastinate:// takes no address; it uses that of DATABASE_URL."
                )
            if not postgresql:
                raise ImproperlyConfigured("TASKS_URL: procrastinate:// needs PostgreSQL, and DATABASE_URL is SQLite.")
            _installed("procrastinate")
            module, apps = "batches.engines.procrastinate", ("procrastinate.contrib.django",)
            return Engine(f"{module}.ProcrastinateBackend", f"{module}.work", apps)
        case "amqp" | "amqps":
            _installed("celery")
            module = "batches.engines.celery"
            return Engine(f"{module}.CeleryBackend", f"{module}.work", options={"broker": url})
    raise ImproperlyConfigured(f"TASKS_URL: unknown kind of queue. Valid: {VALID}.")


def _installed(package: str) -> None:
    if find_spec(package) is None:
        raise ImproperlyConfigured(f"TASKS_URL: the package {package} is missing; it comes with the extra `scale`.")
