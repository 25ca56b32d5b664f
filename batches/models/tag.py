"""Tags that people put on batches. They are ours: a sync never writes them."""

from django.db import models

from batches.models.batch import Batch

MAX_TAG = 40  # characters
MAX_TAGS = 10  # on one batch


class BatchTag(models.Model):
    """One tag of one batch."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="tags", db_index=False)
    name = models.CharField(max_length=MAX_TAG)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["batch", "name"], name="batch_tag_once")]
        indexes = [models.Index(fields=["name"], name="batch_tag_by_name")]

    def __str__(self) -> str:
        return self.name
