"""The JSON of items, events, decisions and syncs. Times are ISO 8601 in UTC; spans are seconds."""

import json
from typing import Any

from django.conf import settings
from django.db.models import Model
from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from batches.models import Approval, Decision, Event, Item, SyncRun
from batches.models.corrections import FIELDS, read
from reviewer.api.addresses import redact_addresses

# NaN and infinities, which JSON does not have, become null.
_read = json.JSONDecoder(parse_constant=lambda _: None).decode


def etag_of(event: Event) -> str:
    """The value for If-Match: the version and the fingerprint."""
    return f'"{event.version}-{event.fingerprint}"'


class RedactingSerializer[Row: Model](serializers.ModelSerializer[Row]):
    """A row, without media addresses for readers who may not see media. `unredacted`: fields of our own."""

    unredacted: tuple[str, ...] = ()

    def to_representation(self, instance: Row) -> dict[str, Any]:
        row: dict[str, Any] = super().to_representation(instance)
        if request := self.context.get("request"):  # the answer to a decision has none: its person may see media
            return {**redact_addresses(request, row), **{name: row[name] for name in self.unredacted}}
        return row


class CountsSerializer(serializers.Serializer[dict[str, int]]):
    pending = serializers.IntegerField()
    approved = serializers.IntegerField()
    rejected = serializers.IntegerField()
    invalid = serializers.IntegerField()


class ItemSerializer(RedactingSerializer[Item]):
    video_id = serializers.CharField(source="external_id")
    video_name = serializers.CharField(source="name")
    import_source_uri = serializers.CharField(source="source_uri")

    class Meta:
        model = Item
        fields = (
            "id", "batch", "video_id", "analysis_id", "video_name", "import_source_uri", "position", "status", "error",
            "summary", "mode", "gone_at",
        )  # fmt: skip


class NumberField(serializers.FloatField):
    """A number; the framework's own field reads `true` as 1."""

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)


class BoxField(serializers.ListField):
    """Left, top, width and height as parts of the picture, from 0 to 1."""

    def __init__(self, **options: Any) -> None:
        super().__init__(child=NumberField(), min_length=4, max_length=4, **options)


class VendorValuesSerializer(serializers.Serializer[dict[str, Any]]):
    label = serializers.CharField()  # type: ignore[assignment]  # a field, not the property of the class
    category = serializers.CharField()
    severity = serializers.CharField()
    start_s = serializers.FloatField(allow_null=True)
    end_s = serializers.FloatField(allow_null=True)
    box = BoxField(allow_null=True)
    approval = serializers.CharField(allow_null=True)


class EventSerializer(RedactingSerializer[Event]):
    """`etag` is what a decision sends back as If-Match. The values are the true ones, `vendor` has the vendor's own."""

    unredacted = ("reason", "note", "url")
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
    box = BoxField(allow_null=True)
    differs_from_vendor = serializers.BooleanField()
    corrected = serializers.ListField(child=serializers.CharField(), source="corrected_fields")
    vendor = serializers.SerializerMethodField()
    origin = serializers.SerializerMethodField()
    gone_at = serializers.DateTimeField(source="removed_at", allow_null=True)
    url = serializers.SerializerMethodField()

    class Meta:
        model = Event
        fields = (
            "id", "etag", "version", "fingerprint", "batch", "item", "video_id", "analysis_id", "event_id", "timestamp",
            "start_s", "end_s", "box", "category", "label", "severity", "confidence", "ai_analysis",
            "annotated_thumbnail_url",
            "approval", "vendor_approval", "decided_by", "decided_at", "reason", "note", "flagged", "changed_since",
            "differs_from_vendor", "corrected", "correction_changed", "vendor", "origin", "gone_at", "unread_at", "url",
        )  # fmt: skip

    def get_etag(self, event: Event) -> str:
        return etag_of(event)

    @extend_schema_field(VendorValuesSerializer)
    def get_vendor(self, event: Event) -> dict[str, Any]:
        return {name: event.vendor_value(name) for name in FIELDS} | {"approval": event.vendor_approval}

    def get_origin(self, event: Event) -> str:
        return event.origin or "vendor"

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
    corrections = serializers.SerializerMethodField()
    values_before = serializers.SerializerMethodField()

    class Meta:
        model = Decision
        fields = (
            "id", "action", "kind", "by", "through", "event", "version", "before", "approval", "reason", "note",
            "vendor_approval", "corrections", "values_before", "undoes", "created_at",
        )  # fmt: skip

    @extend_schema_field(serializers.DictField(child=serializers.JSONField()))
    def get_corrections(self, decision: Decision) -> dict[str, Any]:
        return read(decision.corrections)

    @extend_schema_field(serializers.DictField(child=serializers.JSONField()))
    def get_values_before(self, decision: Decision) -> dict[str, Any]:
        return read(decision.values_before)


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
