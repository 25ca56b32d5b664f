"""Sets the review status of a batch by hand; a sync never does."""

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from batches.actions.ledger import check_reviewer
from batches.models import Batch, ReviewStatus, ReviewStep
from batches.notify.notices import note_review

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def set_review_status(*, batch_id: int, status: int, by: "User") -> ReviewStep | None:
    """Set the status and store the step. Returns None if it is set already. Safe to repeat.

    Raises ValueError for an unknown status, NotAllowed, Batch.DoesNotExist.
    """
    status = ReviewStatus(status)
    with transaction.atomic(durable=True):
        batch = Batch.objects.select_for_update(of=("self",)).get(pk=batch_id)
        check_reviewer(by, batch.connection_id)
        if batch.review_status == status and batch.review_status_updated_at:
            return None
        now = timezone.now()
        batch.review_status, batch.review_status_by, batch.review_status_updated_at = status, by, now
        batch.save(update_fields=["review_status", "review_status_by", "review_status_updated_at"])
        note_review(batch_id, **({"set_by": by.get_username()} if status == ReviewStatus.REVIEWED else {}))
        return ReviewStep.objects.create(batch=batch, status=status, by=by, pending=batch.pending, created_at=now)
