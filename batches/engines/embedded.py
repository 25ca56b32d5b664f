"""The default queue: rows in our own database, without another service."""

from django.core.management import call_command


def work() -> None:
    """Work on jobs until SIGTERM."""
    call_command("db_worker", interval=0.3, reload=False)
