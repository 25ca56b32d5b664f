"""A column for the folded words of an event. It is empty at first, so that no table is written anew."""

from django.db import migrations

import batches.models.search_words


class Migration(migrations.Migration):
    dependencies = [("batches", "0020_plain_names")]

    operations = [
        migrations.AddField(
            "event", "search_words", batches.models.search_words.SearchWordsField(editable=False, null=True)
        )
    ]
