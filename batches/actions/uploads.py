"""Uploads of videos from their addresses into a vendor's account: stores the requests, one for each video."""

from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from django.db import transaction

from batches.actions.idempotency import first_result
from batches.models import Connection, Folder, FolderScope, RunState, VideoUpload
from batches.sync.uploads import read_addresses
from batches.sync.vendors import vendor_of
from batches.tasks import enqueue_upload

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def upload_addresses(
    *,
    connection: Connection,
    addresses: str,
    folder: Folder | None,
    scope: str,
    by: "User | None",
    idempotency_key: UUID,
) -> list[VideoUpload]:
    """Have the vendor fetch the videos of a list, one https address a line.

    The same key again returns the same uploads. Raises ValueError with a message to show.
    """
    if not vendor_of(connection.vendor).has_uploads:
        raise ValueError(f"Videos cannot be uploaded to {connection.get_vendor_display()} here.")
    if scope not in FolderScope.values:
        raise ValueError(f"Unknown scope {scope!r}. Known: {', '.join(FolderScope.values)}.")
    if folder is not None and folder.connection_id != connection.pk:
        raise ValueError("That folder belongs to another connection.")
    parameters = {
        "requested_by_id": by.pk if by else None,
        "connection_id": connection.pk,
        "folder_id": folder.pk if folder else None,
        "scope": folder.scope if folder else scope,
    }
    keys = {uuid5(idempotency_key, address): address for address in read_addresses(addresses)}
    with transaction.atomic():
        runs = [_requested(key, address, parameters) for key, address in sorted(keys.items())]
        enqueue_upload(connection.pk)
    return runs


def _requested(key: UUID, address: str, parameters: dict[str, Any]) -> VideoUpload:
    if first := first_result(VideoUpload.objects.all(), key, **parameters):
        return first
    without_query, _, query = address.partition("?")
    return VideoUpload.objects.create(idempotency_key=key, address=without_query, query=query, total=1, **parameters)


def retry_failed_uploads(*, connection: Connection) -> int:
    """Upload again what the vendor refused. What may have been uploaded is left out. Returns how many."""
    with transaction.atomic():
        failed = list(connection.uploads.select_for_update().filter(state=RunState.FAILED, video_id=""))
        for run in failed:
            _request_again(run)
        enqueue_upload(connection.pk)
    return len(failed)


def upload_again(*, run: VideoUpload) -> None:
    """Upload a video once more, after a person has checked that the vendor does not have it.

    Raises ValueError with a message to show.
    """
    with transaction.atomic():
        ended = VideoUpload.objects.select_for_update().filter(pk=run.pk, state=RunState.INCOMPLETE, video_id="")
        if (row := ended.first()) is None:
            raise ValueError("Only an upload whose outcome is unknown can be requested again.")
        _request_again(row)
        enqueue_upload(row.connection_id)


def _request_again(run: VideoUpload) -> None:
    run.state, run.finished_at, run.sent_at, run.message, run.attempts = RunState.QUEUED, None, None, "", 0
    run.save(update_fields=["state", "finished_at", "sent_at", "message", "attempts"])
