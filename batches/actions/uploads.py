"""Uploads of videos into a vendor's account, from addresses and files: stores the requests, one for each video."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from django.conf import settings
from django.core.files import File
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from batches.actions.idempotency import first_result
from batches.actions.limits import VIDEO_UPLOADS, spend
from batches.actions.upload_views import put_in_recording, view_fields
from batches.errors import Conflict
from batches.models import AccountVideo, Connection, Folder, FolderScope, VideoUpload
from batches.models.run import RunState
from batches.models.upload import VideoUploadQuerySet
from batches.sync.uploads import CANCELED, UNKNOWN, read_addresses
from batches.sync.vendors import vendor_of
from batches.sync.video_files import (
    HEAD_BYTES,
    PART_BYTES,
    check_head,
    check_name,
    forget_parts,
    part_size,
    read_sidecar,
    store_part,
)
from batches.sync.views import ViewFile
from batches.tasks import enqueue_upload

if TYPE_CHECKING:
    from django.contrib.auth.models import User

FILES = UUID("b0a6a4a4-6d7e-4c3b-8b3b-0d1c7b0f4e5d")  # namespace of the keys of files


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

    The same key again returns the same uploads. Raises ValueError with a message to show, TooMany.
    """
    parameters = _parameters(connection, folder, scope) | {"requested_by_id": by.pk if by else None}
    keys = {uuid5(idempotency_key, address): address for address in read_addresses(addresses)}
    with transaction.atomic():
        requested = VideoUpload.objects.filter(idempotency_key__in=keys).count()
        if by and (fresh := len(keys) - requested):
            spend(VIDEO_UPLOADS, by, count=fresh)
        runs = [_requested(key, address, parameters) for key, address in sorted(keys.items())]
        enqueue_upload(connection.pk)
    return runs


def _parameters(connection: Connection, folder: Folder | None, scope: str) -> dict[str, Any]:
    """Where a video goes. Raises ValueError with a message to show."""
    if not vendor_of(connection.vendor).has_uploads:
        text = _("Videos cannot be uploaded to {vendor} here.")
        raise ValueError(text.format(vendor=connection.get_vendor_display()))
    if scope not in FolderScope.values:
        text = _("Unknown scope {scope!r}. Known: {known}.")
        raise ValueError(text.format(scope=scope, known=", ".join(FolderScope.values)))
    if folder is not None and folder.connection_id != connection.pk:
        raise ValueError(_("That folder belongs to another connection."))
    return {
        "connection_id": connection.pk,
        "folder_id": folder.pk if folder else None,
        "scope": folder.scope if folder else scope,
    }


def _requested(key: UUID, address: str, parameters: dict[str, Any]) -> VideoUpload:
    if first := first_result(VideoUpload.objects.all(), key, **parameters):
        return first
    without_query, _, query = address.partition("?")
    return VideoUpload.objects.create(idempotency_key=key, address=without_query, query=query, total=1, **parameters)


def begin_upload(
    *, connection: Connection, name: str, size: int, modified: int | str, folder: Folder | None, scope: str,
    by: "User | None", sidecar_name: str = "", sidecar: str = "", part_bytes: int = PART_BYTES, in_place: bool = False,
    views: Sequence[ViewFile] = (),
) -> VideoUpload:  # fmt: skip
    """The upload of a file, which is sent in parts of `part_bytes` with `add_part`.

    A file is known by its name, size and time (`modified`, in milliseconds, or another mark): the same one into the
    same folder goes on where it stopped, and is not uploaded twice while the account has it. One that is `in_place` is
    sent from where it lies instead. `views`: it is a view of a recording, and these are all files chosen with it.
    Raises ValueError with a message to show, TooMany.
    """
    parameters = _parameters(connection, folder, scope)
    check_name(name)
    if not 0 < size <= settings.UPLOAD_MAX_BYTES:
        most = number_format(settings.UPLOAD_MAX_BYTES, force_grouping=True)
        text = _("{name} is empty.") if size == 0 else _("{name} is larger than {most} bytes.")
        raise ValueError(text.format(name=name, most=most))
    metadata = read_sidecar(name, sidecar_name, sidecar) if sidecar_name else ""
    target = parameters["folder_id"] or parameters["scope"]

    def key_of(file: ViewFile) -> UUID:
        return _key_of_file("|".join(map(str, (connection.pk, target, *file))), connection)

    with transaction.atomic():
        key, seen_as = key_of(ViewFile(name, size, modified)), view_fields(name, views, key_of)
        if run := first_result(VideoUpload.objects.all(), key, **parameters):
            put_in_recording(run, seen_as)
            return _go_on(run, metadata, in_place=in_place)
        if not in_place:
            _check_space(name, size, by)
        if by:
            spend(VIDEO_UPLOADS, by)
        run = VideoUpload.objects.create(
            idempotency_key=key, file_name=name, size=size, part_bytes=part_bytes, sidecar=metadata, requested_by=by,
            in_place=in_place, total=1, **parameters,
        )  # fmt: skip
        put_in_recording(run, seen_as)
        return run


def _key_of_file(fingerprint: str, connection: Connection) -> UUID:
    """Of the file's last upload whose video the account still has, as far as its list says."""
    key = uuid5(FILES, fingerprint)
    while (
        run := VideoUpload.objects.filter(idempotency_key=key, state=RunState.DONE).first()
    ) and AccountVideo.objects.filter(connection=connection, external_id=run.video_id, gone_at__isnull=False).exists():
        key = uuid5(key, run.video_id)
    return key


