"""The review status of a batch and its time, with the values that the vendor documents."""

from datetime import datetime

from batches.export.cells import utc
from batches.models import Batch, ReviewStatus

NEVER = "N/A"  # the vendor's value for a batch that is not reviewed


def reviewed(batch: Batch, last: datetime | None) -> tuple[str, str]:
    """`not_started`, `in_progress` or `reviewed`, and since when. `last`: the time of the newest standing verdict.

    If nobody decided here or set the status by hand, the vendor's status is used.
    """
    by_hand = batch.review_status_updated_at
    if not (by_hand or last) and batch.vendor_review_status:
        return batch.vendor_review_status, batch.vendor_reviewed_at or NEVER
    stage, since = batch.review_stage, by_hand or last
    return stage.word, utc(since) if since and stage == ReviewStatus.REVIEWED else NEVER
