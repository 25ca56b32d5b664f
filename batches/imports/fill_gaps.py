"""What a file leaves out about a batch stays as it is known: a saved result tells less than the vendor."""

from dataclasses import replace
from typing import Any

from batches.models import Batch
from batches.sync.records import BatchRecord, Report

# Field of the record → field of the batch.
KEPT = {
    "raw_status": "raw_status", "viewer_url": "viewer_url", "category": "category", "created_at": "vendor_created_at",
    "analysis_type": "analysis_type", "total": "vendor_total", "completed": "vendor_completed", "failed": "vendor_failed",
    "canceled": "vendor_canceled", "error": "vendor_error", "metadata": "vendor_metadata", "raw": "raw",
    "review_status": "vendor_review_status", "review_status_updated_at": "vendor_reviewed_at", "name": "vendor_name",
}  # fmt: skip


def fill_from_batch(record: BatchRecord, batch: Batch) -> BatchRecord:
    """The record, its gaps filled with what we have of the batch."""
    known: dict[str, Any] = {
        name: getattr(batch, field) for name, field in KEPT.items() if getattr(record, name) in (None, "", {})
    }
    if not record.raw_status and (batch.raw_status or batch.vendor_total is not None):
        known["state"] = batch.state
    if record.batch_type == "unknown":
        known["batch_type"] = batch.batch_type
    if record.leaves_at is None and batch.leaves_at:
        known["leaves_at"] = batch.leaves_at.isoformat()
    if record.report == Report() and batch.vendor_report:
        known["report"] = _report(batch.vendor_report)
    return replace(record, **known)


def _report(report: dict[str, Any]) -> Report:
    facts = tuple((name, words) for name, words in report["facts"])
    errors = tuple((one["kind"], one["count"], tuple(one["files"]), one["advice"]) for one in report["errors"])
    return Report(facts, errors)
