"""Thumbnails and clips: where the bytes come from. Thumbnails are fetched once and kept; clips are signed at play time.

The address always comes from our own row, never from a request; what comes back is untrusted until its bytes prove it.
"""

import hashlib
import os
import tempfile
import threading
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import requests
from django.conf import settings

from batches.errors import VendorRefused, VendorUnavailable
from batches.models import Connection, Event, Item
from batches.sync.connect import open_vendor
from batches.sync.safe import SafeSession, read_capped
from batches.sync.vendors import vendor_of
from batches.sync.vendors.base import SignedURL

MAX_THUMBNAIL = 8_000_000  # bytes
SECONDS = 10.0  # for one thumbnail, as a whole
HOPS = 3
# So that a slow media host cannot take every thread of the web process.
_places = threading.BoundedSemaphore(4)


class NoPicture(Exception):
    """There is no thumbnail to show; the text is the reason, `later` whether asking again may help."""

    def __init__(self, reason: str, *, later: bool = False) -> None:
        super().__init__(reason)
        self.later = later


@dataclass(frozen=True, slots=True)
class Clip:
    """What a player needs: the signed address, and the span in seconds (None: the whole item)."""

    url: str
    start: float | None
    end: float | None
    expires_at: float | None  # epoch seconds


def sniff(data: bytes) -> str | None:
    """The media type of a picture by its first bytes; None for anything but JPEG, PNG and WebP."""
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return None


def thumbnail(event: Event) -> tuple[bytes, str]:
    """The picture and its media type, from our cache or the vendor's address. Raises NoPicture."""
    if not event.thumbnail_url:
        raise NoPicture("No thumbnail was made")
    path = _cached(event.thumbnail_url)
    if path.exists():
        data = path.read_bytes()
    else:
        data = _fetch(event.thumbnail_url)
        _keep(path, data)
    kind = sniff(data)
    if kind is None:
        raise NoPicture("The address holds no picture")
    return data, kind


def _cached(url: str) -> Path:
    name = hashlib.sha256(url.encode()).hexdigest()
    return settings.MEDIA_URL_ROOT / "thumbnails" / name[:2] / name


def _keep(path: Path, data: bytes) -> None:
    """Whole or not at all: a reader never sees half a picture."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, scratch = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    os.replace(scratch, path)


@cache
def _session() -> SafeSession:
    return SafeSession(settings.PRIVATE_HOSTS, seconds=SECONDS)


def _fetch(url: str) -> bytes:
    if not _places.acquire(timeout=SECONDS):
        raise NoPicture("Too many pictures at once", later=True)
    try:
        return _follow(url)
    except VendorRefused as error:
        raise NoPicture("The address is not allowed") from error
    except (VendorUnavailable, requests.RequestException) as error:
        raise NoPicture("The media host does not answer", later=True) from error
    finally:
        _places.release()


def _follow(url: str) -> bytes:
    """The picture behind at most HOPS redirects; every hop is vetted like the first."""
    deadline = time.monotonic() + SECONDS
    for _ in range(HOPS + 1):
        with _session().get(url, timeout=SECONDS, stream=True, headers={"Accept": "image/*"}) as response:
            if response.status_code == 200:
                data = read_capped(response, MAX_THUMBNAIL, deadline)
                if sniff(data) is None:
                    raise NoPicture("The address holds no picture")
                return data
            if response.status_code not in (301, 302, 303, 307, 308):
                raise NoPicture(_why(response.status_code), later=response.status_code >= 500)
            url = urljoin(url, response.headers.get("Location", ""))
    raise NoPicture("The address only leads on and on")


def _why(status: int) -> str:
    if status in (401, 403, 410):
        return "The link has expired"
    return "The picture is gone" if status == 404 else f"The media host answered {status}"


def clip(event: Event) -> Clip:
    """A freshly signed address of the event's item. Raises VendorRefused or VendorUnavailable with a plain reason."""
    url, expires_at = sign(event.item, connection=event.batch.connection)
    return Clip(url, event.start_s, event.end_s, expires_at)


def sign(item: Item, *, connection: Connection, expires_in: int = 900) -> tuple[str, float | None]:
    """An address to play the item from for `expires_in` seconds, and its end in epoch seconds. Raises as `clip`."""
    if vendor_of(connection.vendor).plays_addresses:
        if not item.source_uri:
            raise VendorRefused("The file names no clip for this video.")
        signed = SignedURL(item.source_uri, None)
    else:
        signed = open_vendor(connection).sign(item.external_id, expires_in=expires_in)
    if origin(signed.url) not in settings.CLIP_ORIGINS:
        raise VendorRefused(f"The clip is on {origin(signed.url)}, which this installation does not allow.")
    return signed.url, signed.expires_at


def origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
