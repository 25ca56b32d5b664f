"""Counters of events and of working time, kept by triggers of the database (`batches.counters`) in the transaction that
changes an event. Rows with the same values are added up: none is the count by itself.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q, Sum

from batches.models.batch import Batch, Item
from batches.models.event import Approval
from batches.models.severity import Severity


class EventCount(models.Model):
    """A number of events for review of a batch that have these values in common."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False)
    week = models.DateField(null=True, help_text="Monday of the week (UTC) of a person's verdict; empty without one.")
    category = models.CharField(max_length=255)
    severity_rank = models.PositiveSmallIntegerField(choices=Severity)
    approval = models.CharField(max_length=8, choices=Approval)
    is_added = models.BooleanField(help_text="Whether people added them.")
    is_corrected = models.BooleanField()
    bulk_decided = models.BooleanField()
    events = models.IntegerField(help_text="Less than 0 in a change that is not merged yet.")
    is_change = models.BooleanField(help_text="Whether it waits to be merged with the rows of the same values.")

    class Meta:
        indexes = [
            models.Index(fields=["batch", "week", "category", "approval"], name="event_count_of_batch"),
            models.Index(fields=["batch"], condition=Q(is_change=True), name="event_count_changes"),
        ]

    def __str__(self) -> str:
        return f"{self.events} {self.approval} of {self.category}"


class WorkTime(models.Model):
    """The pauses before verdicts, each of at most a minute, by what was decided then."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False)
    week = models.DateField(help_text="Monday of the week (UTC) of the verdicts.")
    category = models.CharField(max_length=255, help_text="Category of the events when they were decided.")
    pauses = models.IntegerField(help_text="Number of verdicts, without the first one of each person in the batch.")
    milliseconds = models.BigIntegerField()
    is_change = models.BooleanField(help_text="Whether it waits to be merged with the rows of the same values.")

    class Meta:
        indexes = [
            models.Index(fields=["batch", "week", "category"], name="work_time_of_batch"),
            models.Index(fields=["batch"], condition=Q(is_change=True), name="work_time_changes"),
        ]

    def __str__(self) -> str:
        return f"{self.pauses} verdicts in {self.milliseconds} ms"


class _CountForFilters(models.Model):
    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False)
    category = models.CharField(max_length=255)
    approval = models.CharField(max_length=8, choices=Approval)
    severity_rank = models.PositiveSmallIntegerField(choices=Severity)
    band = models.PositiveSmallIntegerField(help_text="Of the confidence: 0 to 9, and 10 without one.")
    is_decided = models.BooleanField(help_text="Whether a person decided them.")
    bulk_decided = models.BooleanField()
    differs = models.BooleanField(help_text="Whether the verdict is not the vendor's.")
    is_changed = models.BooleanField(help_text="Whether they changed after a verdict or a correction.")
    is_corrected = models.BooleanField()
    is_added = models.BooleanField(help_text="Whether people added them.")
    is_flagged = models.BooleanField()
    has_thumbnail = models.BooleanField()
    events = models.IntegerField(help_text="Less than 0 in a change that is not merged yet.")
    is_change = models.BooleanField(help_text="Whether it waits to be merged with the rows of the same values.")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.events} {self.approval} of {self.category}"


class FilterCount(_CountForFilters):
    """A number of events for review of a batch that have these values in common: what filters and charts ask for.

    Apart from `EventCount`, whose weeks would make most of these rows count a single event.
    """

    class Meta:
        indexes = [
            models.Index(
                fields=["batch", "category", "approval", "severity_rank", "band"], name="filter_count_of_batch"
            ),
            models.Index(fields=["batch"], condition=Q(is_change=True), name="filter_count_changes"),
        ]


class DecidedCount(_CountForFilters):
    """A number of decided events: as `FilterCount`, by person and reason too."""

    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    reason = models.CharField(max_length=80)

    class Meta:
        indexes = [
            models.Index(
                fields=["batch", "decided_by", "reason", "category", "approval", "severity_rank", "band"],
                name="decided_count_of_batch",
            ),
            models.Index(fields=["batch"], condition=Q(is_change=True), name="decided_count_changes"),
        ]


Counters = models.QuerySet[FilterCount] | models.QuerySet[DecidedCount]


class ItemCount(models.Model):
    """A number of events for review of an item."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False)
    item = models.ForeignKey(Item, on_delete=models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False)
    events = models.IntegerField(help_text="Less than 0 in a change that is not merged yet.")
    is_change = models.BooleanField(help_text="Whether it waits to be merged with the rows of the same item.")

    class Meta:
        indexes = [
            models.Index(fields=["batch", "item", "events"], name="item_count_of_batch"),
            models.Index(fields=["batch"], condition=Q(is_change=True), name="item_count_changes"),
        ]

    def __str__(self) -> str:
        return f"{self.events} events of item {self.item_id}"


# `JUDGED` and `REVIEWED` of events, on `FilterCount`.
JUDGED_COUNTS = Q(is_decided=True) & ~Q(approval=Approval.PENDING)
REVIEWED_COUNTS = JUDGED_COUNTS & Q(bulk_decided=False)

# Figure → its sum over counters: `decided` are all verdicts on findings of the vendor;
# `approved`, `rejected` and `invalid` those of COUNTS_FOR_PRECISION.
_VENDORS = Q(is_added=False) & ~Q(approval=Approval.PENDING)
_SEEN = _VENDORS & Q(bulk_decided=False)
_FIGURES = {
    "decided": _VENDORS,
    "approved": _SEEN & Q(approval=Approval.APPROVED),
    "rejected": _SEEN & Q(approval=Approval.REJECTED),
    "invalid": _SEEN & Q(approval=Approval.INVALID),
    "corrected": _VENDORS & Q(is_corrected=True),
    "missed": Q(is_added=True, approval=Approval.APPROVED),
}
FIGURE_SUMS = {name: Sum("events", filter=condition, default=0) for name, condition in _FIGURES.items()}
