"""The vendor's thumbnails: fetched once, cached in a folder, and compared by a 64-bit hash.

The address always comes from our own row, never from a request. The answer is untrusted until its bytes are checked.
"""

import hashlib
import io
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import requests
from django.conf import settings

from batches.errors import VendorRefused, VendorUnavailable
from batches.sync.safe import SafeSession, read_capped
from batches.sync.slots import SLOTS

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_THUMBNAIL_BYTES = 8_000_000
MAX_PIXELS = 50_000_000  # a larger picture of a few bytes would fill the memory
FETCH_SECONDS = 10.0  # maximum for one thumbnail
MAX_REDIRECTS = 3
WIDTHS = (320, 640)  # of the pictures in lists, on plain and on dense screens
MAX_HEIGHTS = 2  # of a picture of such a width, in widths
QUALITY = 70  # of WebP: the lines around a box stay sharp


class NoPicture(Exception):
    """There is no thumbnail to show. The text is the reason; `later`: a later try may succeed."""

    def __init__(self, reason: str, *, later: bool = False) -> None:
        super().__init__(reason)
        self.later = later


def sniff(data: bytes) -> str | None:
    """The media type of a picture by its first bytes; None for anything but JPEG, PNG and WebP."""
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return None


def thumbnail(url: str, *, patience: float = FETCH_SECONDS) -> tuple[bytes, str]:
    """The picture and its media type, from our cache or the vendor's address. Raises NoPicture.

    `patience`: how many seconds to wait while others fetch from the same host.
    """
    if not url:
        raise NoPicture("No thumbnail was made")
    path = _cached(url)
    if path.exists():
        data = path.read_bytes()
    else:
        data = _fetch(url, patience)
        _keep(path, data)
    media_type = sniff(data)
    if media_type is None:
        raise NoPicture("The address holds no picture")
    return data, media_type


def smaller(url: str, width: int, *, patience: float = FETCH_SECONDS) -> tuple[bytes, str]:
    """The picture at one of WIDTHS and its media type, kept beside the vendor's; that one where it is no larger or
    cannot be decoded. As `thumbnail` otherwise.
    """
    if not url:
        raise NoPicture("No thumbnail was made")
    path = _cached(url)
    kept = path.with_name(f"{path.name}-{width}")
    if kept.exists():
        data = kept.read_bytes()
        return data, sniff(data) or "image/webp"
    data, media_type = thumbnail(url, patience=patience)
    try:
        reduced = _reduced(data, width)
    except NoPicture:
        return data, media_type  # the browser may know better
    data, media_type = min((reduced, "image/webp"), (data, media_type), key=lambda picture: len(picture[0]))
    _keep(kept, data)
    return data, media_type


def _reduced(data: bytes, width: int) -> bytes:
    with _opened(data, (width, width)) as image:
        colours = image.convert("RGB")
    colours.thumbnail((width, width * MAX_HEIGHTS))
    buffer = io.BytesIO()
    colours.save(buffer, "WEBP", quality=QUALITY)
    return buffer.getvalue()


@contextmanager
def _opened(data: bytes, size: tuple[int, int], mode: str = "RGB") -> "Iterator[Image]":
    """The picture, a JPEG decoded at the smallest size above this one, ten times faster. Raises NoPicture if the bytes
    cannot be decoded, inside as well.
    """
    from PIL import Image  # noqa: PLC0415  (2 MB that few processes need)

    # Pillow warns about a large picture and refuses a larger one. Where warnings are errors, both are exceptions.
    too_large = (Image.DecompressionBombWarning, Image.DecompressionBombError)
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP")) as image:
            if image.width * image.height > MAX_PIXELS:
                raise NoPicture("The picture is too large")
            image.draft(mode, size)
            yield image
    except (OSError, ValueError, SyntaxError, EOFError, *too_large) as error:
        raise NoPicture("The picture cannot be decoded") from error


def difference_hash(data: bytes) -> int:
    """The difference hash of a picture: a signed 64-bit number, one bit for each of 8 × 8 points that is darker than
    the next.

    Pictures that look alike differ in few bits. (Zauner, Implementation and Benchmarking of Perceptual Image Hash
    Functions, 2010, compares such hashes.) Raises NoPicture if the bytes cannot be decoded.
    """
    from PIL.Image import Resampling  # noqa: PLC0415  (as `_opened`)

    with _opened(data, (144, 128), "L") as image:
        grey = image.convert("L").resize((9, 8), Resampling.LANCZOS).tobytes()
    bits = 0
    for pixel in range(72):
        if pixel % 9:
            bits = bits << 1 | (grey[pixel] > grey[pixel - 1])
    return bits - (bits >> 63 << 64)


def _cached(url: str) -> Path:
    name = hashlib.sha256(url.encode()).hexdigest()
    return settings.MEDIA_URL_ROOT / "thumbnails" / name[:2] / name


def _keep(path: Path, data: bytes) -> None:
    """Write the file atomically, so that a reader never sees half a picture."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, scratch = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    os.replace(scratch, path)


@cache
def _session(private_hosts: frozenset[str]) -> SafeSession:
    return SafeSession(private_hosts, seconds=FETCH_SECONDS)


def _fetch(url: str, patience: float) -> bytes:
    with SLOTS.taken(_origin(url), patience=patience) as has_slot:
        if not has_slot:
            raise NoPicture("Too many thumbnails are being fetched", later=True)
        try:
            return _follow(url)
        except VendorRefused as error:
            raise NoPicture("The address is not allowed") from error
        except (VendorUnavailable, requests.RequestException) as error:
            raise NoPicture("The media host does not answer", later=True) from error


def _origin(url: str) -> str:
    """Those of malformed addresses, which are refused later, count together."""
    try:
        return urlsplit(url).netloc
    except ValueError:
        return ""


def _follow(url: str) -> bytes:
    """Fetch the picture through at most MAX_REDIRECTS redirects, checking every address."""
    deadline = time.monotonic() + FETCH_SECONDS
    for _ in range(MAX_REDIRECTS + 1):
        with _session(settings.PRIVATE_HOSTS).get(
            url, timeout=FETCH_SECONDS, stream=True, headers={"Accept": "image/*"}
        ) as response:
            if response.status_code == 200:
                data = read_capped(response, MAX_THUMBNAIL_BYTES, deadline)
                if sniff(data) is None:
                    raise NoPicture("The address holds no picture")
                return data
            if response.status_code not in (301, 302, 303, 307, 308):
                raise NoPicture(_why(response.status_code), later=response.status_code >= 500)
            url = urljoin(url, response.headers.get("Location", ""))
    raise NoPicture("The address redirects too often")


def _why(status: int) -> str:
    if status in (401, 403, 410):
        return "The link has expired"
    return "The picture is gone" if status == 404 else f"The media host answered {status}"
