"""The state of a database: whether it has data, is of this version, and agrees with its ledger."""

from collections.abc import Iterator

from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.migrations.executor import MigrationExecutor

from batches.actions.check import ledger_problems
from batches.models import Connection, UserSession

SESSIONS = UserSession._meta.db_table  # left out of every copy


def tables() -> set[str]:
    with connection.cursor() as cursor:
        return set(connection.introspection.table_names(cursor))


def has_data() -> bool:
    """Whether our database has people or connections, on which all other data depends."""
    table_names = tables()
    return any(model._meta.db_table in table_names and model._default_manager.exists() for model in (User, Connection))


def is_older(using: str = DEFAULT_DB_ALIAS) -> bool:
    """Whether migrations of this version are missing, so that our models cannot read the database."""
    executor = MigrationExecutor(connections[using])
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def is_newer() -> bool:
    """Whether our database has migrations that this version does not know."""
    loader = MigrationExecutor(connection).loader
    unknown = loader.applied_migrations.keys() - loader.disk_migrations.keys()
    return any(app in loader.migrated_apps for app, _ in unknown)


def problems(using: str = DEFAULT_DB_ALIAS) -> Iterator[str]:
    """Yield inconsistencies with the ledger; none for a database of an older version, which cannot be read."""
    if not is_older(using):
        yield from ledger_problems(using)


def unreadable_keys() -> Iterator[str]:
    """Yield a sentence for each vendor key that was encrypted with another CREDENTIALS_KEY."""
    for pk, name in Connection.objects.values_list("pk", "name"):
        try:
            Connection.objects.only("api_key").get(pk=pk)
        except ImproperlyConfigured:
            yield f"The vendor key of {name!r} cannot be decrypted: set the CREDENTIALS_KEY it was saved with."
