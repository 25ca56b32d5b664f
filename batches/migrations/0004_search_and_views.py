"""Order by uncertainty and rarity, saved views, and an index of the words of label and AI text."""

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.math
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models import Count

from batches.migrations._words import drop_words, index_words


def note_rarest(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    events, batches = apps.get_model("batches", "Event").objects, apps.get_model("batches", "Batch").objects
    for pk in batches.values_list("pk", flat=True):
        counts = events.filter(batch=pk).order_by().values_list("category").annotate(count=Count("pk"))
        batches.filter(pk=pk).update(rarest=[name for name, _ in counts.order_by("count", "category")[:200]])


class Migration(migrations.Migration):
    dependencies = [
        ("batches", "0003_redo"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SavedView",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80)),
                ("query", models.CharField(blank=True, max_length=2000)),
                ("shared", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "ordering": ["name", "id"],
            },
        ),
        migrations.AddField(
            model_name="batch",
            name="rarest",
            field=models.JSONField(
                blank=True,
                default=list,
                editable=False,
                help_text="Categories, rarest first, as the last sync left them.",
            ),
        ),
        migrations.AddField(
            model_name="event",
            name="uncertainty",
            field=models.GeneratedField(
                db_persist=True,
                expression=django.db.models.functions.math.Abs(
                    django.db.models.expressions.CombinedExpression(models.F("confidence"), "-", models.Value(0.5))
                ),
                help_text="0: as uncertain as can be; 0.5: certain.",
                output_field=models.FloatField(null=True),
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["batch", "uncertainty", "id"], name="event_by_uncertainty"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(("decided_at__isnull", False)), fields=["batch", "decided_at"], name="event_decided"
            ),
        ),
        migrations.AddField(
            model_name="savedview",
            name="connection",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="views", to="batches.connection"
            ),
        ),
        migrations.AddField(
            model_name="savedview",
            name="owner",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="savedview",
            constraint=models.UniqueConstraint(fields=("owner", "connection", "name"), name="view_one_name_a_person"),
        ),
        migrations.RunPython(note_rarest, migrations.RunPython.noop),
        migrations.RunPython(index_words, drop_words),
    ]
