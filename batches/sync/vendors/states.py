"""How a batch ended, from its vendor's counts: the same rule for every vendor.

No vendor's "completed" means success.
"""

from batches.sync.records import State


def completed_state(total: int | None, succeeded: int | None, failed: int | None) -> State:
    """The state of a batch whose items were all processed; a batch of which every item failed is no failed batch."""
    incomplete = total is not None and succeeded is not None and succeeded < total
    return "partial" if failed or incomplete else "completed"


def stopped_state(succeeded: int | None) -> State:
    """The state of a batch that was canceled or has expired."""
    return "partial" if succeeded else "canceled"
