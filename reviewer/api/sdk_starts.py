"""`analyze` of the vendor's SDK: starts a batch at the vendor with the connection's key, as the pages do."""

import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID, uuid5

from django.core.exceptions import BadRequest
from django.db.models import Q, QuerySet
from rest_framework import status
from rest_framework.exceptions import APIException, NotFound, ParseError, PermissionDenied
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from batches import actions
from batches.models import AccountVideo, BatchStart, Connection, Item, Vendor
from batches.models.batch import BATCH_NOT_REMOVED
from batches.models.run import RunState
from batches.sync.http import Limits
from batches.sync.questions import MAX_VIDEOS, Question
from batches.sync.start import start
from batches.sync.vendors.nomadic_start import AGENTS, MODEL
from reviewer import access
from reviewer.api.auth import START, person
from reviewer.api.sdk import Ambiguous, WireView

INTENTS = UUID("5f2b3a0e-7f0c-4a52-9a86-5d0c3b6f1e77")
LIMITS = Limits(connect=5, read=20, total=20, waiting=2, tries=2)  # the script's connection is held open meanwhile
LOOK_AGAIN = 0.2  # seconds
OTHER_FIELDS = 40  # of a form, besides the videos
# Fields that are not passed on: anything but these values would silently be lost.
UNCHANGEABLE = {
    "custom_agent_id": "", "custom_edge_case_agent_id": "", "custom_workflow_name": "", "output_schema_json": "",
    "segmenter_id": "", "concepts_json": "[]", "config": "default", "model_id": MODEL,
    "use_embedding_search": "false", "start": "true",
}  # fmt: skip
OVERLAYS = (("overlay_mode", "custom"), ("extract_frame_gps", "gps"), ("extract_frame_timestamps", "timestamps"))


class InvalidField(APIException):
    """A field of the body that cannot be accepted, in the form of the vendor's framework."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY

    def __init__(self, name: str, message: str) -> None:
        super().__init__({"detail": [{"loc": ["body", name], "msg": message, "type": "value_error"}]})


class NotStarted(APIException):
    """The status depends on what became of the start."""

    default_code = "not_started"

    def __init__(self, run: BatchStart) -> None:
        super().__init__(run.message or "The batch is being started. Repeat the call with the same client_batch_id.")
        self.status_code = _status(run)


def _status(run: BatchStart) -> int:
    if run.unfinished:
        return status.HTTP_409_CONFLICT
    if run.state == RunState.INCOMPLETE:
        return status.HTTP_502_BAD_GATEWAY
    return status.HTTP_400_BAD_REQUEST if run.sent_at else status.HTTP_503_SERVICE_UNAVAILABLE


class RepeatedFields(BaseParser):
    """A form as lists of values; a batch may have more videos than Django lets a form have fields."""

    media_type = "application/x-www-form-urlencoded"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> dict[str, list[str]]:
        body = stream.read().decode("utf-8", "replace")
        try:
            return parse_qs(body, keep_blank_values=True, max_num_fields=MAX_VIDEOS + OTHER_FIELDS)
        except ValueError as error:
            raise ParseError(f"A batch has at most {MAX_VIDEOS:,} videos.") from error


class StartView(WireView):
    """A form that starts a batch."""

    scopes = {"POST": START}
    parser_classes = (RepeatedFields,)

    def fields(self, request: Request) -> dict[str, list[str]]:
        """Raises PermissionDenied for somebody who may start nothing, before the fields are read; InvalidField."""
        editable(request)
        fields: dict[str, list[str]] = dict(request.data)
        if name := next((name for name, values in fields.items() if any("\0" in value for value in values)), None):
            raise InvalidField(name[:80].replace("\0", ""), "A value cannot contain a NUL character.")
        return fields

    def started(self, request: Request, form: dict[str, str], videos: Sequence[str], client_key: str) -> BatchStart:
        """The start of this key, carried out now or before. Raises NotStarted and what `intent_of` raises."""
        return carried_out(request, intent_of(request, _question(form), videos, client_key))


class CreateBatch(StartView):
    def post(self, request: Request) -> Response:
        """Start a batch once for each `client_batch_id`, and answer the vendor's id of it."""
        fields = self.fields(request)
        videos = fields.pop("video_ids", [])
        form = {name: values[-1] for name, values in fields.items()}
        if not any(videos):
            raise InvalidField("video_ids", "Field required")
        if not form.get("client_batch_id"):
            raise InvalidField("client_batch_id", "Field required: without it a repeat would start a second batch.")
        run = self.started(request, form, videos, form["client_batch_id"])
        return Response({"batch_id": run.batch and run.batch.external_id})


