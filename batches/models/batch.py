"""A batch and its items, as the vendor lists them, with our own counters beside them."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.contrib.admin import display
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from batches.models.connection import Connection
from batches.models.review_status import (
    REVIEW_FACTS,
    ReviewStatus,
    needs_sign_off,
    sign_off_waits,
    since_of,
    stage_of,
    with_review_facts,
)
from batches.models.source_end import SourceEnd

if TYPE_CHECKING:
    from django.contrib.auth.models import User


MAX_OPINIONS = 5  # reviewers per event
MAX_PROJECT = 80  # characters
MAX_TYPED = 60  # characters of a title that people type as a confirmation
EXPIRES_SOON = timedelta(days=7)  # incomplete results that expire sooner get a warning


class State(models.TextChoices):
    """The state of a batch or item; the vendor's own status is stored beside it."""

    WAITING = "waiting", _("Waiting")
    PROCESSING = "processing", _("Processing")
    COMPLETED = "completed", _("Completed")
    PARTIAL = "partial", _("Partially completed")
    FAILED = "failed", _("Failed")
    CANCELED = "canceled", _("Canceled")
    UNKNOWN = "unknown", _("Unknown")


# The condition on rows of other tables: they belong to no batch, or to one that is not removed.
BATCH_NOT_REMOVED = Q(batch__removed_at=None)


class BatchQuerySet(models.QuerySet["Batch"]):
    def visible_to(self, user: "User") -> "BatchQuerySet":
        return self.filter(connection__in=Connection.objects.visible_to(user)).not_removed()

    def not_removed(self) -> "BatchQuerySet":
        """Those that somebody may still see. Nothing else is listed, counted, decided in or synced."""
        return self.filter(removed_at=None)

    def added(self, connection: Connection, external_id: str) -> "Batch":
        """The batch that somebody adds to the connection: a new one, or the one here, brought back if removed."""
        batch, _ = self.get_or_create(connection=connection, external_id=external_id)
        if batch.removed_at:
            self.filter(pk=batch.pk).bring_back()
            batch.refresh_from_db()
        return batch

    def bring_back(self) -> int:
        """Put archived and removed batches back into lists and queues."""
        return self.update(archived_at=None, archived_by=None, removed_at=None, removed_by=None)

    def not_archived(self) -> "BatchQuerySet":
        """Those that lists and queues show."""
        return self.filter(archived_at=None)

    def for_list(self) -> "BatchQuerySet":
        """Defer the vendor's whole answer, which no page shows, and add what the review status needs."""
        rows = self.select_related("connection", "review_status_by").defer("raw", "connection__api_key")
        return with_review_facts(rows)


