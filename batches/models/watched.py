"""Videos that people watched whole, so that what the AI missed in them is known. Append-only."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from batches.models.batch import Batch, Item


class WatchedItem(models.Model):
    """One time that a person watched an item to its end. Never changed, never deleted."""

    idempotency_key = models.UUIDField(unique=True)
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="watched_items", db_index=False)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="watched", db_index=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    playable = models.BooleanField(
        default=True, help_text="False: it could not be watched, and counts neither as watched nor as missing."
    )
    findings_hidden = models.BooleanField(default=False, help_text="Whether the findings were hidden meanwhile.")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["batch", "item"], name="watched_of_batch")]

    def __str__(self) -> str:
        return f"item {self.item_id}, watched by {self.by_id}"
