"""The columns `key` become `idempotency_key`. No data changes, and no table is made anew: SQLite keeps its triggers."""

from django.db import migrations, models

MODELS = ("Action", "AssignmentChange", "Certificate", "Comment", "ExportRun", "Link", "MetadataEdit")
ONCE = "metadata_edit_once"


class Migration(migrations.Migration):
    dependencies = [("batches", "0027_import_options")]

    operations = [
        # In the database a constraint follows its column; only Django's state has to be told.
        migrations.SeparateDatabaseAndState(state_operations=[migrations.RemoveConstraint("MetadataEdit", ONCE)]),
        *(migrations.RenameField(model, "key", "idempotency_key") for model in MODELS),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AddConstraint(
                    "MetadataEdit", models.UniqueConstraint(fields=["batch", "idempotency_key"], name=ONCE)
                )
            ]
        ),
    ]
