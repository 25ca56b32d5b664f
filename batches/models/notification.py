"""Notifications of people (Notification), and which of them they want by email (NotificationPreference)."""

from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _

from batches.models.batch import BATCH_NOT_REMOVED, Batch
from batches.models.comment import Comment
from batches.models.connection import Connection
from batches.models.event import Event

if TYPE_CHECKING:
    from django.contrib.auth.models import User

PENDING = "review/?approval=pending"


class NotificationKind(models.TextChoices):
    """What people are notified of. The database keeps the plain word, so a further one needs no migration."""

    MENTION = "mention", _("Mentions")
    ASSIGNMENT = "assignment", _("Assignments")
    READY = "ready", _("Batches ready for review")
    OPINIONS = "opinions", _("Second opinions wanted")
    SYNC_FAILED = "sync_failed", _("Failed syncs")
    KEY_REFUSED = "key_refused", _("Refused keys")
    EXPIRING = "expiring", _("Results about to leave the vendor")
    WEEKLY = "weekly", _("Weekly summaries")


class MailWhen(models.TextChoices):
    NOW = "now", _("At once")
    DAILY = "daily", _("Once a day")
    NEVER = "never", _("Never")


class NotificationQuerySet(models.QuerySet["Notification"]):
    def of(self, user: "User") -> "NotificationQuerySet":
        """This person's notifications of what they may see now."""
        return self.with_replaced_of(user).filter(replaced_at=None)

    def with_replaced_of(self, user: "User") -> "NotificationQuerySet":
        return self.filter(BATCH_NOT_REMOVED, user=user, connection__in=Connection.objects.visible_to(user))

    def unread(self) -> "NotificationQuerySet":
        return self.filter(read_at=None)


class Notification(models.Model):
    """One thing that happened, for one person. Only `read_at`, `replaced_at` and the mail's times are changed later.

    A newer one of the same kind and scope replaces an unread one and takes its `count`.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notifications")
    kind = models.CharField(max_length=20)
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    batch = models.ForeignKey(Batch, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    event = models.ForeignKey(Event, null=True, blank=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    comment = models.ForeignKey(Comment, null=True, blank=True, on_delete=models.CASCADE, related_name="notifications")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="+", db_index=False,
        help_text="Who caused it. Empty: a background job did.",
    )  # fmt: skip
    count = models.PositiveIntegerField(default=1, help_text="Number of events or batches.")
    message = models.CharField(max_length=300, blank=True, default="")
    cause = models.CharField(max_length=80, help_text="What caused it. A cause notifies a person once.")
    created_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True, blank=True)
    replaced_at = models.DateTimeField(null=True, blank=True, help_text="When a newer one took its place.")
    mail_at = models.DateTimeField(null=True, blank=True, help_text="When it is due by email. Empty: no email is due.")
    mailed_at = models.DateTimeField(null=True, blank=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["user", "-id"], name="notification_latest"),
            models.Index(fields=["user"], condition=Q(read_at=None), name="notification_unread"),
            models.Index(fields=["mail_at"], condition=Q(mail_at__isnull=False), name="notification_mail_due"),
        ]
        constraints = [models.UniqueConstraint(fields=["user", "cause"], name="notification_once_a_cause")]

    def __str__(self) -> str:
        return f"{self.kind} for user {self.user_id}"

    @property
    def week(self) -> date | None:
        """The Monday of a weekly summary, with which its cause ends."""
        return parse_date(self.cause[-10:]) if self.kind == NotificationKind.WEEKLY else None

    @property
    def batch_ids(self) -> list[int]:
        """The batches that it counts: of the newest notifications up to this one, which replaced the others."""
        counted = Notification.objects.filter(
            user=self.user_id, kind=self.kind, connection=self.connection_id, batch__isnull=False, pk__lte=self.pk
        )
        return list(counted.order_by("-pk").values_list("batch", flat=True)[: self.count])

    @property
    def path(self) -> str:
        """The page that it is about."""
        several = self.count > 1
        match self.kind:
            case NotificationKind.MENTION:
                return f"/events/{self.event_id}/"
            case NotificationKind.ASSIGNMENT:
                return f"/batches/{self.batch_id}/{PENDING}&assigned=me"
            case NotificationKind.OPINIONS:
                return f"/batches/{self.batch_id}/{PENDING}"
            case NotificationKind.WEEKLY:
                monday = self.week
                days = f"&since={monday}&until={monday + timedelta(days=6)}" if monday else ""
                return f"/board/?connection={self.connection_id}{days}"
            case NotificationKind.KEY_REFUSED:
                return f"/connections/{self.connection_id}/"
            case _ if several:
                return f"/batches/?notified={self.pk}&archived=all"
            case NotificationKind.SYNC_FAILED:
                return f"/batches/{self.batch_id}/sync/"
        return f"/batches/{self.batch_id}/"


class NotificationPreference(models.Model):
    """When a person gets emails of each kind; without a row the defaults apply."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="notification_preference"
    )
    mail = models.JSONField(default=dict, blank=True, help_text="When, by name of the kind.")

    def __str__(self) -> str:
        return f"notifications of {self.user_id}"

    def when(self, kind: str) -> str:
        return str(self.mail.get(kind, MailWhen.DAILY))
