"""Columns, indexes and reverse names called after what they hold."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("batches", "0041_videos")]

    operations = [
        migrations.RenameField("batch", "leaves_at", "expires_at"),
        migrations.RenameField("batch", "kept", "stored_items"),
        migrations.RenameIndex("event", new_name="event_by_random_rank", old_name="event_by_lot"),
        migrations.RenameIndex("poll", new_name="poll_due", old_name="watch_due"),
        migrations.RemoveConstraint("vendorwebhookreceipt", "hint_once"),
        migrations.AlterField(
            "vendorwebhookreceipt",
            "schedule",
            models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="receipts", to="batches.schedule"
            ),
        ),
        migrations.AddConstraint(
            "vendorwebhookreceipt",
            models.UniqueConstraint(fields=["schedule", "signature"], name="webhook_receipt_once"),
        ),
        migrations.AlterField(
            "bulkrun",
            "comparison",
            models.ForeignKey(
                blank=True,
                db_index=False,
                help_text="Where each event gets the verdict of its partner in the earlier batch.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="copy_runs",
                to="batches.comparison",
            ),
        ),
    ]
