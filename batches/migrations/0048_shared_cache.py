"""The shared cache: short-lived values that all web processes see, such as counts of wrong codes."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("batches", "0047_trigger_names"),
    ]

    operations = [
        migrations.CreateModel(
            name="CacheEntry",
            fields=[
                (
                    "key",
                    models.CharField(
                        help_text="A digest: it may be about a person.",
                        max_length=64,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("value", models.JSONField()),
                ("ends_at", models.DateTimeField(db_index=True)),
            ],
        ),
    ]
