"""Whether a batch has been fully reviewed, and since when, in the words the vendor documents."""

from datetime import datetime

from batches.export.cells import utc
from batches.models import Batch, ReviewStatus

NEVER = "N/A"  # the vendor's word where it is not reviewed yet


def reviewed(batch: Batch, last: datetime | None) -> tuple[str, str]:
    """`not_started`, `in_progress` or `reviewed`, and since when; `last`: when the newest verdict that stands was given.

    Where nobody decided here or set the status by hand, what the vendor says about it stands.
    """
    by_hand = batch.review_status_updated_at
    if not (by_hand or last) and batch.vendor_review_status:
        return batch.vendor_review_status, batch.vendor_reviewed_at or NEVER
    stage, since = batch.review_stage, by_hand or last
    return stage.word, utc(since) if since and stage == ReviewStatus.REVIEWED else NEVER
