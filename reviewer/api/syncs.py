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
from reviewer.api.verbs import CONFLICT


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
        summary="Start a sync",
        description="For signed-in editors; tokens are refused. An unfinished sync is returned instead. "
        "412 for a batch that people deleted at its vendor.",
        request=None,
        responses={202: SyncSerializer, **CONFLICT},
    )
    def post(self, request: Request, pk: int) -> Response:
        batch = access.batch_for(person(request), pk, Role.EDITOR)
        run = actions.request_sync(batch_id=batch.pk, by=person(request))
        return Response(SyncSerializer(run).data, status=202)


class OneSync(APIView):
    @extend_schema(operation_id="sync", summary="Progress of a sync", responses=SyncSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(SyncSerializer(access.sync_for(person(request), pk)).data)
