"""Batches, items, events and the ledger, to read."""

from django.db.models import Q
from django.http import HttpResponseRedirect
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from batches.models import Action, Decision, Item
from reviewer import access, media
from reviewer.api.auth import MEDIA, person
from reviewer.api.batch_serializer import BatchSerializer
from reviewer.api.pages import FILTERS, NEWEST, PAGE_PARAMETERS, PAGING, limit_of, page, page_of, respond
from reviewer.api.serializers import (
    DecisionSerializer,
    EventSerializer,
    ItemSerializer,
    RefusalSerializer,
    WholeEventSerializer,
    etag_of,
)
from reviewer.filters.events import EventFilter
from reviewer.filters.unknown import refuse_unknown
from reviewer.ordering import keyset
from reviewer.ordering.keyset import Sort, read_position

IN_ORDER = Sort("As the vendor lists them", ("position", "id"))
OLDEST_FIRST = Sort("Oldest first", ("version",))
LEDGER = Sort("Newest first", ("action_id", "id"), descending=True)


class Batches(APIView):
    @extend_schema(
        operation_id="batches",
        summary="List batches, newest first",
        parameters=[
            OpenApiParameter("q", str, description="Text in the title, the prompt or the vendor's ID."),
            *PAGING,
        ],
        responses=page_of(BatchSerializer),
    )
    def get(self, request: Request) -> Response:
        refuse_unknown(request.query_params, {"q", *PAGE_PARAMETERS})
        batches = access.batches_of(person(request))
        if query := request.query_params.get("q", "").replace("\0", "").strip()[:200]:
            batches = batches.filter(
                Q(name__icontains=query) | Q(prompt__icontains=query) | Q(external_id__icontains=query)
            )
        return page(request, NEWEST, BatchSerializer.rows(batches), BatchSerializer)


class OneBatch(APIView):
    @extend_schema(operation_id="batch", summary="One batch", responses=BatchSerializer)
    def get(self, request: Request, pk: int) -> Response:
        batch = access.batch_for(person(request), pk)
        row = BatchSerializer.rows(type(batch).objects.for_list()).get(pk=batch.pk)
        return Response(BatchSerializer(row, context={"request": request}).data)


class Items(APIView):
    @extend_schema(
        operation_id="batch_items", summary="The items of a batch", parameters=PAGING, responses=page_of(ItemSerializer)
    )
    def get(self, request: Request, pk: int) -> Response:
        batch = access.batch_for(person(request), pk)
        return page(request, IN_ORDER, Item.objects.filter(batch=batch).defer("raw"), ItemSerializer)


class OneItem(APIView):
    @extend_schema(operation_id="item", summary="One item", responses=ItemSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(ItemSerializer(access.item_for(person(request), pk), context={"request": request}).data)


class Events(APIView):
    @extend_schema(
        operation_id="batch_events",
        summary="The events of a batch that match a filter",
        description="Takes the same query string as the batch's page. An unknown parameter is refused.",
        parameters=[*FILTERS, *PAGING],
        responses=page_of(EventSerializer),
    )
    def get(self, request: Request, pk: int) -> Response:
        batch = access.batch_for(person(request), pk)
        event_filter = EventFilter.of(batch, request.query_params, person(request), beside=PAGE_PARAMETERS)
        rows = event_filter.listed.select_related("item", "decided_by").defer("item__raw", "item__summary")
        return page(request, event_filter.order, rows, EventSerializer)


class OneEvent(APIView):
    @extend_schema(operation_id="event", summary="One event, with the vendor's data", responses=WholeEventSerializer)
    def get(self, request: Request, pk: int) -> Response:
        event = access.event_for(person(request), pk)
        body = WholeEventSerializer(event, context={"request": request}).data
        return Response(body, headers={"ETag": etag_of(event)})


class EventClip(APIView):
    scopes = {"GET": MEDIA}

    @extend_schema(
        operation_id="event_clip",
        summary="Redirect to an address of the event's video, signed for this request",
        responses={302: None, 502: RefusalSerializer, 503: RefusalSerializer},
    )
    def get(self, request: Request, pk: int) -> HttpResponseRedirect:
        event = access.event_for(person(request), pk)
        return HttpResponseRedirect(media.clip(event.item, person(request)).url)


def event_ledger(request: Request, pk: int) -> Response:
    """Every decision of one event, oldest first."""
    event = access.event_for(person(request), pk)
    return page(
        request, OLDEST_FIRST, Decision.objects.filter(event=event).select_related("action__user"), DecisionSerializer
    )


def batch_ledger(request: Request, pk: int) -> Response:
    """Every decision of the batch's events, newest first. Read by action, which has the batch; three short queries."""
    batch = access.batch_for(person(request), pk)
    limit = limit_of(request)
    position = read_position(LEDGER, request.query_params.get("after", ""))
    steps = Decision.objects.select_related("action__user").order_by("-action", "-id")
    decisions_read = (
        list(steps.filter(action=position[0], action__batch=batch, id__lt=position[1])[: limit + 1]) if position else []
    )
    actions = Action.objects.filter(batch=batch, **({"id__lt": position[0]} if position else {})).order_by("-id")
    ids = list(actions.values_list("id", flat=True)[: limit + 1])
    decisions_read += steps.filter(action__in=ids)[: limit + 1 - len(decisions_read)]
    decisions, more = keyset.cut(LEDGER, decisions_read, limit)
    return respond(request, DecisionSerializer(decisions, many=True).data, more)
