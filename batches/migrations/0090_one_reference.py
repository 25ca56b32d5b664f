"""On PostgreSQL the reference of an event to its item and batch in one is checked, while people decide, and replaces
those to each of them. For Django the fields are as before.
"""

from typing import Any

from django.db import migrations
from django.db.migrations.state import StateApps

REPLACED = ("batch", "item")


def check_both(apps: StateApps, editor: Any) -> None:
    if editor.connection.vendor != "postgresql":
        return
    editor.execute("ALTER TABLE batches_event VALIDATE CONSTRAINT event_item_of_batch")
    editor.execute("LOCK TABLE batches_batch, batches_item, batches_event IN ACCESS EXCLUSIVE MODE")
    event = apps.get_model("batches", "Event")
    for name in REPLACED:
        column = event._meta.get_field(name).column
        for constraint in editor._constraint_names(event, [column], foreign_key=True):
            editor.execute(editor._delete_fk_sql(event, constraint))


def check_each(apps: StateApps, editor: Any) -> None:
    if editor.connection.vendor == "postgresql":
        event = apps.get_model("batches", "Event")
        for name in REPLACED:
            editor.execute(editor._create_fk_sql(event, event._meta.get_field(name), "_fk_%(to_table)s_%(to_column)s"))


class Migration(migrations.Migration):
    dependencies = [("batches", "0089_item_of_batch")]

    operations = [migrations.RunPython(check_both, check_each)]
