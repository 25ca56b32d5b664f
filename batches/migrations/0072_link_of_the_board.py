"""Links to the figures of the board, which are of no batch."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("batches", "0071_profile_language")]

    operations = [
        migrations.AlterField(
            model_name="link",
            name="batch",
            field=models.ForeignKey(
                blank=True,
                help_text="Empty for the board.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="links",
                to="batches.batch",
            ),
        ),
        migrations.AddConstraint(
            model_name="link",
            constraint=models.CheckConstraint(
                condition=Q(batch__isnull=True, file="board.csv") | Q(batch__isnull=False) & ~Q(file="board.csv"),
                name="link_of_a_batch_or_the_board",
            ),
        ),
    ]
