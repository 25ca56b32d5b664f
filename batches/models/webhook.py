"""Webhooks of a connection: subscriptions (Webhook), events to report (Notice) and sent messages (Delivery)."""

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from batches.models.batch import Batch
from batches.models.connection import Connection
from batches.models.decision import Action
from batches.models.fields import EncryptedTextField

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class HookEvent(models.TextChoices):
    """What can be told. The database keeps the plain word, so a further one needs no migration."""

    SYNCED = "batch.synced", _("A batch was synced")
    REVIEWED = "batch.reviewed", _("A batch was reviewed: nothing is pending, or somebody signed it off")
    DECIDED = "decisions.made", _("Decisions were made, collected for ten seconds")
    EXPORTED = "export.ready", _("A download made in the background is ready")
    READY = "batch.ready", _("A batch is ready for review: the vendor has finished it, and all of it is here")
    ASSIGNED = "events.assigned", _("Events were assigned to people")
    MENTIONED = "people.mentioned", _("A comment mentions people")
    OPINIONS = "opinions.wanted", _("Second opinions are wanted on a batch")
    SYNC_FAILED = "sync.failed", _("A sync failed")
    KEY_REFUSED = "key.refused", _("The vendor refused the key")
    EXPIRING = "results.expiring", _("Results are about to leave the vendor")
    WEEKLY = "week.summarized", _("The summary of a week, on the Monday after it")


class HookFormat(models.TextChoices):
    """The format of a webhook's messages. Only our own is signed: in the others the address is the secret."""

    SIGNED = "signed", _("JSON, signed")
    SLACK = "slack", _("Slack or compatible")
    TEAMS = "teams", _("Microsoft Teams (workflow with an Adaptive Card)")


class WebhookQuerySet(models.QuerySet["Webhook"]):
    def visible_to(self, user: "User") -> "WebhookQuerySet":
        return self.filter(connection__in=Connection.objects.visible_to(user))


class Webhook(models.Model):
    """An address that receives events of the batches of a connection."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="webhooks")
    url = models.CharField(max_length=2000, help_text="As shown: of a secret address only the host.")
    secret_url = EncryptedTextField(blank=True, default="", editable=False)
    format = models.CharField(max_length=10, choices=HookFormat, default=HookFormat.SIGNED)
    events = models.JSONField(default=list)
    secret = EncryptedTextField(editable=False)
    old_secret = EncryptedTextField(blank=True, default="", editable=False)
    old_until = models.DateTimeField(
        null=True, blank=True, help_text="Messages are also signed with the previous secret until this time."
    )
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    paused_at = models.DateTimeField(null=True, blank=True)
    paused_reason = models.CharField(max_length=500, blank=True, default="")
    failing_since = models.DateTimeField(null=True, blank=True, help_text="Time since which no delivery has succeeded.")
    claim = models.CharField(
        max_length=36, blank=True, default="", help_text="Id of the claim of the worker that is sending its deliveries."
    )
    claimed_at = models.DateTimeField(null=True, blank=True)
    enqueued_at = models.DateTimeField(null=True, blank=True, help_text="When a job for it was last enqueued.")

    objects = WebhookQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(paused_at__isnull=True, paused_reason="")
                | Q(paused_at__isnull=False) & ~Q(paused_reason=""),
                name="webhook_paused_has_a_reason",
            )
        ]

    def __str__(self) -> str:
        return self.url

    @property
    def address(self) -> str:
        """Where messages are sent."""
        return self.secret_url or self.url

    @property
    def is_signed(self) -> bool:
        return self.format == HookFormat.SIGNED

    def secrets(self, now: datetime) -> list[str]:
        """The secrets that are valid at this moment, the newest first."""
        old = self.old_secret if self.old_until and self.old_until > now else ""
        return [secret for secret in (self.secret, old) if secret]


class Notice(models.Model):
    """Something a webhook is still to be told, written in the transaction in which it happened.

    Of decisions: those of `action` with keys above `after` up to `upto`; the ledger has the rest.
    """

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="notices")
    batch = models.ForeignKey(
        Batch, null=True, blank=True, on_delete=models.CASCADE, related_name="+",
        help_text="Empty for what is about the whole connection.",
    )  # fmt: skip
    event = models.CharField(max_length=40)
    facts = models.JSONField(default=dict, blank=True)
    action = models.ForeignKey(Action, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    after = models.BigIntegerField(default=0)
    upto = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["webhook", "batch", "id"], name="notice_in_order")]

    def __str__(self) -> str:
        return f"{self.event} of {self.batch_id} for webhook {self.webhook_id}"


class DeliveryState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    DELIVERED = "delivered", _("Delivered")
    PARKED = "parked", _("Given up")


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def due(self, now: datetime) -> "DeliveryQuerySet":
        """Deliveries that are due: for each batch only the first undelivered one, to keep the order.

        Those about no batch have an order of their own.
        """
        before = Delivery.objects.filter(
            webhook=OuterRef("webhook"), state=DeliveryState.WAITING, pk__lt=OuterRef("pk")
        )
        waits = Exists(before.filter(batch=OuterRef("batch"))) | Q(Exists(before.filter(batch=None)), batch=None)
        return self.filter(~waits, state=DeliveryState.WAITING, retry_at__lte=now)

    def visible_to(self, user: "User") -> "DeliveryQuerySet":
        return self.filter(webhook__in=Webhook.objects.visible_to(user))


class Delivery(models.Model):
    """One message to a webhook, with what became of its last try.

    Sent again by hand: another row with the same uuid.
    """

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    batch = models.ForeignKey(
        Batch, null=True, blank=True, on_delete=models.CASCADE, related_name="+",
        help_text="Empty for what is about the whole connection.",
    )  # fmt: skip
    uuid = models.UUIDField(default=uuid4)
    event = models.CharField(max_length=40)
    body = models.TextField(help_text="The JSON that is signed and sent, in ASCII.")
    state = models.CharField(max_length=10, choices=DeliveryState, default=DeliveryState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    retry_at = models.DateTimeField(default=timezone.now)
    tried_at = models.DateTimeField(null=True, blank=True)
    status = models.PositiveSmallIntegerField(null=True, blank=True, help_text="HTTP status of the last response.")
    took_ms = models.PositiveIntegerField(null=True, blank=True)
    answer = models.CharField(max_length=200, blank=True, default="", help_text="Beginning of the receiver's response.")
    problem = models.CharField(max_length=300, blank=True, default="", help_text="Why the delivery failed.")

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "deliveries"
        indexes = [
            models.Index(fields=["webhook", "state", "retry_at"], name="delivery_due"),
            models.Index(fields=["webhook", "batch", "id"], condition=Q(state="waiting"), name="delivery_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.uuid}: {self.state}"
