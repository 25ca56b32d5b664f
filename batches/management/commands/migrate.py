"""Django's `migrate`, which can be killed at any moment and run again."""

from django.core.management.commands import migrate

from batches.management.whole_migrations import WholeExecutor

migrate.MigrationExecutor = WholeExecutor  # type: ignore[attr-defined]  # the command has no other place for it


class Command(migrate.Command):
    """The same command."""
