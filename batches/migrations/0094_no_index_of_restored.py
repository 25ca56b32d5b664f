"""Nobody asks which steps restore a decision, and none is ever deleted: no index is kept for it."""

import django.db.models.deletion
from django.db import migrations, models

NAME = "batches_decision_restores_id_8f0ccb39"


class Migration(migrations.Migration):
    dependencies = [("batches", "0093_narrow_ranks")]

    operations = [
        # By its name: for another field SQLite would write the whole table anew, without its triggers.
        migrations.RunSQL(
            f"DROP INDEX IF EXISTS {NAME}",
            f"CREATE INDEX IF NOT EXISTS {NAME} ON batches_decision (restores_id)",
            state_operations=[
                migrations.AlterField(
                    "decision",
                    "restores",
                    models.ForeignKey(
                        blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT,
                        related_name="+", to="batches.decision",
                        help_text="For an undo or redo: the decision that is restored. Empty: the vendor's opinion is.",
                    ),
                )
            ],
        ),
    ]  # fmt: skip
