"""Names and help texts of fields in the console, in plain English."""

from django.db import migrations, models

from batches.migrations._alter_texts import AlterTexts

TEXTS = [
    migrations.AlterField(
        model_name="accountvideo",
        name="external_id",
        field=models.CharField(max_length=255, verbose_name="external ID"),
    ),
    migrations.AlterField(
        model_name="action",
        name="ip_address",
        field=models.GenericIPAddressField(blank=True, null=True, verbose_name="IP address"),
    ),
    migrations.AlterField(
        model_name="batch",
        name="external_id",
        field=models.CharField(max_length=255, verbose_name="external ID"),
    ),
    migrations.AlterField(
        model_name="batch",
        name="state",
        field=models.CharField(
            choices=[
                ("waiting", "Waiting"),
                ("processing", "Processing"),
                ("completed", "Completed"),
                ("partial", "Partially completed"),
                ("failed", "Failed"),
                ("canceled", "Canceled"),
                ("unknown", "Unknown"),
            ],
            default="unknown",
            max_length=12,
        ),
    ),
    migrations.AlterField(
        model_name="batch",
        name="viewer_url",
        field=models.CharField(blank=True, default="", max_length=2000, verbose_name="viewer URL"),
    ),
    migrations.AlterField(
        model_name="connection",
        name="base_url",
        field=models.CharField(
            blank=True,
            help_text="Empty for connections that only import files.",
            max_length=500,
            verbose_name="base URL",
        ),
    ),
    migrations.AlterField(
        model_name="connection",
        name="free_values",
        field=models.BooleanField(
            default=True,
            help_text="Whether corrections may use new labels, categories and severities.",
            verbose_name="allow new values",
        ),
    ),
    migrations.AlterField(
        model_name="event",
        name="ai_text",
        field=models.TextField(blank=True, default="", verbose_name="AI text"),
    ),
    migrations.AlterField(
        model_name="event",
        name="external_id",
        field=models.CharField(blank=True, default="", max_length=255, verbose_name="external ID"),
    ),
    migrations.AlterField(
        model_name="event",
        name="thumbnail_url",
        field=models.CharField(blank=True, default="", max_length=2000, verbose_name="thumbnail URL"),
    ),
    migrations.AlterField(
        model_name="eventpast",
        name="ai_text",
        field=models.TextField(blank=True, default="", verbose_name="AI text"),
    ),
    migrations.AlterField(
        model_name="folder",
        name="external_id",
        field=models.CharField(max_length=255, verbose_name="external ID"),
    ),
    migrations.AlterField(
        model_name="invitation",
        name="email",
        field=models.EmailField(
            blank=True,
            default="",
            help_text="Email address the invitation was sent to. The new account gets it.",
            max_length=254,
        ),
    ),
    migrations.AlterField(
        model_name="item",
        name="analysis_id",
        field=models.CharField(blank=True, max_length=255, null=True, verbose_name="analysis ID"),
    ),
    migrations.AlterField(
        model_name="item",
        name="external_id",
        field=models.CharField(max_length=255, verbose_name="external ID"),
    ),
    migrations.AlterField(
        model_name="item",
        name="source_uri",
        field=models.CharField(blank=True, default="", max_length=2000, verbose_name="source URI"),
    ),
    migrations.AlterField(
        model_name="item",
        name="state",
        field=models.CharField(
            choices=[
                ("waiting", "Waiting"),
                ("processing", "Processing"),
                ("completed", "Completed"),
                ("partial", "Partially completed"),
                ("failed", "Failed"),
                ("canceled", "Canceled"),
                ("unknown", "Unknown"),
            ],
            default="unknown",
            max_length=12,
        ),
    ),
    migrations.AlterField(
        model_name="metadataedit",
        name="ip_address",
        field=models.GenericIPAddressField(blank=True, null=True, verbose_name="IP address"),
    ),
    migrations.AlterField(
        model_name="usersession",
        name="ip_address",
        field=models.GenericIPAddressField(null=True, verbose_name="IP address"),
    ),
    migrations.AlterField(
        model_name="webhook",
        name="old_until",
        field=models.DateTimeField(
            blank=True, help_text="Messages are also signed with the previous secret until this time.", null=True
        ),
    ),
]


class Migration(migrations.Migration):
    dependencies = [
        ("batches", "0048_shared_cache"),
    ]

    operations = [
        AlterTexts(TEXTS),
    ]
