"""Fold the words of the events there are, some at a time, each some in a transaction of their own.

A run that was stopped goes on where it stopped: an event without words has its turn, whoever wrote it.
"""

from django.db import migrations, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from batches.folding import stored_words
from batches.migrations._search_words import drop_search_words, index_search_words
from batches.migrations._words import drop_words, index_words
from batches.sync import row_writer

EVENTS_A_TRANSACTION = 2_000


def fill(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    model = apps.get_model("batches", "Event")
    after: int | None = 0
    while after is not None:
        with transaction.atomic():
            waiting = model.objects.filter(pk__gt=after, search_words=None).select_for_update().order_by("pk")
            events = list(waiting.values_list("pk", "label", "ai_text")[:EVENTS_A_TRANSACTION])
            row_writer.update(model, ["search_words"], [(stored_words(*texts), pk) for pk, *texts in events])
            after = events[-1][0] if events else None


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("batches", "0021_search_words")]

    operations = [
        # What stands here may be done already where an earlier run was stopped.
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RunPython(index_search_words, drop_search_words),
        migrations.RunPython(drop_words, index_words),
    ]
