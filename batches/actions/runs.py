"""Requests long jobs: writes the row of a run; the work happens in the background."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from batches.errors import Conflict
from batches.models import Batch, Connection, Item, Membership, MetadataPush, SyncRun, ThumbnailRun
from batches.models.run import UNFINISHED, Run
from batches.sync.thumbnails import lacks_thumbnails
from batches.sync.vendors import vendor_of
from batches.tasks import request_run
from batches.watch.vendor_webhook import reason_not_to_call, watch_again

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def request_sync(*, batch_id: int, by: "User | None", background: bool = True) -> SyncRun:
    """Request a sync of the batch. Returns a new run or the unfinished one; there are never two at once.

    Without `background`, nothing is enqueued: the caller does the run itself. Raises Conflict if people deleted the
    batch at its vendor.
    """
    batch = Batch.objects.select_related("connection", "vendor_deleted_by").defer("raw").get(pk=batch_id)
    if batch.sync_refusal:
        raise Conflict(batch.sync_refusal)
    if by is not None:
        watch_again(batch_id)
    return _request(SyncRun, batch_id, by, background)


def request_thumbnails(*, batch_id: int, by: "User | None") -> ThumbnailRun:
    """Request the vendor's thumbnails for every event without one. Returns a new run or the unfinished one."""
    return _request(ThumbnailRun, batch_id, by, background=True, item=None)


def request_item_thumbnails(*, item: Item, by: "User") -> ThumbnailRun | None:
    """Request the vendor's thumbnails for one item, where a script or somebody at its card asks for its pictures.

    Only for editors, at most once a day for each item, and THUMBNAILS_PER_DAY items of a connection. Returns the run
    that makes them; None where none is made.
    """
    connection = item.batch.connection
    if not Membership.rights_of(by, connection.pk).can_edit or reason_not_to_call(connection):
        return None
    if not vendor_of(connection.vendor).has_thumbnails or not lacks_thumbnails(item):
        return None
    with transaction.atomic():
        Connection.objects.select_for_update().get(pk=connection.pk)  # so that nobody counts at the same time
        if run := ThumbnailRun.objects.filter(batch=item.batch_id, item=None, state__in=UNFINISHED).first():
            return run
        recent = ThumbnailRun.objects.filter(created_at__gt=timezone.now() - timedelta(days=1))
        if run := recent.filter(item=item).first():
            return run if run.unfinished else None
        by_scripts = recent.filter(item__isnull=False, batch__connection=connection)
        if by_scripts.count() >= settings.THUMBNAILS_PER_DAY:
            return None
        return request_run(ThumbnailRun, item.batch_id, by, True, item=item)


def request_push(*, batch_id: int, by: "User | None") -> MetadataPush:
    """Request a push of the batch's waiting metadata. Runs in the transaction that wrote it, with the batch locked."""
    return _request(MetadataPush, batch_id, by, background=True)


def _request[R: Run](model: type[R], batch_id: int, by: "User | None", background: bool, **part: Any) -> R:
    batch = Batch.objects.only("pk").get(pk=batch_id)
    return request_run(model, batch.pk, by, background, **part)
