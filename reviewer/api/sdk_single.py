"""`analyze` of one video by the vendor's SDK: a batch of one, so that its result can be reviewed, read back from here.

The SDK waits for an analysis id. The vendor states none for a batch that has just started, so the SDK is given an
alias of the start, which every address that takes an analysis id understands.
"""

import json
from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpResponse
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from batches.models import Batch, Item
from batches.models.batch import State
from batches.sync.records import FINAL_STATES
from reviewer.api import sdk_bodies
from reviewer.api.addresses import redact_addresses
from reviewer.api.auth import ANY
from reviewer.api.sdk import ItemsView, analysis_alias, clean_id, real_analysis, start_of_alias, text
from reviewer.api.sdk_starts import InvalidField, StartView

MARKER = "-----------EVENT_DESCRIPTION-----------"  # between category and prompt
COMPLETED, FAILED, PROCESSING = "COMPLETED", "FAILED", "PROCESSING"


class SingleStart(StartView):
    def alias(self, request: Request, form: dict[str, str], video_id: str) -> str:
        """Start the batch of one once for each `Idempotency-Key`, which the SDK repeats with a lost call."""
        key = request.headers.get("Idempotency-Key", "")
        if not key:
            raise BadRequest("Idempotency-Key: without this header a repeated call would start a second analysis.")
        return analysis_alias(self.started(request, form, [video_id], f"single {key}"))


class Ask(SingleStart):
    def post(self, request: Request) -> Response:
        form = {name: values[-1] for name, values in self.fields(request).items()}
        if not form.get("video_id"):
            raise InvalidField("video_id", "Field required")
        category, marker, prompt = form.pop("question", "").partition(MARKER)
        form |= {"category": category, "prompt": prompt} if marker else {"prompt": category}
        return Response({"analysis_id": self.alias(request, form, form["video_id"])}, status=202)


class AnalyzeVideoEdge(SingleStart):
    def post(self, request: Request, video_id: str) -> Response:
        form = {name: values[-1] for name, values in self.fields(request).items()}
        return Response({"analysis_id": self.alias(request, form | {"analysis_kind": "edge_agent"}, video_id)})


class AnalysisView(ItemsView):
    scopes = {"GET": ANY}

    def entry(self, request: Request, video_id: str, analysis_id: str) -> tuple[str, dict[str, Any]]:
        """The status of an analysis, in the vendor's words, and its document with the decisions. Raises NotFound."""
        named = real_analysis({"external_id": clean_id(video_id), "analysis_id": clean_id(analysis_id)})
        item = self.items(request).filter(gone_at=None, **named).select_related("batch").order_by("-id").first()
        if item is None:
            return self._without_item(request, video_id, analysis_id), {}
        if not item.answered:
            return _status(item.batch, item), {}
        (entry,) = json.loads(sdk_bodies.bulk_body(item.batch, [video_id]))["analyses"]
        return _status(item.batch, item), entry["analysis"]

    def _without_item(self, request: Request, video_id: str, analysis_id: str) -> str:
        run = start_of_alias(analysis_id)
        batch = self.batches(request).filter(start=run).first() if run and video_id in run.videos else None
        if batch is None:
            raise NotFound("Analysis not found.")
        return _status(batch, None)

    def answer(self, request: Request, body: dict[str, Any]) -> HttpResponse:
        return text(json.dumps(redact_addresses(request, body)))


class OneAnalysis(AnalysisView):
    def get(self, request: Request, video_id: str, analysis_id: str) -> HttpResponse:
        status, document = self.entry(request, video_id, analysis_id)
        body = {"video_id": video_id, "analysis_id": analysis_id, "analysis": document | {"status": status}}
        return self.answer(request, body | {"events": document.get("events", [])})


class AnalysisStatus(AnalysisView):
    def get(self, request: Request, video_id: str, analysis_id: str) -> HttpResponse:
        status, document = self.entry(request, video_id, analysis_id)
        body = {"status": status, "analysis_id": analysis_id, "progress": 100 if status == COMPLETED else 0}
        return self.answer(
            request, body | {"events": document.get("events", []), "answer": document.get("answer") or ""}
        )


def _status(batch: Batch, item: Item | None) -> str:
    """Of the item, or of its batch as long as nothing is known of the item."""
    if item is not None and item.state == State.FAILED:
        return FAILED
    if item is not None and item.answered:
        return COMPLETED
    return FAILED if batch.state in FINAL_STATES and batch.synced_at else PROCESSING