def _go_on(run: VideoUpload, metadata: str, *, in_place: bool) -> VideoUpload:
    """An upload that failed or was canceled begins again, with the parts that are still stored."""
    if run.in_place and not in_place and run.state != RunState.DONE:
        _check_space(run.name, run.size, run.requested_by)  # a command began it, and now its parts come
        run.in_place = False
        run.save(update_fields=["in_place"])
    if run.state == RunState.FAILED:
        _request_again(run)
        run.sidecar = metadata or run.sidecar
        run.save(update_fields=["sidecar"])
        enqueue_upload(run.connection_id)
    return run


def _check_space(name: str, size: int, by: "User | None") -> None:
    """One person has at most half of what others leave of the space, and in any case one file. Raises ValueError."""
    stored = VideoUpload.objects.stored()
    mine = _bytes(stored.filter(requested_by=by)) if by else 0
    left = settings.UPLOAD_SPACE_BYTES - _bytes(stored) + mine
    if mine + size > left:
        raise ValueError(_("The space for files on their way is full. Wait until other uploads are finished."))
    if mine and mine + size > left // 2:
        text = _(
            "There is no space for {name} ({size} GB) now: your files on their way take {mine} GB of the {most} GB "
            "that one person has. Wait until some are uploaded, or cancel some."
        )
        raise ValueError(
            text.format(name=name, size=_gigabytes(size), mine=_gigabytes(mine), most=_gigabytes(left // 2))
        )


def _gigabytes(size: int) -> str:
    return number_format(round(size / 1e9, 2), 2, force_grouping=True)


def _bytes(runs: VideoUploadQuerySet) -> int:
    return runs.aggregate(size=Sum("size"))["size"] or 0


def add_part(*, run: VideoUpload, offset: int, content: "File[Any]") -> VideoUpload:
    """Store the part of a file that begins at `offset`. With the last part the upload begins.

    Raises Conflict if another part is expected, ValueError with a message to show if the file is no video.
    """
    if run.state != RunState.QUEUED or offset != run.received:
        raise Conflict(
            _("{name} is at byte {received}; another part was sent.").format(
                name=run.name, received=number_format(run.received, force_grouping=True)
            )
        )
    if content.size != part_size(run, offset):
        raise ValueError(
            _("The next part of {name} has {expected} bytes, not {size}.").format(
                name=run.name,
                expected=number_format(part_size(run, offset), force_grouping=True),
                size=number_format(content.size, force_grouping=True),
            )
        )
    if offset == 0:
        try:
            check_head(run.name, content.read(HEAD_BYTES))
        except ValueError as error:
            _end(run, RunState.FAILED, str(error))
            raise
        content.seek(0)
    store_part(run, offset, content)
    rows = VideoUpload.objects.filter(pk=run.pk, state=RunState.QUEUED, received=offset)
    if not rows.update(received=offset + content.size, heartbeat_at=timezone.now()):
        if VideoUpload.objects.filter(pk=run.pk, state=RunState.FAILED, received=0).exists():
            forget_parts(run)  # canceled while this part arrived
        run.refresh_from_db()
        raise Conflict(
            _("{name} has changed meanwhile: another page sends it, or it was canceled.").format(name=run.name)
        )
    run.refresh_from_db()
    if run.received == run.size:
        enqueue_upload(run.connection_id)
    return run


def has_namesake(run: VideoUpload) -> bool:
    """Whether another video of this name is in the folder, or on its way there."""
    others = run.connection.uploads.exclude(pk=run.pk).exclude(state=RunState.FAILED)
    listed = run.connection.videos.listed().filter(name=run.name, folder=run.folder_id)
    same = others.filter(file_name=run.name, folder=run.folder_id, scope=run.scope)
    return same.exists() or listed.exclude(external_id=run.video_id).exists()


def cancel_upload(*, run: VideoUpload) -> None:
    """Stop the upload of a file. If it is being sent to the vendor, the worker breaks off there.

    Raises ValueError with a message to show.
    """
    if not run.size or not run.unfinished:
        raise ValueError(_("Only the upload of a file that is not finished can be canceled."))
    if run.state == RunState.RUNNING and run.sent_at:
        _end(run, RunState.INCOMPLETE, f"{CANCELED} {UNKNOWN}")  # until the worker says that it was not sent whole
    else:
        _end(run, RunState.FAILED, CANCELED)


def _end(run: VideoUpload, state: RunState, message: str) -> None:
    """End an upload that a worker may hold. Raises ValueError if it has ended or begun meanwhile."""
    ended = {"state": state, "message": message, "claim": "", "finished_at": timezone.now()}
    ended |= {"received": 0} if state == RunState.FAILED else {}
    if not VideoUpload.objects.filter(pk=run.pk, state=run.state, claim=run.claim, sent_at=run.sent_at).update(**ended):
        raise ValueError(_("The upload has changed meanwhile. Reload the page."))
    if state == RunState.FAILED:
        forget_parts(run)
    enqueue_upload(run.connection_id)


def retry_failed_uploads(*, connection: Connection) -> int:
    """Upload again what the vendor refused. What may have been uploaded is left out, and files that are no longer
    stored. Returns how many.
    """
    with transaction.atomic():
        failed = list(connection.uploads.failed().select_for_update())
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
            raise ValueError(_("Only an upload whose outcome is unknown can be requested again."))
        _request_again(row)
        enqueue_upload(row.connection_id)


def _request_again(run: VideoUpload) -> None:
    """Its turn comes as that of a new one: with the mark of its last job it would wait for the sweep."""
    anew = {"state": RunState.QUEUED, "finished_at": None, "sent_at": None, "message": "", "attempts": 0, "sent": 0}
    for name, value in (anew | {"enqueued_at": None}).items():
        setattr(run, name, value)
    run.save(update_fields=[*anew, "enqueued_at"])