class Batch(models.Model):
    """One job the vendor ran over many items."""

    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="batches")
    external_id = models.CharField("external ID", max_length=255)
    name = models.CharField(
        max_length=200, blank=True, default="", help_text="Name given here. Empty: the prompt is shown."
    )
    batch_type = models.CharField(max_length=20, default="unknown")
    analysis_type = models.CharField(max_length=255, null=True, blank=True)
    viewer_url = models.CharField("viewer URL", max_length=2000, blank=True, default="")
    prompt = models.TextField(blank=True, default="")
    category = models.CharField(max_length=255, blank=True, default="")
    state = models.CharField(max_length=12, choices=State, default=State.UNKNOWN)
    raw_status = models.CharField(max_length=255, blank=True, default="")
    vendor_created_at = models.CharField(
        max_length=64, blank=True, default="", help_text="Time as the vendor wrote it."
    )
    vendor_total = models.PositiveIntegerField(null=True, blank=True)
    vendor_completed = models.PositiveIntegerField(null=True, blank=True)
    vendor_failed = models.PositiveIntegerField(null=True, blank=True)
    vendor_canceled = models.PositiveIntegerField(null=True, blank=True)
    vendor_error = models.TextField(blank=True, default="")
    vendor_name = models.CharField(max_length=255, blank=True, default="")
    vendor_report = models.JSONField(default=dict, blank=True, help_text="Facts and kinds of errors for the sync page.")
    stored_items = models.PositiveIntegerField(
        default=0, help_text="Items whose results are stored here, after the last sync."
    )
    expires_at = models.DateTimeField(null=True, blank=True, help_text="When the vendor deletes the results.")
    gone_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When the results were deleted at the vendor. It is not called again for this batch.",
    )
    vendor_metadata = models.JSONField(default=dict, blank=True)
    vendor_review_status = models.CharField(max_length=255, null=True, blank=True)
    vendor_reviewed_at = models.CharField(max_length=64, null=True, blank=True)
    odd_cells = models.TextField(
        null=True, blank=True, help_text="JSON: CSV cells that cannot be rebuilt from the columns."
    )
    raw = models.TextField(
        blank=True, default="", help_text="The vendor's status response without its list, as JSON text."
    )

    created_at = models.DateTimeField(auto_now_add=True)
    synced_at = models.DateTimeField(null=True, blank=True, help_text="End of the last complete sync.")

    rarest = models.JSONField(
        default=list, blank=True, editable=False, help_text="Categories after the last sync, rarest first."
    )
    strata = models.JSONField(
        default=dict, blank=True, editable=False, help_text="Number of events by category, after the last sync."
    )

    opinions_wanted = models.PositiveSmallIntegerField(
        default=1, help_text="Reviewers per event. With more than one, opinions stay hidden until all are given."
    )

    # Events for review by approval: changed in the same transaction as the events, checked by `check_ledger`.
    pending = models.PositiveIntegerField(default=0)
    approved = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    invalid = models.PositiveIntegerField(default=0)

    # Set by hand (`actions.set_review_status`), never by a sync. `models.review_status` derives the shown status from
    # it. The vendor's own status is stored separately.
    review_status = models.PositiveSmallIntegerField(choices=ReviewStatus, default=ReviewStatus.NOT_STARTED)
    review_status_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    review_status_updated_at = models.DateTimeField(null=True, blank=True)
    reviewed_noted = models.BooleanField(
        default=False, editable=False, help_text="Whether webhooks were notified that it is reviewed, and it still is."
    )

    ready_noted = models.BooleanField(
        default=False, editable=False, help_text="Whether people were notified that it is ready for review."
    )
    expiry_noted = models.DateTimeField(
        null=True, editable=False, help_text="The end of the results that people were notified of."
    )

    # Set by hand (`actions.organize`), never by a sync. Tags are rows of `BatchTag`.
    project = models.CharField(max_length=MAX_PROJECT, blank=True, default="", db_index=True)
    archived_at = models.DateTimeField(
        null=True, blank=True, help_text="Since when it is out of lists and queues. Everything in it is kept."
    )
    archived_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    # A removed batch is archived, too: what leaves out the archived leaves it out.
    removed_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Since when nobody sees it. Its ledger and results are kept."
    )
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, editable=False, on_delete=models.PROTECT, related_name="+",
        db_index=False,
    )  # fmt: skip
    vendor_deleted_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When people here deleted it at the vendor."
    )
    vendor_deleted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, editable=False, on_delete=models.PROTECT, related_name="+",
        db_index=False,
    )  # fmt: skip

    objects = BatchQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name_plural = "batches"
        constraints = [
            models.CheckConstraint(
                condition=Q(archived_at=None, archived_by=None)
                | Q(archived_at__isnull=False, archived_by__isnull=False),
                name="batch_archived_who_and_when",
            ),
            models.UniqueConstraint(fields=["connection", "external_id"], name="batch_once_a_connection"),
            models.CheckConstraint(condition=models.Q(state__in=State.values), name="batch_state_known"),
            models.CheckConstraint(
                condition=Q(review_status_by__isnull=True, review_status_updated_at__isnull=True, review_status=0)
                | Q(review_status_by__isnull=False, review_status_updated_at__isnull=False),
                name="batch_review_status_who_and_when",
            ),
            models.CheckConstraint(
                condition=models.Q(opinions_wanted__range=(1, MAX_OPINIONS)), name="batch_opinions_wanted"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def refresh_from_db(self, using: str | None = None, fields: Any = None, from_queryset: Any = None) -> None:
        """A full refresh also clears the cached facts of the review status. Loading a deferred field does not."""
        if fields is None:
            for name in REVIEW_FACTS:
                self.__dict__.pop(name, None)
        super().refresh_from_db(using, fields, from_queryset)

    @property
    @display(description=_("title"))
    def title(self) -> str:
        """What people call it: our name, else the vendor's, else the prompt, else the vendor's id."""
        return self.name or self.vendor_name or self.prompt[:120] or self.external_id

    @property
    def sync_refusal(self) -> str:
        """Why there is nothing to sync for ever; empty if there may be."""
        if self.vendor_deleted_at is None:
            return ""
        return gettext("{name} deleted this batch at {vendor} on {day}: nothing more can be synced.").format(
            name=self.vendor_deleted_by,
            vendor=self.connection.get_vendor_display(),
            day=date_format(timezone.localtime(self.vendor_deleted_at), "j F Y"),
        )

    @property
    def confirmation(self) -> str:
        """What people type to remove it: what they call it, if that is short."""
        return " ".join(self.title.split()) if len(self.title) <= MAX_TYPED else self.external_id

    def is_confirmed_by(self, text: str) -> bool:
        """Whether this is what people have to type, whatever the spaces."""
        return " ".join(text.split()) == self.confirmation

    @property
    def has_expired(self) -> bool:
        """Whether the vendor's retention time is over."""
        return self.expires_at is not None and self.expires_at <= timezone.now()

    @property
    def event_count(self) -> int:
        return self.pending + self.approved + self.rejected + self.invalid

    @property
    def decided_count(self) -> int:
        return self.event_count - self.pending

    @property
    def last_verdict(self) -> datetime | None:
        """The time of the newest current verdict of a person. `with_review_facts` reads it for many batches at once."""
        if "last_verdict_at" not in self.__dict__:
            decided = self.events.filter(decided_at__isnull=False).order_by("-decided_at")
            self.__dict__["last_verdict_at"] = decided.values_list("decided_at", flat=True).first()
        return cast("datetime | None", self.__dict__["last_verdict_at"])

    @property
    def has_opinions(self) -> bool:
        """Whether the batch has second opinions that nobody took back."""
        if "opinions_given" not in self.__dict__:
            self.__dict__["opinions_given"] = self.events.filter(consensus__given__gt=0).exists()
        return bool(self.__dict__["opinions_given"])

    @property
    def signed_off(self) -> bool:
        """Whether somebody set the review status to *reviewed*: it counts once the batch is complete."""
        return self.review_status == ReviewStatus.REVIEWED

    @property
    def review_stage(self) -> ReviewStatus:
        """The review status."""
        return stage_of(self)

    @property
    def reviewed_since(self) -> datetime | None:
        """Since when the batch is reviewed; None while it is not."""
        return since_of(self)

    @property
    def needs_sign_off(self) -> bool:
        return needs_sign_off(self)

    @property
    def sign_off_waits(self) -> bool:
        return sign_off_waits(self)

    @property
    def counts(self) -> dict[str, int]:
        """The number of events for review by approval, pending first."""
        return {
            "pending": self.pending,
            "approved": self.approved,
            "rejected": self.rejected,
            "invalid": self.invalid,
        }


# The condition on batches whose results are not all stored here.
RESULTS_MISSING = Q(vendor_total__isnull=True) | Q(stored_items__lt=models.F("vendor_total"))


def expires_soon(now: datetime) -> Q:
    """The condition on batches whose results expire soon at their vendor."""
    return Q(expires_at__gt=now, expires_at__lte=now + EXPIRES_SOON, gone_at__isnull=True)


def has_expired(now: datetime) -> Q:
    """The condition on batches whose results have expired at their vendor."""
    return Q(expires_at__lte=now) | Q(gone_at__isnull=False)


class Item(models.Model):
    """One analysed item of a batch: a video, for vendors of video analysis."""

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="items")
    external_id = models.CharField("external ID", max_length=255)
    position = models.PositiveIntegerField(help_text="Position in the vendor's list, from 0.")
    repeats = models.JSONField(
        default=list, blank=True, help_text="Further positions of the same id in the vendor's list."
    )
    analysis_id = models.CharField("analysis ID", max_length=255, null=True, blank=True)
    name = models.CharField(max_length=255, blank=True, default="")
    source_uri = models.CharField("source URI", max_length=2000, blank=True, default="")
    state = models.CharField(max_length=12, choices=State, default=State.UNKNOWN)
    status = models.CharField(max_length=255, blank=True, default="", help_text="Status that the vendor's SDK shows.")
    raw_status = models.CharField(max_length=255, blank=True, default="")
    error = models.TextField(blank=True, default="")
    summary = models.TextField(blank=True, default="")
    details = models.TextField(
        blank=True, default="", help_text="The vendor's response when a person requested details."
    )
    mode = models.CharField(max_length=20, blank=True, default="")
    answered = models.BooleanField(
        default=False, help_text="Whether the vendor's last response contained a document for it."
    )
    gone_at = models.DateTimeField(null=True, blank=True, help_text="When the vendor stopped listing it.")
    digest = models.CharField(
        max_length=32, blank=True, default="", help_text="Digest of everything the vendor sent about it."
    )
    odd_cells = models.TextField(
        null=True, blank=True, help_text="JSON: CSV cells that cannot be rebuilt from the columns."
    )
    raw = models.TextField(blank=True, default="", help_text="The vendor's document without its events, as JSON text.")

    class Meta:
        ordering = ["batch", "position", "id"]
        indexes = [
            models.Index(fields=["batch", "position", "id"], name="item_in_order"),
            # By these the same video is looked for in other batches.
            models.Index(fields=["external_id"], name="item_by_external_id"),
            models.Index(SourceEnd("source_uri"), name="item_by_source_end"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["batch", "external_id"], name="item_once_a_batch"),
            models.CheckConstraint(condition=models.Q(state__in=State.values), name="item_state_known"),
        ]

    def __str__(self) -> str:
        return self.name or self.external_id
