"""Leases and presence, second opinions, and what an event said when it was decided."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def forbid(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Opinions are a ledger too."""
    for verb in ("UPDATE", "DELETE"):
        does = (
            "FOR EACH ROW EXECUTE FUNCTION batches_append_only()"
            if editor.connection.vendor == "postgresql"
            else "BEGIN SELECT RAISE(ABORT, 'batches_opinion is append-only'); END"
        )
        editor.execute(f"CREATE TRIGGER batches_opinion_no_{verb.lower()} BEFORE {verb} ON batches_opinion {does}")


def allow(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    on = " ON batches_opinion" if editor.connection.vendor == "postgresql" else ""
    for verb in ("update", "delete"):
        editor.execute(f"DROP TRIGGER batches_opinion_no_{verb}{on}")


class Migration(migrations.Migration):
    dependencies = [
        ("batches", "0010_insights"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Consensus",
            fields=[
                (
                    "event",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="consensus",
                        serialize=False,
                        to="batches.event",
                    ),
                ),
                ("wanted", models.PositiveSmallIntegerField(help_text="Opinions asked for when the first one came.")),
                ("given", models.PositiveSmallIntegerField(default=0)),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("open", "Waiting for opinions"),
                            ("agreed", "All agree"),
                            ("disputed", "Opinions differ"),
                            ("settled", "Settled by an editor"),
                        ],
                        default="open",
                        max_length=8,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="EventPast",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("fingerprint", models.CharField(max_length=32)),
                ("timestamp", models.CharField(blank=True, default="", max_length=255)),
                ("category", models.CharField(blank=True, default="", max_length=255)),
                ("label", models.TextField(blank=True, default="")),
                ("severity", models.CharField(blank=True, default="", max_length=255)),
                ("ai_text", models.TextField(blank=True, default="")),
                ("start_s", models.FloatField(blank=True, null=True)),
                ("end_s", models.FloatField(blank=True, null=True)),
                ("confidence", models.FloatField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Lease",
            fields=[
                (
                    "event",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="lease",
                        serialize=False,
                        to="batches.event",
                    ),
                ),
                ("until", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Opinion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(help_text="Among the steps of the event, from 1.")),
                ("version", models.PositiveIntegerField(help_text="The event's version that the person saw.")),
                ("fingerprint", models.CharField(help_text="What the person saw.", max_length=32)),
                (
                    "approval",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("pending", "Pending"),
                            ("approved", "Approved"),
                            ("rejected", "Rejected"),
                            ("invalid", "Invalid"),
                        ],
                        max_length=8,
                        null=True,
                    ),
                ),
                ("reason", models.CharField(blank=True, default="", max_length=80)),
                ("note", models.TextField(blank=True, default="")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "ordering": ["event", "number"],
            },
        ),
        migrations.CreateModel(
            name="Screen",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token", models.UUIDField(help_text="Of the page; a reload has another.")),
                ("seen_at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="batch",
            name="opinions_wanted",
            field=models.PositiveSmallIntegerField(
                default=1, help_text="Reviewers an event; more than one: blind until all have said what they think."
            ),
        ),
        migrations.AddConstraint(
            model_name="batch",
            constraint=models.CheckConstraint(
                condition=models.Q(("opinions_wanted__range", (1, 5))), name="batch_opinions_wanted"
            ),
        ),
        migrations.AddField(
            model_name="consensus",
            name="batch",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="batches.batch"
            ),
        ),
        migrations.AddField(
            model_name="eventpast",
            name="event",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="past", to="batches.event"
            ),
        ),
        migrations.AddField(
            model_name="lease",
            name="user",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="opinion",
            name="action",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="opinions", to="batches.action"
            ),
        ),
        migrations.AddField(
            model_name="opinion",
            name="event",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="opinions", to="batches.event"
            ),
        ),
        migrations.AddField(
            model_name="opinion",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="screen",
            name="batch",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="screens", to="batches.batch"
            ),
        ),
        migrations.AddField(
            model_name="screen",
            name="event",
            field=models.ForeignKey(
                blank=True,
                help_text="What it shows.",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="batches.event",
            ),
        ),
        migrations.AddField(
            model_name="screen",
            name="user",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="lease",
            name="screen",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="leases", to="batches.screen"
            ),
        ),
        migrations.AddIndex(
            model_name="consensus",
            index=models.Index(fields=["batch", "stage"], name="consensus_stage"),
        ),
        migrations.AddConstraint(
            model_name="consensus",
            constraint=models.CheckConstraint(
                condition=models.Q(("given__lte", models.F("wanted"))), name="consensus_no_more_than_wanted"
            ),
        ),
        migrations.AddConstraint(
            model_name="consensus",
            constraint=models.CheckConstraint(
                condition=models.Q(("stage__in", ["open", "agreed", "disputed", "settled"])),
                name="consensus_stage_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="eventpast",
            constraint=models.UniqueConstraint(fields=("event", "fingerprint"), name="past_once_a_fingerprint"),
        ),
        migrations.AddConstraint(
            model_name="opinion",
            constraint=models.UniqueConstraint(fields=("event", "number"), name="opinion_one_a_number"),
        ),
        migrations.AddConstraint(
            model_name="opinion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("approval__isnull", True), ("note", ""), ("reason", "")),
                    ("approval__in", ["approved", "rejected", "invalid"]),
                    _connector="OR",
                ),
                name="opinion_approval_known",
            ),
        ),
        migrations.AddIndex(
            model_name="screen",
            index=models.Index(fields=["batch", "seen_at"], name="screen_seen"),
        ),
        migrations.AddConstraint(
            model_name="screen",
            constraint=models.UniqueConstraint(fields=("user", "batch", "token"), name="screen_once_a_page"),
        ),
        migrations.RunPython(forbid, allow),
    ]
