"""The review status of a batch: set by hand, with its history."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from batches.models.batch import Batch
from batches.models.review_status import ReviewStatus


class ReviewStep(models.Model):
    """One time that somebody set the review status. The last one is the batch's. Never changed, never deleted."""

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="review_steps")
    status = models.PositiveSmallIntegerField(choices=ReviewStatus)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    pending = models.PositiveIntegerField(help_text="Events that were pending at that time.")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(status__in=ReviewStatus.values), name="review_step_status_known")
        ]

    def __str__(self) -> str:
        return f"batch {self.batch_id}: {self.get_status_display()}"
