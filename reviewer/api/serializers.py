"""The JSON of batches, items, events, decisions and syncs. Times are ISO 8601 in UTC; spans are seconds."""

import json
from typing import Any

from django.conf import settings
from django.db.models import Model, OuterRef, QuerySet, Subquery
from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from batches.export.reviewed import reviewed
from batches.models import Approval, Batch, Decision, Event, Item, SyncRun
from batches.models.batch_metadata import metadata_of
from reviewer.api.addresses import redact_addresses

# NaN and infinities, which JSON does not have, become null.
_read = json.JSONDecoder(parse_constant=lambda _: None).decode


def etag_of(event: Event) -> str:
    """The value for If-Match: the version and the fingerprint."""
    return f'"{event.version}-{event.fingerprint}"'


class AsVendorsSay[Row: Model](serializers.ModelSerializer[Row]):
    """A row with addresses of media only for who may see media; `ours` are fields whose words no vendor wrote."""

    ours: tuple[str, ...] = ()

    def to_representation(self, instance: Row) -> dict[str, Any]:
        row: dict[str, Any] = super().to_representation(instance)
        if request := self.context.get("request"):  # without one: an answer to a decision, which no such token makes
            return {**redact_addresses(request, row), **{name: row[name] for name in self.ours}}
        return row


class CountsSerializer(serializers.Serializer[dict[str, int]]):
    pending = serializers.IntegerField()
    approved = serializers.IntegerField()
    rejected = serializers.IntegerField()
    invalid = serializers.IntegerField()


class BatchSerializer(AsVendorsSay[Batch]):
    """`id` is ours, `batch_id` the vendor's."""

    ours = ("metadata",)
    batch_id = serializers.CharField(source="external_id")
    connection = serializers.CharField(source="connection.name")
    vendor = serializers.CharField(source="connection.vendor")
    title = serializers.CharField()
    batch_viewer_url = serializers.CharField(source="viewer_url")
    status = serializers.CharField(source="state", help_text="Our status; vendor_status has the vendor's.")
    vendor_status = serializers.CharField(source="raw_status")
    counts = CountsSerializer()
    metadata = serializers.SerializerMethodField()
    review_status = serializers.SerializerMethodField()
    review_status_updated_at = serializers.SerializerMethodField()

    class Meta:
        model = Batch
        fields = (
            "id", "batch_id", "connection", "vendor", "title", "batch_type", "analysis_type", "prompt", "category",
            "batch_viewer_url", "status", "vendor_status", "counts", "review_status", "review_status_updated_at",
            "metadata", "synced_at",
        )  # fmt: skip

    @staticmethod
    def rows(batches: QuerySet[Batch]) -> QuerySet[Batch]:
        """With what the review state needs, so that a page costs one query."""
        decided = Event.objects.filter(batch=OuterRef("pk"), decided_at__isnull=False).order_by("-decided_at")
        annotated = batches.annotate(last_verdict=Subquery(decided.values("decided_at")[:1]))
        return annotated.prefetch_related("metadata_entries")

    @extend_schema_field(serializers.DictField(child=serializers.JSONField()))
    def get_metadata(self, batch: Batch) -> dict[str, Any]:
        """The vendor's values, overridden by ours."""
        return metadata_of(batch)

    def get_review_status(self, batch: Batch) -> str:
        """not_started, in_progress or reviewed."""
        return reviewed(batch, batch.last_verdict)[0]  # type: ignore[attr-defined]  # annotated

    def get_review_status_updated_at(self, batch: Batch) -> str:
        """Since when it is reviewed: set by hand, else by the last verdict; N/A before."""
        return reviewed(batch, batch.last_verdict)[1]  # type: ignore[attr-defined]