def intent_of(
    request: Request, question: Question, videos: Sequence[str], client_key: str, *, background: bool = False
) -> BatchStart:
    """What this key of the client started before, or a new start. Raises what `account_of` raises, BadRequest.

    With `background` a worker carries it out.
    """
    by = person(request)
    key = uuid5(INTENTS, f"{by.pk} {client_key}")
    first = BatchStart.objects.filter(idempotency_key=key).first()
    connection = access.connection_for(by, first.connection_id) if first else account_of(request, videos)
    try:
        return actions.start_batch(
            connection=connection,
            question=question,
            videos=videos,
            by=by,
            idempotency_key=key,
            background=background,
        )
    except ValueError as error:
        raise BadRequest(str(error)) from error


def carried_out(request: Request, run: BatchStart) -> BatchStart:
    """A start that has a batch. Raises NotStarted, NotFound if the batch was removed since, Conflict."""
    run = _after_call(run)
    if run.state != RunState.DONE or run.batch is None:
        raise NotStarted(run)
    if run.batch.removed_at:
        raise NotFound("The batch of this call was removed. Use another client_batch_id to start a new one.")
    actions.request_sync(batch_id=run.batch.pk, by=person(request))
    return run


def _after_call(run: BatchStart) -> BatchStart:
    """The start after the call to the vendor, which an earlier request of the same id may be making."""
    start(run.pk, limits=LIMITS, waits=False)
    ends = time.monotonic() + LIMITS.total
    while True:
        run = BatchStart.objects.select_related("batch").get(pk=run.pk)
        if run.state != RunState.RUNNING or time.monotonic() > ends:
            return run
        time.sleep(LOOK_AGAIN)


def accounts(request: Request) -> QuerySet[Connection]:
    return access.connections_to_edit(person(request)).filter(vendor=Vendor.NOMADIC)


def editable(request: Request) -> QuerySet[Connection]:
    """The accounts in which this person may start something. Raises PermissionDenied if there are none."""
    mine = accounts(request)
    if not mine.exists():
        raise PermissionDenied("This needs the role editor on a connection.")
    return mine


def account_of(request: Request, videos: Sequence[str]) -> Connection:
    """The account whose videos these are. Raises NotFound, Ambiguous."""
    mine = accounts(request)
    connections = list(mine.order_by("id"))
    if len(connections) == 1:
        return connections[0]
    listed = AccountVideo.objects.listed().filter(external_id__in=videos).values("connection")
    synced = Item.objects.filter(BATCH_NOT_REMOVED, external_id__in=videos, gone_at=None).values("batch__connection")
    owners = list(mine.filter(Q(pk__in=listed) | Q(pk__in=synced)).order_by("id")[:2])
    if not owners:
        raise NotFound("None of your connections knows these videos.")
    if len(owners) > 1:
        raise Ambiguous("Several of your connections have these videos; use the token of somebody who edits only one.")
    return owners[0]


def _question(form: dict[str, str]) -> Question:
    """What the form of `create-batch` asks. Raises InvalidField for a field that would be lost on the way."""
    lost = next((name for name, only in UNCHANGEABLE.items() if form.get(name) and not _same(form[name], only)), None)
    if lost:
        raise InvalidField(lost, f"The reviewer does not pass this on. Ask {Vendor.NOMADIC.label} itself.")
    if form.get("analysis_kind") == "edge_agent":
        category = form.get("edge_case_category", "")
        agent = next((name for name, (title, _, _) in AGENTS.items() if title == category), "")
        if not agent:
            raise InvalidField("edge_case_category", f"Unknown agent {category[:80]!r}.")
        return Question.from_fields(agent=agent)
    flags = {name for name, value in form.items() if value.lower() == "true"}
    overlay = next((mode for flag, mode in OVERLAYS if flag in flags), "")
    return Question.from_fields(
        prompt=form.get("prompt", ""), category=form.get("category", "driving"), overlay=overlay,
        confidence=form.get("confidence", "low"), thumbnails="is_thumbnail" in flags,
        motion="use_enhanced_motion_analysis" in flags,
    )  # fmt: skip


def _same(value: str, only: str) -> bool:
    return value.strip().lower() == only.lower()
