"""Custom metadata: ours by key, its history that cannot be rewritten, and the pushes to the vendor."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

HISTORY = ("batches_metadataedit", "batches_metadatastep")


def forbid(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    for table in HISTORY:
        for verb in ("UPDATE", "DELETE"):
            name = f"{table}_no_{verb.lower()}"
            if editor.connection.vendor == "postgresql":
                editor.execute(
                    f"CREATE TRIGGER {name} BEFORE {verb} ON {table} "
                    "FOR EACH ROW EXECUTE FUNCTION batches_append_only()"
                )
            else:
                editor.execute(
                    f"CREATE TRIGGER {name} BEFORE {verb} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                )


def allow(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    for table in HISTORY:
        for verb in ("update", "delete"):
            on = f" ON {table}" if editor.connection.vendor == "postgresql" else ""
            editor.execute(f"DROP TRIGGER {table}_no_{verb}{on}")


class Migration(migrations.Migration):
    dependencies = [
        ("batches", "0012_downloads"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="MetadataEdit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.UUIDField(help_text="Made by the client: the same request again does nothing.")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("edit", "Edited"),
                            ("keep", "Kept ours"),
                            ("take", "Took the vendor's"),
                            ("drop", "Removed"),
                            ("summary", "Review summary"),
                        ],
                        max_length=10,
                    ),
                ),
                ("request", models.CharField(help_text="Digest of what was asked.", max_length=64)),
                (
                    "source",
                    models.CharField(default="page", help_text="page, api, or token and its number", max_length=20),
                ),
                ("address", models.GenericIPAddressField(blank=True, null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "batch",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="metadata_edits",
                        to="batches.batch",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="MetadataPush",
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
                    "tries",
                    models.PositiveIntegerField(default=0, help_text="Turns without success, one after the other."),
                ),
                ("named", models.BooleanField(default=False, help_text="The vendor named the time of the next turn.")),
                (
                    "read_at",
                    models.DateTimeField(blank=True, help_text="When the vendor's map was last read.", null=True),
                ),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="metadata_pushes", to="batches.batch"
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
            },
        ),
        migrations.CreateModel(
            name="MetadataStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=255)),
                ("before", models.JSONField(null=True)),
                ("value", models.JSONField(null=True)),
                (
                    "edit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="steps", to="batches.metadataedit"
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="MetadataEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=255)),
                ("value", models.JSONField()),
                (
                    "base",
                    models.JSONField(
                        help_text="What the vendor had when ours was written, or has confirmed since.", null=True
                    ),
                ),
                (
                    "sent",
                    models.JSONField(default=list, help_text="Values on their way since then: each may have arrived."),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("local", "Kept here only"),
                            ("waiting", "Waiting"),
                            ("pushed", "At the vendor"),
                            ("refused", "Refused"),
                            ("conflict", "Changed on both sides"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "message",
                    models.TextField(blank=True, default="", help_text="Why the vendor refused it, in its own words."),
                ),
                ("pushed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "batch",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="metadata_entries",
                        to="batches.batch",
                    ),
                ),
                (
                    "step",
                    models.ForeignKey(
                        help_text="Also its version.",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="batches.metadatastep",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "metadata entries",
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="SummaryChoice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "names",
                    models.JSONField(
                        default=dict, help_text="approved, rejected, invalid, pending, reviewed_at → key."
                    ),
                ),
                ("automatic_since", models.DateTimeField(blank=True, help_text="Empty: only on demand.", null=True)),
                (
                    "chosen_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "connection",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="summary_choice",
                        to="batches.connection",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="metadataedit",
            constraint=models.UniqueConstraint(fields=("batch", "key"), name="metadata_edit_once"),
        ),
        migrations.AddConstraint(
            model_name="metadatapush",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ("queued", "running", "waiting"))),
                fields=("batch",),
                name="metadata_push_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="metadatapush",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("finished_at__isnull", True), ("state__in", ("queued", "running", "waiting"))),
                    models.Q(
                        models.Q(("state__in", ("queued", "running", "waiting")), _negated=True),
                        ("finished_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="metadata_push_finished_when",
            ),
        ),
        migrations.AddConstraint(
            model_name="metadataentry",
            constraint=models.UniqueConstraint(fields=("batch", "name"), name="metadata_one_a_name"),
        ),
        migrations.AddConstraint(
            model_name="metadataentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["local", "waiting", "pushed", "refused", "conflict"])),
                name="metadata_state_known",
            ),
        ),
        migrations.RunPython(forbid, allow),
    ]
