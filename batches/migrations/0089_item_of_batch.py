"""On PostgreSQL an event refers to its item and its batch in one, so that each new event is looked up once instead of
twice, and its item is of its batch. SQLite, which would make the table anew, keeps the two references.

New events are checked from here on; 0090 checks those there are, and 0091 removes the two references that this one
replaces.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

# Who stores events has written their items before: the other way round the two would wait for each other.
STATEMENTS = (
    "LOCK TABLE batches_item IN SHARE ROW EXCLUSIVE MODE",
    "CREATE UNIQUE INDEX item_of_batch ON batches_item (id, batch_id)",
    "ALTER TABLE batches_event ADD CONSTRAINT event_item_of_batch FOREIGN KEY (item_id, batch_id) "
    "REFERENCES batches_item (id, batch_id) DEFERRABLE INITIALLY DEFERRED NOT VALID",
)
REVERSE = ("ALTER TABLE batches_event DROP CONSTRAINT event_item_of_batch", "DROP INDEX item_of_batch")


def refer_to_both(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    _execute(editor, STATEMENTS)


def refer_to_each(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    _execute(editor, REVERSE)


def _execute(editor: BaseDatabaseSchemaEditor, statements: tuple[str, ...]) -> None:
    if editor.connection.vendor == "postgresql":
        for statement in statements:
            editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("batches", "0088_fill_decided_counts")]

    operations = [migrations.RunPython(refer_to_both, refer_to_each)]
