"""The Wickson wire format for the results of a batch, page by page, with a token of ours as the key."""

import json
from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from batches.models import Batch, Item, Vendor
from batches.sync.vendors.wickson import PAGE_SIZE
from reviewer.api.addresses import redact_addresses
from reviewer.api.sdk import WireView, text
from reviewer.api.vendor_wire import decided_in, listed, number_in, with_decisions

MAX_JOBS_PER_PAGE, MAX_PAGE = 500, 1_000_000


class WicksonView(WireView):
    vendor = Vendor.WICKSON
    unknown = "Batch {} not found"


class Results(WicksonView):
    def get(self, request: Request, batch_id: str) -> HttpResponse:
        batch = self.batch(request, batch_id)
        page = number_in(request, "page", 1, MAX_PAGE)
        size = number_in(request, "page_size", PAGE_SIZE, MAX_JOBS_PER_PAGE)
        items = listed(batch)
        total = items.count()
        jobs = list(items[(page - 1) * size : page * size])
        decided = decided_in(jobs)
        about = redact_addresses(request, json.loads(batch.raw) if batch.raw else {"batch_summary": _summary(batch)})
        pages = max(1, -(-total // size))
        data = {
            "batch_summary": about["batch_summary"],
            "job_results": [
                with_decisions(redact_addresses(request, _job(item)), decided.get(item.pk)) for item in jobs
            ],
            **({"statistics": about["statistics"]} if about.get("statistics") else {}),
            "pagination": {"page": page, "page_size": size, "total_items": total, "total_pages": pages},
        }
        answer = {"success": True, "message": "Batch results retrieved successfully", "data": data}
        return text(json.dumps({**answer, "metadata": {"request_id": f"req_batch_results_{batch.pk}_{page}"}}))


def _job(item: Item) -> dict[str, Any]:
    unread_job = {"job_id": item.external_id, "status": item.raw_status or "queued"}  # listed but not read yet
    return json.loads(item.raw) if item.raw else unread_job


def _summary(batch: Batch) -> dict[str, Any]:
    """The summary of a batch that was never synced."""
    completion = {"successful": 0, "failed": 0, "total_items": 0, "completion_rate": 0.0}
    return {
        "batch_id": batch.external_id, "batch_name": batch.title, "collection": None, "status": "created",
        "timeline": {"created_at": batch.vendor_created_at or None}, "completion": completion,
    }  # fmt: skip
