"""Ask for a long job: the row is written here, the work happens in the background."""

from contextlib import suppress
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from batches.models import Batch, MetadataPush, SyncRun, ThumbnailRun
from batches.models.run import UNFINISHED, Run
from batches.tasks import ring

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def request_sync(*, batch_id: int, by: "User | None", background: bool = True) -> SyncRun:
    """A sync of the batch: a new run, or the one that is not finished yet. Never two at once.

    Not in the `background`: the caller works on the run itself, nobody is rung for.
    """
    return _request(SyncRun, batch_id, by, background)


def request_thumbnails(*, batch_id: int, by: "User | None") -> ThumbnailRun:
    """The vendor's thumbnails for every event of the batch that has none: a new run, or the unfinished one."""
    return _request(ThumbnailRun, batch_id, by, background=True)


def request_push(*, batch_id: int, by: "User | None") -> MetadataPush:
    """A push of the batch's waiting metadata. Inside the transaction that wrote it, with the batch locked."""
    return _request(MetadataPush, batch_id, by, background=True)


def _request[R: Run](model: type[R], batch_id: int, by: "User | None", background: bool) -> R:
    batch = Batch.objects.only("pk").get(pk=batch_id)
    while True:
        # The constraint allows one unfinished run a batch: somebody else's is as good as ours.
        if run := model._default_manager.filter(batch=batch, state__in=UNFINISHED).first():
            # Asked for by a person: earlier deaths of its worker count no more.
            model._default_manager.filter(pk=run.pk, state__in=UNFINISHED).update(attempts=0)
            return run
        with suppress(IntegrityError), transaction.atomic():
            run = model._default_manager.create(batch=batch, requested_by=by)
            if background:
                ring(run)
            return run
