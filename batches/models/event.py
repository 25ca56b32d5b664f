"""One event to be reviewed: a narrow row for lists, and its wide payload in another table."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Abs
from django.utils.translation import gettext_lazy as _

from batches.models import corrections
from batches.models.batch import Batch, Item
from batches.models.box import BoxField
from batches.models.random_rank import RandomRank
from batches.models.search_words import SearchWordsField
from batches.models.severity import Severity

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from batches.models.decision import Decision

# Events of one item are numbered below this, so that (item position, event position) is one sortable number.
POSITIONS_PER_ITEM = 1_000_000


class Approval(models.TextChoices):
    PENDING = "pending", _("Pending")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Rejected")
    INVALID = "invalid", _("Invalid")

    @property
    def word(self) -> str:
        """As it stands in a sentence."""
        return str(APPROVAL_WORDS[self])


APPROVAL_WORDS = {
    Approval.PENDING: _("pending"),
    Approval.APPROVED: _("approved"),
    Approval.REJECTED: _("rejected"),
    Approval.INVALID: _("invalid"),
}


class Origin(models.TextChoices):
    REVIEWER = "reviewer", _("Added by a reviewer")


# Events for review: everything the vendor still lists, and everything a person has decided.
FOR_REVIEW = Q(gone_at__isnull=True) | Q(decided_at__isnull=False)
# Events with a valid verdict of a person. An event that changed after its verdict is pending and does not count.
JUDGED = Q(decided_at__isnull=False) & ~Q(approval=Approval.PENDING)
# Those that a person looked at, and not only decided together with all events of a filter.
REVIEWED = JUDGED & Q(bulk_decided__isnull=True)
# Those that tell how good the vendor is: what people added was never the vendor's.
COUNTS_FOR_PRECISION = REVIEWED & Q(origin__isnull=True)
# Events whose content changed after their verdict or correction.
CHANGED = Q(changed_since=True) | Q(correction_changed=True)
# Events on which the vendor and a person disagree. The vendor's approval pending is no opinion.
DIFFERS_FROM_VENDOR = (
    Q(decided_at__isnull=False, changed_since=False, vendor_approval__isnull=False)
    & ~Q(vendor_approval=Approval.PENDING)
    & ~Q(approval=F("vendor_approval"))
)


class EventQuerySet(models.QuerySet["Event"]):
    def visible_to(self, user: "User") -> "EventQuerySet":
        return self.filter(batch__in=Batch.objects.visible_to(user))

    def for_review(self) -> "EventQuerySet":
        return self.filter(FOR_REVIEW)

    def added(self) -> "EventQuerySet":
        """Those that people added because the vendor had missed them."""
        return self.filter(origin__isnull=False)

    def in_order(self) -> "EventQuerySet":
        """The vendor's order: items as listed, events as in their array."""
        return self.order_by("sequence", "id")


BaseEventManager = models.Manager.from_queryset(EventQuerySet)


class EventManager(BaseEventManager["Event"]):
    """Leaves out `search_words`, which only the database reads."""

    def get_queryset(self) -> EventQuerySet:
        return EventQuerySet(self.model, using=self._db).defer("search_words")


