"""Comments on events: append-only rows, and the state derived from them."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from batches.models.batch import Batch
from batches.models.event import Event

MAX_COMMENT = 2000  # characters


class CommentKind(models.TextChoices):
    SAY = "say", _("Comment")
    RESOLVE = "resolve", _("Resolve")
    REOPEN = "reopen", _("Reopen")
    WITHDRAW = "withdraw", _("Withdraw")


class Comment(models.Model):
    """One step of the discussion of an event. Never changed, never deleted: a correction is a new comment."""

    idempotency_key = models.UUIDField(unique=True)
    request = models.CharField(
        max_length=64, help_text="Digest of the request: its key cannot be reused for another one."
    )
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="comments")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=8, choices=CommentKind, default=CommentKind.SAY)
    text = models.TextField(blank=True, default="", max_length=MAX_COMMENT)
    drawing = models.TextField(
        null=True, blank=True, editable=False, help_text="JSON: a drawing on the frame at its moment."
    )
    withdraws = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="withdrawn_by"
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=CommentKind.values), name="comment_kind_known"),
            models.CheckConstraint(
                condition=Q(kind=CommentKind.SAY) & ~Q(text="") | ~Q(kind=CommentKind.SAY) & Q(text=""),
                name="comment_says_something",
            ),
            models.CheckConstraint(
                condition=Q(kind=CommentKind.WITHDRAW, withdraws__isnull=False)
                | ~Q(kind=CommentKind.WITHDRAW) & Q(withdraws__isnull=True),
                name="comment_withdraws_what",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} by {self.author_id} about event {self.event_id}"


class Conversation(models.Model):
    """The state of an event's comments, updated with them: their number, and whether the discussion is open."""

    event = models.OneToOneField(Event, primary_key=True, on_delete=models.PROTECT, related_name="conversation")
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="conversations")
    comments = models.PositiveIntegerField(default=0, help_text="Number of comments, without withdrawn ones.")
    unresolved = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.comments} comments about event {self.event_id}"
