"""The review status of a batch: one rule, for a batch in hand and as SQL, which a test compares.

A batch is reviewed when people are done with it: somebody decided an event of it or signed it off, no event is pending,
and its vendor is no longer at work on it. Until then a sign-off is on record, and counts as soon as the rest is true.
The other statuses are what somebody set, else what the verdicts say. The vendor's own review status is another field
and has no part.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from django.apps import apps
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, Sum, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from batches.models.batch import Batch, BatchQuerySet

RUNNING_STATES = ("waiting", "processing")
REVIEW_FACTS = ("last_verdict_at", "opinions_given")  # of other tables, kept with a batch in hand


class ReviewStatus(models.IntegerChoices):
    """The progress of the review."""

    NOT_STARTED = 0, _("Not started")
    IN_PROGRESS = 1, _("In progress")
    REVIEWED = 2, _("Reviewed")

    @property
    def word(self) -> str:
        """As it stands in addresses and exports."""
        return self.name.lower()


# ── for a batch in hand ──


def is_complete(batch: "Batch") -> bool:
    """Whether nothing is pending, and nothing more comes from the vendor."""
    is_running = batch.state in RUNNING_STATES and batch.gone_at is None
    return not batch.pending and not is_running


def stage_of(batch: "Batch") -> ReviewStatus:
    """The review status. The same rule as `review_stage`."""
    if batch.signed_off:
        return ReviewStatus.REVIEWED if is_complete(batch) else ReviewStatus.IN_PROGRESS
    if batch.review_status_updated_at:
        return ReviewStatus(batch.review_status)
    if batch.last_verdict is None:
        return ReviewStatus.IN_PROGRESS if batch.has_opinions else ReviewStatus.NOT_STARTED
    return ReviewStatus.REVIEWED if is_complete(batch) else ReviewStatus.IN_PROGRESS


def since_of(batch: "Batch") -> datetime | None:
    """Since when the batch is reviewed: the sign-off, else the newest verdict that stands; None while it is not."""
    if stage_of(batch) != ReviewStatus.REVIEWED:
        return None
    return batch.review_status_updated_at if batch.signed_off else batch.last_verdict


def needs_sign_off(batch: "Batch") -> bool:
    """Whether people are done with it, and nobody signed it off. The same rule as `sign_off_needed`."""
    return not batch.signed_off and is_complete(batch) and batch.last_verdict is not None


def sign_off_waits(batch: "Batch") -> bool:
    """Whether it was signed off and does not count as reviewed yet, or no longer. The same rule as SIGN_OFF_WAITS."""
    return batch.signed_off and not is_complete(batch)


# ── as SQL ──

COMPLETE = Q(pending=0) & ~Q(state__in=RUNNING_STATES, gone_at__isnull=True)
SIGNED_OFF = Q(review_status=ReviewStatus.REVIEWED)
SIGN_OFF_WAITS = SIGNED_OFF & ~COMPLETE


def with_review_facts(batches: "BatchQuerySet") -> "BatchQuerySet":
    """With the rows of other tables that the rule reads, so that a page of batches costs no query each."""
    newest = _decided().order_by("-decided_at").values("decided_at")[:1]
    return batches.annotate(
        last_verdict_at=Subquery(newest), opinions_given=_opinions(), vendor_approvals=Coalesce(_vendor_approvals(), 0)
    )


def review_stage() -> Case:
    """The review status of each batch, to filter and to sort by."""
    reviewed, in_progress = ReviewStatus.REVIEWED.value, ReviewStatus.IN_PROGRESS.value
    return Case(
        When(SIGNED_OFF & COMPLETE, then=reviewed),
        When(SIGNED_OFF, then=in_progress),
        When(review_status_updated_at__isnull=False, then=F("review_status")),
        When(Exists(_decided()) & COMPLETE, then=reviewed),
        When(Exists(_decided()) | _opinions(), then=in_progress),
        default=ReviewStatus.NOT_STARTED.value,
        output_field=models.PositiveSmallIntegerField(),
    )


def sign_off_needed() -> Q:
    """The condition on batches that people are done with and nobody signed off."""
    return ~SIGNED_OFF & COMPLETE & Q(Exists(_decided()))


def _decided() -> models.QuerySet[models.Model]:
    """The events of the batch of the outer query with a person's verdict."""
    events = apps.get_model("batches", "Event")._default_manager
    return events.filter(batch=OuterRef("pk"), decided_at__isnull=False).order_by()


def _vendor_approvals() -> Subquery:
    """How many events have an approval of the vendor's, and no person's verdict."""
    counters = apps.get_model("batches", "EventCount")._default_manager.filter(batch=OuterRef("pk"), week=None)
    decided = counters.exclude(approval="pending").order_by()
    return Subquery(decided.values("batch").annotate(sum=Sum("events")).values("sum"))


def _opinions() -> Exists:
    return Exists(apps.get_model("batches", "Consensus")._default_manager.filter(batch=OuterRef("pk"), given__gt=0))
