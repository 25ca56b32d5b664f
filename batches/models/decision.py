"""The append-only ledger: actions of people (Action) and their steps on events (Decision)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from batches.models.batch import Batch
from batches.models.event import Approval, Event

SAMPLED = "sample"  # source of a verdict given in the random order: such verdicts tell how good a category is


class ActionKind(models.TextChoices):
    DECIDE = "decide", _("Decide")
    CORRECT = "correct", _("Correct")  # values without a verdict
    UNDO = "undo", _("Undo")
    REDO = "redo", _("Redo")


GIVES = (ActionKind.DECIDE, ActionKind.CORRECT)  # kinds that give a verdict or values, rather than reverse some


# The relations that `Event.state_under` reads, of a step and of the step that it restored.
STEP = tuple(
    f"{step}action{bulk_run}" for step in ("", "verdict__", "restores__", "restores__verdict__")
    for bulk_run in ("", "__bulk_run")
)  # fmt: skip


class Action(models.Model):
    """One action of a person, with the idempotency key of its client. Never changed, never deleted."""

    idempotency_key = models.UUIDField(unique=True)
    kind = models.CharField(max_length=10, choices=ActionKind)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="actions")
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="actions")
    undoes = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="undone_by",
        help_text="The action that it undoes or redoes. Several undos can each reverse a part of one action.",
    )  # fmt: skip
    amends = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="amended_by",
        help_text="The verdict that this one adds a reason to. One undo reverses both.",
    )  # fmt: skip
    request = models.CharField(
        max_length=64, help_text="Digest of the request: its key cannot be reused for another one."
    )
    source = models.CharField(
        max_length=20, default="page", help_text="page, api, command, or token followed by its number"
    )
    ip_address = models.GenericIPAddressField("IP address", null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["user", "batch", "-id"], name="action_latest_of_user"),
            models.Index(fields=["batch", "-created_at"], name="action_latest_of_batch"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=[ActionKind.UNDO, ActionKind.REDO], undoes__isnull=False)
                | Q(kind__in=GIVES, undoes__isnull=True),
                name="action_undo_names_what",
            ),
            models.CheckConstraint(
                condition=Q(amends__isnull=True) | Q(kind=ActionKind.DECIDE), name="action_only_a_verdict_amends"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} by {self.user_id} at {self.created_at:%Y-%m-%d %H:%M:%S}"

    @property
    def added_reasons(self) -> int:
        """How many reasons were added to this verdict, or to the one it undoes or redoes. They are undone with it."""
        verdict: Action | None = self
        while verdict and verdict.undoes:
            verdict = verdict.undoes
        count = 0
        while verdict and verdict.amends:
            verdict, count = verdict.amends, count + 1
        return count


class Decision(models.Model):
    """One step of one event. The last one of an event is its state; an undo is a step too."""

    action = models.ForeignKey(Action, on_delete=models.PROTECT, related_name="decisions")
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="decisions", db_index=False)
    version = models.PositiveIntegerField(help_text="Version of the event after the decision.")
    before = models.CharField(max_length=8, choices=Approval)
    approval = models.CharField(max_length=8, choices=Approval, help_text="Approval after the decision.")
    reason = models.CharField(max_length=80, blank=True, default="")
    note = models.TextField(blank=True, default="")
    fingerprint = models.CharField(max_length=32, help_text="Fingerprint of the event that the person saw.")
    vendor_approval = models.CharField(max_length=8, choices=Approval, null=True, blank=True)
    undoes = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="undone_by")
    restores = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False,
        help_text="For an undo or redo: the decision that is restored. Empty: the vendor's opinion is.",
    )  # fmt: skip
    corrections = models.TextField(null=True, blank=True, help_text="JSON: all corrected values after the decision.")
    values_before = models.TextField(
        null=True, blank=True, help_text="JSON: the previous values of the fields that it changed."
    )
    is_correction = models.BooleanField(null=True, help_text="Whether it only corrects values and gives no verdict.")
    verdict = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False,
        help_text="For a correction: the decision whose verdict still stands. Empty if there is none.",
    )  # fmt: skip
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["event", "version"]
        constraints = [
            # Also the index by event.
            models.UniqueConstraint(fields=["event", "version"], name="decision_one_a_version"),
            models.CheckConstraint(condition=Q(version__gte=2), name="decision_version_from_two"),
            models.CheckConstraint(
                condition=Q(restores__isnull=True) | Q(undoes__isnull=False), name="decision_only_an_undo_restores"
            ),
            models.CheckConstraint(condition=Q(approval__in=Approval.values), name="decision_approval_known"),
        ]

    def __str__(self) -> str:
        return f"event {self.event_id} {self.before} → {self.approval}"

    @property
    def makes_event(self) -> bool:
        """Whether it is the verdict with which a person added the event."""
        return self.version == 2 and self.event.is_added

    @property
    def standing(self) -> "Decision | None":
        """The decision that stands after this step: itself, the one an undo or redo restored, or none."""
        return self if self.undoes_id is None else self.restores

    @property
    def own_verdict(self) -> "Decision | None":
        """The decision whose verdict stands if this step does: itself, or the one that a correction left standing."""
        return self.verdict if self.is_correction else self

    @property
    def standing_verdict(self) -> "Decision | None":
        """The decision whose verdict stands after this step."""
        return self.standing.own_verdict if self.standing else None