class ItemSerializer(AsVendorsSay[Item]):
    video_id = serializers.CharField(source="external_id")
    video_name = serializers.CharField(source="name")
    import_source_uri = serializers.CharField(source="source_uri")

    class Meta:
        model = Item
        fields = (
            "id", "batch", "video_id", "analysis_id", "video_name", "import_source_uri", "position", "status", "error",
            "summary", "mode", "gone_at",
        )  # fmt: skip


class EventSerializer(AsVendorsSay[Event]):
    """`etag` is what a decision sends back as If-Match."""

    ours = ("reason", "note", "url")
    etag = serializers.SerializerMethodField()
    video_id = serializers.CharField(source="item.external_id")
    analysis_id = serializers.CharField(source="item.analysis_id", allow_null=True)
    event_id = serializers.CharField(source="external_id")
    ai_analysis = serializers.CharField(source="ai_text")
    annotated_thumbnail_url = serializers.CharField(source="thumbnail_url")
    approval = serializers.ChoiceField(choices=Approval.choices)
    vendor_approval = serializers.CharField(allow_null=True)
    decided_by = serializers.CharField(source="decided_by.username", allow_null=True, default=None)
    flagged = serializers.BooleanField()
    differs_from_vendor = serializers.BooleanField()
    url = serializers.SerializerMethodField()

    class Meta:
        model = Event
        fields = (
            "id", "etag", "version", "fingerprint", "batch", "item", "video_id", "analysis_id", "event_id", "timestamp",
            "start_s", "end_s", "category", "label", "severity", "confidence", "ai_analysis", "annotated_thumbnail_url",
            "approval", "vendor_approval", "decided_by", "decided_at", "reason", "note", "flagged", "changed_since",
            "differs_from_vendor", "gone_at", "url",
        )  # fmt: skip

    def get_etag(self, event: Event) -> str:
        return etag_of(event)

    def get_url(self, event: Event) -> str:
        return f"{settings.PUBLIC_URL}{reverse('event-detail', args=[event.pk])}"


class WholeEventSerializer(EventSerializer):
    """With the vendor's data: as its SDK returns the event, and as it was sent."""

    sdk = serializers.SerializerMethodField()
    raw = serializers.SerializerMethodField()

    class Meta:
        model = Event
        fields = (*EventSerializer.Meta.fields, "sdk", "raw")

    @extend_schema_field(serializers.DictField(child=serializers.JSONField()))
    def get_sdk(self, event: Event) -> Any:
        return _read(event.payload.sdk)

    @extend_schema_field(serializers.JSONField())
    def get_raw(self, event: Event) -> Any:
        return _read(event.payload.raw)


class DecisionSerializer(serializers.ModelSerializer[Decision]):
    """A row of the ledger: one decision on one event, within one action of a person."""

    kind = serializers.CharField(source="action.kind")
    by = serializers.CharField(source="action.user.username")
    through = serializers.CharField(source="action.source", help_text="page, api, command, or token and its number.")

    class Meta:
        model = Decision
        fields = (
            "id", "action", "kind", "by", "through", "event", "version", "before", "approval", "reason", "note",
            "vendor_approval", "undoes", "created_at",
        )  # fmt: skip


class SyncSerializer(serializers.ModelSerializer[SyncRun]):
    requested_by = serializers.CharField(source="requested_by.username", allow_null=True, default=None)
    percent = serializers.IntegerField()
    unfinished = serializers.BooleanField()

    class Meta:
        model = SyncRun
        fields = (
            "id", "batch", "state", "unfinished", "percent", "position", "total", "events_seen", "events_created",
            "events_updated", "events_gone", "quarantined", "calls", "message", "requested_by", "created_at",
            "started_at", "finished_at", "retry_at",
        )  # fmt: skip


class RefusalSerializer(serializers.Serializer[dict[str, Any]]):
    detail = serializers.CharField()
    errors = serializers.JSONField(  # type: ignore[assignment]  # a field, not the property of the class
        required=False, help_text="With 400: errors by field."
    )
    event = EventSerializer(required=False, help_text="With 412: the current event.")
