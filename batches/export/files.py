"""Files of background downloads: writing them as a whole, reading parts of them, and removal of old ones.

A file's name is the number of its run, or a path below a folder of its own.
"""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import NamedTuple

from django.core.files import File
from django.core.files.storage import FileSystemStorage, Storage, storages
from django.utils import timezone

from batches.models import ExportRun, RunState
from batches.storage import read_part

ORPHAN_AGE = timedelta(days=1)  # of a file that no run can still need


class Written(NamedTuple):
    size: int  # bytes
    sha256: str


def exports() -> Storage:
    return storages["exports"]


def write_file(name: int | str, chunks: Iterable[bytes], beat: Callable[[], None]) -> Written:
    """Write the bytes to a temporary file and name it at the end. Calls `beat` after each chunk; it may raise."""
    store, name = exports(), str(name)
    folder = Path(store.path(name)).parent if isinstance(store, FileSystemStorage) else None
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
    size, digest = 0, hashlib.sha256()
    with NamedTemporaryFile(prefix=f"{Path(name).name}.", suffix=".part", dir=folder, delete=False) as part:
        try:
            for chunk in chunks:
                size += part.write(chunk)
                digest.update(chunk)
                beat()
            part.flush()
            os.fsync(part.fileno())
            if folder:
                Path(part.name).replace(store.path(name))
            else:
                part.seek(0)
                store.save(name, File(part))
        finally:
            Path(part.name).unlink(missing_ok=True)
    return Written(size, digest.hexdigest())


def size_of(name: int | str) -> int:
    """Raises FileNotFoundError."""
    return exports().size(str(name))


def read_file(name: int | str, start: int, end: int) -> Iterator[bytes]:
    """The bytes from `start` to before `end`. Raises OSError as `read_part`."""
    return read_part(exports(), str(name), start, end)


def forget_old() -> int:
    """Remove expired files and files of killed workers; returns their number. Safe to run concurrently."""
    store, now, removed = exports(), timezone.now(), 0
    kept_names = {
        str(pk) for pk in ExportRun.objects.filter(state=RunState.DONE, expires_at__gt=now).values_list("pk", flat=True)
    }
    for name in names(store):
        try:
            recent = store.get_modified_time(name) > now - ORPHAN_AGE
            if name in kept_names or (recent and not _expired(name)):
                continue
            store.delete(name)
        except FileNotFoundError:
            continue  # another sweep was faster
        removed += 1
    return removed


def names(store: Storage, folder: str = "") -> list[str]:
    """The names of the files in a folder, without those below it."""
    try:
        return list(store.listdir(folder)[1])
    except FileNotFoundError:
        return []


def _expired(name: str) -> bool:
    """Whether the run of this file has expired. A recent file without such a run may be in work."""
    if not name.isdigit():
        return False
    return ExportRun.objects.filter(pk=int(name), expires_at__lte=timezone.now()).exists()
