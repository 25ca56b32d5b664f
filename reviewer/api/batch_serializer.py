"""The JSON of a batch: its status at the vendor, its review status, and its counts."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Count
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from batches.export.cells import utc
from batches.export.reviewed import review_fields
from batches.models import Batch, BatchTag, Item
from batches.models.batch import BatchQuerySet, State
from batches.models.batch_metadata import metadata_of
from batches.models.vendor_outcome import vendor_outcome
from reviewer.api.serializers import CountsSerializer, RedactingSerializer


def item_counts(batches: Sequence[Batch]) -> dict[int, dict[str, int]]:
    """Batch → its listed items by state, and in all. One query."""
    listed = Item.objects.filter(batch__in=batches, gone_at__isnull=True).order_by()
    counts = {batch.pk: {"total": 0, **dict.fromkeys(State.values, 0)} for batch in batches}
    for batch_id, state, count in listed.values_list("batch", "state").annotate(count=Count("pk")):
        counts[batch_id][state] = count
        counts[batch_id]["total"] += count
    return counts


class VendorCountsSerializer(serializers.Serializer[Batch]):
    """Items by outcome, as the vendor counts them; null where it does not."""

    total = serializers.IntegerField(source="vendor_total", allow_null=True)
    succeeded = serializers.IntegerField(source="vendor_completed", allow_null=True)
    failed = serializers.IntegerField(source="vendor_failed", allow_null=True)
    canceled = serializers.IntegerField(source="vendor_canceled", allow_null=True)


class ItemCountsSerializer(serializers.Serializer[dict[str, int]]):
    """Items that the vendor lists, by their state here."""

    total = serializers.IntegerField()
    waiting = serializers.IntegerField()
    processing = serializers.IntegerField()
    completed = serializers.IntegerField()
    partial = serializers.IntegerField()  # type: ignore[assignment]  # a field, not the attribute of the class
    failed = serializers.IntegerField()
    canceled = serializers.IntegerField()
    unknown = serializers.IntegerField()


class BatchListSerializer(serializers.ListSerializer[Batch]):
    """Counts the items of all batches of a page in one query."""

    def to_representation(self, data: Any) -> Any:
        batches = list(data)
        counts = item_counts(batches)
        for batch in batches:
            batch.item_counts = counts[batch.pk]
        return super().to_representation(batches)


class BatchSerializer(RedactingSerializer[Batch]):
    """`id` is ours, `batch_id` the vendor's."""

    unredacted = ("metadata", "project", "signed_off_by", "tags")
    batch_id = serializers.CharField(source="external_id")
    connection = serializers.CharField(source="connection.name")
    vendor = serializers.CharField(source="connection.vendor")
    title = serializers.CharField()
    batch_viewer_url = serializers.CharField(source="viewer_url")
    status = serializers.CharField(source="state", help_text="Our status; vendor_status has the vendor's.")
    vendor_status = serializers.CharField(source="raw_status")
    vendor_outcome = serializers.SerializerMethodField()
    vendor_items = VendorCountsSerializer(source="*")
    items = serializers.SerializerMethodField()
    counts = CountsSerializer()
    created_at = serializers.SerializerMethodField()
    added_at = serializers.DateTimeField(source="created_at", help_text="When it was added here.")
    tags = serializers.SlugRelatedField[BatchTag](slug_field="name", many=True, read_only=True)
    metadata = serializers.SerializerMethodField()
    review_status = serializers.SerializerMethodField()
    review_status_updated_at = serializers.SerializerMethodField()
    vendor_review_status = serializers.SerializerMethodField()
    vendor_review_status_updated_at = serializers.SerializerMethodField()
    signed_off_by = serializers.SerializerMethodField()
    signed_off_at = serializers.SerializerMethodField()

    class Meta:
        model = Batch
        list_serializer_class = BatchListSerializer
        fields = (
            "id", "batch_id", "connection", "vendor", "title", "batch_type", "analysis_type", "prompt", "category",
            "batch_viewer_url", "created_at", "status", "vendor_status", "vendor_outcome", "vendor_items", "items",
            "counts",
            "review_status", "review_status_updated_at", "signed_off_by", "signed_off_at", "vendor_review_status",
            "vendor_review_status_updated_at", "metadata", "project", "tags", "archived_at",
            "added_at", "synced_at",
        )  # fmt: skip

    @staticmethod
    def rows(batches: BatchQuerySet) -> BatchQuerySet:
        """With metadata and tags, so that a page costs one query for each."""
        return batches.prefetch_related("metadata_entries", "tags")

    @extend_schema_field(serializers.DictField(child=serializers.JSONField()))
    def get_metadata(self, batch: Batch) -> dict[str, Any]:
        """The vendor's values, overridden by ours."""
        return metadata_of(batch)

    def get_review_status(self, batch: Batch) -> str:
        """not_started, in_progress or reviewed."""
        return str(review_fields(batch)["review_status"])

    def get_review_status_updated_at(self, batch: Batch) -> str:
        """Since when it is reviewed: the sign-off, else the last verdict; N/A before."""
        return str(review_fields(batch)["review_status_updated_at"])

    def get_vendor_review_status(self, batch: Batch) -> str | None:
        """The vendor's own review status; null where it has none."""
        return review_fields(batch)["vendor_review_status"]

    def get_vendor_review_status_updated_at(self, batch: Batch) -> str | None:
        """The vendor's own text."""
        return review_fields(batch)["vendor_review_status_updated_at"]

    def get_signed_off_by(self, batch: Batch) -> str | None:
        """Who signed it off; it is `reviewed` only while nothing is pending and the vendor is done."""
        return batch.review_status_by.get_username() if batch.signed_off and batch.review_status_by else None

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_signed_off_at(self, batch: Batch) -> str | None:
        return utc(batch.review_status_updated_at) if batch.signed_off else None

    def get_vendor_outcome(self, batch: Batch) -> str:
        """The vendor's status and counts as a sentence, as on the page."""
        return vendor_outcome(batch)

    def get_created_at(self, batch: Batch) -> str | None:
        """When the vendor created it, in the vendor's own text; null where it is not known."""
        return batch.vendor_created_at or None

    @extend_schema_field(ItemCountsSerializer)
    def get_items(self, batch: Batch) -> dict[str, int]:
        counts: dict[str, int] | None = getattr(batch, "item_counts", None)
        return counts or item_counts([batch])[batch.pk]
