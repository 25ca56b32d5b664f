"""Certificates: the precision of a batch or of a category, estimated from a sample and signed by a person. Append-only.

A certificate becomes stale when a sync adds or removes events, or when an event of its sample is decided again or
undone.
"""

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from batches.models.batch import Batch
from batches.models.decision import Decision
from batches.models.prepared import prepared
from batches.models.random_rank import RandomRank
from batches.models.run import SyncRun

# The number of events that syncs of a batch have added or removed; it only grows.
EVENT_CHANGES = Sum(F("events_created") + F("events_gone"))


class CertificateQuerySet(models.QuerySet["Certificate"]):
    def with_stale(self) -> "CertificateQuerySet":
        """Add `stale`, and load the person who signed."""
        parts = CertifiedPart.objects.filter(
            certificate=OuterRef(OuterRef("pk")), category=OuterRef("event__category"),
            upto__gte=RandomRank(OuterRef("event_id")),
        )  # fmt: skip
        later = Decision.objects.filter(
            Exists(parts), action_id__gt=OuterRef("after_action"), action__batch=OuterRef("batch")
        )
        runs = SyncRun.objects.filter(batch=OuterRef("batch")).order_by().values("batch")
        moved = Coalesce(Subquery(runs.annotate(moved=EVENT_CHANGES).values("moved")), Value(0))
        return self.select_related("by").annotate(stale=Exists(later) | ~Q(moved=moved))

    def of_whole_batches(self) -> "CertificateQuerySet":
        return self.filter(category__isnull=True)

    def newest(self) -> dict[tuple[int, str | None], "Certificate"]:
        """The newest of each (batch, category); category None: of the whole batch. One query."""
        return {
            (certificate.batch_id, certificate.category): certificate
            for certificate in self.with_stale().order_by("id")
        }


@prepared
def of_whole_batch(batch: int) -> CertificateQuerySet:
    """The newest certificate of the batch, if any, in a list."""
    return Certificate.objects.filter(batch=batch).of_whole_batches().with_stale().order_by("-id")[:1]


class Method(models.TextChoices):
    SAMPLE = "sample", _("Random sample")
    CENSUS = "census", _("All decided")


class Certificate(models.Model):
    """What a person signed: the verdicts counted, and the 95 % interval they give for the share approved."""

    idempotency_key = models.UUIDField(unique=True)
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="certificates")
    category = models.CharField(max_length=255, null=True, blank=True, help_text="Empty for the whole batch.")
    method = models.CharField(max_length=6, choices=Method)
    events = models.PositiveIntegerField(help_text="Events for review at that time.")
    approved = models.PositiveIntegerField(help_text="Approved events in the sample.")
    rejected = models.PositiveIntegerField()
    invalid = models.PositiveIntegerField(
        help_text="Invalid events in the sample; they do not count for the precision."
    )
    precision = models.FloatField(help_text="Estimated share of approved events among approved and rejected ones.")
    low = models.FloatField()
    high = models.FloatField()
    after_action = models.BigIntegerField(help_text="Id of the batch's last action that it includes.")
    moved = models.PositiveIntegerField(help_text="Events that syncs had added or removed by that time.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = CertificateQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(method__in=Method.values), name="certificate_method_known"),
            models.CheckConstraint(
                condition=Q(low__gte=0, low__lte=F("precision"), high__gte=F("precision"), high__lte=1),
                name="certificate_interval_in_order",
            ),
        ]

    def __str__(self) -> str:
        return gettext("{share} ({low} to {high})").format(
            share=f"{self.precision:.0%}", low=f"{self.low:.0%}", high=f"{self.high:.0%}"
        )

    @property
    def judged(self) -> int:
        """The size of its sample, without invalid events."""
        return self.approved + self.rejected


class CertifiedPart(models.Model):
    """One category's share of a certificate. Its sample is the events whose random rank is at most `upto`."""

    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="parts", db_index=False)
    category = models.CharField(max_length=255, blank=True)
    upto = models.BigIntegerField()
    events = models.PositiveIntegerField()
    approved = models.PositiveIntegerField()
    rejected = models.PositiveIntegerField()
    invalid = models.PositiveIntegerField()

    class Meta:
        ordering = ["certificate", "category"]
        constraints = [
            models.UniqueConstraint(fields=["certificate", "category"], name="certified_part_one_a_category"),
        ]

    def __str__(self) -> str:
        return f"{self.category}: {self.approved} of {self.approved + self.rejected}"
