"""Custom metadata: read it with its push state, and merge values into it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from batches import actions
from batches.models import Batch, MetadataState, Role
from batches.models.batch_metadata import metadata_of
from reviewer import access
from reviewer.api.auth import ANY, META, person, token_of
from reviewer.api.serializers import RefusalSerializer
from reviewer.web.client import client_ip

KEY = OpenApiParameter(
    "Idempotency-Key", {"type": "string", "format": "uuid"}, OpenApiParameter.HEADER,
    description="Optional UUID of the request; a retry with the same key changes nothing.",
)  # fmt: skip


class Values(serializers.Serializer[dict[str, Any]]):
    metadata = serializers.DictField(
        child=serializers.JSONField(allow_null=True), help_text="Texts and whole numbers by key; other keys are kept."
    )


class KeySerializer(serializers.Serializer[dict[str, Any]]):
    """A key that was edited here. `theirs`: the vendor's value, null if it has none."""

    name = serializers.CharField()
    value = serializers.JSONField()
    theirs = serializers.JSONField(allow_null=True)
    state = serializers.ChoiceField(choices=MetadataState.choices)
    message = serializers.CharField(help_text="The vendor's message when it refused.")
    pushed_at = serializers.DateTimeField(allow_null=True)


class MetadataSerializer(serializers.Serializer[dict[str, Any]]):
    metadata = serializers.DictField(
        child=serializers.JSONField(), help_text="The vendor's values, overridden by ours."
    )
    vendor = serializers.DictField(child=serializers.JSONField(), help_text="The vendor's, as last read.")
    keys = KeySerializer(many=True, help_text="The keys that were edited here.")


class Metadata(APIView):
    scopes = {"GET": ANY, "POST": META}

    @extend_schema(operation_id="metadata", summary="Metadata of a batch", responses=MetadataSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(_body(access.batch_for(person(request), pk)))

    @extend_schema(
        operation_id="add_metadata",
        summary="Merge values into the metadata of a batch",
        description="Needs an editor. Saved at once, pushed to the vendor in the background. Keys cannot be removed.",
        parameters=[KEY],
        request=Values,
        responses={200: MetadataSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        batch = access.batch_for(person(request), pk, Role.EDITOR)
        serializer = Values(data=request.data)
        serializer.is_valid(raise_exception=True)
        add_metadata(request, batch, serializer.validated_data["metadata"])
        return Response(_body(access.batch_for(person(request), pk)))


def add_metadata(request: Request, batch: Batch, values: Mapping[str, Any]) -> None:
    """Merge in the name of whoever asks. Raises what `actions.edit_metadata` raises."""
    try:
        key = UUID(request.headers.get("Idempotency-Key", ""))
    except ValueError:
        key = None
    token = token_of(request)
    actions.edit_metadata(
        batch_id=batch.pk, values=values, by=person(request), idempotency_key=key,
        source=f"token {token.pk}" if token else "api",
        ip_address=client_ip(request),
    )  # fmt: skip


def _body(batch: Batch) -> dict[str, Any]:
    entries = [
        {
            **{name: getattr(entry, name) for name in ("name", "value", "state", "message", "pushed_at")},
            "theirs": batch.vendor_metadata.get(entry.name),
        }
        for entry in batch.metadata_entries.all()
    ]
    body = {"metadata": metadata_of(batch), "vendor": batch.vendor_metadata, "keys": entries}
    return MetadataSerializer(body).data
