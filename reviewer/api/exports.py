"""Downloads for scripts: at once, or made in the background and kept, resumable by Range."""

from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpResponseBase, QueryDict
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from batches.export.download import Format
from batches.models import ExportRun
from batches.models.run import RunState
from reviewer import access
from reviewer.api.auth import READ, person, token_of
from reviewer.api.limited_list import LimitedList
from reviewer.api.pages import FILTERS, NEWEST, PAGING, page, page_of
from reviewer.api.serializers import RefusalSerializer
from reviewer.api.verbs import KEY, key_of, read
from reviewer.downloads.requests import MAX_BATCHES, RAW_IS_FOR_TOKENS, finished_file, request_export, streamed
from reviewer.downloads.selection import select
from reviewer.forms.downloads import FILES

FILE = {kind.media_type: OpenApiTypes.BINARY for kind in Format} | {Format.JSON.media_type: OpenApiTypes.ANY}
WHOLE = {(200, media_type): kind for media_type, kind in FILE.items()}
CHOICES = [
    OpenApiParameter("file", str, OpenApiParameter.PATH, enum=FILES, description="Kind of rows, and format."),
    OpenApiParameter("columns", str, description="documented, sdk, full, or column names separated by commas."),
    OpenApiParameter("as_of", str, description="A moment in the past; the file shows the state of that time."),
    OpenApiParameter("bom", str, enum=["0", "1"], description="1: CSV begins with a byte order mark, for Excel."),
    OpenApiParameter("fps", float, description="Frames per second of COCO, CVAT and Label Studio; 30 by default."),
    OpenApiParameter("raw", str, enum=["0", "1"], description="1: formulas are not escaped."),
]
RANGES = [
    OpenApiParameter(
        "Range", str, OpenApiParameter.HEADER, description="For example bytes=1000-: from byte 1000 to the end."
    ),
    OpenApiParameter(
        "If-None-Match",
        str,
        OpenApiParameter.HEADER,
        description="ETag of the file you have; 304 if it has not changed.",
    ),
]


class ExportRequest(serializers.Serializer[dict[str, Any]]):
    """The batches (`batches` or `connection`) and the selection of their rows."""

    batches = LimitedList(
        child=serializers.IntegerField(min_value=1, max_value=2**62), max_length=MAX_BATCHES, min_length=1,
        required=False
    )  # fmt: skip
    connection = serializers.IntegerField(min_value=1, max_value=2**62, required=False, help_text="All its batches.")
    file = serializers.ChoiceField(choices=FILES, default="events.csv")
    query = serializers.CharField(
        max_length=4000, required=False, default="", allow_blank=True,
        help_text="Filter, columns and as_of, as in the URL of a page: approval=approved&columns=full",
    )  # fmt: skip
    raw = serializers.BooleanField(default=False, help_text="Do not escape formulas. Needs a token.")


class ExportSerializer(serializers.ModelSerializer[ExportRun]):
    """`url` is null until the file is there; `rows` counts those written so far."""

    percent = serializers.IntegerField()
    unfinished = serializers.BooleanField()
    batches = serializers.ListField(child=serializers.IntegerField())
    rows = serializers.IntegerField(source="position")
    url = serializers.SerializerMethodField()

    class Meta:
        model = ExportRun
        fields = (
            "id", "state", "unfinished", "percent", "batches", "file", "query", "name", "rows", "total", "size",
            "sha256", "message", "created_at", "started_at", "finished_at", "expires_at", "url",
        )  # fmt: skip

    def get_url(self, run: ExportRun) -> str | None:
        if run.state != RunState.DONE:
            return None
        return f"{settings.PUBLIC_URL}{reverse('api-export-file', args=[run.pk])}"


class Exports(APIView):
    scopes = {"GET": READ, "POST": READ}

    @extend_schema(
        operation_id="exports",
        summary="Your background downloads, newest first",
        parameters=PAGING,
        responses=page_of(ExportSerializer),
    )
    def get(self, request: Request) -> Response:
        return page(request, NEWEST, ExportRun.objects.filter(requested_by=person(request)), ExportSerializer)

    @extend_schema(
        operation_id="export",
        summary="Start a background download",
        parameters=[KEY],
        request=ExportRequest,
        responses={202: ExportSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request) -> Response:
        fields = read(ExportRequest, request)
        query = QueryDict(fields["query"], mutable=True)
        for name, values in (("batch", fields.get("batches")), ("connection", fields.get("connection"))):
            if values is not None:
                query.setlist(name, [str(pk) for pk in (values if isinstance(values, list) else [values])])
        raw = _raw(request, fields["raw"])
        run = request_export(person(request), query, fields["file"], key_of(request), raw=raw)
        return Response(ExportSerializer(run).data, status=202)


class OneExport(APIView):
    scopes = {"GET": READ}

    @extend_schema(operation_id="export_state", summary="Progress of a background download", responses=ExportSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(ExportSerializer(access.export_for(person(request), pk)).data)


class ExportFile(APIView):
    scopes = {"GET": READ}

    @extend_schema(
        operation_id="export_file",
        summary="The finished file, or a part of it",
        description="`X-Row-Count`, `X-SHA256` and `ETag` describe the complete file.",
        parameters=RANGES,
        responses={**WHOLE, **{(206, media_type): OpenApiTypes.BINARY for media_type in FILE}, 304: None, 416: None},
    )
    def get(self, request: Request, pk: int) -> HttpResponseBase:
        return finished_file(request, access.export_for(person(request), pk))


class Download(APIView):
    scopes = {"GET": READ}

    @extend_schema(
        operation_id="download",
        summary="The events, items, decisions or training data of a batch as a file, at once",
        description="Takes the query string of the batch's page. If it fails half-way, the connection is closed.",
        parameters=[*CHOICES, *FILTERS],
        responses=WHOLE,
    )
    def get(self, request: Request, pk: int, file: str) -> HttpResponseBase:
        batch = access.batch_for(person(request), pk)
        query = request.query_params
        raw = _raw(request, query.get("raw", "0") != "0")
        return streamed(request, select([batch], query, file, user=person(request), raw=raw))


def _raw(request: Request, wanted: bool) -> bool:
    """`wanted`. Raises BadRequest without a token: files from a browser may be opened in a spreadsheet."""
    if wanted and token_of(request) is None:
        raise BadRequest(RAW_IS_FOR_TOKENS)
    return wanted
