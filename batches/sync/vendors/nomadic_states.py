"""Maps NomadicML's statuses to states."""

from batches.sync.records import State
from batches.sync.vendors.states import completed_state, stopped_state

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


def read_state(status: str | None) -> State:
    """The state of a status, in any letter case. An unlisted or missing status is "unknown", which is not final."""
    return _STATES.get((status or "").strip().lower(), "unknown")


def batch_state(status: str, total: int | None, completed: int | None, failed: int | None) -> State:
    """The state of a batch, from the vendor's status and counts."""
    state = read_state(status)
    if state == "completed":
        return completed_state(total, completed, failed)
    return stopped_state(completed) if state == "canceled" else state
