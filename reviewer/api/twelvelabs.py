"""The TwelveLabs wire format for batches: list, retrieve and results, for the vendor's own SDK with a token of ours."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from rest_framework.exceptions import ParseError
from rest_framework.request import Request

from batches.models import Batch, EventPayload, Item, Vendor
from batches.sync.records import FINAL_STATES
from batches.sync.vendors.twelvelabs import PAGE_LIMIT, parse_batch_id
from reviewer.api.addresses import redact_addresses
from reviewer.api.sdk import WireView, text
from reviewer.api.vendor_wire import decided_in, in_short_reads, listed, number_in, with_decisions

DEFAULT_LIMIT = 10  # batches a page, as at the vendor
MAX_PAGE = 1_000_000
MAX_PROCESSING = timedelta(hours=24)
ITEM_STATUSES = ("queued", "processing", "ready", "failed", "canceled")


class TwelveLabsView(WireView):
    vendor = Vendor.TWELVELABS
    unknown = "Resource with id {} does not exist."

    def batch(self, request: Request, batch_id: str) -> Batch:
        """As above. For this vendor, an invalid id is an invalid parameter: raises ParseError too."""
        try:
            parsed_id = parse_batch_id(batch_id)
        except ValueError as error:
            raise ParseError(f"The batch_id parameter is invalid. {error}") from error
        return super().batch(request, parsed_id)


class Batches(TwelveLabsView):
    def get(self, request: Request) -> HttpResponse:
        page = number_in(request, "page", 1, MAX_PAGE)
        limit = number_in(request, "page_limit", DEFAULT_LIMIT, PAGE_LIMIT)
        batches = self.batches(request).defer(None)
        if statuses := request.query_params.getlist("status"):
            batches = batches.filter(raw_status__in=statuses)
        if modes := request.query_params.getlist("analysis_mode"):
            batches = batches.filter(batch_type__in=modes)
        total = batches.count()
        rows = batches.order_by("-vendor_created_at", "-id")[(page - 1) * limit : page * limit]
        info = {"page": page, "limit_per_page": limit, "total_page": -(-total // limit), "total_results": total}
        return text(
            json.dumps({"data": [redact_addresses(request, _object(batch)) for batch in rows], "page_info": info})
        )


class OneBatch(TwelveLabsView):
    def get(self, request: Request, batch_id: str) -> HttpResponse:
        return text(json.dumps(redact_addresses(request, _object(self.batch(request, batch_id)))))


class Results(TwelveLabsView):
    def get(self, request: Request, batch_id: str) -> StreamingHttpResponse:
        lines = _lines(request, self.batch(request, batch_id))
        return StreamingHttpResponse(lines, content_type="application/jsonl", headers={"X-Accel-Buffering": "no"})


def _object(batch: Batch) -> dict[str, Any]:
    """The batch object as the vendor sent it; for a batch from an imported file, an object made from that."""
    if batch.raw:
        batch_object: dict[str, Any] = json.loads(batch.raw)
        return batch_object
    by_status = Counter(listed(batch).values_list("raw_status", flat=True))
    return {
        "batch_id": batch.external_id, "analysis_mode": batch.batch_type,
        "model_name": batch.analysis_type or "unknown",
        "status": batch.raw_status or ("completed" if batch.state in FINAL_STATES else "pending"),
        "total_items": by_status.total(), **{f"{status}_items": by_status[status] for status in ITEM_STATUSES},
        "created_at": batch.created_at.isoformat(), "expires_at": (batch.created_at + MAX_PROCESSING).isoformat(),
    }  # fmt: skip


def _lines(request: Request, batch: Batch) -> Iterator[bytes]:
    """One line for each item. An error breaks the response: half of the results must not look complete."""
    for items in in_short_reads(listed(batch)):
        decided = decided_in(items)
        for item in items:
            # In ASCII, so that no character of a text can be taken for the end of a line.
            yield (
                json.dumps(with_decisions(redact_addresses(request, _line(item)), decided.get(item.pk))).encode()
                + b"\n"
            )


def _line(item: Item) -> dict[str, Any]:
    result = json.loads(item.raw) if item.raw else {"task_id": item.external_id, "custom_id": item.name or None}
    result.pop("task", None)  # the task is a column of its own in our table
    result.setdefault("status", item.raw_status or "queued")  # listed but not read yet
    envelope = result.get("data")
    if isinstance(envelope, dict) and "data" not in envelope:
        result["data"] = {**envelope, "data": _answer(item)}
    return result


def _answer(item: Item) -> str:
    """The text of an answer that was stored before items kept it, rebuilt from its events; empty lists are lost."""
    segments = defaultdict(list)
    payloads = EventPayload.objects.filter(event__item=item, event__gone_at=None).order_by("event__raw_index")
    for key, raw in payloads.values_list("event__category", "raw"):
        record = json.loads(raw)
        if isinstance(text := record.get("data"), str):
            return text
        segments[key].append(record)
    return json.dumps(segments)
