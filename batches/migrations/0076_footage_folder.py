"""Each connection gets a folder of the storage of footage. Templates that name files already keep the whole storage."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

import batches.models.connection


def keep_files(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    connections = apps.get_model("batches", "Connection").objects.using(editor.connection.alias)
    files = connections.exclude(footage="").exclude(footage="{source}").exclude(footage__contains="://")
    files.update(footage_folder=".")


class Migration(migrations.Migration):
    dependencies = [("batches", "0075_fill_filter_counters")]

    operations = [
        migrations.AddField(
            model_name="connection",
            name="footage_folder",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="Folder in FOOTAGE_FILES with the videos of this connection; “.” is all of it, empty none.",
                max_length=500,
                validators=[batches.models.connection.check_folder],
                verbose_name="folder of footage",
            ),
        ),
        migrations.RunPython(keep_files, migrations.RunPython.noop),
    ]
