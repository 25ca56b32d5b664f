"""The difference hash of an event's picture, and its pile of near-identical events. Derived data, safe to delete."""

from django.db import models
from django.db.models import Q

from batches.models.batch import Batch
from batches.models.event import Event


class PictureHash(models.Model):
    """A row of its own, so that neither a sync nor a list pays for it; only for events that have a neighbour."""

    event = models.OneToOneField(Event, primary_key=True, on_delete=models.CASCADE, related_name="picture_hash")
    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="+", db_index=False)
    picture = models.CharField(max_length=32, help_text="Digest of the address of the hashed picture.")
    difference_hash = models.BigIntegerField(
        null=True, blank=True, help_text="Perceptual hash, 64 bits. Empty if the picture was not available."
    )
    pile = models.BigIntegerField(
        null=True, blank=True, help_text="Id of the pile's first event. Empty for an event without a pile."
    )

    class Meta:
        verbose_name_plural = "picture hashes"
        indexes = [models.Index(fields=["batch", "pile"], condition=Q(pile__isnull=False), name="likeness_piled")]

    def __str__(self) -> str:
        return f"picture_hash of event {self.event_id}"
