"""The triggers of the table that 0020 renamed are named after it, and say its name."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from batches.migrations._triggers import append_only


def name_after_table(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    on = " ON batches_metadatachange" if editor.connection.vendor == "postgresql" else ""
    for verb in ("update", "delete"):
        editor.execute(f"DROP TRIGGER IF EXISTS batches_metadatastep_no_{verb}{on}")
    append_only("batches_metadatachange")(apps, editor)


class Migration(migrations.Migration):
    dependencies = [("batches", "0046_search_triggers")]

    operations = [migrations.RunPython(name_after_table, migrations.RunPython.noop)]
