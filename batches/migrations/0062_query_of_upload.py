"""The query of an upload's address, often a signature, is encrypted, and removed from uploads that are done."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

import batches.models.fields


def move_queries(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    uploads = apps.get_model("batches", "VideoUpload").objects.using(editor.connection.alias)
    for run in uploads.filter(address__contains="?").iterator():
        run.address, _, query = run.address.partition("?")
        run.query = "" if run.state == "done" else query
        run.save(update_fields=["address", "query"])


def restore_queries(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    uploads = apps.get_model("batches", "VideoUpload").objects.using(editor.connection.alias)
    for run in uploads.exclude(state="done").iterator():
        if run.query:
            run.address = f"{run.address}?{run.query}"
            run.save(update_fields=["address"])


class Migration(migrations.Migration):
    dependencies = [("batches", "0061_footage")]

    operations = [
        migrations.AddField(
            model_name="videoupload",
            name="query",
            field=batches.models.fields.EncryptedTextField(
                blank=True,
                default="",
                help_text="Of the address, often a signature. Removed once the video is uploaded.",
            ),
        ),
        migrations.AlterField(
            model_name="videoupload",
            name="address",
            field=models.CharField(help_text="Without its query.", max_length=2000),
        ),
        migrations.RunPython(move_queries, restore_queries),
    ]
