"""Long jobs as rows: the row records the request and the progress; the queue only carries its id."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from batches.models.batch import Batch, Item


class RunState(models.TextChoices):
    QUEUED = "queued", _("Queued")
    RUNNING = "running", _("Running")
    WAITING = "waiting", _("Waiting")  # until retry_at: the vendor asked for it, or does not answer
    DONE = "done", _("Done")
    INCOMPLETE = "incomplete", _("Incomplete")  # ended, with a part missing; what we have is kept
    FAILED = "failed", _("Failed")


UNFINISHED = (RunState.QUEUED, RunState.RUNNING, RunState.WAITING)


class Run(models.Model):
    """The common base of long jobs. Times are UTC."""

    state = models.CharField(max_length=10, choices=RunState, default=RunState.QUEUED)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    claim = models.CharField(
        max_length=36, blank=True, default="", help_text="Id of the claim of the worker that is running it."
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    enqueued_at = models.DateTimeField(null=True, blank=True, help_text="When a job for it was last enqueued.")
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    retry_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    position = models.PositiveIntegerField(default=0, help_text="Number of finished steps. A killed run resumes here.")
    total = models.PositiveIntegerField(null=True, blank=True)
    calls = models.PositiveIntegerField(default=0)
    message = models.TextField(blank=True, default="")

    class Meta:
        abstract = True
        ordering = ["-id"]

    batch_id: int  # every kind of run is about one batch

    @property
    def unfinished(self) -> bool:
        return self.state in UNFINISHED

    @property
    def percent(self) -> int:
        """Whole per cent done, 0 while the size is not known."""
        return min(100, self.position * 100 // self.total) if self.total else 0


def finished_when(name: str) -> models.CheckConstraint:
    """`finished_at` is set if, and only if, the run has ended.

    The names of constraints are unique in the database, so each model gives its own.
    """
    ended = ~Q(state__in=UNFINISHED) & Q(finished_at__isnull=False)
    return models.CheckConstraint(condition=Q(state__in=UNFINISHED, finished_at__isnull=True) | ended, name=name)


class SyncRun(Run):
    """One sync of one batch."""

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="syncs")
    upload = models.ForeignKey(
        "batches.ImportRun", null=True, blank=True, on_delete=models.PROTECT, related_name="syncs",
        help_text="The uploaded file that it reads instead of calling the vendor.",
    )  # fmt: skip
    listing = models.CharField(
        max_length=32, blank=True, default="", help_text="Digest of the list in which `position` counts."
    )
    lost = models.JSONField(
        default=list, blank=True, help_text="Ids of items that are missing in the vendor's response."
    )
    events_seen = models.PositiveIntegerField(default=0)
    events_created = models.PositiveIntegerField(default=0)
    events_updated = models.PositiveIntegerField(default=0)
    events_gone = models.PositiveIntegerField(default=0)
    quarantined = models.PositiveIntegerField(default=0)

    class Meta(Run.Meta):
        constraints = [
            models.UniqueConstraint(fields=["batch"], condition=Q(state__in=UNFINISHED), name="sync_one_a_batch"),
            finished_when("sync_finished_when"),
        ]

    def __str__(self) -> str:
        return f"sync {self.pk} of {self.batch_id}: {self.state}"


class ThumbnailRun(Run):
    """A run that has the vendor make missing thumbnails. It costs the vendor work, so it runs only on request."""

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="thumbnail_runs")
    item = models.ForeignKey(
        Item, null=True, blank=True, on_delete=models.PROTECT, related_name="thumbnail_runs",
        help_text="The item that a script requested. Empty: all items of the batch.",
    )  # fmt: skip
    made = models.PositiveIntegerField(default=0)
    after = models.IntegerField(
        default=-1, help_text="Position of the last requested item. A killed run resumes after it."
    )

    class Meta(Run.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["batch"], condition=Q(state__in=UNFINISHED, item__isnull=True), name="thumbnails_one_a_batch"
            ),
            models.UniqueConstraint(fields=["item"], condition=Q(state__in=UNFINISHED), name="thumbnails_one_an_item"),
            finished_when("thumbnails_finished_when"),
        ]

    def __str__(self) -> str:
        return f"thumbnails {self.pk} of {self.batch_id}: {self.state}"


class PileRun(Run):
    """A run that finds the near-identical events of a batch (batches/sync/piles.py); every sync requests one."""

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="pile_runs")
    after = models.IntegerField(
        default=-1, help_text="Position of the last processed item. A killed run resumes after it."
    )
    again = models.BooleanField(
        default=False, help_text="Whether it was requested again while it ran. Then it restarts at its end."
    )

    class Meta(Run.Meta):
        constraints = [
            models.UniqueConstraint(fields=["batch"], condition=Q(state__in=UNFINISHED), name="piles_one_a_batch"),
            finished_when("piles_finished_when"),
        ]

    def __str__(self) -> str:
        return f"piles {self.pk} of {self.batch_id}: {self.state}"


class ExportRun(Run):
    """A download made in the background, kept as a file for a while. `position` counts rows."""

    idempotency_key = models.UUIDField(
        unique=True, help_text="Created by the client. A repeated request returns the same run."
    )
    batch = models.ForeignKey(
        Batch,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="exports",
        help_text="Empty for several batches.",
    )
    batches = models.JSONField(default=list, help_text="Ids of the batches, in the order of the file.")
    file = models.CharField(max_length=30, help_text="Rows and format, for example events.csv.")
    query = models.CharField(max_length=4000, blank=True, help_text="Filter, columns and as_of, as a query string.")
    name = models.CharField(max_length=200, help_text="File name for the person who downloads it.")
    size = models.BigIntegerField(null=True, blank=True, help_text="Size of the finished file in bytes.")
    sha256 = models.CharField(max_length=64, blank=True, default="")
    expires_at = models.DateTimeField(null=True, blank=True, help_text="When the file is deleted.")

    class Meta(Run.Meta):
        indexes = [models.Index(fields=["requested_by", "-id"], name="export_of_person")]
        constraints = [
            finished_when("export_finished_when"),
            models.CheckConstraint(
                condition=~Q(state=RunState.DONE) | Q(size__isnull=False, expires_at__isnull=False) & ~Q(sha256=""),
                name="export_done_has_a_file",
            ),
        ]

    def __str__(self) -> str:
        return f"export {self.pk} {self.name}: {self.state}"


class Quarantined(models.Model):
    """A record of a batch that could not be read; the rest of the batch is stored."""

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="quarantine")
    item_id_text = models.CharField(
        max_length=255, blank=True, default="", help_text="Empty for the status response of the batch."
    )
    path = models.CharField(max_length=500)
    reason = models.CharField(max_length=500)
    raw = models.TextField(blank=True, default="")
    seen_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["batch", "item_id_text", "id"]
        verbose_name, verbose_name_plural = "unreadable record", "unreadable records"

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"
