"""The index of the random order, without columns that people write."""

from django.db import migrations, models

import batches.models.random_rank


class Migration(migrations.Migration):
    dependencies = [("batches", "0092_remove_wide_ranks")]

    operations = [
        migrations.AddIndex(
            "event",
            models.Index(
                models.F("batch"),
                models.F("category"),
                batches.models.random_rank.RandomRank("id"),
                models.F("id"),
                name="event_by_random_rank",
            ),
        ),
    ]
