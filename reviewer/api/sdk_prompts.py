"""`analyze` with a prompt only, of the vendor's SDK: starts a batch at the vendor with the connection's key.

The fast call is made while the script waits. The thorough one takes minutes: a worker makes it, and the script reads an
event stream that is answered again and again, each time for a while.
"""

import json
import re
import time
from collections.abc import Sequence
from datetime import timedelta
from threading import BoundedSemaphore
from typing import Any
from uuid import uuid4

from django.http import HttpResponse
from django.utils import timezone
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from batches.models import BatchStart
from batches.models.batch import BATCH_NOT_REMOVED
from batches.models.run import RunState
from batches.sync.questions import FAST, MAX_PROMPT, MAX_VIDEOS, THINKING, Question
from reviewer.api.auth import START, person
from reviewer.api.limited_list import LimitedList
from reviewer.api.sdk import WireView
from reviewer.api.sdk_starts import InvalidField, accounts, carried_out, editable, intent_of
from reviewer.web.serving import threads

LONGEST = 55.0  # seconds of one answer; the SDK asks ten times
LOOK_AGAIN = 0.5  # seconds
RECENT = timedelta(minutes=15)  # the SDK waits as long for an answer
WAITING = BoundedSemaphore(max(1, threads // 4))  # streams that a process waits for; other threads stay free


class PromptQuestion(serializers.Serializer[dict[str, Any]]):
    query = serializers.CharField(max_length=MAX_PROMPT)
    video_id = serializers.CharField(max_length=255, required=False, default="")
    video_ids = LimitedList(
        child=serializers.CharField(max_length=255), required=False, default=list, max_length=MAX_VIDEOS
    )


def _requested(request: Request, mode: str, *, background: bool, also_recent: bool = False) -> BatchStart:
    """The start of this call, which a repeat with the same key does not start again.

    `also_recent`: or the one that asks the same and was requested a few minutes ago, under another key.
    """
    editable(request)
    if isinstance(request.data, dict) and request.data.get("output_schema"):
        raise InvalidField("output_schema", "The reviewer does not pass this on.")
    question = PromptQuestion(data=request.data)
    question.is_valid(raise_exception=True)
    fields = question.validated_data
    videos: Sequence[str] = fields["video_ids"] or [fields["video_id"]]
    if not any(videos):
        raise InvalidField("video_ids", "Field required")
    key = request.headers.get("Idempotency-Key") or request.headers.get("X-Request-ID") or uuid4().hex
    asked = Question.from_fields(mode=mode, prompt=fields["query"])
    if also_recent and (run := _recent(request, asked, videos)):
        return run
    return intent_of(request, asked, videos, f"prompt {key}", background=background)


def _recent(request: Request, asked: Question, videos: Sequence[str]) -> BatchStart | None:
    since = timezone.now() - RECENT
    mine = BatchStart.objects.filter(
        BATCH_NOT_REMOVED, requested_by=person(request), created_at__gt=since, connection__in=accounts(request)
    )
    same = (run for run in mine.order_by("-id") if (run.question, run.videos) == (asked.stored(), list(videos)))
    return next(same, None)


class FastPrompt(WireView):
    scopes = {"POST": START}

    def post(self, request: Request) -> Response:
        run = carried_out(request, _requested(request, FAST, background=False))
        return Response({"success": True, "batch_id": run.batch and run.batch.external_id})


class StartPrompt(WireView):
    scopes = {"POST": START}

    def post(self, request: Request) -> Response:
        return Response({"stream_id": f"start-{_requested(request, THINKING, background=True).pk}"})


class StreamPrompt(WireView):
    """The SDK's second way, after a start whose answer it did not get: that start may have begun all the same."""

    scopes = {"POST": START}

    def post(self, request: Request) -> HttpResponse:
        """The stream of the start that was requested just before, or of a new one."""
        run = _requested(request, THINKING, background=True, also_recent=True)
        return HttpResponse(_events(_waited_for(run)), content_type="text/event-stream")


class PromptEvents(WireView):
    scopes = {"GET": START}

    def get(self, request: Request, stream_id: str) -> HttpResponse:
        """The batch or the failure, or an end without either: the SDK then asks again."""
        mine = BatchStart.objects.filter(connection__in=editable(request), requested_by=person(request))
        match = re.fullmatch(r"start-([0-9]{1,18})", stream_id)
        run = mine.filter(pk=int(match[1])).first() if match else None
        if run is None:
            raise NotFound("Stream not found.")
        return HttpResponse(_events(_waited_for(run)), content_type="text/event-stream")


def _waited_for(run: BatchStart) -> BatchStart:
    """The start after its end, or as far as it is once enough other streams wait."""
    if run.unfinished and WAITING.acquire(blocking=False):
        try:
            return _ended(run)
        finally:
            WAITING.release()
    return run


def _ended(run: BatchStart) -> BatchStart:
    """The start after its end, or as far as it is after LONGEST."""
    until = time.monotonic() + LONGEST
    while run.unfinished and time.monotonic() < until:
        time.sleep(LOOK_AGAIN)
        run.refresh_from_db()
    return run


def _events(run: BatchStart) -> str:
    if run.unfinished:
        return ": waiting\n\n"
    kind, data = "error", {"error": run.message}
    if run.batch and run.batch.removed_at:
        data = {"error": "The batch of this stream was removed."}
    elif run.state == RunState.DONE and run.batch:
        kind, data = "batch_created", {"batch_id": run.batch.external_id}
    return f"id: 1\nevent: {kind}\ndata: {json.dumps(data)}\n\n"
