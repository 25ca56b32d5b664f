import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from batches.migrations._triggers import append_only, rewritable

TABLE = "batches_watcheditem"


class Migration(migrations.Migration):
    dependencies = [
        ("batches", "0049_console_texts"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="WatchedItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("idempotency_key", models.UUIDField(unique=True)),
                (
                    "playable",
                    models.BooleanField(
                        default=True,
                        help_text="False: it could not be watched, and counts neither as watched nor as missing.",
                    ),
                ),
                (
                    "findings_hidden",
                    models.BooleanField(default=False, help_text="Whether the findings were hidden meanwhile."),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "batch",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="watched_items",
                        to="batches.batch",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="watched",
                        to="batches.item",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "indexes": [models.Index(fields=["batch", "item"], name="watched_of_batch")],
            },
        ),
        migrations.RunPython(append_only(TABLE), rewritable(TABLE)),
    ]
