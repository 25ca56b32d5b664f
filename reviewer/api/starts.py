"""Starts a batch at the vendor, and says what became of it."""

import json
from typing import Any

from django.core.exceptions import BadRequest
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from batches import actions
from batches.models import Batch, BatchStart, Connection, FolderScope
from batches.models.run import RunState
from batches.sync.fields import NAME_LIMIT
from batches.sync.questions import FAST, MAX_PROMPT, MAX_VIDEOS, THINKING, Question
from reviewer import access
from reviewer.api.auth import ANY, START, person
from reviewer.api.limited_list import LimitedList
from reviewer.api.serializers import RefusalSerializer
from reviewer.api.verbs import KEY, key_of, read


class StartOrder(serializers.Serializer[dict[str, Any]]):
    """`videos` or `folder`, and `prompt`, `agent` or `definitions`. The options belong to a prompt; agents ignore them.

    At TwelveLabs: ids of assets (`ID=name` gives the item a custom_id), a prompt with an optional `schema`, or
    `definitions` of segments. It has no folders, agents and options.
    """

    videos = LimitedList(
        child=serializers.CharField(max_length=255), required=False, default=list, max_length=MAX_VIDEOS,
        help_text="The vendor's ids.",
    )  # fmt: skip
    folder = serializers.CharField(
        max_length=255, required=False, default="", help_text="Every video of this folder that is uploaded."
    )
    scope = serializers.ChoiceField(choices=FolderScope.choices, required=False, default="", help_text="Of the folder.")
    prompt = serializers.CharField(max_length=MAX_PROMPT, required=False, default="")
    mode = serializers.ChoiceField(
        choices=[THINKING, FAST], required=False, default="",
        help_text="NomadicML: the newer call with a prompt only, thorough or fast. It takes no options.",
    )  # fmt: skip
    agent = serializers.CharField(max_length=40, required=False, default="")
    category = serializers.CharField(max_length=40, required=False, default="driving")
    confidence = serializers.CharField(max_length=40, required=False, default="low")
    overlay = serializers.CharField(max_length=40, required=False, default="")
    thumbnails = serializers.BooleanField(required=False, default=False)
    motion = serializers.BooleanField(required=False, default=False)
    definitions = LimitedList(
        child=serializers.DictField(), required=False, default=list, max_length=100,
        help_text="TwelveLabs: segment definitions, each with `id` and `description`.",
    )  # fmt: skip
    schema = serializers.DictField(
        required=False, default=dict, help_text="TwelveLabs: the JSON schema of an answer to the prompt."
    )
    # Django REST framework takes it off the class, where a serializer's own `parent` is.
    parent = serializers.IntegerField(  # type: ignore[assignment]
        min_value=1, max_value=2**62, required=False, default=None, allow_null=True,
        help_text="Our id of the batch whose videos are analysed again.",
    )  # fmt: skip

    def validate(self, order: dict[str, Any]) -> dict[str, Any]:
        if bool(order["videos"]) == bool(order["folder"]):
            raise serializers.ValidationError("Send videos or a folder.")
        if [bool(order[name]) for name in ("prompt", "agent", "definitions")].count(True) != 1:
            raise serializers.ValidationError("Send a prompt, an agent or definitions.")
        return order


class StartSerializer(serializers.ModelSerializer[BatchStart]):
    """`batch` is our id of the batch, `batch_id` the vendor's. With `may_have_started` a person has to look there."""

    connection = serializers.CharField(source="connection.name")
    requested_by = serializers.CharField(source="requested_by.username", allow_null=True, default=None)
    unfinished = serializers.BooleanField()
    may_have_started = serializers.SerializerMethodField()
    batch_id = serializers.CharField(source="batch.external_id", allow_null=True, default=None)
    question = serializers.DictField()
    videos = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = BatchStart
        fields = (
            "id", "connection", "state", "unfinished", "may_have_started", "message", "batch", "batch_id", "parent",
            "question", "videos", "requested_by", "created_at", "finished_at", "retry_at",
        )  # fmt: skip

    def get_may_have_started(self, run: BatchStart) -> bool:
        return run.state == RunState.INCOMPLETE


class ConnectionBatches(APIView):
    scopes = {"POST": START}

    @extend_schema(
        operation_id="start_batch",
        summary="Start a batch: the vendor analyses the videos",
        description="For editors. Answered immediately; the work happens in the background. A repeated key returns "
        "the first start.",
        parameters=[KEY],
        request=StartOrder,
        responses={202: StartSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        connection = access.connection_for(person(request), pk)
        order, key = read(StartOrder, request), key_of(request)
        for name in ("definitions", "schema"):
            order[name] = json.dumps(order[name]) if order[name] else ""
        parent = _parent(request, connection, order.pop("parent"))
        videos, folder, scope = (order.pop(name) for name in ("videos", "folder", "scope"))
        try:
            videos = videos or actions.uploaded_videos(
                connection=connection, folder=folder, scope=scope, idempotency_key=key
            )
            run = actions.start_batch(
                connection=connection, question=Question.from_fields(**order), videos=videos, by=person(request),
                idempotency_key=key, parent=parent,
            )  # fmt: skip
        except ValueError as error:
            raise BadRequest(str(error)) from error
        return Response(StartSerializer(run).data, status=202)


class FilesOrder(serializers.Serializer[dict[str, Any]]):
    """A form with 1 to 25 files of at most 100 MB together."""

    file = serializers.ListField(child=serializers.FileField(), help_text="Repeated.")
    collection = serializers.CharField(
        max_length=NAME_LIMIT, required=False, default="", allow_blank=True, help_text="Where they go at the vendor."
    )
    again = serializers.BooleanField(required=False, default=False, help_text="Also files that the vendor knows.")


class ConnectionFileBatches(APIView):
    scopes = {"POST": START}
    parser_classes = (MultiPartParser,)

    @extend_schema(
        operation_id="start_batch_of_files",
        summary="Start a batch with files, at a vendor that takes the files themselves",
        description="For editors, at Wickson. Answered immediately; the work happens in the background. A repeated key "
        "returns the first start.",
        parameters=[KEY],
        request={"multipart/form-data": FilesOrder},
        responses={202: StartSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        connection = access.connection_for(person(request), pk)
        order, key = read(FilesOrder, request), key_of(request)
        files = order.pop("file")
        try:
            run = actions.start_batch_of_files(
                connection=connection, files=[(file.name, file.size) for file in files], contents=files,
                by=person(request), idempotency_key=key, **order,
            )  # fmt: skip
        except ValueError as error:
            raise BadRequest(str(error)) from error
        return Response(StartSerializer(run).data, status=202)


def _parent(request: Request, connection: Connection, pk: int | None) -> Batch | None:
    if pk is None:
        return None
    batch = access.batch_for(person(request), pk)
    if batch.connection_id != connection.pk:
        raise BadRequest("parent: that batch belongs to another connection.")
    return batch


class OneStart(APIView):
    scopes = {"GET": ANY}

    @extend_schema(operation_id="start", summary="State of a start", responses=StartSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(StartSerializer(access.start_for(person(request), pk)).data)
