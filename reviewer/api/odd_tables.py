"""Structured ODD: requests the tables of videos, says how far they are, hands out their files."""

from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpResponseBase
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from batches import actions
from batches.actions.odd_tables import MAX_ODD_VIDEOS
from batches.models import OddRun, OddTable, RunState
from batches.sync.odd_columns import MAX_COLUMNS, MAX_LITERALS, Column
from reviewer import access
from reviewer.api.auth import READ, START, person
from reviewer.api.limited_list import LimitedList
from reviewer.api.serializers import RefusalSerializer
from reviewer.api.verbs import KEY, key_of, read
from reviewer.downloads.odd_tables import odd_csv_response, odd_zip_response


class ColumnOrder(serializers.Serializer[dict[str, Any]]):
    """`type` is free text for the vendor's model."""

    name = serializers.CharField(max_length=100)
    prompt = serializers.CharField(max_length=1000)
    type = serializers.CharField(max_length=60)
    literals = LimitedList(
        child=serializers.CharField(max_length=100), required=False, default=list, max_length=MAX_LITERALS,
        help_text="The values that a categorical column may have.",
    )  # fmt: skip


class OddOrder(serializers.Serializer[dict[str, Any]]):
    """Without `columns`, those of the connection: edited on its page, else the default schema."""

    videos = LimitedList(
        child=serializers.CharField(max_length=255), min_length=1, max_length=MAX_ODD_VIDEOS,
        help_text="The vendor's ids.",
    )  # fmt: skip
    columns = LimitedList(child=ColumnOrder(), required=False, default=list, max_length=MAX_COLUMNS)


class OddRunSerializer(serializers.ModelSerializer[OddRun]):
    """The table of one video. With `may_have_started` the vendor may have worked on it, and may charge again."""

    may_have_started = serializers.SerializerMethodField()
    rows = serializers.IntegerField(source="total", allow_null=True)
    problems = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = OddRun
        fields = (
            "video_id", "video_name", "state", "may_have_started", "message", "rows", "problems", "share_url",
            "seconds", "finished_at",
        )  # fmt: skip

    def get_may_have_started(self, run: OddRun) -> bool:
        return run.state == RunState.INCOMPLETE


class OddSerializer(serializers.ModelSerializer[OddTable]):
    """`csv_url` and `zip_url` hold the tables that are there; all of them once it is not `unfinished`."""

    connection = serializers.CharField(source="connection.name")
    requested_by = serializers.CharField(source="requested_by.username", allow_null=True, default=None)
    columns = ColumnOrder(many=True)
    unfinished = serializers.SerializerMethodField()
    videos = OddRunSerializer(source="runs", many=True)
    csv_url = serializers.SerializerMethodField()
    zip_url = serializers.SerializerMethodField()

    class Meta:
        model = OddTable
        fields = (
            "id", "connection", "unfinished", "columns", "videos", "csv_url", "zip_url", "requested_by", "created_at",
        )  # fmt: skip

    def get_unfinished(self, table: OddTable) -> bool:
        return any(run.unfinished for run in table.runs.all())

    def get_csv_url(self, table: OddTable) -> str:
        return f"{settings.PUBLIC_URL}{reverse('api-odd-csv', args=[table.pk])}"

    def get_zip_url(self, table: OddTable) -> str:
        return f"{settings.PUBLIC_URL}{reverse('api-odd-zip', args=[table.pk])}"


class ConnectionOdd(APIView):
    scopes = {"POST": START}

    @extend_schema(
        operation_id="request_odd",
        summary="Request the structured ODD of videos",
        description="For editors. Answered immediately; the vendor works on one video after the other. A repeated key "
        "returns the first request.",
        parameters=[KEY],
        request=OddOrder,
        responses={202: OddSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        connection = access.connection_for(person(request), pk)
        order, key = read(OddOrder, request), key_of(request)
        columns = [Column.of(dict(column)) for column in order["columns"]]
        try:
            table = actions.request_odd(
                connection=connection, videos=order["videos"], columns=columns or actions.odd_columns_of(connection),
                by=person(request), idempotency_key=key,
            )  # fmt: skip
        except ValueError as error:
            raise BadRequest(str(error)) from error
        return Response(OddSerializer(table).data, status=202)


class OneOdd(APIView):
    scopes = {"GET": READ | START}

    @extend_schema(operation_id="odd", summary="State of a structured ODD", responses=OddSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(OddSerializer(access.odd_for(person(request), pk)).data)


class OddCSV(APIView):
    scopes = {"GET": READ | START}

    @extend_schema(
        operation_id="odd_csv",
        summary="The tables of all videos as one CSV",
        responses={(200, "text/csv"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, pk: int) -> HttpResponseBase:
        return odd_csv_response(access.odd_for(person(request), pk), request.method)


class OddZip(APIView):
    scopes = {"GET": READ | START}

    @extend_schema(
        operation_id="odd_zip",
        summary="A ZIP with a CSV for each video",
        responses={(200, "application/zip"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, pk: int) -> HttpResponseBase:
        return odd_zip_response(access.odd_for(person(request), pk), request.method)
