"""Own footage in the operator's storage (FOOTAGE_FILES): a folder, whose files this program sends itself, or a bucket.

Only files of videos are given out, to each connection those of its own folder. The address of a file in a folder
names its item, is signed, and ends soon: whether a person may play the item is checked when the address is made.
"""

import mimetypes
import stat
import time
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from django.conf import settings
from django.core import signing
from django.core.exceptions import SuspiciousOperation
from django.core.files.storage import FileSystemStorage, Storage, storages
from django.utils.translation import gettext as _

from batches.errors import VendorRefused, VendorUnavailable
from batches.models import Connection
from batches.storage import FOOTAGE, read_part


class VideoFile(NamedTuple):
    """A file of the folder; `etag` changes with its content."""

    path: str
    size: int  # bytes
    etag: str
    media_type: str

    def read(self, start: int, end: int) -> Iterator[bytes]:
        """The bytes from `start` to before `end`. Raises OSError as `read_part`."""
        return read_part(_storage(), self.path, start, end)


def has_files(connection: Connection) -> bool:
    """Whether the operator has set a storage of footage, and a folder of it for this connection."""
    return FOOTAGE in settings.STORAGES and bool(connection.footage_folder)


def folder_of(connection: Connection) -> PurePosixPath:
    """The connection's folder in the storage. Raises VendorRefused if it has none."""
    if not connection.footage_folder:
        raise VendorRefused(_("This connection has no folder of footage: an administrator sets it in the console."))
    return PurePosixPath(connection.footage_folder)


def is_bucket() -> bool:
    return FOOTAGE in settings.STORAGES and not isinstance(_storage(), FileSystemStorage)


def file_of(path: str) -> VideoFile:
    """The file of a folder. Raises VendorRefused if there is none."""
    media_type = _media_type(path)
    try:
        details = Path(_storage().path(path)).stat()
    except (OSError, ValueError, NotImplementedError, SuspiciousOperation) as error:
        raise _missing(path) from error
    if not stat.S_ISREG(details.st_mode):
        raise _missing(path)
    return VideoFile(path, details.st_size, f"{details.st_mtime_ns:x}-{details.st_size:x}", media_type)


def bucket_address(path: str, expires_in: int) -> str:
    """The bucket's own signed address of a file. Raises VendorRefused if there is none, VendorUnavailable."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415  (installed only with a bucket)

    _media_type(path)
    store: Any = _storage()
    try:
        if store.exists(path):
            return str(store.url(path, expire=expires_in))
    except (BotoCoreError, ClientError) as error:
        raise VendorUnavailable(_("The storage of footage does not answer.")) from error
    except SuspiciousOperation:
        pass
    raise _missing(path)


def token_of(item_id: int, until: float) -> str:
    """What an address of the item's file carries; it is of use until a time in epoch seconds."""
    return signing.dumps([item_id, int(until)], salt=FOOTAGE)


def item_of(token: str) -> int | None:
    """The id of the item that a token names; None for a token that nobody made, or that has ended."""
    try:
        item_id, until = signing.loads(token, salt=FOOTAGE)
    except signing.BadSignature:
        return None
    return int(item_id) if time.time() < until else None


def _storage() -> Storage:
    if FOOTAGE not in settings.STORAGES:
        raise VendorRefused(_("This installation has no storage of footage: its operator sets FOOTAGE_FILES."))
    return storages[FOOTAGE]


def _media_type(path: str) -> str:
    media_type = mimetypes.guess_type(path)[0] or ""
    if not media_type.startswith("video/"):
        raise VendorRefused(_("{path} is not the name of a video file.").format(path=path))
    return media_type


def _missing(path: str) -> VendorRefused:
    return VendorRefused(_("The storage of footage has no file {path}.").format(path=path))
