"""An index of the few events that changed after a verdict or a correction, which all of a batch were read for."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("batches", "0079_upload_views")]

    operations = [
        migrations.AddIndex(
            "event",
            models.Index(
                condition=models.Q(("changed_since", True), ("correction_changed", True), _connector="OR"),
                fields=["batch", "sequence", "id"],
                name="event_changed",
            ),
        ),
    ]
