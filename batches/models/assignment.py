"""Assignments: each change by an editor, and the current assignee of each event. A sync touches neither."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from batches.languages import comma_list
from batches.models.batch import Batch
from batches.models.event import Event


class AssignmentChange(models.Model):
    """One change: events assigned to people, or to nobody. Never changed, never deleted."""

    idempotency_key = models.UUIDField(unique=True)
    request = models.CharField(
        max_length=64, help_text="Digest of the request: its key cannot be reused for another one."
    )
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="assignment_changes")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    query = models.CharField(max_length=2000, blank=True, help_text="Event filter, as a query string.")
    people = models.JSONField(
        default=list, blank=True, help_text="User names, in the order in which the events are split."
    )
    events = models.PositiveIntegerField(help_text="Number of events assigned.")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return _("{events} events to {people}").format(
            events=self.events, people=comma_list(self.people) or _("nobody")
        )


class Assignment(models.Model):
    """The current assignee of an event. Without a person: it was assigned once."""

    event = models.OneToOneField(Event, primary_key=True, on_delete=models.PROTECT, related_name="assignment")
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="assignments", db_index=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    version = models.PositiveIntegerField(default=1, help_text="How often the event was assigned or unassigned.")
    change = models.ForeignKey(AssignmentChange, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        ordering = ["event"]
        indexes = [models.Index(fields=["batch", "user", "event"], name="assignment_by_person")]

    def __str__(self) -> str:
        return f"event {self.event_id} is {self.user_id or 'nobody'}'s"
