import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from batches.migrations._triggers import append_only, rewritable

TABLE = "batches_recallcertificate"


class Migration(migrations.Migration):
    dependencies = [
        ("batches", "0050_watched_items"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="RecallCertificate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("idempotency_key", models.UUIDField(unique=True)),
                ("videos", models.PositiveIntegerField(help_text="Videos that could be watched at that time.")),
                ("sampled", models.PositiveIntegerField(help_text="Videos of the sample.")),
                ("hits", models.PositiveIntegerField(help_text="Approved findings in the sample.")),
                ("missed", models.PositiveIntegerField(help_text="Missed events in the sample that people added.")),
                ("recall", models.FloatField(help_text="Share of findings among findings and missed events.")),
                ("low", models.FloatField()),
                ("high", models.FloatField()),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="recall_certificates",
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
            ],
            options={
                "ordering": ["id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("high__gte", models.F("recall")),
                            ("high__lte", 1),
                            ("low__gte", 0),
                            ("low__lte", models.F("recall")),
                        ),
                        name="recall_certificate_interval_in_order",
                    )
                ],
            },
        ),
        migrations.RunPython(append_only(TABLE), rewritable(TABLE)),
    ]
