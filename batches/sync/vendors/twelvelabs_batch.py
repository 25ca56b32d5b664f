"""Reads TwelveLabs' batch object into a BatchRecord: its counts, and the day its results expire."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from batches.errors import BadRecord
from batches.sync.fields import NAME_LIMIT, cell, clean, count_or_none, kind, quarantine, text_or_none, to_json
from batches.sync.records import BatchRecord, Quarantine, Report, State
from batches.sync.times import read_moment
from batches.sync.vendors.states import completed_state, stopped_state

RETENTION = timedelta(days=30)  # after creation; the vendor's `expires_at` is the end of processing

_BATCH_STATES: dict[str, State] = {
    "pending": "waiting",
    "processing": "processing",
    "canceling": "processing",  # running items are still finishing
}
_ITEM_STATES: dict[str, State] = {
    "pending": "waiting",
    "queued": "waiting",
    "processing": "processing",
    "ready": "completed",
    "failed": "failed",
    "canceled": "canceled",
}
FINAL_ITEMS = frozenset({"completed", "failed", "canceled"})


def item_state(status: str | None) -> State:
    """The state of an item's status. An unlisted status is "unknown", which is not final."""
    return _ITEM_STATES.get((status or "").strip().lower(), "unknown")


def batch_state(status: str, total: int | None, ready: int | None, failed: int | None) -> State:
    """The state of a batch. A batch of this vendor never fails itself."""
    status = status.strip().lower()
    if status in ("canceled", "expired"):
        return stopped_state(ready)
    return completed_state(total, ready, failed) if status == "completed" else _BATCH_STATES.get(status, "unknown")


def read_batch(answer: Any, batch_id: str) -> BatchRecord:
    """The batch of a status answer, without its items.

    Raises BadRecord if the answer is not about this batch. Unreadable fields are quarantined.
    """
    path = f"batch {batch_id}"
    if not isinstance(answer, dict):
        raise BadRecord(path, f"expected an object, got {kind(answer)}")
    if "status" not in answer:
        raise BadRecord(f"{path} status", "is missing; this does not look like a batch")
    answer_id = answer.get("batch_id")
    if answer_id is not None and str(answer_id).lower() != batch_id.lower():
        raise BadRecord(f"{path} batch_id", f"the answer is about another batch, {kind(answer_id)}")
    bad: list[Quarantine] = []

    def optional(read: Callable[..., Any], key: str) -> Any:
        try:
            return read(answer, key, path)
        except BadRecord as error:
            bad.append(quarantine(error, answer.get(key)))
            return None

    status = optional(text_or_none, "status") or ""
    total, ready, failed, canceled = (
        optional(count_or_none, f"{name}_items") for name in ("total", "ready", "failed", "canceled")
    )
    return BatchRecord(
        external_id=batch_id,
        raw_status=status,
        state=batch_state(status, total, ready, failed),
        batch_type=clean(optional(text_or_none, "analysis_mode") or "unknown", 20),
        analysis_type=optional(text_or_none, "model_name"),
        viewer_url="",
        created_at=(created := optional(text_or_none, "created_at")),
        prompt=None,
        category="",
        total=total,
        completed=ready,
        failed=failed,
        canceled=canceled,
        error="",
        metadata={},
        review_status=None,
        review_status_updated_at=None,
        raw=to_json(answer, path),
        expires_at=optional(_expires_at, "created_at") if created else None,
        report=Report(facts=tuple(_facts(answer))),
        quarantined=tuple(bad),
    )


def _expires_at(answer: dict[str, Any], key: str, path: str) -> str:
    try:
        return (read_moment(answer[key]) + RETENTION).isoformat()
    except (ValueError, OverflowError) as error:
        raise BadRecord(f"{path} {key}", f"expected a date and time, got {kind(answer[key])}") from error


_FACTS = {
    "queued_items": "Queued",
    "processing_items": "Processing",
    "ready_items": "Ready",
    "failed_items": "Failed",
    "canceled_items": "Canceled",
    "expires_at": "End of processing",
    "canceled_at": "Canceled at",
    "expired_at": "Expired at",
}


def _facts(answer: dict[str, Any]) -> list[tuple[str, str]]:
    facts = [
        (label, clean(cell(answer[key]), NAME_LIMIT))
        for key, label in _FACTS.items()
        if isinstance(answer.get(key), (str, int))
    ]
    webhooks = answer.get("webhooks")
    for hook in webhooks if isinstance(webhooks, list) else ():
        if isinstance(hook, dict) and hook.get("delivered") is False:
            reason = f"not delivered after {cell(hook.get('attempts'))} tries: {cell(hook.get('last_error'))}"
            facts.append((clean(f"Webhook {cell(hook.get('url'))}", NAME_LIMIT), clean(reason, NAME_LIMIT)))
    return facts
