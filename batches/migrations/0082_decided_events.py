"""The index of decided events has all columns that counts by person, reason and hour read: they need no rows."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("batches", "0081_counted_together")]

    operations = [
        migrations.RemoveIndex("event", "event_decided"),
        migrations.AddIndex(
            "event",
            models.Index(
                condition=models.Q(("decided_at__isnull", False)),
                fields=[
                    "batch",
                    "decided_at",
                    "decided_by",
                    "reason",
                    "approval",
                    "category",
                    "severity_rank",
                    "confidence",
                    "id",
                ],
                name="event_decided",
            ),
        ),
    ]
