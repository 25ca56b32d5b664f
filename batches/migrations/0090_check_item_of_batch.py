"""On PostgreSQL the events that there are refer to an item of their batch. People decide while this is checked."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def check_both(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute("ALTER TABLE batches_event VALIDATE CONSTRAINT event_item_of_batch")


class Migration(migrations.Migration):
    dependencies = [("batches", "0089_item_of_batch")]

    operations = [migrations.RunPython(check_both, migrations.RunPython.noop)]
