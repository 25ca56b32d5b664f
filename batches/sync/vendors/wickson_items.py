"""Reads a Wickson job into an ItemRecord: one file, with one event about the whole file if it succeeded."""

from typing import Any

from batches.errors import BadRecord
from batches.sync.fields import NAME_LIMIT, TEXT_LIMIT, cell, clean, to_json
from batches.sync.records import BatchRecord, ItemListing, ItemRecord, State
from batches.sync.vendors.base import finding

JSONObject = dict[str, Any]

_JOB_STATES: dict[str, State] = {"succeeded": "completed", "failed": "failed", "processed": "completed"}
_RUNNING: dict[str, State] = {
    "created": "waiting",
    "pending": "waiting",
    "queued": "waiting",
    "running": "processing",
    "processing": "processing",
    "cancelled": "canceled",
    "canceled": "canceled",
}
PROCESSED = "The vendor's status is “processed”, which means neither succeeded nor failed."


def job_state(status: str | None) -> State:
    """The state of a job's status; "unknown" for an unlisted status."""
    status = (status or "").strip().lower()
    return _JOB_STATES.get(status) or _RUNNING.get(status, "unknown")


def read_item(job: JSONObject, batch: BatchRecord, listing: ItemListing, digest: str) -> ItemRecord:
    """One job. An unfinished job is unanswered, so that its stored events are kept."""
    state = job_state(listing.raw_status)
    name, media = _text(job, "filename"), _text(job, "media_type")
    event = finding(job, position=0, raw_index=0, label=name or media or "File", category=media)
    notes = [PROCESSED if (listing.raw_status or "").lower() == "processed" else "", _error(job.get("error"))]
    return ItemRecord(
        external_id=listing.external_id,
        analysis_id=_text(job, "media_id") or None,
        name=name,
        source_uri="",
        state=state,
        status=clean(listing.raw_status or "", NAME_LIMIT),
        raw_status=clean(listing.raw_status or "", NAME_LIMIT),
        error=clean(" ".join(filter(None, notes)), TEXT_LIMIT),
        summary="",
        mode=batch.batch_type,
        answered=state in ("completed", "failed", "canceled"),
        raw=to_json(job, f"job {listing.external_id}"),
        events=(event,) if state == "completed" else (),
        digest=digest,
    )


def _error(error: Any) -> str:
    """ "format_error: Unsupported file format (format: .numbers; …)"; the details have no fixed shape."""
    if not isinstance(error, dict):
        return ""
    text = ": ".join(filter(None, (cell(error.get("code")), cell(error.get("message")))))
    details = error.get("details")
    details_text = [f"{key}: {_words(value)}" for key, value in details.items()] if isinstance(details, dict) else []
    return f"{text} ({'; '.join(details_text)})" if details_text else text


def _words(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_words, value))
    try:
        return to_json(value) if isinstance(value, dict) else cell(value)
    except BadRecord:
        return "…"


def _text(record: JSONObject, key: str) -> str:
    value = record.get(key)
    return clean(value, NAME_LIMIT) if isinstance(value, str) else ""
