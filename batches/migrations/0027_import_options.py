"""An import keeps how its file is read: separator, encoding, list, units, scale, gap."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("batches", "0026_partial_failure")]

    operations = [
        migrations.AddField(
            "importrun",
            "options",
            models.JSONField(
                blank=True,
                default=dict,
                help_text="How the file is read: separator, encoding, list, units, scale, gap.",
            ),
        ),
    ]
