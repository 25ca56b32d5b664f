"""Automatic calls to vendors: polling of unfinished batches (Poll) and listing of new ones (Schedule)."""

import secrets

from django.db import models
from django.utils import timezone

from batches.models.batch import Batch
from batches.models.connection import Connection
from batches.models.fields import EncryptedTextField


def new_hook_key() -> str:
    """32 random hex digits."""
    return secrets.token_hex(16)


class Poll(models.Model):
    """Polling of one batch at growing intervals until its vendor has finished it."""

    batch = models.OneToOneField(Batch, on_delete=models.CASCADE, related_name="poll")
    next_at = models.DateTimeField(default=timezone.now)
    polled_at = models.DateTimeField(null=True, blank=True)
    quiet = models.PositiveSmallIntegerField(default=0, help_text="Consecutive polls without a change.")
    troubled = models.PositiveSmallIntegerField(default=0, help_text="Consecutive polls without a usable response.")
    message = models.CharField(max_length=500, blank=True, default="", help_text="Result of the last poll.")
    ended_at = models.DateTimeField(null=True, blank=True)
    enqueued_at = models.DateTimeField(null=True, blank=True, help_text="When a job for it was last enqueued.")

    class Meta:
        ordering = ["next_at", "id"]
        indexes = [models.Index(fields=["next_at"], condition=models.Q(ended_at__isnull=True), name="poll_due")]

    def __str__(self) -> str:
        return f"poll of {self.batch_id}"


class Schedule(models.Model):
    """The automatic sync of a connection, and the address of its vendor's webhooks."""

    connection = models.OneToOneField(Connection, on_delete=models.CASCADE, related_name="schedule")
    watching = models.BooleanField(default=True, help_text="Poll unfinished batches.")
    discovering = models.BooleanField(default=True, help_text="Find new batches, if the vendor lists them.")
    next_list_at = models.DateTimeField(default=timezone.now)
    listed_at = models.DateTimeField(null=True, blank=True)
    quiet = models.PositiveSmallIntegerField(default=0, help_text="Consecutive listings without a new batch.")
    message = models.CharField(max_length=500, blank=True, default="", help_text="Result of the last listing.")
    enqueued_at = models.DateTimeField(null=True, blank=True, help_text="When a job for it was last enqueued.")
    hook_key = models.CharField(
        max_length=32,
        unique=True,
        default=new_hook_key,
        serialize=False,
        help_text="Secret part of the address of the vendor's webhook.",
    )
    hook_secret = EncryptedTextField(blank=True, default="", editable=False)
    webhook_at = models.DateTimeField(null=True, blank=True, help_text="When the vendor's last webhook caused a poll.")

    def __str__(self) -> str:
        return f"schedule of {self.connection_id}"

    @classmethod
    def of(cls, connection: Connection) -> "Schedule":
        """The connection's schedule, made where there is none yet."""
        return cls._default_manager.get_or_create(connection=connection)[0]


class VendorWebhookReceipt(models.Model):
    """A handled webhook, stored while its signature is valid, so that a replay is ignored."""

    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="receipts")
    signature = models.CharField(max_length=64)
    at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["schedule", "signature"], name="webhook_receipt_once")]

    def __str__(self) -> str:
        return f"webhook for {self.schedule_id}"
