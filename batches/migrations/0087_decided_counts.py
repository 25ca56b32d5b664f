import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from batches.counter_triggers import drop_decided_triggers, make_counter_triggers


class Migration(migrations.Migration):
    dependencies = [
        ("batches", "0086_vendor_deletion"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DecidedCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("category", models.CharField(max_length=255)),
                (
                    "approval",
                    models.CharField(
                        choices=[
                            ("pending", "Pending"),
                            ("approved", "Approved"),
                            ("rejected", "Rejected"),
                            ("invalid", "Invalid"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "severity_rank",
                    models.PositiveSmallIntegerField(
                        choices=[(0, "Other"), (1, "Low"), (2, "Medium"), (3, "High"), (4, "Critical")]
                    ),
                ),
                ("band", models.PositiveSmallIntegerField(help_text="Of the confidence: 0 to 9, and 10 without one.")),
                ("is_decided", models.BooleanField(help_text="Whether a person decided them.")),
                ("bulk_decided", models.BooleanField()),
                ("differs", models.BooleanField(help_text="Whether the verdict is not the vendor's.")),
                ("is_changed", models.BooleanField(help_text="Whether they changed after a verdict or a correction.")),
                ("is_corrected", models.BooleanField()),
                ("is_added", models.BooleanField(help_text="Whether people added them.")),
                ("is_flagged", models.BooleanField()),
                ("has_thumbnail", models.BooleanField()),
                ("events", models.IntegerField(help_text="Less than 0 in a change that is not merged yet.")),
                (
                    "is_change",
                    models.BooleanField(help_text="Whether it waits to be merged with the rows of the same values."),
                ),
                ("reason", models.CharField(max_length=80)),
                (
                    "batch",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="batches.batch",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["batch", "decided_by", "reason", "category", "approval", "severity_rank", "band"],
                        name="decided_count_of_batch",
                    ),
                    models.Index(
                        condition=models.Q(("is_change", True)), fields=["batch"], name="decided_count_changes"
                    ),
                ],
            },
        ),
        migrations.RunPython(make_counter_triggers, drop_decided_triggers),
    ]
