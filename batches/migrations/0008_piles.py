"""What pictures look like and which events are near-identical; every batch that is there is asked to be looked at."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def want_piles(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    runs = apps.get_model("batches", "PileRun").objects
    batches = apps.get_model("batches", "Batch").objects.filter(synced_at__isnull=False)
    runs.bulk_create([runs.model(batch_id=pk) for pk in batches.values_list("pk", flat=True)], batch_size=500)


class Migration(migrations.Migration):
    dependencies = [
        ("batches", "0007_vendors"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Likeness",
            fields=[
                (
                    "event",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="likeness",
                        serialize=False,
                        to="batches.event",
                    ),
                ),
                (
                    "picture",
                    models.CharField(
                        help_text="Digest of the address of the picture that was looked at.", max_length=32
                    ),
                ),
                (
                    "looks",
                    models.BigIntegerField(
                        blank=True, help_text="Perceptual hash, 64 bits; none: no picture there.", null=True
                    ),
                ),
                (
                    "pile",
                    models.BigIntegerField(
                        blank=True, help_text="Id of the pile's first event; none: alone.", null=True
                    ),
                ),
                (
                    "batch",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="batches.batch",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "likenesses",
                "indexes": [
                    models.Index(
                        condition=models.Q(("pile__isnull", False)), fields=["batch", "pile"], name="likeness_piled"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PileRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Queued"),
                            ("running", "Running"),
                            ("waiting", "Waiting"),
                            ("done", "Done"),
                            ("incomplete", "Incomplete"),
                            ("failed", "Failed"),
                        ],
                        default="queued",
                        max_length=10,
                    ),
                ),
                (
                    "claim",
                    models.CharField(
                        blank=True, default="", help_text="Of the worker that holds it now.", max_length=36
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("started_at", models.DateTimeField(blank=True, null=True)),
                (
                    "rung_at",
                    models.DateTimeField(blank=True, help_text="When the queue was last told about it.", null=True),
                ),
                ("heartbeat_at", models.DateTimeField(blank=True, null=True)),
                ("retry_at", models.DateTimeField(blank=True, null=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                (
                    "position",
                    models.PositiveIntegerField(default=0, help_text="Steps done: where a killed run goes on."),
                ),
                ("total", models.PositiveIntegerField(blank=True, null=True)),
                ("calls", models.PositiveIntegerField(default=0)),
                ("message", models.TextField(blank=True, default="")),
                (
                    "after",
                    models.IntegerField(
                        default=-1, help_text="Place of the last item looked at: a killed run goes on behind."
                    ),
                ),
                (
                    "again",
                    models.BooleanField(default=False, help_text="Asked for while it ran: it starts over at its end."),
                ),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="pile_runs", to="batches.batch"
                    ),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ("queued", "running", "waiting"))),
                        fields=("batch",),
                        name="piles_one_a_batch",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("finished_at__isnull", True), ("state__in", ("queued", "running", "waiting"))),
                            models.Q(
                                models.Q(("state__in", ("queued", "running", "waiting")), _negated=True),
                                ("finished_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="piles_finished_when",
                    ),
                ],
            },
        ),
        migrations.RunPython(want_piles, migrations.RunPython.noop),
    ]
