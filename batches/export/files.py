"""Files of background downloads: their paths, atomic writing, and removal of old ones."""

import hashlib
import os
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.utils import timezone

from batches.models import ExportRun, RunState

ORPHAN_AGE = timedelta(days=1)  # of a file that no run can still need


class Written(NamedTuple):
    size: int  # bytes
    sha256: str


def path_of(run_id: int) -> Path:
    return Path(settings.EXPORTS_ROOT) / str(run_id)


def write_file(run_id: int, chunks: Iterable[bytes], beat: Callable[[], None]) -> Written:
    """Write the bytes to a temporary file and rename it at the end. Calls `beat` after each chunk; it may raise."""
    path = path_of(run_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{run_id}.{os.getpid()}.part")
    size, digest = 0, hashlib.sha256()
    try:
        with part.open("wb") as file:
            for chunk in chunks:
                size += file.write(chunk)
                digest.update(chunk)
                beat()
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return Written(size, digest.hexdigest())


def forget_old() -> int:
    """Remove expired files and files of killed workers; returns their number. Safe to run concurrently."""
    root = Path(settings.EXPORTS_ROOT)
    now, removed = timezone.now(), 0
    kept_names = {
        str(pk) for pk in ExportRun.objects.filter(state=RunState.DONE, expires_at__gt=now).values_list("pk", flat=True)
    }
    for path in root.iterdir() if root.is_dir() else ():
        try:
            recent = path.stat().st_mtime > (now - ORPHAN_AGE).timestamp()
            if path.name in kept_names or (recent and not _expired(path.name)):
                continue
            path.unlink()
        except FileNotFoundError:
            continue  # another sweep was faster
        removed += 1
    return removed


def _expired(name: str) -> bool:
    """Whether the run of this file has expired. A recent file without such a run may be in work."""
    if not name.isdigit():
        return False
    return ExportRun.objects.filter(pk=int(name), expires_at__lte=timezone.now()).exists()
