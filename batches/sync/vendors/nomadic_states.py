"""NomadicML's status words → ours."""

from batches.sync.records import State

_STATES: dict[str, State] = {
    "pending": "waiting",
    "queued": "waiting",
    "not_started": "waiting",
    "processing": "processing",
    "prepare_in_progress": "processing",
    "prepare_completed": "processing",
    "detecting_in_progress": "processing",
    "detecting_completed": "processing",
    "detecting_completed_no_events": "processing",
    "summarizing_in_progress": "processing",
    "summarizing_completed": "processing",
    "completed": "completed",
    "partially_completed": "partial",
    "failed": "failed",
    "cancelled": "canceled",
    "canceled": "canceled",
}


def read_state(word: str | None) -> State:
    """Our word for the vendor's, in any case; "unknown", which is not final, for words we do not know and for none."""
    return _STATES.get((word or "").strip().lower(), "unknown")
