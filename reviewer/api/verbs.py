"""Decide, decide many, undo, redo: the same actions as behind the page's keys."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.core.exceptions import BadRequest
from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from batches import actions
from batches.actions.bulk import MAX_EVENTS_IN_REQUEST
from batches.models import Batch, Event, Role
from batches.models.corrections import LENGTHS, MAX_SECONDS
from batches.models.run import UNFINISHED
from reviewer import access
from reviewer.api import reads
from reviewer.api.auth import ANY, REVIEW, person, token_of
from reviewer.api.errors import PreconditionRequired
from reviewer.api.limited_list import LimitedList
from reviewer.api.pages import PAGING, page_of
from reviewer.api.serializers import (
    BoxField,
    CountsSerializer,
    DecisionSerializer,
    EventSerializer,
    NumberField,
    RefusalSerializer,
    etag_of,
)
from reviewer.forms.verdicts import VERDICTS
from reviewer.web.client import client_ip

KEY = OpenApiParameter(
    "Idempotency-Key", {"type": "string", "format": "uuid"}, OpenApiParameter.HEADER, required=True,
    description="A UUID of the request, the same for every retry; a retry gets the first result.",
)  # fmt: skip
IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, required=True, description="The etag of the event as you saw it."
)
REUSED = {422: RefusalSerializer}
CONFLICT = {412: RefusalSerializer}
_ETAG = re.compile(r'"([1-9][0-9]{0,8})-([0-9a-f]{1,32})"')


class Corrections(serializers.Serializer[dict[str, Any]]):
    """The true values of the fields that the vendor got wrong; its own value takes a correction back."""

    label = serializers.CharField(  # type: ignore[assignment]  # a field, not the property of the class
        max_length=LENGTHS["label"], required=False, allow_blank=True
    )
    category = serializers.CharField(max_length=LENGTHS["category"], required=False, allow_blank=True)
    severity = serializers.CharField(max_length=LENGTHS["severity"], required=False, allow_blank=True)
    start_s = NumberField(min_value=0, max_value=MAX_SECONDS, required=False)
    end_s = NumberField(min_value=0, max_value=MAX_SECONDS, required=False)
    box = BoxField(required=False)


class Missed(Corrections):
    """An event that the vendor missed: a label or a category, and the span where there is one."""

    note = serializers.CharField(max_length=2000, required=False, default="", allow_blank=True)


class Verdict(serializers.Serializer[dict[str, Any]]):
    approval = serializers.ChoiceField(choices=VERDICTS)
    reason = serializers.CharField(max_length=80, required=False, default="", allow_blank=True)
    note = serializers.CharField(max_length=2000, required=False, default="", allow_blank=True)
    corrections = Corrections(source="values", required=False)


class SeenEvent(serializers.Serializer[dict[str, Any]]):
    id = serializers.IntegerField(min_value=1, max_value=2**62)
    version = serializers.IntegerField(min_value=1, max_value=2**31 - 1)
    fingerprint = serializers.RegexField(r"^[0-9a-f]{1,32}\Z")


class ManyVerdict(Verdict):
    events = LimitedList(child=SeenEvent(), min_length=1, max_length=MAX_EVENTS_IN_REQUEST)


class Reversal(serializers.Serializer[dict[str, Any]]):
    action = serializers.IntegerField(min_value=1, max_value=2**62, required=False, default=None, allow_null=True)


class Done(serializers.Serializer[dict[str, Any]]):
    action = serializers.IntegerField()
    replayed = serializers.BooleanField(
        help_text="Whether this is a repetition: the key was used before, so nothing was written."
    )
    events = EventSerializer(many=True, help_text="The decided events, as they are now.")
    stale = serializers.ListField(
        child=serializers.IntegerField(), help_text="Events that changed since you saw them; they were not decided."
    )
    running = serializers.BooleanField(help_text="Whether the action continues in the background.")
    counts = CountsSerializer()


class EventDecisions(APIView):
    scopes = {"GET": ANY, "POST": REVIEW}

    @extend_schema(
        operation_id="event_ledger",
        summary="The ledger of one event",
        parameters=PAGING,
        responses=page_of(DecisionSerializer),
    )
    def get(self, request: Request, pk: int) -> Response:
        return reads.event_ledger(request, pk)

    @extend_schema(
        operation_id="decide",
        summary="Decide one event",
        parameters=[KEY, IF_MATCH],
        request=Verdict,
        responses={200: Done, **REUSED, **CONFLICT, 428: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        event = access.event_for(person(request), pk, Role.REVIEWER)
        version, fingerprint = _if_match(request)
        outcome = actions.decide(
            event_id=event.pk, version=version, fingerprint=fingerprint, **read(Verdict, request), **_who(request)
        )
        return _done(outcome, event.batch_id)


class EventCorrections(APIView):
    scopes = {"POST": REVIEW}

    @extend_schema(
        operation_id="correct",
        summary="Correct values of one event, without a verdict",
        parameters=[KEY, IF_MATCH],
        request=Corrections,
        responses={200: Done, **REUSED, **CONFLICT, 428: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        event = access.event_for(person(request), pk, Role.REVIEWER)
        version, fingerprint = _if_match(request)
        outcome = actions.correct(
            event_id=event.pk, version=version, fingerprint=fingerprint, values=read(Corrections, request),
            **_who(request),
        )  # fmt: skip
        return _done(outcome, event.batch_id)


class ItemEvents(APIView):
    scopes = {"POST": REVIEW}

    @extend_schema(
        operation_id="add_missed",
        summary="Add an event that the vendor missed to an item; it is approved",
        parameters=[KEY],
        request=Missed,
        responses={200: Done, **REUSED},
    )
    def post(self, request: Request, pk: int) -> Response:
        item = access.item_for(person(request), pk, Role.REVIEWER)
        values = read(Missed, request)
        note = values.pop("note")
        outcome = actions.add_missed(item_id=item.pk, values=values, note=note, **_who(request))
        return _done(outcome, item.batch_id)


class BatchDecisions(APIView):
    scopes = {"GET": ANY, "POST": REVIEW}

    @extend_schema(
        operation_id="batch_ledger",
        summary="The ledger of a batch",
        parameters=PAGING,
        responses=page_of(DecisionSerializer),
    )
    def get(self, request: Request, pk: int) -> Response:
        return reads.batch_ledger(request, pk)

    @extend_schema(
        operation_id="decide_many",
        summary="One verdict on up to 500 events",
        parameters=[KEY],
        request=ManyVerdict,
        responses={200: Done, **REUSED, **CONFLICT},
    )
    def post(self, request: Request, pk: int) -> Response:
        batch = access.batch_for(person(request), pk, Role.REVIEWER)
        order = read(ManyVerdict, request)
        events = order.pop("events")
        seen = {event["id"]: actions.Seen(event["version"], event["fingerprint"]) for event in events}
        if len(seen) < len(events):
            raise BadRequest("events: an event appears twice.")
        try:
            outcome = actions.decide_many(batch_id=batch.pk, seen=seen, **order, **_who(request))
        except Event.DoesNotExist as error:
            raise Http404("One of these events is not in this batch.") from error
        return _done(outcome, batch.pk)


class Undo(APIView):
    scopes = {"POST": REVIEW}

    @extend_schema(
        operation_id="undo",
        summary="Undo one of your actions, or your latest one",
        parameters=[KEY],
        request=Reversal,
        responses={200: Done, **REUSED, **CONFLICT},
    )
    def post(self, request: Request, pk: int) -> Response:
        return _reverse(actions.undo, request, pk)


class Redo(APIView):
    scopes = {"POST": REVIEW}

    @extend_schema(
        operation_id="redo",
        summary="Redo one of your undone actions, or the latest one",
        parameters=[KEY],
        request=Reversal,
        responses={200: Done, **REUSED, **CONFLICT},
    )
    def post(self, request: Request, pk: int) -> Response:
        return _reverse(actions.redo, request, pk)


def _reverse(verb: Callable[..., actions.Outcome], request: Request, pk: int) -> Response:
    batch = access.batch_for(person(request), pk, Role.REVIEWER)
    order = read(Reversal, request)
    return _done(verb(batch_id=batch.pk, action_id=order["action"], **_who(request)), batch.pk)


def read(serializer: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    """The body. Raises ValidationError."""
    body = serializer(data=request.data)
    body.is_valid(raise_exception=True)
    data: dict[str, Any] = body.validated_data
    return data


def key_of(request: Request) -> UUID:
    """The idempotency key. Raises BadRequest."""
    try:
        return UUID(request.headers.get("Idempotency-Key", ""))
    except ValueError as error:
        raise BadRequest("Idempotency-Key: send a UUID; use the same one for every retry.") from error


def _who(request: Request) -> dict[str, Any]:
    """The person, the source and the idempotency key. Raises BadRequest."""
    token = token_of(request)
    source = f"token {token.pk}" if token else "api"
    return {
        "by": person(request),
        "idempotency_key": key_of(request),
        "source": source,
        "ip_address": client_ip(request),
    }


def _if_match(request: Request) -> tuple[int, str]:
    """Version and fingerprint. Raises PreconditionRequired, BadRequest."""
    text = request.headers.get("If-Match", "").strip()
    if not text:
        raise PreconditionRequired
    match = _ETAG.fullmatch(text)
    if match is None:
        raise BadRequest("If-Match: send the etag of the event, with its quotation marks.")
    return int(match[1]), match[2]


def _done(outcome: actions.Outcome, batch_id: int) -> Response:
    ids = [decision.event_id for decision in outcome.decisions]
    events = list(Event.objects.filter(pk__in=ids).select_related("item", "decided_by").order_by("sequence", "id"))
    headers = {"Idempotent-Replayed": "true"} if outcome.replayed else {}
    if len(events) == 1:
        headers["ETag"] = etag_of(events[0])
    body = {
        "action": outcome.action.pk,
        "replayed": outcome.replayed,
        "events": EventSerializer(events, many=True).data,
        "stale": list(outcome.skipped),
        "running": bool(outcome.run and outcome.run.state in UNFINISHED),
        "counts": Batch.objects.only("pending", "approved", "rejected", "invalid").get(pk=batch_id).counts,
    }
    return Response(body, headers=headers)
