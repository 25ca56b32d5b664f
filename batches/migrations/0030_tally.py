"""Counts of what happened lately: failed sign-ins, calls of scripts, what a person made in an hour."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("batches", "0029_additions"),
    ]

    operations = [
        migrations.CreateModel(
            name="Tally",
            fields=[
                ("key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("count", models.PositiveIntegerField()),
                ("counted_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField(db_index=True)),
            ],
        ),
    ]
