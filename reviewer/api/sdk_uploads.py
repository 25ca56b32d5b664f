"""`upload` of the vendor's SDK: a file or an address goes on to the vendor with the connection's key.

The SDK names a folder by its id, which it gets or creates first, and asks for the state of the video afterwards.
"""

import time
from pathlib import PurePosixPath
from threading import BoundedSemaphore
from typing import Any
from uuid import UUID, uuid4, uuid5

from django.core.exceptions import BadRequest
from rest_framework import serializers, status
from rest_framework.exceptions import APIException, NotFound
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from batches import actions
from batches.actions.batches import PAGE_LIMITS
from batches.errors import VendorRefused
from batches.models import AccountVideo, Connection, Folder, FolderScope, VideoUpload
from batches.models.run import Run, RunState
from batches.sync.connect import calling
from batches.sync.views import FRONT, ROLES
from reviewer.api.auth import START, person
from reviewer.api.sdk import Ambiguous, WireView, clean_id
from reviewer.api.sdk_starts import InvalidField, account_of, editable
from reviewer.web.serving import threads

INTENTS = UUID("0e7c8a51-6a5e-4f0e-9f0b-2f1d0a6f7c11")
LONGEST = 120.0  # seconds that a script's connection is held open for an upload
LOOK_AGAIN = 0.2  # seconds
WAITING = BoundedSemaphore(max(1, threads // 4))  # uploads that a process waits for; other threads stay free


class NotDone(APIException):
    """The status depends on what became of the run; `still` is said while it goes on."""

    default_code = "not_done"

    def __init__(self, run: Run, still: str) -> None:
        super().__init__(run.message or still)
        if run.unfinished:
            self.status_code = status.HTTP_409_CONFLICT
        else:
            unknown = run.state == RunState.INCOMPLETE
            self.status_code = status.HTTP_502_BAD_GATEWAY if unknown else status.HTTP_400_BAD_REQUEST


class TooManyUploads(APIException):
    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = "Too many uploads at once. Try again in a minute."


class FolderQuestion(serializers.Serializer[dict[str, Any]]):
    name = serializers.CharField(max_length=255)
    scope = serializers.ChoiceField(choices=FolderScope.values, default=FolderScope.USER)
    description = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")


class StitchQuestion(serializers.Serializer[dict[str, Any]]):
    primary_view_id = serializers.CharField(max_length=255)
    views = serializers.DictField(child=serializers.CharField(max_length=255), allow_empty=False)

    def validate_views(self, views: dict[str, str]) -> dict[str, str]:
        if len(views) > len(ROLES) + 5:  # overhead has six
            raise serializers.ValidationError("A recording has fewer views.")
        return views


class CreateOrGetFolder(WireView):
    """The SDK asks for the folder of every upload."""

    scopes = {"POST": START}

    def post(self, request: Request) -> Response:
        mine = editable(request)
        name, scope, description = _asked(request)
        folder = Folder.objects.filter(connection__in=mine, name=name, scope=scope).order_by("id").first()
        folder = folder or _made(only_account(list(mine.order_by("id")[:2])), name, scope, description)
        return Response(_folder_body(folder))


class CreateFolder(WireView):
    """A name that exists is refused by the vendor, with its sentence."""

    scopes = {"POST": START}

    def post(self, request: Request) -> Response:
        mine = editable(request)
        name, scope, description = _asked(request)
        connection = only_account(list(mine.order_by("id")[:2]))
        try:
            folder = actions.make_folder(connection=connection, name=name, scope=scope, description=description)
        except ValueError as error:
            raise BadRequest(str(error)) from error
        times = {"created_at": folder.vendor_created_at or None, "description": folder.description}
        return Response(_folder_body(folder) | times)


def _asked(request: Request) -> tuple[str, str, str]:
    """The name, scope and description of a folder."""
    question = FolderQuestion(data=request.data)
    question.is_valid(raise_exception=True)
    fields = question.validated_data
    return clean_id(fields["name"].strip()), fields["scope"], fields["description"]


def _folder_body(folder: Folder) -> dict[str, Any]:
    return {"id": folder.external_id, "name": folder.name, "scope": folder.scope, "org_id": folder.org_id or None}


def _made(connection: Connection, name: str, scope: str, description: str) -> Folder:
    """The vendor's folder of this name, found or made there."""
    try:
        return actions.find_folder(connection=connection, name=name, scope=scope)
    except VendorRefused:
        return actions.make_folder(connection=connection, name=name, scope=scope, description=description)


class VideoState(WireView):
    """How far the vendor is with a video."""

    scopes = {"GET": START}

    def get(self, request: Request, video_id: str) -> Response:
        mine, video_id = editable(request), clean_id(video_id)
        uploads = VideoUpload.objects.filter(connection__in=mine, video_id=video_id)
        listed = AccountVideo.objects.filter(connection__in=mine, external_id=video_id)
        row = uploads.first() or listed.first()
        if row is None:
            raise NotFound("None of the accounts you edit has this video.")
        with calling(row.connection, limits=PAGE_LIMITS) as vendor:
            state = vendor.upload_state(video_id)
        metadata = {"visual_analysis": {"status": {"status": state.upper()}}}
        return Response({"video_id": video_id, "status": state, "metadata": metadata})


class Stitch(WireView):
    """The SDK swallows a refusal of this call: its views would stay apart without a word."""

    scopes = {"POST": START}

    def post(self, request: Request) -> Response:
        mine = editable(request)
        question = StitchQuestion(data=request.data)
        question.is_valid(raise_exception=True)
        views, primary = question.validated_data["views"], question.validated_data["primary_view_id"]
        if views.get(FRONT) != primary:
            raise InvalidField("views", "The primary view is the front view.")
        uploads = VideoUpload.objects.filter(connection__in=mine, video_id__in=views.values())
        owners = {upload.connection for upload in uploads.select_related("connection")}
        connection = only_account(list(owners)) if owners else account_of(request, list(views.values()))
        with calling(connection, limits=PAGE_LIMITS) as vendor:
            vendor.join_views(views)
        return Response({"primary_view_id": primary, "views": views})


class UploadVideo(WireView):
    scopes = {"POST": START}
    parser_classes = (MultiPartParser, FormParser)

    def post(self, request: Request) -> Response:
        """Upload once for each request id, which the SDK repeats with every try of a call."""
        mine = editable(request)
        data: Any = request.data
        folder_id = clean_id(data.get("folder_id", ""))
        folder = Folder.objects.filter(connection__in=mine, external_id=folder_id).first() if folder_id else None
        if folder_id and folder is None:
            raise NotFound("None of the accounts you edit has this folder.")
        connection = folder.connection if folder else only_account(list(mine.order_by("id")[:2]))
        if not WAITING.acquire(blocking=False):
            raise TooManyUploads
        try:
            run = _finished(_requested(request, connection, folder))
        finally:
            WAITING.release()
        if run.state != RunState.DONE:
            raise NotDone(run, f"{run.name} is still being uploaded; the page of uploads has its state.")
        return Response({"video_id": run.video_id, "status": "processing"})


def only_account(connections: list[Connection]) -> Connection:
    if len(connections) > 1:
        raise Ambiguous("You edit several accounts; name a folder, or use the token of somebody who edits only one.")
    return connections[0]


def _requested(request: Request, connection: Connection, folder: Folder | None) -> VideoUpload:
    by = person(request)
    data: Any = request.data
    intent = request.headers.get("Idempotency-Key") or request.headers.get("X-Request-ID") or str(uuid4())
    target: dict[str, Any] = {
        "connection": connection, "folder": folder, "scope": data.get("scope", FolderScope.USER), "by": by
    }  # fmt: skip
    if data.get("chunk_size"):
        raise InvalidField("chunk_size", "The reviewer does not pass this on.")
    try:
        if file := request.FILES.get("file"):
            return _file(file, request.FILES.get("metadata_file"), f"{by.pk} {intent}", target)
        if not (address := data.get("video_url", "")):
            raise InvalidField("file", "Field required")
        if (name := data.get("custom_name", "")) and name != VideoUpload(address=address.partition("?")[0]).name:
            raise InvalidField("custom_name", "The reviewer names the video as its address is, and passes no other on.")
        (run,) = actions.upload_addresses(
            addresses=address, idempotency_key=uuid5(INTENTS, f"{by.pk} {intent}"), **target
        )
    except ValueError as error:
        raise BadRequest(str(error)) from error
    return run


def _file(file: Any, metadata: Any, intent: str, target: dict[str, Any]) -> VideoUpload:
    """The upload of a file that has arrived, stored as one part."""
    sidecar = {"sidecar_name": metadata.name, "sidecar": metadata.read().decode("utf-8", "replace")} if metadata else {}
    if metadata and metadata.name == "metadata.json":  # the SDK's name of metadata that is no file
        sidecar["sidecar_name"] = f"{PurePosixPath(file.name).stem}.json"
    run = actions.begin_upload(
        name=file.name, size=file.size, modified=intent, part_bytes=max(1, file.size), **sidecar, **target
    )
    return actions.add_part(run=run, offset=0, content=file) if run.received == 0 and run.unfinished else run


def _finished(run: VideoUpload) -> VideoUpload:
    """The upload after its end, or as far as it is after LONGEST. A worker carries it out."""
    until = time.monotonic() + LONGEST
    while run.unfinished and time.monotonic() < until:
        time.sleep(LOOK_AGAIN)
        run.refresh_from_db()
    return run
