import django.db.models.deletion
from django.db import migrations, models

from batches.counter_triggers import drop_counter_triggers, make_counter_triggers


class Migration(migrations.Migration):
    dependencies = [
        ("batches", "0066_upload_files"),
    ]

    operations = [
        migrations.AddField(
            model_name="event",
            name="bulk_decided",
            field=models.BooleanField(
                editable=False,
                help_text="Its verdict was given to all events of a filter, so that nobody looked at this one.",
                null=True,
            ),
        ),
        migrations.CreateModel(
            name="EventCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "week",
                    models.DateField(
                        help_text="Monday of the week (UTC) of a person's verdict; empty without one.", null=True
                    ),
                ),
                ("category", models.CharField(max_length=255)),
                (
                    "severity_rank",
                    models.PositiveSmallIntegerField(
                        choices=[(0, "Other"), (1, "Low"), (2, "Medium"), (3, "High"), (4, "Critical")]
                    ),
                ),
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
                ("is_added", models.BooleanField(help_text="Whether people added them.")),
                ("is_corrected", models.BooleanField()),
                ("bulk_decided", models.BooleanField()),
                ("events", models.IntegerField(help_text="Less than 0 in a change that is not merged yet.")),
                (
                    "is_change",
                    models.BooleanField(help_text="Whether it waits to be merged with the rows of the same values."),
                ),
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
            ],
            options={
                "indexes": [
                    models.Index(fields=["batch", "week", "category", "approval"], name="event_count_of_batch"),
                    models.Index(condition=models.Q(("is_change", True)), fields=["batch"], name="event_count_changes"),
                ],
            },
        ),
        migrations.CreateModel(
            name="WorkTime",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("week", models.DateField(help_text="Monday of the week (UTC) of the verdicts.")),
                (
                    "category",
                    models.CharField(help_text="Category of the events when they were decided.", max_length=255),
                ),
                (
                    "pauses",
                    models.IntegerField(
                        help_text="Number of verdicts, without the first one of each person in the batch."
                    ),
                ),
                ("milliseconds", models.BigIntegerField()),
                (
                    "is_change",
                    models.BooleanField(help_text="Whether it waits to be merged with the rows of the same values."),
                ),
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
            ],
            options={
                "indexes": [
                    models.Index(fields=["batch", "week", "category"], name="work_time_of_batch"),
                    models.Index(condition=models.Q(("is_change", True)), fields=["batch"], name="work_time_changes"),
                ],
            },
        ),
        migrations.RunPython(make_counter_triggers, drop_counter_triggers),
    ]
