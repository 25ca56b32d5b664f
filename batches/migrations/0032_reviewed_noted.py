"""A batch remembers that webhooks know it is reviewed, so that they are notified once each time it becomes so."""

from typing import Any

from django.db import migrations, models
from django.db.models import Exists, OuterRef, Q


def note_reviewed(apps: Any, schema_editor: Any) -> None:
    Batch, Event = apps.get_model("batches", "Batch"), apps.get_model("batches", "Event")
    decided = Exists(Event.objects.filter(batch=OuterRef("pk"), decided_at__isnull=False).order_by())
    by_people = Q(review_status=2) | Q(review_status_updated_at__isnull=True) & Q(decided)
    complete = Batch.objects.filter(by_people, pending=0)
    complete.exclude(state__in=("waiting", "processing"), gone_at__isnull=True).update(reviewed_noted=True)


class Migration(migrations.Migration):
    dependencies = [("batches", "0031_plain_words")]

    operations = [
        migrations.AddField(
            "batch",
            "reviewed_noted",
            models.BooleanField(
                default=False, editable=False, help_text="Webhooks were notified that it is reviewed, and it still is."
            ),
        ),
        migrations.RunPython(note_reviewed, migrations.RunPython.noop, elidable=True),
    ]
