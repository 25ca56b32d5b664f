"""`search` of the vendor's SDK, passed on to the vendor with the connection's key.

A session's id begins with the connection, so that its later calls, which name no folder, reach the same account.
"""

import re
from typing import Any

from django.db.models import Q, QuerySet
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from batches.actions.batches import PAGE_LIMITS
from batches.errors import VendorUnavailable
from batches.models import Connection, Folder, FolderScope
from batches.sync.connect import calling
from batches.sync.http import Limits
from batches.sync.questions import SearchSession
from reviewer.api.addresses import redact_addresses
from reviewer.api.auth import START
from reviewer.api.sdk import Ambiguous, WireView
from reviewer.api.sdk_starts import InvalidField, StartView, editable

SEARCH_LIMITS = Limits(connect=5, read=60, total=60, waiting=2, tries=2)
MAX_QUERY = 2000  # characters
SCOPES = {"my": FolderScope.USER, "org": FolderScope.ORG}


class SearchQuestion(serializers.Serializer[dict[str, Any]]):
    query = serializers.CharField(max_length=MAX_QUERY)
    folder_name = serializers.CharField(max_length=255)
    scope = serializers.CharField(max_length=20, default="my")


class StartSearch(WireView):
    scopes = {"POST": START}

    def post(self, request: Request) -> Response:
        mine = editable(request)
        question = SearchQuestion(data=request.data)
        question.is_valid(raise_exception=True)
        query, folder, scope = (question.validated_data[name] for name in ("query", "folder_name", "scope"))
        connection = _account_of_folder(mine, folder, scope)
        with calling(connection, limits=PAGE_LIMITS) as vendor:
            session = vendor.open_search(query, folder, SCOPES.get(scope, scope))
        return Response({
            "session_id": f"{connection.pk}~{session.session_id}", "owner_uid": session.owner,
            "session_doc_path": session.path, "reasoning_trace_path": session.trace_path,
        })  # fmt: skip


class RunSearch(StartView):
    def post(self, request: Request) -> Response:
        """The answer says nothing of the results, which are in the session: a slow search may go on meanwhile."""
        form = {name: values[-1] for name, values in self.fields(request).items()}
        if not form.get("session_id"):
            raise InvalidField("session_id", "Field required")
        connection, session_id = _session(request, form["session_id"])
        path = form.get("session_doc_path", "")
        session = SearchSession(session_id, "", path, form.get("reasoning_trace_path", path))
        scope = request.query_params.get("folder_collection", "my")[:20]
        with calling(connection, limits=SEARCH_LIMITS) as vendor:
            try:
                vendor.run_search(session, form.get("query", ""), form.get("folder", ""), SCOPES.get(scope, scope))
            except VendorUnavailable as error:
                if not error.reached:
                    raise
                return Response({"status": "running"}, status=202)
        return Response({"status": "completed"})


class SearchState(WireView):
    scopes = {"GET": START}

    def get(self, request: Request, owner: str, session_id: str) -> Response:
        connection, session_id = _session(request, session_id)
        with calling(connection, limits=PAGE_LIMITS) as vendor:
            state = vendor.search_answer(SearchSession(session_id, owner, "", ""))
        data: dict[str, Any] = {"status": "failed" if state.error else "completed" if state.ended else "running"}
        data |= {"error": state.error} if state.error else {}
        matches = [
            {"video_id": match.video_id, "analysis_id": match.analysis_id, "event_index": match.raw_index,
             "event_id": match.event_id or None, "similarity": match.similarity, "reason": match.reason}
            for match in state.matches
        ]  # fmt: skip
        data |= {"summary": state.summary, "thoughts": [], "matches": matches} if state.ended else {}
        return Response(redact_addresses(request, {"data": data}))


def _session(request: Request, text: str) -> tuple[Connection, str]:
    """The account and the vendor's id of a session. Raises NotFound."""
    mine = editable(request)
    match = re.fullmatch(r"([0-9]{1,18})~(.{1,255})", text)
    connection = mine.filter(pk=int(match[1])).first() if match else None
    if match is None or connection is None:
        raise NotFound("Search session not found.")
    return connection, match[2]


def _account_of_folder(mine: QuerySet[Connection], name: str, scope: str) -> Connection:
    """The account that has this folder. Raises NotFound, Ambiguous."""
    connections = list(mine.order_by("id")[:2])
    if len(connections) == 1:
        return connections[0]
    in_scope = Q(scope=SCOPES[scope]) if scope in SCOPES else Q()
    folders = Folder.objects.filter(in_scope, connection__in=mine, name=name)
    owners = list(mine.filter(folders__in=folders).distinct().order_by("id")[:2])
    if not owners:
        raise NotFound(f"None of the accounts you edit has a folder {name[:200]!r} that is known here.")
    if len(owners) > 1:
        raise Ambiguous("Several of your connections have this folder; use the token of somebody who edits only one.")
    return owners[0]
