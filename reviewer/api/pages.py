"""Lists: keyset pages with the address of the next one."""

from functools import cache
from typing import Any

from django.core.exceptions import BadRequest
from django.db.models import Model, QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from reviewer.filters.events import EventFilter
from reviewer.ordering import keyset
from reviewer.ordering.keyset import Sort
from reviewer.web.numbers import read_number

DEFAULT_LIMIT, MAX_LIMIT = 100, 500
NEWEST = Sort("Newest first", ("id",), descending=True)
PAGING = [
    OpenApiParameter("after", OpenApiTypes.STR, description="Cursor; `next` of the previous page contains it."),
    OpenApiParameter(
        "limit",
        {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
        description=f"1 to {MAX_LIMIT}.",
    ),
]
PAGE_PARAMETERS = {parameter.name for parameter in PAGING}
FILTERS = [
    OpenApiParameter(name, OpenApiTypes.STR, description=f"{condition.label}; as in the URL of the page.")
    for name, condition in EventFilter.base_filters.items()
]


@cache
def page_of(serializer: type[serializers.Serializer[Any]]) -> Any:
    """The schema of a page of these."""
    name = f"{serializer.__name__.removesuffix('Serializer')}Page"
    fields = {"results": serializer(many=True), "next": serializers.CharField(allow_null=True)}
    return inline_serializer(name, fields)


def limit_of(request: Request) -> int:
    """`limit=`, 1 to MAX_LIMIT. Raises BadRequest."""
    limit = read_number(request.query_params.get("limit", str(DEFAULT_LIMIT)))
    if limit is None or not 1 <= limit <= MAX_LIMIT:
        raise BadRequest(f"limit: a number from 1 to {MAX_LIMIT} was expected.")
    return limit


def page[Row: Model](
    request: Request, sort: Sort, rows: QuerySet[Row], serializer: type[serializers.ModelSerializer[Row]]
) -> Response:
    """One page of these rows in this order."""
    page_rows, more = keyset.page(request.query_params, sort, rows, limit_of(request))
    return respond(request, serializer(page_rows, many=True, context={"request": request}).data, more)


def respond(request: Request, results: Any, more: str) -> Response:
    query = request.query_params.copy()
    if more:
        query["after"] = more
    address = f"{request.build_absolute_uri(request.path)}?{query.urlencode()}" if more else None
    return Response({"results": results, "next": address})
