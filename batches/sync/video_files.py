"""Local files on their way to a vendor: what may be uploaded, and the parts in which a file arrives in our storage.

Parts have one size, so the number of bytes that have arrived says which are there, and an upload that was interrupted
goes on after the last whole part. They are deleted once the vendor has the video.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any

from django.core.files import File
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from batches.errors import BadRecord, VendorRefused
from batches.models import VideoUpload
from batches.sync.jsontext import NotJSON, parse
from batches.sync.multipart import PIECE_BYTES

PART_BYTES = 8 * 1024 * 1024
SUFFIXES = (".mp4", ".webm", ".mov", ".avi")
MAX_NAME = 200  # characters
MAX_SIDECAR = 1_000_000  # bytes
HEAD_BYTES = 16  # by which a video is recognised
_QUICKTIME = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")


class PartsGone(VendorRefused):
    """A stored file is no longer whole."""


def check_name(name: str) -> None:
    """Raises ValueError with a message to show for a name that the vendor would refuse."""
    if not name.isprintable() or re.search(r"[/\\]", name) or not 0 < len(name) <= MAX_NAME:
        raise ValueError(_("A file name has 1 to {most} printable characters without slashes.").format(most=MAX_NAME))
    if not name.lower().endswith(SUFFIXES):
        raise ValueError(
            _("{name} is not a video: its name ends in {endings}.").format(name=name, endings=", ".join(SUFFIXES))
        )


def check_head(name: str, head: bytes) -> None:
    """Raises ValueError with a message to show if a file that begins with `head` is no video."""
    is_video = (
        head[4:8] in _QUICKTIME
        or head.startswith(b"\x1a\x45\xdf\xa3")
        or (head.startswith(b"RIFF") and head[8:11] == b"AVI")
    )
    if not is_video:
        raise ValueError(_("{name} is not a video: its content is neither MP4, MOV, WebM nor AVI.").format(name=name))


def read_sidecar(video: str, name: str, text: str) -> str:
    """The metadata of a video, JSON text. Raises ValueError with a message to show if it cannot be sent."""
    if PurePosixPath(name).stem != PurePosixPath(video).stem:
        raise ValueError(
            _("{name} belongs to no video: metadata has the name of its video, as {video} and .json.").format(
                name=name, video=video
            )
        )
    if not name.lower().endswith(".json"):
        raise ValueError(_("{name} cannot be sent: the vendor takes metadata as JSON only.").format(name=name))
    if len(text.encode("utf-8", "replace")) > MAX_SIDECAR:
        raise ValueError(_("{name} is larger than {most:,} bytes.").format(name=name, most=MAX_SIDECAR))
    try:
        metadata = parse(text.encode("utf-8"))
    except (NotJSON, BadRecord, UnicodeEncodeError):
        raise ValueError(_("{name} is not JSON.").format(name=name)) from None
    if not isinstance(metadata, dict | list):
        raise ValueError(_("{name} must contain an object or a list.").format(name=name))
    return text.removeprefix("\ufeff")


def part_size(run: VideoUpload, offset: int) -> int:
    """The bytes of the part that begins at `offset`."""
    return min(run.part_bytes, run.size - offset)


def store_part(run: VideoUpload, offset: int, content: "File[Any]") -> None:
    name = _name_of(run, offset)
    default_storage.delete(name)  # of an earlier try: a storage that keeps it would store this one under another name
    default_storage.save(name, content)


def pieces_of(run: VideoUpload) -> Iterator[bytes]:
    """The stored file, piece by piece. Raises PartsGone."""
    for offset in range(0, run.size, run.part_bytes):
        try:
            stored = default_storage.open(_name_of(run, offset))
        except FileNotFoundError:
            raise PartsGone(f"The stored copy of {run.name} is gone. Choose the file again.") from None
        with stored:
            yield from iter(lambda stored=stored: stored.read(PIECE_BYTES), b"")  # type: ignore[misc]


def pieces_of_path(path: Path) -> Iterator[bytes]:
    """The file, piece by piece. Raises VendorRefused with a message to show if it cannot be read."""
    try:
        with path.open("rb") as file:
            yield from iter(lambda: file.read(PIECE_BYTES), b"")
    except OSError as error:
        raise VendorRefused(unreadable(path, error)) from error


def unreadable(path: Path, error: OSError) -> str:
    """A sentence for a file of this machine that cannot be read, now or any more."""
    return f"{path} cannot be read: {error.strerror}."


def forget_parts(run: VideoUpload) -> None:
    """Delete what is stored of a file."""
    for offset in range(0, min(run.received + run.part_bytes, run.size), run.part_bytes) if run.size else ():
        default_storage.delete(_name_of(run, offset))
    with suppress(NotImplementedError, OSError):
        Path(default_storage.path(_folder(run))).rmdir()


def _folder(run: VideoUpload) -> str:
    return f"videos/{run.idempotency_key.hex}"


def _name_of(run: VideoUpload, offset: int) -> str:
    return f"{_folder(run)}/{offset:015}"
