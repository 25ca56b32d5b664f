"""Custom metadata of a batch: ours by key beside the vendor's map, its history, and the outbox to the vendor."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from batches.models.batch import Batch, BatchQuerySet
from batches.models.connection import Connection
from batches.models.run import UNFINISHED, Run, finished_when

SUMMARY_NAMES = {
    "approved": "review_approved",
    "rejected": "review_rejected",
    "invalid": "review_invalid",
    "pending": "review_pending",
    "reviewed_at": "reviewed_at",
}


class EditKind(models.TextChoices):
    EDIT = "edit", _("Edited")
    KEEP = "keep", _("Kept ours")
    TAKE = "take", _("Took the vendor's")
    DROP = "drop", _("Removed")
    SUMMARY = "summary", _("Review summary")


class MetadataState(models.TextChoices):
    LOCAL = "local", "Kept here only"  # the vendor has no metadata
    WAITING = "waiting", "Waiting"
    PUSHED = "pushed", "At the vendor"
    REFUSED = "refused", "Refused"
    CONFLICT = "conflict", "Changed on both sides"


class MetadataEdit(models.Model):
    """One edit by a person of the metadata of one batch. Never changed, never deleted."""

    idempotency_key = models.UUIDField(
        help_text="Created by the client. A repeated request with the same key changes nothing."
    )
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="metadata_edits", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=EditKind)
    request = models.CharField(max_length=64, help_text="Digest of the request.")
    source = models.CharField(max_length=20, default="page", help_text="page, api, or token followed by its number")
    ip_address = models.GenericIPAddressField("IP address", null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["batch", "idempotency_key"], name="metadata_edit_once")]

    def __str__(self) -> str:
        return f"{self.kind} by {self.user_id} at {self.created_at:%Y-%m-%d %H:%M:%S}"


class MetadataChange(models.Model):
    """What an edit did to one key. Values are texts or whole numbers, null where there was none. Never changed."""

    edit = models.ForeignKey(MetadataEdit, on_delete=models.PROTECT, related_name="steps")
    name = models.CharField(max_length=255)
    before = models.JSONField(null=True)
    value = models.JSONField(null=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.name}: {self.before!r} → {self.value!r}"


class MetadataEntry(models.Model):
    """Our current value of one key. Its row is also its entry in the outbox."""

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="metadata_entries", db_index=False)
    name = models.CharField(max_length=255)
    value = models.JSONField()
    base = models.JSONField(
        null=True, help_text="The vendor's value when ours was written, or the one it has confirmed since."
    )
    sent = models.JSONField(
        default=list, help_text="Values sent since the vendor's value was last confirmed. Each may have arrived."
    )
    state = models.CharField(max_length=10, choices=MetadataState)
    message = models.TextField(blank=True, default="", help_text="Why the vendor refused it: the vendor's message.")
    pushed_at = models.DateTimeField(null=True, blank=True)
    step = models.ForeignKey(
        MetadataChange,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="The change that set the value; its id is the version of the entry.",
    )

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "metadata entries"
        constraints = [
            models.UniqueConstraint(fields=["batch", "name"], name="metadata_one_a_name"),
            models.CheckConstraint(condition=Q(state__in=MetadataState.values), name="metadata_state_known"),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.value!r}"


class MetadataPush(Run):
    """A run that sends the waiting keys of a batch to its vendor. It waits as long as needed and never gives up."""

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="metadata_pushes")
    tries = models.PositiveIntegerField(default=0, help_text="Consecutive failed attempts.")
    named = models.BooleanField(default=False, help_text="Whether the vendor set the time of the next attempt.")
    read_at = models.DateTimeField(null=True, blank=True, help_text="When the vendor's metadata was last read.")

    class Meta(Run.Meta):
        verbose_name_plural = "metadata pushes"
        constraints = [
            models.UniqueConstraint(fields=["batch"], condition=Q(state__in=UNFINISHED), name="metadata_push_one"),
            finished_when("metadata_push_finished_when"),
        ]

    def __str__(self) -> str:
        return f"metadata push {self.pk} of {self.batch_id}: {self.state}"


class SummaryChoice(models.Model):
    """The keys of a connection's review summaries, and whether they are published automatically."""

    connection = models.OneToOneField(Connection, on_delete=models.CASCADE, related_name="summary_choice")
    names = models.JSONField(
        default=dict, help_text="Metadata key by name: approved, rejected, invalid, pending, reviewed_at."
    )
    automatic_since = models.DateTimeField(
        null=True, blank=True, help_text="When automatic publishing was switched on. Empty: published on request only."
    )
    chosen_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"summary keys of {self.connection}"


def metadata_of(batch: Batch) -> dict[str, Any]:
    """The vendor's map with ours laid over it. Values are texts or whole numbers."""
    return {**batch.vendor_metadata, **{entry.name: entry.value for entry in batch.metadata_entries.all()}}


class _Text(models.Func):
    """A JSON value that is a text or a number, as text."""

    output_field = models.TextField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="(%(expressions)s #>> '{}')", **context)

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="CAST(JSON_EXTRACT(%(expressions)s, '$') AS TEXT)", **context)


class _At(models.Func):
    """The value of a key of a JSON object, as text. Any key: a path would read some of them as something else."""

    output_field = models.TextField()
    arity = 2

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="(%(expressions)s)", arg_joiner=" ->> ", **context)

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(
            compiler, connection, arg_joiner=") WHERE key = ",
            template="(SELECT CAST(value AS TEXT) FROM json_each(%(expressions)s)", **context,
        )  # fmt: skip


def with_metadata(batches: BatchQuerySet, name: str, alias: str) -> BatchQuerySet:
    """The batches, annotated with what a key says as text; null where a batch has no such key."""
    entry = MetadataEntry.objects.filter(batch=OuterRef("pk"), name=name)
    own_value = Subquery(entry.values(text=_Text(F("value")))[:1])
    vendor_value = _At(F("vendor_metadata"), models.Value(name))
    return batches.annotate(**{alias: Coalesce(own_value, vendor_value, output_field=models.TextField())})
