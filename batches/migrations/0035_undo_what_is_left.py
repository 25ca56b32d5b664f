"""Several undos may name one action: each takes back what stood of it at that time. No data changes."""

import django.db.models.deletion
from django.db import migrations, models

from batches.migrations._triggers import append_only

ACTIONS = append_only("batches_action")


class Migration(migrations.Migration):
    dependencies = [("batches", "0034_batch_start")]

    operations = [
        migrations.AlterField(
            "action",
            "undoes",
            models.ForeignKey(
                blank=True,
                help_text="Several may undo one: each what stood of it at that time.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="undone_by",
                to="batches.action",
            ),
        ),
        migrations.RunPython(ACTIONS, ACTIONS),
    ]
