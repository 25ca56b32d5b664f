"""Uploads of videos into an account: from addresses, or as files that are sent in parts."""

from typing import Any

from django.core.exceptions import BadRequest
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from batches import actions
from batches.models import Folder, FolderScope, RunState, VideoUpload
from batches.sync.uploads import ADDRESS_LIMIT, MAX_ADDRESSES
from batches.sync.video_files import MAX_SIDECAR
from batches.sync.views import MOST_VIEWS, ViewFile
from reviewer import access
from reviewer.api.auth import ANY, START, person
from reviewer.api.limited_list import LimitedList
from reviewer.api.pages import NEWEST, PAGING, page, page_of
from reviewer.api.serializers import RefusalSerializer
from reviewer.api.verbs import CONFLICT, KEY, key_of, read
from reviewer.web.numbers import read_number
from reviewer.web.uploads import read_body


class TargetOrder(serializers.Serializer[dict[str, Any]]):
    folder = serializers.IntegerField(
        min_value=1, max_value=2**62, required=False, default=None, allow_null=True,
        help_text="Our number of a known folder.",
    )  # fmt: skip
    scope = serializers.ChoiceField(
        choices=FolderScope.choices, required=False, default=FolderScope.USER, help_text="Without a folder."
    )


class AddressesOrder(TargetOrder):
    addresses = LimitedList(
        child=serializers.CharField(max_length=ADDRESS_LIMIT), max_length=MAX_ADDRESSES,
        help_text="https:// addresses, which the vendor fetches itself.",
    )  # fmt: skip


class FileOrder(TargetOrder):
    """A file is known by `name`, `size` and `modified`: the same one goes on where it stopped."""

    name = serializers.CharField(max_length=1000, trim_whitespace=False)
    size = serializers.IntegerField(min_value=0, max_value=2**62, help_text="Bytes.")
    modified = serializers.IntegerField(min_value=-(2**53), max_value=2**53, help_text="Milliseconds since 1970.")
    sidecar_name = serializers.CharField(max_length=1000, required=False, default="", allow_blank=True)
    sidecar = serializers.CharField(
        max_length=MAX_SIDECAR, required=False, default="", allow_blank=True, trim_whitespace=False,
        help_text="Metadata as JSON text; its name is that of the video with .json.",
    )  # fmt: skip


class ViewOrder(serializers.Serializer[dict[str, Any]]):
    name = serializers.CharField(max_length=1000, trim_whitespace=False)
    size = serializers.IntegerField(min_value=0, max_value=2**62)
    modified = serializers.IntegerField(min_value=-(2**53), max_value=2**53)


class ViewFileOrder(FileOrder):
    views = LimitedList(
        child=ViewOrder(), required=False, default=list, max_length=MOST_VIEWS,
        help_text="All files of the recordings that this file is a view of, itself included: run7_front.mp4, "
        "run7_left.mp4. They are joined once all are uploaded.",
    )  # fmt: skip


class UploadSerializer(serializers.ModelSerializer[VideoUpload]):
    """A file with `received` < `size` waits for its next part, of at most `part_bytes` bytes. With
    `may_have_been_uploaded` a person has to look at the vendor. `recording` is the same for the views of one; its front
    view has `joined_at` or, where that failed, a `join_message`.
    """

    connection = serializers.CharField(source="connection.name")
    name = serializers.CharField()
    requested_by = serializers.CharField(source="requested_by.username", allow_null=True, default=None)
    unfinished = serializers.BooleanField()
    may_have_been_uploaded = serializers.SerializerMethodField()

    class Meta:
        model = VideoUpload
        fields = (
            "id", "connection", "state", "unfinished", "may_have_been_uploaded", "message", "name", "address", "size",
            "received", "sent", "part_bytes", "folder", "scope", "video_id", "requested_by", "created_at",
            "finished_at", "retry_at", "view", "recording", "joined_at", "join_message",
        )  # fmt: skip

    def get_may_have_been_uploaded(self, run: VideoUpload) -> bool:
        return run.state == RunState.INCOMPLETE


