"""Ask for a long job: the row is written here, the work happens in the background."""

from typing import TYPE_CHECKING

from batches.models import Batch, MetadataPush, SyncRun, ThumbnailRun
from batches.models.run import Run
from batches.tasks import ask_for
from batches.watch.vendor_webhook import watch_again

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def request_sync(*, batch_id: int, by: "User | None", background: bool = True) -> SyncRun:
    """A sync of the batch: a new run, or the one that is not finished yet. Never two at once.

    Not in the `background`: the caller works on the run itself, nothing is enqueued.
    """
    if by is not None:
        watch_again(batch_id)
    return _request(SyncRun, batch_id, by, background)


def request_thumbnails(*, batch_id: int, by: "User | None") -> ThumbnailRun:
    """The vendor's thumbnails for every event of the batch that has none: a new run, or the unfinished one."""
    return _request(ThumbnailRun, batch_id, by, background=True)


def request_push(*, batch_id: int, by: "User | None") -> MetadataPush:
    """A push of the batch's waiting metadata. Inside the transaction that wrote it, with the batch locked."""
    return _request(MetadataPush, batch_id, by, background=True)


def _request[R: Run](model: type[R], batch_id: int, by: "User | None", background: bool) -> R:
    batch = Batch.objects.only("pk").get(pk=batch_id)
    return ask_for(model, batch.pk, by, background)
