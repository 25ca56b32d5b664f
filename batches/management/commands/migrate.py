"""Django's `migrate`, which can be killed at any moment and run again, and on several hosts at once."""

from typing import Any

from django.core.management.commands import migrate

from batches.management.prepare import one_host_at_a_time
from batches.management.whole_migrations import WholeExecutor

migrate.MigrationExecutor = WholeExecutor  # type: ignore[attr-defined]  # the command has no other place for it


class Command(migrate.Command):
    """The same command; a second one waits until the first has ended."""

    def handle(self, *args: Any, **options: Any) -> None:
        with one_host_at_a_time(options["database"]):
            super().handle(*args, **options)
