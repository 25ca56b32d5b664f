"""Certificates of the recall: what a person signed of the videos watched whole. Append-only."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from batches.models.batch import Batch


class RecallCertificate(models.Model):
    """The events counted in the sample of videos, and the 95 % interval that they give for the share found."""

    idempotency_key = models.UUIDField(unique=True)
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="recall_certificates")
    category = models.CharField(max_length=255, null=True, blank=True, help_text="Empty for the whole batch.")
    videos = models.PositiveIntegerField(help_text="Videos that could be watched at that time.")
    sampled = models.PositiveIntegerField(help_text="Videos of the sample.")
    hits = models.PositiveIntegerField(help_text="Approved findings in the sample.")
    missed = models.PositiveIntegerField(help_text="Missed events in the sample that people added.")
    recall = models.FloatField(help_text="Share of findings among findings and missed events.")
    low = models.FloatField()
    high = models.FloatField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(low__gte=0, low__lte=F("recall"), high__gte=F("recall"), high__lte=1),
                name="recall_certificate_interval_in_order",
            ),
        ]

    def __str__(self) -> str:
        return _("{share} ({low} to {high})").format(
            share=f"{self.recall:.0%}", low=f"{self.low:.0%}", high=f"{self.high:.0%}"
        )

    @property
    def counted(self) -> tuple[int, int, int, int]:
        """What it is about: as soon as that has changed, the certificate is stale."""
        return self.videos, self.sampled, self.hits, self.missed
