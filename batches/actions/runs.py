"""Requests long jobs: writes the row of a run; the work happens in the background."""

from typing import TYPE_CHECKING

from batches.models import Batch, MetadataPush, SyncRun, ThumbnailRun
from batches.models.run import Run
from batches.tasks import ask_for
from batches.watch.vendor_webhook import watch_again

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def request_sync(*, batch_id: int, by: "User | None", background: bool = True) -> SyncRun:
    """Request a sync of the batch. Returns a new run or the unfinished one; there are never two at once.

    Without `background`, nothing is enqueued: the caller does the run itself.
    """
    if by is not None:
        watch_again(batch_id)
    return _request(SyncRun, batch_id, by, background)


def request_thumbnails(*, batch_id: int, by: "User | None") -> ThumbnailRun:
    """Request the vendor's thumbnails for every event without one. Returns a new run or the unfinished one."""
    return _request(ThumbnailRun, batch_id, by, background=True)


def request_push(*, batch_id: int, by: "User | None") -> MetadataPush:
    """Request a push of the batch's waiting metadata. Runs in the transaction that wrote it, with the batch locked."""
    return _request(MetadataPush, batch_id, by, background=True)


def _request[R: Run](model: type[R], batch_id: int, by: "User | None", background: bool) -> R:
    batch = Batch.objects.only("pk").get(pk=batch_id)
    return ask_for(model, batch.pk, by, background)
