"""Notifications of people; webhooks in the formats of chats, and of a connection as a whole."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import batches.models.fields


class Migration(migrations.Migration):
    dependencies = [
        ("batches", "0062_query_of_upload"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Notification",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=20)),
                ("count", models.PositiveIntegerField(default=1, help_text="Number of events or batches.")),
                ("message", models.CharField(blank=True, default="", max_length=300)),
                ("cause", models.CharField(help_text="What caused it. A cause notifies a person once.", max_length=80)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("read_at", models.DateTimeField(blank=True, null=True)),
                (
                    "replaced_at",
                    models.DateTimeField(blank=True, help_text="When a newer one took its place.", null=True),
                ),
                (
                    "mail_at",
                    models.DateTimeField(
                        blank=True, help_text="When it is due by email. Empty: no email is due.", null=True
                    ),
                ),
                ("mailed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notifications",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="batches.connection"
                    ),
                ),
                (
                    "batch",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="batches.batch",
                    ),
                ),
                (
                    "event",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="batches.event",
                    ),
                ),
                (
                    "comment",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notifications",
                        to="batches.comment",
                    ),
                ),
                (
                    "actor",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        help_text="Who caused it. Empty: a background job did.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="NotificationPreference",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="notification_preference",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("mail", models.JSONField(blank=True, default=dict, help_text="When, by name of the kind.")),
            ],
        ),
        migrations.AddField(
            model_name="batch",
            name="expiry_noted",
            field=models.DateTimeField(
                editable=False, help_text="The end of the results that people were notified of.", null=True
            ),
        ),
        migrations.AddField(
            model_name="batch",
            name="ready_noted",
            field=models.BooleanField(
                default=False, editable=False, help_text="Whether people were notified that it is ready for review."
            ),
        ),
        migrations.AddField(
            model_name="webhook",
            name="format",
            field=models.CharField(
                choices=[
                    ("signed", "JSON, signed"),
                    ("slack", "Slack or compatible"),
                    ("teams", "Microsoft Teams (workflow with an Adaptive Card)"),
                ],
                default="signed",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="webhook",
            name="secret_url",
            field=batches.models.fields.EncryptedTextField(blank=True, default="", editable=False),
        ),
        migrations.AlterField(
            model_name="delivery",
            name="batch",
            field=models.ForeignKey(
                blank=True,
                help_text="Empty for what is about the whole connection.",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="batches.batch",
            ),
        ),
        migrations.AlterField(
            model_name="notice",
            name="batch",
            field=models.ForeignKey(
                blank=True,
                help_text="Empty for what is about the whole connection.",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="batches.batch",
            ),
        ),
        migrations.AlterField(
            model_name="webhook",
            name="url",
            field=models.CharField(help_text="As shown: of a secret address only the host.", max_length=2000),
        ),
        migrations.AddIndex(
            model_name="notification",
            index=models.Index(fields=["user", "-id"], name="notification_latest"),
        ),
        migrations.AddIndex(
            model_name="notification",
            index=models.Index(condition=models.Q(("read_at", None)), fields=["user"], name="notification_unread"),
        ),
        migrations.AddIndex(
            model_name="notification",
            index=models.Index(
                condition=models.Q(("mail_at__isnull", False)), fields=["mail_at"], name="notification_mail_due"
            ),
        ),
        migrations.AddConstraint(
            model_name="notification",
            constraint=models.UniqueConstraint(fields=("user", "cause"), name="notification_once_a_cause"),
        ),
    ]
