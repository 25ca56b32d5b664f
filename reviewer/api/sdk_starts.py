"""`analyze` of the vendor's SDK: starts a batch at the vendor with the connection's key, as the pages do."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid5

from django.core.exceptions import BadRequest
from django.db.models import Q
from django.http import QueryDict
from rest_framework.exceptions import APIException, NotFound, PermissionDenied
from rest_framework.parsers import FormParser
from rest_framework.request import Request
from rest_framework.response import Response

from batches import actions
from batches.models import AccountVideo, BatchStart, Connection, Item, Vendor
from batches.models.run import RunState
from batches.sync.questions import Question
from batches.sync.start import start
from batches.sync.vendors.nomadic_start import AGENTS
from reviewer import access
from reviewer.api.auth import START, person
from reviewer.api.sdk import Ambiguous, WireView

INTENTS = UUID("5f2b3a0e-7f0c-4a52-9a86-5d0c3b6f1e77")

NOT_PASSED = ("custom_agent_id", "custom_edge_case_agent_id", "output_schema_json", "segmenter_id")
OVERLAYS = (("overlay_mode", "custom"), ("extract_frame_gps", "gps"), ("extract_frame_timestamps", "timestamps"))


class NotStarted(APIException):
    status_code = 502
    default_code = "not_started"


class CreateBatch(WireView):
    scopes = {"POST": START}
    parser_classes = (FormParser,)

    def post(self, request: Request) -> Response:
        """Start a batch once for each `client_batch_id`, and answer the vendor's id of it."""
        form = QueryDict(mutable=True)
        form.update(request.data)
        videos = form.getlist("video_ids")
        connection = _account_of(request, videos)
        client_batch_id = form.get("client_batch_id", "")
        if not client_batch_id:
            raise BadRequest("client_batch_id: without it a repeated call would start a second batch.")
        try:
            run = actions.start_batch(
                connection=connection, question=_question(form), videos=videos, by=person(request),
                idempotency_key=uuid5(INTENTS, f"{connection.pk} {client_batch_id}"), background=False,
            )  # fmt: skip
        except ValueError as error:
            raise BadRequest(str(error)) from error
        run = start(run.pk) or BatchStart.objects.select_related("batch").get(pk=run.pk)
        if run.state != RunState.DONE or run.batch is None:
            raise NotStarted(
                run.message or "The batch is being started. Repeat the call with the same client_batch_id."
            )
        actions.request_sync(batch_id=run.batch.pk, by=person(request))
        return Response({"batch_id": run.batch.external_id})


def _account_of(request: Request, videos: Sequence[str]) -> Connection:
    """The account whose videos these are. Raises PermissionDenied, NotFound, Ambiguous."""
    mine = access.connections_to_edit(person(request)).filter(vendor=Vendor.NOMADIC)
    connections = list(mine.order_by("id"))
    if not connections:
        raise PermissionDenied("This needs the role editor on a connection.")
    if not videos:
        raise NotFound("None of your connections knows these videos: video_ids is empty.")
    if len(connections) == 1:
        return connections[0]
    listed = AccountVideo.objects.listed().filter(external_id__in=videos).values("connection")
    synced = Item.objects.filter(external_id__in=videos).values("batch__connection")
    owners = list(mine.filter(Q(pk__in=listed) | Q(pk__in=synced)).order_by("id")[:2])
    if not owners:
        raise NotFound("None of your connections knows these videos.")
    if len(owners) > 1:
        raise Ambiguous("Several of your connections have these videos; use the token of somebody who edits only one.")
    return owners[0]


def _question(form: Any) -> Question:
    """What the form of `create-batch` asks. Raises BadRequest for a field that would be lost on the way."""
    if lost := next((name for name in NOT_PASSED if form.get(name)), None):
        raise BadRequest(f"{lost}: the reviewer does not pass this on. Ask {Vendor.NOMADIC.label} itself.")
    if form.get("analysis_kind") == "edge_agent":
        category = form.get("edge_case_category", "")
        agent = next((name for name, (title, _, _) in AGENTS.items() if title == category), "")
        if not agent:
            raise BadRequest(f"edge_case_category: unknown agent {category[:80]!r}.")
        return Question.asked(agent=agent)
    flags = {name for name in form if form.get(name) == "true"}
    overlay = next((word for flag, word in OVERLAYS if flag in flags), "")
    return Question.asked(
        prompt=form.get("prompt", ""), category=form.get("category", "driving"), overlay=overlay,
        confidence=form.get("confidence", "low"), thumbnails="is_thumbnail" in flags,
        motion="use_enhanced_motion_analysis" in flags,
    )  # fmt: skip
