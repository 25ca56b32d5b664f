"""A run of thumbnails can be about one item, for which a script asked."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

UNFINISHED = Q(state__in=("queued", "running", "waiting"))


class Migration(migrations.Migration):
    dependencies = [("batches", "0035_undo_what_is_left")]

    operations = [
        migrations.RemoveConstraint("thumbnailrun", "thumbnails_one_a_batch"),
        migrations.AddField(
            "thumbnailrun",
            "item",
            models.ForeignKey(
                blank=True,
                help_text="The only item that a script asked for; empty: all of the batch.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="thumbnail_runs",
                to="batches.item",
            ),
        ),
        migrations.AddConstraint(
            "thumbnailrun",
            models.UniqueConstraint(
                fields=["batch"], condition=Q(item__isnull=True) & UNFINISHED, name="thumbnails_one_a_batch"
            ),
        ),
        migrations.AddConstraint(
            "thumbnailrun",
            models.UniqueConstraint(fields=["item"], condition=UNFINISHED, name="thumbnails_one_an_item"),
        ),
    ]
