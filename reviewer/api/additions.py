"""Lists of batches to add: request one, and see what became of each id."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from batches import actions
from batches.actions.batches import MAX_LIST_IDS
from batches.models import AdditionRun
from batches.models.addition import AddState
from reviewer import access
from reviewer.api.auth import ANY, NONE, person
from reviewer.api.limited_list import LimitedList
from reviewer.api.pages import NEWEST, PAGING, page, page_of
from reviewer.api.serializers import RefusalSerializer
from reviewer.api.verbs import KEY, key_of, read


class AdditionOrder(serializers.Serializer[dict[str, Any]]):
    connection = serializers.IntegerField(min_value=1, max_value=2**62)
    ids = LimitedList(
        child=serializers.CharField(max_length=2000), min_length=1, max_length=MAX_LIST_IDS,
        help_text="The vendor's ids, or viewer URLs.",
    )  # fmt: skip


class AdditionEntry(serializers.Serializer[Any]):
    """One id of the list: `text` as it was sent, `batch` our id once it is added."""

    text = serializers.CharField()
    state = serializers.ChoiceField(choices=AddState.choices)
    reason = serializers.CharField(help_text="Why it was not added, or has not been so far.")
    batch = serializers.IntegerField(allow_null=True)


class AdditionSerializer(serializers.ModelSerializer[AdditionRun]):
    connection = serializers.CharField(source="connection.name")
    requested_by = serializers.CharField(source="requested_by.username", allow_null=True, default=None)
    percent = serializers.IntegerField()
    unfinished = serializers.BooleanField()
    entries = serializers.SerializerMethodField()

    class Meta:
        model = AdditionRun
        fields = (
            "id", "connection", "state", "unfinished", "percent", "position", "total", "message", "requested_by",
            "created_at", "started_at", "finished_at", "retry_at", "entries",
        )  # fmt: skip

    @extend_schema_field(AdditionEntry(many=True))
    def get_entries(self, run: AdditionRun) -> list[dict[str, Any]]:
        return [dict(AdditionEntry(row).data) for row in run.rows()]


class Additions(APIView):
    scopes = {"GET": ANY, "POST": NONE}

    @extend_schema(
        operation_id="additions",
        summary="Lists of batches added to the connections you edit, newest first",
        parameters=PAGING,
        responses=page_of(AdditionSerializer),
    )
    def get(self, request: Request) -> Response:
        return page(request, NEWEST, access.additions_of(person(request)), AdditionSerializer)

    @extend_schema(
        operation_id="add_batches",
        summary=f"Add up to {MAX_LIST_IDS} batches in the background",
        description="For signed-in editors; tokens are refused. An invalid ID does not stop the others.",
        parameters=[KEY],
        request=AdditionOrder,
        responses={202: AdditionSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request) -> Response:
        order = read(AdditionOrder, request)
        connection = access.connection_for(person(request), order["connection"])
        texts = list(dict.fromkeys(text.strip() for text in order["ids"]))
        run = actions.request_addition(
            connection=connection, texts=texts, by=person(request), idempotency_key=key_of(request)
        )
        return Response(AdditionSerializer(run).data, status=202)


class OneAddition(APIView):
    scopes = {"GET": ANY}

    @extend_schema(operation_id="addition", summary="State of a list of batches, by ID", responses=AdditionSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(AdditionSerializer(access.addition_for(person(request), pk)).data)
