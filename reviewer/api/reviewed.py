"""Whether a batch has been fully reviewed, and since when."""

from datetime import UTC

from batches.models import Batch, ReviewStatus

NEVER = "N/A"


def reviewed(batch: Batch) -> tuple[str, str]:
    """`not_started`, `in_progress` or `reviewed`, and the time of the last verdict, or N/A while it is not reviewed.

    What somebody said by hand goes first; `batch.last_action_at` is annotated. Where nobody decided here, what the
    vendor says about it stands.
    """
    if batch.review_status_updated_at:
        said = ReviewStatus(batch.review_status).word
        return said, batch.review_status_updated_at.astimezone(UTC).isoformat() if said == "reviewed" else NEVER
    last = batch.last_action_at  # type: ignore[attr-defined]
    if last is None:
        vendors = batch.vendor_review_status or "not_started"
        return vendors, batch.vendor_reviewed_at or NEVER
    if batch.pending:
        return "in_progress", NEVER
    return "reviewed", last.astimezone(UTC).isoformat()
