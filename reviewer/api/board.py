"""The figures of the board, for scripts."""

from dataclasses import asdict
from typing import Any

from django.http import HttpRequest
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from reviewer import access
from reviewer.api.auth import person
from reviewer.board.figures import board_of
from reviewer.board.filter import NAMES, BoardFilter
from reviewer.board.table import named_lines, row_of


class BoardEventsSerializer(serializers.Serializer[dict[str, Any]]):
    """The query strings of one line, as the links of the page."""

    verdicts = serializers.CharField(source="decided")
    judged = serializers.CharField(help_text="Those that count for the precision.")
    approved = serializers.CharField()
    corrected = serializers.CharField()
    missed = serializers.CharField()


class BoardLineSerializer(serializers.Serializer[dict[str, Any]]):
    table = serializers.CharField(help_text="all, category, prompt, vendor or week.")
    name = serializers.CharField()
    verdicts = serializers.IntegerField(help_text="Current verdicts of people on findings of the vendor.")
    approved = serializers.IntegerField(help_text="Of those given one by one, as are the next two.")
    rejected = serializers.IntegerField()
    invalid = serializers.IntegerField()
    precision = serializers.FloatField(min_value=-1, max_value=1, allow_null=True)
    precision_low = serializers.FloatField(
        help_text="Of the 95 % interval.", min_value=-1, max_value=1, allow_null=True
    )
    precision_high = serializers.FloatField(min_value=-1, max_value=1, allow_null=True)
    drift = serializers.FloatField(
        help_text="Precision in the last third of the weeks less that before.",
        min_value=-1,
        max_value=1,
        allow_null=True,
    )
    drift_low = serializers.FloatField(
        help_text="Of the interval that holds for all drifts together.", min_value=-1, max_value=1, allow_null=True
    )
    drift_high = serializers.FloatField(min_value=-1, max_value=1, allow_null=True)
    is_drifting = serializers.BooleanField(help_text="Whether that interval excludes zero.")
    corrected = serializers.IntegerField()
    missed = serializers.IntegerField(help_text="Events that people added and that are approved.")
    verdicts_per_hour = serializers.IntegerField(allow_null=True)
    events = serializers.CharField(help_text="Query string of the events counted in `verdicts`, for `/events/`.")
    events_of = BoardEventsSerializer(help_text="The same of each figure.")


class BoardSerializer(serializers.Serializer[dict[str, Any]]):
    since = serializers.DateField(help_text="The first Monday.")
    until = serializers.DateField(help_text="The last Sunday.")
    comparisons = serializers.IntegerField(help_text="How many drifts the intervals hold for together.")
    lines = BoardLineSerializer(many=True)


class BoardFigures(APIView):
    @extend_schema(
        operation_id="board",
        summary="Precision, drift, corrections and pace over batches and weeks",
        description="The figures of the page *Board* for the batches that you can see; archived ones are left out.",
        parameters=[
            OpenApiParameter("since", OpenApiTypes.STR, description="A day of the first week."),
            OpenApiParameter("until", OpenApiTypes.STR, description="A day of the last week."),
            *(OpenApiParameter(name, OpenApiTypes.STR, description="As in the URL of the page.") for name in NAMES),
        ],
        responses=BoardSerializer,
    )
    def get(self, request: Request) -> Response:
        http_request: HttpRequest = request._request
        user = person(request)
        board = board_of(BoardFilter.of(access.batches_listed(user), http_request.GET, user))
        period = board.filter.period
        lines = [asdict(row_of(table, line)) | {"events_of": line.queries} for table, line in named_lines(board)]
        answer = {"since": period.first, "until": period.last_day, "comparisons": board.comparisons, "lines": lines}
        return Response(BoardSerializer(answer).data)