class ConnectionUploads(APIView):
    scopes = {"GET": ANY, "POST": START}

    @extend_schema(
        operation_id="uploads",
        summary="The uploads into an account, newest first",
        parameters=PAGING,
        responses=page_of(UploadSerializer),
    )
    def get(self, request: Request, pk: int) -> Response:
        runs = access.connection_for(person(request), pk).uploads.defer("query", "sidecar")
        return page(request, NEWEST, runs.select_related("connection", "requested_by"), UploadSerializer)

    @extend_schema(
        operation_id="upload_addresses",
        summary="Have the vendor fetch videos from addresses",
        description="For editors. Answered immediately; the work happens in the background. A repeated key returns "
        "the first uploads.",
        parameters=[KEY],
        request=AddressesOrder,
        responses={202: UploadSerializer(many=True), 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        connection = access.connection_for(person(request), pk)
        order, key = read(AddressesOrder, request), key_of(request)
        try:
            runs = actions.upload_addresses(
                connection=connection, addresses="\n".join(order["addresses"]), scope=order["scope"],
                folder=known_folder(connection.pk, order["folder"]), by=person(request), idempotency_key=key,
            )  # fmt: skip
        except ValueError as error:
            raise BadRequest(str(error)) from error
        return Response(UploadSerializer(runs, many=True).data, status=202)


def known_folder(connection_id: int, pk: int | None) -> Folder | None:
    """Raises BadRequest."""
    if pk is None:
        return None
    folder = Folder.objects.filter(connection=connection_id, pk=pk).first()
    if folder is None:
        raise BadRequest(f"folder: no folder {pk} is known here.")
    return folder


class ConnectionUploadFiles(APIView):
    scopes = {"POST": START}

    @extend_schema(
        operation_id="begin_upload",
        summary="Begin the upload of a file, or go on with it",
        request=ViewFileOrder,
        responses={200: UploadSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        connection = access.connection_for(person(request), pk)
        order = read(ViewFileOrder, request)
        order["views"] = [ViewFile(**view) for view in order["views"]]
        order["folder"] = known_folder(connection.pk, order["folder"])
        try:
            run = actions.begin_upload(connection=connection, by=person(request), **order)
        except ValueError as error:
            raise BadRequest(str(error)) from error
        return Response(UploadSerializer(run).data)


class OneUpload(APIView):
    scopes = {"GET": ANY}

    @extend_schema(operation_id="upload", summary="State of an upload", responses=UploadSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(UploadSerializer(access.upload_for(person(request), pk)).data)


class UploadParts(APIView):
    scopes = {"POST": START}
    parser_classes = ()

    @extend_schema(
        operation_id="upload_part",
        summary="Send the next part of a file, as the body of the request",
        parameters=[OpenApiParameter("offset", int, required=True, description="Bytes before it.")],
        request={"application/octet-stream": OpenApiTypes.BINARY},
        responses={200: UploadSerializer, 422: RefusalSerializer, **CONFLICT},
    )
    def post(self, request: Request, pk: int) -> Response:
        run = access.upload_for(person(request), pk)
        with read_body(request._request) as body:
            try:
                offset = read_number(request.query_params.get("offset", "")) or 0
                run = actions.add_part(run=run, offset=offset, content=body)
            except ValueError as error:
                raise BadRequest(str(error)) from error
        return Response(UploadSerializer(run).data)


class CancelUpload(APIView):
    scopes = {"POST": START}

    @extend_schema(
        operation_id="cancel_upload",
        summary="Cancel the upload of a file",
        request=None,
        responses={200: UploadSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        run = access.upload_for(person(request), pk)
        try:
            actions.cancel_upload(run=run)
        except ValueError as error:
            raise BadRequest(str(error)) from error
        run.refresh_from_db()
        return Response(UploadSerializer(run).data)
