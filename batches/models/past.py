"""The values of an event when a person decided it, kept when the vendor changes it afterwards."""

from django.db import models

from batches.models.event import Event

PAST_FIELDS = ("timestamp", "category", "label", "severity", "ai_text", "start_s", "end_s", "confidence")


class EventPast(models.Model):
    """The readable fields of a decided event as they were under one fingerprint."""

    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="past", db_index=False)
    fingerprint = models.CharField(max_length=32)
    timestamp = models.CharField(max_length=255, blank=True, default="")
    category = models.CharField(max_length=255, blank=True, default="")
    label = models.TextField(blank=True, default="")
    severity = models.CharField(max_length=255, blank=True, default="")
    ai_text = models.TextField("AI text", blank=True, default="")
    start_s = models.FloatField(null=True, blank=True)
    end_s = models.FloatField(null=True, blank=True)
    confidence = models.FloatField(null=True, blank=True)

    class Meta:
        constraints = [
            # Also the index by event.
            models.UniqueConstraint(fields=["event", "fingerprint"], name="past_once_a_fingerprint")
        ]

    def __str__(self) -> str:
        return f"event {self.event_id} as it was"