class Event(models.Model):
    """One finding. Vendor columns are written by the sync only, review columns by `batches.actions` only.

    What a person added has an `origin`, and no sync writes it. It is `gone` from the start: only its verdict lists it.
    """

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="events", db_index=False)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="events", db_index=False)

    # ── the vendor's ──
    identity = models.CharField(
        max_length=300, help_text="The vendor's event id, or its content if it has none, with an ordinal."
    )
    external_id = models.CharField("external ID", max_length=255, blank=True, default="")
    fingerprint = models.CharField(max_length=32, help_text="Digest of span, category, label and AI text.")
    digest = models.CharField(max_length=32, help_text="Digest of everything the vendor sent about it.")
    sequence = models.BigIntegerField(help_text="Item position × 1,000,000 + position in the item.")
    raw_index = models.PositiveIntegerField(help_text="Position in the vendor's array, from 0.")
    start_s = models.FloatField(null=True, blank=True)
    end_s = models.FloatField(null=True, blank=True)
    timestamp = models.CharField(max_length=255, blank=True, default="")
    unix_start = models.CharField(max_length=255, blank=True, default="")
    unix_end = models.CharField(max_length=255, blank=True, default="")
    category = models.CharField(max_length=255, blank=True, default="")
    label = models.TextField(blank=True, default="")
    severity = models.CharField(max_length=255, blank=True, default="")
    severity_rank = models.PositiveSmallIntegerField(choices=Severity, default=Severity.OTHER)
    confidence = models.FloatField(null=True, blank=True)
    confidence_given = models.BooleanField(default=True)
    uncertainty = models.GeneratedField(
        expression=Abs(F("confidence") - 0.5), output_field=models.FloatField(null=True), db_persist=True,
        help_text="Distance of the confidence from 0.5: 0 is most uncertain, 0.5 is certain.",
    )  # fmt: skip
    ai_text = models.TextField("AI text", blank=True, default="")
    thumbnail_url = models.CharField("thumbnail URL", max_length=2000, blank=True, default="")
    vendor_approval = models.CharField(max_length=8, choices=Approval, null=True, blank=True)
    raw_approval = models.CharField(max_length=255, blank=True, default="")
    odd_cells = models.TextField(
        null=True, blank=True, help_text="JSON: CSV cells that cannot be rebuilt from the columns."
    )
    gone_at = models.DateTimeField(null=True, blank=True, help_text="When the vendor stopped listing it.")
    unread_at = models.DateTimeField(
        null=True, blank=True, help_text="Time since which the vendor's newest version of it could not be read."
    )
    box = BoxField(null=True, blank=True, help_text="Left, top, width and height as parts of the picture.")
    created_at = models.DateTimeField(auto_now_add=True)
    search_words = SearchWordsField(null=True, editable=False)
    # The vendor's value of a field that a person corrected; None if the field itself holds the vendor's value.
    vendor_category = models.CharField(max_length=255, null=True, blank=True, editable=False)
    vendor_label = models.TextField(null=True, blank=True, editable=False)
    vendor_severity = models.CharField(max_length=255, null=True, blank=True, editable=False)
    vendor_start_s = models.FloatField(null=True, blank=True, editable=False)
    vendor_end_s = models.FloatField(null=True, blank=True, editable=False)
    vendor_timestamp = models.CharField(max_length=255, null=True, blank=True, editable=False)
    vendor_box = BoxField(null=True, blank=True, editable=False)

    # ── people's ──
    approval = models.CharField(
        max_length=8, choices=Approval, default=Approval.PENDING,
        help_text="A person's verdict on this content, otherwise the vendor's opinion, otherwise pending.",
    )  # fmt: skip
    version = models.PositiveIntegerField(default=1, help_text="1 plus the number of its rows in the ledger.")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=80, blank=True, default="")
    note = models.TextField(blank=True, default="")
    bulk_decided = models.BooleanField(
        null=True, editable=False,
        help_text="Its verdict was given to all events of a filter, so that nobody looked at this one.",
    )  # fmt: skip
    changed_since = models.BooleanField(
        default=False, help_text="Whether its content changed after the verdict, so that it is pending again."
    )
    corrections = models.TextField(null=True, blank=True, help_text="JSON: the values that people corrected, by field.")
    correction_changed = models.BooleanField(
        null=True, help_text="The vendor changed a corrected field after the last verdict or correction."
    )
    origin = models.CharField(
        max_length=8,
        choices=Origin,
        null=True,
        blank=True,
        editable=False,
        help_text="Empty for a finding of the vendor.",
    )
    flagged_at = models.DateTimeField(null=True, blank=True, help_text="When a second review was requested.")
    flagged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    objects = EventManager()

    class Meta:
        ordering = ["batch", "sequence", "id"]
        indexes = [
            models.Index(fields=["batch", "sequence", "id"], name="event_in_order"),
            models.Index(fields=["batch", "approval", "sequence", "id"], name="event_by_approval"),
            models.Index(fields=["batch", "id"], name="event_by_age"),
            models.Index(fields=["batch", "confidence", "id"], name="event_by_confidence"),
            models.Index(fields=["batch", "uncertainty", "id"], name="event_by_uncertainty"),
            models.Index(fields=["batch", "severity_rank", "id"], name="event_by_severity"),
            models.Index(fields=["batch", "category", "sequence"], name="event_by_category"),
            # The random order of a category. No column that people write is in it: a verdict would write it as well.
            models.Index(F("batch"), F("category"), RandomRank("id"), F("id"), name="event_by_random_rank"),
            # Only decided events are in it, so it costs a sync nothing. Beside the order, all columns that counts read.
            models.Index(
                fields=[
                    "batch",
                    "decided_at",
                    "decided_by",
                    "reason",
                    "approval",
                    "category",
                    "severity_rank",
                    "confidence",
                    "id",
                ],
                condition=Q(decided_at__isnull=False),
                name="event_decided",
            ),
            models.Index(
                fields=["batch", "sequence", "id"], condition=Q(flagged_at__isnull=False), name="event_flagged"
            ),
            models.Index(
                fields=["batch", "sequence", "id"], condition=Q(corrections__isnull=False), name="event_corrected"
            ),
            models.Index(fields=["batch", "sequence", "id"], condition=Q(origin__isnull=False), name="event_added"),
            models.Index(fields=["batch", "sequence", "id"], condition=CHANGED, name="event_changed"),
        ]
        constraints = [
            # Also the index by item: look-ups by item use its first column.
            models.UniqueConstraint(fields=["item", "identity"], name="event_once_an_item"),
            models.CheckConstraint(condition=Q(approval__in=Approval.values), name="event_approval_known"),
            models.CheckConstraint(
                condition=Q(vendor_approval__isnull=True) | Q(vendor_approval__in=Approval.values),
                name="event_vendor_approval_known",
            ),
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True, decided_by__isnull=True, reason="", note="", changed_since=False)
                | Q(decided_at__isnull=False, decided_by__isnull=False),
                name="event_decided_who_and_when",
            ),
            # Until a person decides, the vendor's opinion stands.
            models.CheckConstraint(
                condition=Q(decided_at__isnull=False)
                | Q(vendor_approval__isnull=True, approval=Approval.PENDING)
                | Q(vendor_approval=F("approval")),
                name="event_undecided_is_the_vendors",
            ),
            # A verdict applies only to the content that the person saw. After a change, the event is pending.
            models.CheckConstraint(
                condition=Q(changed_since=False) | Q(approval=Approval.PENDING), name="event_changed_is_pending"
            ),
            models.CheckConstraint(condition=Q(version__gte=1), name="event_version_from_one"),
            models.CheckConstraint(
                condition=Q(flagged_at__isnull=True, flagged_by__isnull=True)
                | Q(flagged_at__isnull=False, flagged_by__isnull=False),
                name="event_flagged_who_and_when",
            ),
        ]

    def __str__(self) -> str:
        return self.label or self.category or f"event {self.pk}"

    @property
    def for_review(self) -> bool:
        """The same rule as FOR_REVIEW, for one loaded event."""
        return self.gone_at is None or self.decided_at is not None

    @property
    def removed_at(self) -> datetime | None:
        """When the vendor stopped listing it."""
        return None if self.is_added else self.gone_at

    @property
    def absence(self) -> str:
        """Why it is not for review, for who asks."""
        return "Somebody took this added event back." if self.is_added else "The vendor no longer lists this event."

    @property
    def flagged(self) -> bool:
        return self.flagged_at is not None

    @property
    def verdict_by(self) -> str:
        """Who gave the current verdict: a user's name, "the vendor", or nobody."""
        if self.decided_by:
            return self.decided_by.get_username()
        return "" if self.approval == Approval.PENDING else "the vendor"

    @property
    def differs_from_vendor(self) -> bool:
        """The same rule as DIFFERS_FROM_VENDOR, for one loaded event."""
        if self.decided_at is None or self.changed_since:
            return False
        return self.vendor_approval not in (None, Approval.PENDING, self.approval)

    @property
    def corrected_fields(self) -> list[str]:
        """The names of the corrected fields."""
        return list(corrections.read(self.corrections))

    def vendor_value(self, name: str) -> Any:
        return corrections.vendor_value(self, name)

    @property
    def vendor_says(self) -> dict[str, Any]:
        """The vendor's own values of the corrected fields."""
        return {name: self.vendor_value(name) for name in self.corrected_fields}

    @property
    def is_added(self) -> bool:
        """Whether a person added it, because the vendor had missed it."""
        return self.origin == Origin.REVIEWER

    @property
    def standing(self) -> "Decision | None":
        """The decision whose verdict is the current one, even if the event has changed since."""
        latest = self.decisions.select_related("verdict", "restores__verdict").order_by("-version").first()
        return latest.standing_verdict if latest else None

    def changed_from(self, standing: "Decision | None") -> bool:
        """Whether the verdict that stands under this step was given on other content than the event has now."""
        verdict = standing.own_verdict if standing else None
        return verdict is not None and verdict.fingerprint != self.fingerprint

    def approval_under(self, standing: "Decision | None") -> str:
        """The approval of the event if this step is its current one. This is the only rule for `approval`."""
        if self.changed_from(standing):
            return Approval.PENDING
        verdict = standing.own_verdict if standing else None
        return verdict.approval if verdict else self.vendor_approval or Approval.PENDING

    def state_under(self, standing: "Decision | None") -> dict[str, Any]:
        """All columns that people write, if this step is the event's current one."""
        verdict = standing.own_verdict if standing else None
        return {
            "approval": self.approval_under(standing),
            "reason": verdict.reason if verdict else "",
            "note": verdict.note if verdict else "",
            "decided_by_id": verdict.action.user_id if verdict else None,
            "decided_at": verdict.created_at if verdict else None,
            "bulk_decided": (verdict is not None and hasattr(verdict.action, "bulk_run")) or None,
            "changed_since": self.changed_from(standing),
            **corrections.columns_under(self, corrections.read(standing.corrections) if standing else {}),
        }


class EventPayload(models.Model):
    """The wide part of an event, as JSON text: exact key order and number forms, on both databases."""

    event = models.OneToOneField(Event, primary_key=True, on_delete=models.PROTECT, related_name="payload")
    sdk = models.TextField(help_text="The event exactly as the vendor's SDK returns it, as JSON text.")
    raw = models.TextField(help_text="The event exactly as the vendor sent it, as JSON text.")

    def __str__(self) -> str:
        return f"payload of event {self.event_id}"
