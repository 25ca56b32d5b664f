"""The review status of a batch and its time, with the values that the vendor documents."""

from batches.export.cells import utc
from batches.models import Batch

NEVER = "N/A"  # the vendor's value for a batch that is not reviewed


def review_fields(batch: Batch) -> dict[str, str | None]:
    """Ours, and the vendor's own beside it under its own name; of a vendor without one, null."""
    return {
        "review_status": batch.review_stage.word,
        "review_status_updated_at": utc(batch.reviewed_since) or NEVER,
        "vendor_review_status": batch.vendor_review_status or None,
        "vendor_review_status_updated_at": batch.vendor_reviewed_at or None,
    }
