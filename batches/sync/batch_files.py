"""Files that start a batch at a vendor that takes the files themselves: what may be sent, and where they wait.

They arrive with one request and are deleted once the start has ended: a lost answer is never repeated, so nothing would
send them again.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.files.storage import default_storage
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from batches.errors import VendorRefused
from batches.models import BatchStart, RunState
from batches.models.run import UNFINISHED
from batches.sync.multipart import PIECE_BYTES
from batches.sync.vendors.base import FileLimits, VideoFile
from batches.sync.video_files import MAX_NAME, pieces_of_path

MAX_REQUEST_BYTES = 110_000_000  # of a request with the files of a batch: they are limited by their vendor
ARRIVE = timedelta(hours=1)  # that the files of a start may take; after it their request has ended for certain
NOT_STORED = "The files could not be stored here, so nothing was started. Ask whoever runs the reviewer for free space."
NOT_WHOLE = "The files were not received whole, so nothing was started. Choose them again."


def check_files(files: Sequence[tuple[str, int]], limits: FileLimits) -> None:
    """Names with sizes in bytes. Raises ValueError with a message to show for what the vendor would refuse."""
    if not files:
        raise ValueError(_("Choose at least one file."))
    if len(files) > limits.count:
        raise ValueError(
            _("A batch has at most {count} files, not {number}.").format(
                count=limits.count, number=number_format(len(files), force_grouping=True)
            )
        )
    seen: set[str] = set()
    for name, size in files:
        if not name.isprintable() or "/" in name or "\\" in name or not 0 < len(name) <= MAX_NAME:
            raise ValueError(
                _("A file name has 1 to {most} printable characters without slashes: {name!r}.").format(
                    most=MAX_NAME, name=name[:80]
                )
            )
        if size == 0:
            raise ValueError(_("{name} is empty.").format(name=name))
        if name in seen:
            raise ValueError(_("Two files are named {name}. The vendor tells files by their names.").format(name=name))
        seen.add(name)
    if (total := sum(size for _, size in files)) > limits.size:
        raise ValueError(
            _("A batch has at most {most} bytes, not {total}.").format(
                most=number_format(limits.size, force_grouping=True), total=number_format(total, force_grouping=True)
            )
        )


def store_files(run: BatchStart, contents: "Sequence[File[Any]]") -> None:
    for number, content in enumerate(contents):
        default_storage.save(_name_of(run, number), content)


def files_of(run: BatchStart, paths: Sequence[Path]) -> list[VideoFile]:
    """The files of a start, stored here or, with `paths`, where they lie."""
    readers = [partial(pieces_of_path, path) for path in paths] or [
        partial(_pieces, run, number, name) for number, (name, _) in enumerate(run.files)
    ]
    return [VideoFile(name, size, reader) for (name, size), reader in zip(run.files, readers, strict=True)]


def _pieces(run: BatchStart, number: int, name: str) -> Iterator[bytes]:
    try:
        with default_storage.open(_name_of(run, number)) as stored:
            yield from iter(lambda: stored.read(PIECE_BYTES), b"")
    except OSError as error:
        raise VendorRefused(
            _("The stored copy of {name} cannot be read: {why}.").format(name=name, why=error.strerror)
        ) from error


def forget_files(run: BatchStart) -> None:
    """Delete what is stored of a start that has ended."""
    for number in range(len(run.files)):
        default_storage.delete(_name_of(run, number))
    BatchStart.objects.filter(pk=run.pk).update(position=0)
    with suppress(NotImplementedError, OSError):
        Path(default_storage.path(_folder(run))).rmdir()


def end_not_stored(run: BatchStart) -> None:
    """End a start whose files could not be stored. What there is of them is deleted as that of any start that ended."""
    BatchStart.objects.filter(pk=run.pk).update(
        state=RunState.FAILED, finished_at=timezone.now(), message=NOT_STORED, position=len(run.files)
    )


def forget_start_files(now: datetime) -> None:
    """End starts whose files never arrived, and delete the files of those that have ended."""
    starts = BatchStart.objects.of_files()
    lost = starts.filter(state=RunState.QUEUED, position=0, created_at__lt=now - ARRIVE)
    for run in lost:
        forget_files(run)  # a full disk or a killed server may have left some of them
    lost.update(state=RunState.FAILED, finished_at=now, message=NOT_WHOLE)
    for run in starts.filter(position__gt=0).exclude(state__in=UNFINISHED):
        forget_files(run)


def _folder(run: BatchStart) -> str:
    return f"videos/{run.client_batch_id}"


def _name_of(run: BatchStart, number: int) -> str:
    return f"{_folder(run)}/{number:03}"
