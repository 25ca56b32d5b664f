"""Certificates, which nobody rewrites, and the random order of the events of a category."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models import Count

import batches.models.random_rank

CERTIFICATES = ("batches_certificate", "batches_certifiedpart")


def forbid(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """As for the ledger; on PostgreSQL with the function that 0002 made."""
    for table in CERTIFICATES:
        for verb in ("UPDATE", "DELETE"):
            start = f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table}"
            if editor.connection.vendor == "postgresql":
                editor.execute(f"{start} FOR EACH ROW EXECUTE FUNCTION batches_append_only()")
            else:
                editor.execute(f"{start} BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END")


def note_strata(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    events, batches = apps.get_model("batches", "Event").objects, apps.get_model("batches", "Batch").objects
    for pk in batches.values_list("pk", flat=True):
        counts = events.filter(batch=pk).order_by().values_list("category").annotate(count=Count("pk"))
        batches.filter(pk=pk).update(strata=dict(counts.order_by("count", "category")[:200]))


class Migration(migrations.Migration):
    dependencies = [
        ("batches", "0009_talk"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Certificate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.UUIDField(unique=True)),
                (
                    "category",
                    models.CharField(blank=True, help_text="None: the whole batch.", max_length=255, null=True),
                ),
                (
                    "method",
                    models.CharField(choices=[("sample", "Random sample"), ("census", "All decided")], max_length=6),
                ),
                ("events", models.PositiveIntegerField(help_text="For review at that time.")),
                ("approved", models.PositiveIntegerField(help_text="Of the sample, as are the next two.")),
                ("rejected", models.PositiveIntegerField()),
                ("invalid", models.PositiveIntegerField(help_text="In the sample, but neither for nor against.")),
                ("precision", models.FloatField(help_text="Estimated share of approved among approved and rejected.")),
                ("low", models.FloatField()),
                ("high", models.FloatField()),
                (
                    "after_action",
                    models.BigIntegerField(help_text="The batch's last action that it takes into account."),
                ),
                ("moved", models.PositiveIntegerField(help_text="Events that syncs had brought or taken by then.")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="CertifiedPart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("category", models.CharField(blank=True, max_length=255)),
                ("upto", models.BigIntegerField()),
                ("events", models.PositiveIntegerField()),
                ("approved", models.PositiveIntegerField()),
                ("rejected", models.PositiveIntegerField()),
                ("invalid", models.PositiveIntegerField()),
            ],
            options={
                "ordering": ["certificate", "category"],
            },
        ),
        migrations.AddField(
            model_name="batch",
            name="strata",
            field=models.JSONField(
                blank=True, default=dict, editable=False, help_text="Category → events, as the last sync left them."
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                models.F("batch"),
                models.F("category"),
                batches.models.random_rank.RandomRank("id"),
                models.F("id"),
                models.F("approval"),
                models.F("decided_at"),
                models.F("gone_at"),
                models.F("severity_rank"),
                models.F("confidence"),
                name="event_by_lot",
            ),
        ),
        migrations.AddField(
            model_name="certificate",
            name="batch",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="certificates", to="batches.batch"
            ),
        ),
        migrations.AddField(
            model_name="certificate",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="certifiedpart",
            name="certificate",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="parts",
                to="batches.certificate",
            ),
        ),
        migrations.AddConstraint(
            model_name="certificate",
            constraint=models.CheckConstraint(
                condition=models.Q(("method__in", ["sample", "census"])), name="certificate_method_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="certificate",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("high__gte", models.F("precision")),
                    ("high__lte", 1),
                    ("low__gte", 0),
                    ("low__lte", models.F("precision")),
                ),
                name="certificate_interval_in_order",
            ),
        ),
        migrations.AddConstraint(
            model_name="certifiedpart",
            constraint=models.UniqueConstraint(
                fields=("certificate", "category"), name="certified_part_one_a_category"
            ),
        ),
        migrations.RunPython(note_strata, migrations.RunPython.noop),
        migrations.RunPython(forbid, migrations.RunPython.noop),
    ]
