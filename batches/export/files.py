"""Files of downloads made in the background: where they are, how one is written whole or not at all, when they go."""

import hashlib
import os
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.utils import timezone

from batches.models import ExportRun, RunState

LEFT_OVER = timedelta(days=1)  # a file without a run that could still want it


class Written(NamedTuple):
    size: int  # bytes
    sha256: str


def path_of(run_id: int) -> Path:
    return Path(settings.EXPORTS_ROOT) / str(run_id)


def write_file(run_id: int, chunks: Iterable[bytes], beat: Callable[[], None]) -> Written:
    """Write the bytes beside the file and rename at the end; `beat` is called after each chunk and may raise."""
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
    """Remove files that are no longer kept, and what killed workers left; how many. Safe to run anywhere, any time."""
    root = Path(settings.EXPORTS_ROOT)
    now, gone = timezone.now(), 0
    kept = {
        str(pk) for pk in ExportRun.objects.filter(state=RunState.DONE, expires_at__gt=now).values_list("pk", flat=True)
    }
    for path in root.iterdir() if root.is_dir() else ():
        try:
            young = path.stat().st_mtime > (now - LEFT_OVER).timestamp()
            if path.name in kept or (young and not _expired(path.name)):
                continue
            path.unlink()
        except FileNotFoundError:
            continue  # another sweep was faster
        gone += 1
    return gone


def _expired(name: str) -> bool:
    """Whether the run of this file has ended and no longer keeps it; a young file may belong to one that is at work."""
    if not name.isdigit():
        return False
    return ExportRun.objects.filter(pk=int(name), expires_at__lte=timezone.now()).exists()
