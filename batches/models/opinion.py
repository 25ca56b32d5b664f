"""Second opinions: what each of k reviewers says of an event, unseen by the others, and how far the event is.

An Opinion is a row of the ledger: appended in the transaction of its Action, never changed. It does not move the event.
The event moves, by an ordinary Decision, when all k agree, or when an editor settles it. Consensus is derived from the
rows in the same transaction, and `manage.py check_ledger` compares it with them.
"""

from collections.abc import Iterable

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from batches.models.batch import Batch
from batches.models.decision import Action
from batches.models.event import Approval, Event


class Opinion(models.Model):
    """One step of one person on one event. The person's last one counts; without an approval it was taken back."""

    action = models.ForeignKey(Action, on_delete=models.PROTECT, related_name="opinions")
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="opinions", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField(help_text="Position among the opinions on the event, from 1.")
    version = models.PositiveIntegerField(help_text="Version of the event that the person saw.")
    fingerprint = models.CharField(max_length=32, help_text="Fingerprint of the event that the person saw.")
    approval = models.CharField(max_length=8, choices=Approval, null=True, blank=True)
    reason = models.CharField(max_length=80, blank=True, default="")
    note = models.TextField(blank=True, default="")
    corrections = models.TextField(null=True, blank=True, help_text="JSON: all corrected values in this opinion.")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["event", "number"]
        constraints = [
            # Also the index by event.
            models.UniqueConstraint(fields=["event", "number"], name="opinion_one_a_number"),
            models.CheckConstraint(
                condition=Q(approval__isnull=True, reason="", note="")
                | Q(approval__in=[Approval.APPROVED, Approval.REJECTED, Approval.INVALID]),
                name="opinion_approval_known",
            ),
        ]

    def __str__(self) -> str:
        return f"event {self.event_id}: {self.approval or 'taken back'} by {self.user_id}"

    @property
    def verdict(self) -> tuple[str | None, str | None]:
        """What reviewers agree on: the approval and the values."""
        return self.approval, self.corrections


class Stage(models.TextChoices):
    OPEN = "open", _("Waiting for opinions")
    AGREED = "agreed", _("All agree")
    DISPUTED = "disputed", _("Opinions differ")
    SETTLED = "settled", _("Settled by an editor")


class Consensus(models.Model):
    """How far an event is, from its first opinion on."""

    event = models.OneToOneField(Event, primary_key=True, on_delete=models.PROTECT, related_name="consensus")
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="+", db_index=False)
    wanted = models.PositiveSmallIntegerField(help_text="Number of opinions required when the first one was given.")
    given = models.PositiveSmallIntegerField(default=0)
    stage = models.CharField(max_length=8, choices=Stage, default=Stage.OPEN)

    class Meta:
        indexes = [models.Index(fields=["batch", "stage"], name="consensus_stage")]
        constraints = [
            models.CheckConstraint(condition=Q(given__lte=models.F("wanted")), name="consensus_no_more_than_wanted"),
            models.CheckConstraint(condition=Q(stage__in=Stage.values), name="consensus_stage_known"),
        ]

    def __str__(self) -> str:
        return f"event {self.event_id}: {self.given} of {self.wanted}, {self.stage}"


def standing(rows: Iterable[Opinion]) -> dict[int, Opinion]:
    """Person → what they say now. `rows`: opinions of one event in order."""
    latest = {row.user_id: row for row in rows}
    return {user: row for user, row in latest.items() if row.approval}


def stage_of(event: Event, opinions: Iterable[Opinion], wanted: int) -> Stage:
    """What follows from the opinions that stand and from what was decided."""
    verdicts = [opinion.verdict for opinion in opinions]
    full = len(verdicts) >= wanted
    if event.decided_at is not None:
        agreed = full and set(verdicts) == {(event.approval, event.corrections)}
        return Stage.AGREED if agreed else Stage.SETTLED
    return Stage.DISPUTED if full else Stage.OPEN
