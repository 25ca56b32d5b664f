"""What state a database is in: with data or without, of this version or an older one, true to its ledger or not."""

from collections.abc import Iterator

from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.migrations.executor import MigrationExecutor

from batches.actions.check import ledger_problems
from batches.models import Connection


def tables() -> set[str]:
    with connection.cursor() as cursor:
        return set(connection.introspection.table_names(cursor))


def has_data() -> bool:
    """Whether anybody works with our database: everything else hangs on people and connections."""
    there = tables()
    return any(model._meta.db_table in there and model._default_manager.exists() for model in (User, Connection))


def is_older(using: str = DEFAULT_DB_ALIAS) -> bool:
    """Whether migrations of this version are missing; then our models cannot read it."""
    executor = MigrationExecutor(connections[using])
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def problems(using: str = DEFAULT_DB_ALIAS) -> Iterator[str]:
    """What does not agree with the ledger; nothing for a database of an older version, which cannot be asked."""
    if not is_older(using):
        yield from ledger_problems(using)


def unreadable_keys() -> Iterator[str]:
    """A sentence for each vendor key that was encrypted with another CREDENTIALS_KEY."""
    for pk, name in Connection.objects.values_list("pk", "name"):
        try:
            Connection.objects.only("api_key").get(pk=pk)
        except ImproperlyConfigured:
            yield f"The vendor key of {name!r} cannot be decrypted: set the CREDENTIALS_KEY it was saved with."
