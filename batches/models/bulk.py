"""A verdict, undo or redo on many events in the background: the run and its events."""

from django.db import models

from batches.models.batch import Batch
from batches.models.comparison import Comparison
from batches.models.decision import Action
from batches.models.event import Approval, Event
from batches.models.run import Run, finished_when


class BulkRun(Run):
    """The run of one Action. `position` counts its processed events, decided or skipped."""

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="bulk_runs")
    action = models.OneToOneField(Action, on_delete=models.PROTECT, related_name="bulk_run")
    approval = models.CharField(
        max_length=8,
        choices=Approval,
        blank=True,
        default="",
        help_text="Empty for an undo, a redo or copied verdicts, where each event gets its own.",
    )
    comparison = models.ForeignKey(
        Comparison, null=True, blank=True, on_delete=models.PROTECT, related_name="copy_runs", db_index=False,
        help_text="For copied verdicts: each event gets the verdict of its partner in the earlier batch.",
    )  # fmt: skip
    reason = models.CharField(max_length=80, blank=True, default="")
    note = models.TextField(blank=True, default="")
    corrections = models.TextField(null=True, blank=True, help_text="JSON: the corrected values that each event gets.")
    query = models.TextField(blank=True, default="", help_text="Event filter of the request, as a query string.")
    expected = models.PositiveIntegerField(default=0, help_text="Number of matching events on the person's page.")
    after = models.BigIntegerField(default=0, help_text="Id of the last processed event or decision.")
    decided = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(
        default=0, help_text="Events left unchanged because somebody else decided or changed them meanwhile."
    )

    class Meta(Run.Meta):
        constraints = [
            finished_when("bulk_finished_when"),
        ]

    def __str__(self) -> str:
        return f"bulk {self.pk} of {self.batch_id}: {self.state}"


class BulkTarget(models.Model):
    """One event of a run, as it was at the request. After the run only skipped events are kept."""

    pk = models.CompositePrimaryKey("run", "event")
    run = models.ForeignKey(BulkRun, on_delete=models.CASCADE, related_name="targets", db_index=False)
    # No constraint in the database: it would be checked for each row, and events are never deleted.
    event = models.ForeignKey(Event, on_delete=models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False)
    version = models.PositiveIntegerField()
    fingerprint = models.CharField(max_length=32)
    stale = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"event {self.event_id} of bulk {self.run_id}"
