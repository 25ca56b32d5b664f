"""Plain names for tables and columns. No data changes."""

from django.db import migrations, models
from django.db.models import CASCADE


class Migration(migrations.Migration):
    dependencies = [("batches", "0019_columns_of_other_rows")]

    operations = [
        migrations.RenameModel("Screen", "OpenPage"),
        migrations.RenameField("Lease", "screen", "open_page"),
        migrations.RenameModel("Likeness", "PictureHash"),
        migrations.RenameField("PictureHash", "looks", "difference_hash"),
        migrations.RenameModel("Watch", "Poll"),
        migrations.RenameField("Poll", "looked_at", "polled_at"),
        migrations.RenameField("Poll", "said", "message"),
        migrations.RenameField("Poll", "rung_at", "enqueued_at"),
        migrations.RenameModel("Hint", "VendorWebhookReceipt"),
        migrations.RenameField("Schedule", "said", "message"),
        migrations.RenameField("Schedule", "rung_at", "enqueued_at"),
        migrations.RenameField("Schedule", "hinted_at", "webhook_at"),
        migrations.RenameModel("MetadataStep", "MetadataChange"),
        migrations.RenameField("Action", "address", "ip_address"),
        migrations.RenameField("MetadataEdit", "address", "ip_address"),
        migrations.RenameField("BulkRun", "rung_at", "enqueued_at"),
        migrations.RenameField("ComparisonRun", "rung_at", "enqueued_at"),
        migrations.RenameField("ExportRun", "rung_at", "enqueued_at"),
        migrations.RenameField("ImportRun", "rung_at", "enqueued_at"),
        migrations.RenameField("MetadataPush", "rung_at", "enqueued_at"),
        migrations.RenameField("PileRun", "rung_at", "enqueued_at"),
        migrations.RenameField("SyncRun", "rung_at", "enqueued_at"),
        migrations.RenameField("ThumbnailRun", "rung_at", "enqueued_at"),
        migrations.RenameField("Webhook", "rung_at", "enqueued_at"),
        migrations.AlterField(
            "openpage",
            "batch",
            models.ForeignKey(db_index=False, on_delete=CASCADE, related_name="open_pages", to="batches.batch"),
        ),
        migrations.AlterField(
            "picturehash",
            "event",
            models.OneToOneField(
                on_delete=CASCADE, primary_key=True, related_name="picture_hash", serialize=False, to="batches.event"
            ),
        ),
        migrations.AlterField(
            "poll", "batch", models.OneToOneField(on_delete=CASCADE, related_name="poll", to="batches.batch")
        ),
        migrations.AlterModelOptions("poll", {"ordering": ["next_at", "id"]}),
    ]
