"""Videos that people watched whole, so that what the AI missed in them is known, and those that they left half-way."""

import json
from collections.abc import Iterable

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


class WatchAssignment(models.Model):
    """Who is to watch an item whole. One row an item; videos are assigned anew as a whole, so the rows are replaced."""

    item = models.OneToOneField(Item, on_delete=models.CASCADE, related_name="watch_assignment")
    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="watch_assignments")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"item {self.item_id}, to be watched by {self.user_id}"


GAP = 0.5  # seconds between two parts that count as one, as in static/js/clip/stretches.js
MAX_PARTS = 500


class WatchedParts(models.Model):
    """Which parts of an item a person has played so far, until they watched it to its end. One row for both."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="watched_parts", db_index=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    parts = models.TextField(default="[]", help_text="JSON: [[from, to], …] in seconds, in order, without overlaps.")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["id"]
        verbose_name = verbose_name_plural = "watched parts"
        constraints = [models.UniqueConstraint(fields=["item", "by"], name="watched_parts_one_each")]

    def __str__(self) -> str:
        return f"item {self.item_id}, watched by {self.by_id} so far"

    def add(self, parts: Iterable[tuple[float, float]]) -> None:
        """Join these to the stored ones. Of more than MAX_PARTS the longest stay."""
        longest = sorted(joined([*json.loads(self.parts), *parts]), key=lambda part: part[0] - part[1])
        self.parts = json.dumps(sorted(longest[:MAX_PARTS]))


def joined(parts: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """The parts in order; those that overlap or nearly touch are one."""
    result: list[tuple[float, float]] = []
    for start, end in sorted((round(start, 2), round(end, 2)) for start, end in parts):
        if result and start <= result[-1][1] + GAP:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result
