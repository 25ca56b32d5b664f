"""Presence on pages, and leases of events: a help for people, never a lock."""

from datetime import timedelta

from django.conf import settings
from django.db import models

from batches.models.batch import Batch
from batches.models.event import Event

LEASE = timedelta(minutes=2)
PRESENT = timedelta(seconds=50)  # an open page reports every 15 seconds; two reports may get lost


class OpenPage(models.Model):
    """One open page of a person in a batch, as of its last report."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="open_pages", db_index=False)
    token = models.UUIDField(help_text="Id of the open page. A reload creates another one.")
    event = models.ForeignKey(
        Event, null=True, blank=True, on_delete=models.CASCADE, related_name="+", help_text="The event on screen."
    )
    seen_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["batch", "seen_at"], name="screen_seen")]
        constraints = [models.UniqueConstraint(fields=["user", "batch", "token"], name="screen_once_a_page")]

    def __str__(self) -> str:
        return f"{self.user_id} in batch {self.batch_id}"


class Lease(models.Model):
    """An event that a deck shows or will show next. Other decks show other events meanwhile."""

    event = models.OneToOneField(Event, primary_key=True, on_delete=models.CASCADE, related_name="lease")
    open_page = models.ForeignKey(OpenPage, on_delete=models.CASCADE, related_name="leases")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"event {self.event_id} for {self.user_id}"
