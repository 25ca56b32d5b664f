"""Keeps stored values of a batch that a file omits, because a saved result holds less than the vendor's answer."""

from dataclasses import replace
from typing import Any

from batches.models import Batch
from batches.sync.records import BatchRecord, Report

# Field of the record → field of the batch.
STORED_FIELDS = {
    "raw_status": "raw_status", "viewer_url": "viewer_url", "category": "category", "created_at": "vendor_created_at",
    "analysis_type": "analysis_type", "total": "vendor_total", "completed": "vendor_completed",
    "failed": "vendor_failed",
    "canceled": "vendor_canceled", "error": "vendor_error", "metadata": "vendor_metadata", "raw": "raw",
    "review_status": "vendor_review_status", "review_status_updated_at": "vendor_reviewed_at", "name": "vendor_name",
}  # fmt: skip


def fill_from_batch(record: BatchRecord, batch: Batch) -> BatchRecord:
    """The record, with missing fields filled from the batch."""
    stored: dict[str, Any] = {
        name: getattr(batch, field) for name, field in STORED_FIELDS.items() if getattr(record, name) in (None, "", {})
    }
    if not record.raw_status and (batch.raw_status or batch.vendor_total is not None):
        stored["state"] = batch.state
    if record.batch_type == "unknown":
        stored["batch_type"] = batch.batch_type
    if record.expires_at is None and batch.expires_at:
        stored["expires_at"] = batch.expires_at.isoformat()
    if record.report == Report() and batch.vendor_report:
        stored["report"] = _report(batch.vendor_report)
    return replace(record, **stored)


def _report(report: dict[str, Any]) -> Report:
    facts = tuple((name, text) for name, text in report["facts"])
    errors = tuple(
        (error["kind"], error["count"], tuple(error["files"]), error["advice"]) for error in report["errors"]
    )
    return Report(facts, errors)
