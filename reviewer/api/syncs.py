"""Syncs: ask for one, and see how far it is."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from batches import actions
from batches.models import Role, SyncRun
from reviewer import access
from reviewer.api.auth import ANY, NONE, person
from reviewer.api.pages import NEWEST, PAGING, page, page_of
from reviewer.api.serializers import SyncSerializer


class Syncs(APIView):
    scopes = {"GET": ANY, "POST": NONE}

    @extend_schema(
        operation_id="batch_syncs",
        summary="The syncs of a batch, newest first",
        parameters=PAGING,
        responses=page_of(SyncSerializer),
    )
    def get(self, request: Request, pk: int) -> Response:
        batch = access.batch_for(person(request), pk)
        return page(request, NEWEST, SyncRun.objects.filter(batch=batch).select_related("requested_by"), SyncSerializer)

    @extend_schema(
        operation_id="sync_batch",
        summary="Ask for a sync",
        description="For editors who are signed in; no token may. One that is not finished yet is answered again.",
        request=None,
        responses={202: SyncSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        batch = access.batch_for(person(request), pk, Role.EDITOR)
        run = actions.request_sync(batch_id=batch.pk, by=person(request))
        return Response(SyncSerializer(run).data, status=202)


class OneSync(APIView):
    @extend_schema(operation_id="sync", summary="How far a sync is", responses=SyncSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(SyncSerializer(access.sync_for(person(request), pk)).data)
