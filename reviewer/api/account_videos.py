"""The videos of an account, as they were last listed."""

from django.core.exceptions import BadRequest
from django.http import QueryDict
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from batches.models import AccountVideo, Connection, Folder, FolderScope
from reviewer import access
from reviewer.api.auth import ANY, person
from reviewer.api.pages import PAGE_PARAMETERS, PAGING, page, page_of
from reviewer.filters.videos import NEWEST, NO_FOLDER, VideoFilter

FILTERS = [
    OpenApiParameter("q", str, description="Part of the name or id."),
    OpenApiParameter(
        "folder",
        str,
        description="A folder's name (without scope, the personal one of two), our number of it, or none.",
    ),
    OpenApiParameter("scope", str, enum=["user", "org"]),
    OpenApiParameter("upload", str, enum=["ready", "failed", "waiting"]),
    OpenApiParameter("fresh", bool, description="Only videos that have not been analysed."),
]


class VideoSerializer(serializers.ModelSerializer[AccountVideo]):
    video_id = serializers.CharField(source="external_id")
    folder_name = serializers.CharField(source="folder.name", allow_null=True, default=None)
    duration_s = serializers.FloatField(source="seconds", allow_null=True)
    scope = serializers.CharField()

    class Meta:
        model = AccountVideo
        fields = ("id", "video_id", "name", "folder", "folder_name", "scope", "status", "duration_s", "created_at")


class Videos(APIView):
    scopes = {"GET": ANY}

    @extend_schema(
        operation_id="account_videos",
        summary="The videos of a connection's account, newest first",
        description="For editors. The result of the last listing, which repeats hourly once it has been requested.",
        parameters=[*FILTERS, *PAGING],
        responses=page_of(VideoSerializer),
    )
    def get(self, request: Request, pk: int) -> Response:
        connection = access.connection_for(person(request), pk)
        query = _with_folder_number(request.query_params, connection)
        return page(request, NEWEST, VideoFilter.of(query, connection, beside=PAGE_PARAMETERS).qs, VideoSerializer)


def _with_folder_number(query: QueryDict, connection: Connection) -> QueryDict:
    """The query with our number of the folder that it names. A number or `none` is no name."""
    name = query.get("folder", "")
    if not name or name == NO_FOLDER or (name.isascii() and name.isdigit()):
        return query
    folders = Folder.objects.filter(connection=connection, name=name.replace("\0", ""))
    if (scope := query.get("scope")) in FolderScope.values:
        folders = folders.filter(scope=scope)
    folder = folders.order_by("-scope", "id").first()  # user before org
    if folder is None:
        raise BadRequest(f"folder: no folder {name[:80]!r} is known here.")
    query = query.copy()
    query["folder"] = str(folder.pk)
    return query
