"""Imports of videos from cloud storage: starts one, says how far it is, lists its videos, retries the failed ones."""

from typing import Any

from django.core.exceptions import BadRequest
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from batches import actions
from batches.models import CloudImport, Folder, FolderScope, ImportedVideo
from batches.sync.clouds import MAX_OBJECTS
from reviewer import access
from reviewer.api.auth import ANY, START, person
from reviewer.api.limited_list import LimitedList
from reviewer.api.pages import PAGING, page, page_of
from reviewer.api.serializers import RefusalSerializer
from reviewer.api.verbs import KEY, key_of, read
from reviewer.ordering.keyset import Sort

OLDEST = Sort("Oldest first", ("id",))
STATES = {"uploaded": ImportedVideo.UPLOADED, "failed": ImportedVideo.FAILED}


class CloudImportOrder(serializers.Serializer[dict[str, Any]]):
    """`integration` is the vendor's ID; Google Cloud Storage needs one. `folder` is our number of a known folder."""

    addresses = LimitedList(
        child=serializers.CharField(max_length=1300), max_length=MAX_OBJECTS,
        help_text="gs:// or s3:// addresses of .mp4 objects, all of one bucket.",
    )  # fmt: skip
    integration = serializers.CharField(max_length=255, required=False, default="", allow_blank=True)
    folder = serializers.IntegerField(min_value=1, max_value=2**62, required=False, default=None, allow_null=True)
    scope = serializers.ChoiceField(
        choices=FolderScope.choices, required=False, default=FolderScope.USER, help_text="Without a folder."
    )


class CloudImportSerializer(serializers.ModelSerializer[CloudImport]):
    """`listed` of `total` videos have appeared at the vendor. With `may_have_started` a person has to look there."""

    connection = serializers.CharField(source="connection.name")
    requested_by = serializers.CharField(source="requested_by.username", allow_null=True, default=None)
    unfinished = serializers.BooleanField()
    may_have_started = serializers.BooleanField()
    listed = serializers.SerializerMethodField()
    uploaded = serializers.SerializerMethodField()
    failed = serializers.SerializerMethodField()

    class Meta:
        model = CloudImport
        fields = (
            "id", "connection", "state", "unfinished", "may_have_started", "message", "provider", "bucket", "job_id",
            "folder", "scope", "total", "listed", "uploaded", "failed", "requested_by", "created_at", "finished_at",
            "retry_at",
        )  # fmt: skip

    def get_listed(self, run: CloudImport) -> int:
        return run.videos.count()

    def get_uploaded(self, run: CloudImport) -> int:
        return run.videos.uploaded().count()

    def get_failed(self, run: CloudImport) -> int:
        return run.videos.failed().count()


class ImportedVideoSerializer(serializers.ModelSerializer[ImportedVideo]):
    video_id = serializers.CharField(source="external_id")

    class Meta:
        model = ImportedVideo
        fields = ("id", "video_id", "status", "source_uri")


class ConnectionCloudImports(APIView):
    scopes = {"POST": START}

    @extend_schema(
        operation_id="start_cloud_import",
        summary="Have the vendor fetch videos from cloud storage",
        description="For editors. Answered immediately; the work happens in the background. A repeated key returns "
        "the first import.",
        parameters=[KEY],
        request=CloudImportOrder,
        responses={202: CloudImportSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        connection = access.connection_for(person(request), pk)
        order, key = read(CloudImportOrder, request), key_of(request)
        addresses, folder = "\n".join(order.pop("addresses")), order.pop("folder")
        try:
            run = actions.start_cloud_import(
                connection=connection, addresses=addresses, folder=_folder(connection.pk, folder), by=person(request),
                idempotency_key=key, **order,
            )  # fmt: skip
        except ValueError as error:
            raise BadRequest(str(error)) from error
        return Response(CloudImportSerializer(run).data, status=202)


def _folder(connection_id: int, pk: int | None) -> Folder | None:
    if pk is None:
        return None
    folder = Folder.objects.filter(connection=connection_id, pk=pk).first()
    if folder is None:
        raise BadRequest(f"folder: no folder {pk} is known here.")
    return folder


class OneCloudImport(APIView):
    scopes = {"GET": ANY}

    @extend_schema(
        operation_id="cloud_import", summary="State of an import from cloud storage", responses=CloudImportSerializer
    )
    def get(self, request: Request, pk: int) -> Response:
        return Response(CloudImportSerializer(access.cloud_import_for(person(request), pk)).data)


class CloudImportVideos(APIView):
    scopes = {"GET": ANY}

    @extend_schema(
        operation_id="cloud_import_videos",
        summary="The videos of an import from cloud storage",
        parameters=[OpenApiParameter("state", str, enum=list(STATES)), *PAGING],
        responses=page_of(ImportedVideoSerializer),
    )
    def get(self, request: Request, pk: int) -> Response:
        videos = access.cloud_import_for(person(request), pk).videos.all()
        if state := request.query_params.get("state"):
            if state not in STATES:
                raise BadRequest(f"state: expected one of {', '.join(STATES)}.")
            videos = videos.filter(status=STATES[state])
        return page(request, OLDEST, videos, ImportedVideoSerializer)


class RetryCloudImport(APIView):
    scopes = {"POST": START}

    @extend_schema(
        operation_id="retry_cloud_import",
        summary="Have the failed videos of an import fetched again",
        request=None,
        responses={200: CloudImportSerializer, 502: RefusalSerializer, 503: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        run = access.cloud_import_for(person(request), pk)
        try:
            actions.retry_cloud_import(run=run)
        except ValueError as error:
            raise BadRequest(str(error)) from error
        run.refresh_from_db()
        return Response(CloudImportSerializer(run).data)
