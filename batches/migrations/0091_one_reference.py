"""On PostgreSQL the reference of an event to its item and batch in one replaces those to each of them. For Django the
fields are as before.
"""

from random import random
from time import sleep
from typing import Any

from django.db import OperationalError, migrations, transaction
from django.db.migrations.state import StateApps

REPLACED = ("batch", "item")
LOCKED = "batches_batch, batches_item, batches_event"
TRIES = 300
LOCK_NOT_AVAILABLE = "55P03"  # PostgreSQL's code


def keep_one(apps: StateApps, editor: Any) -> None:
    if editor.connection.vendor != "postgresql":
        return
    lock_when_free(editor)
    event = apps.get_model("batches", "Event")
    for name in REPLACED:
        column = event._meta.get_field(name).column
        for constraint in editor._constraint_names(event, [column], foreign_key=True):
            editor.execute(editor._delete_fk_sql(event, constraint))


def lock_when_free(editor: Any, tables: str = LOCKED, tries: int = TRIES) -> None:
    """Lock the tables whose references change. Verdicts, pages and imports take them in different orders, so that
    whoever waited for all would end in a deadlock with one of them, and keep the others waiting: this gives way before,
    releases what it has, and tries again.
    """
    for left in reversed(range(tries)):
        try:
            with transaction.atomic(using=editor.connection.alias):
                editor.execute("SET LOCAL lock_timeout = '200ms'")
                editor.execute(f"LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE")
                editor.execute("SET LOCAL lock_timeout TO DEFAULT")
            return
        except OperationalError as error:
            if not left or getattr(error.__cause__, "sqlstate", None) != LOCK_NOT_AVAILABLE:
                raise
        sleep(0.1 + random() / 5)  # noqa: S311  (so that it does not meet the same work each time)


def keep_each(apps: StateApps, editor: Any) -> None:
    if editor.connection.vendor == "postgresql":
        event = apps.get_model("batches", "Event")
        for name in REPLACED:
            editor.execute(editor._create_fk_sql(event, event._meta.get_field(name), "_fk_%(to_table)s_%(to_column)s"))


class Migration(migrations.Migration):
    dependencies = [("batches", "0090_check_item_of_batch")]

    operations = [migrations.RunPython(keep_one, keep_each)]
