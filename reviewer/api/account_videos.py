"""The videos of an account, as they were last listed."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from batches.models import AccountVideo
from reviewer import access
from reviewer.api.auth import ANY, person
from reviewer.api.pages import PAGING, page, page_of
from reviewer.filters.videos import NEWEST, VideoFilter

FILTERS = [
    OpenApiParameter("q", str, description="Part of the name or id."),
    OpenApiParameter("folder", str, description="Our number of a folder; none: in no folder."),
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
        return page(request, NEWEST, VideoFilter.of(request.query_params, connection).qs, VideoSerializer)
