"""Thumbnails and clips: where the bytes come from. Thumbnails are fetched once and kept; clips are signed at play time."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

from batches.errors import VendorRefused
from batches.models import Connection, Event, Item
from batches.sync import pictures
from batches.sync.connect import calling
from batches.sync.pictures import NoPicture
from batches.sync.vendors import vendor_of
from batches.sync.vendors.base import SignedURL

__all__ = ["Clip", "NoPicture", "clip", "origin", "thumbnail"]


@dataclass(frozen=True, slots=True)
class Clip:
    """What a player needs: the signed address, and the span in seconds (None: the whole item)."""

    url: str
    start: float | None
    end: float | None
    expires_at: float | None  # epoch seconds


def thumbnail(event: Event) -> tuple[bytes, str]:
    """The picture and its media type, from our cache or the vendor's address. Raises NoPicture."""
    return pictures.thumbnail(event.thumbnail_url)


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
        with calling(connection) as vendor:
            signed = vendor.sign(item.external_id, expires_in=expires_in)
    if origin(signed.url) not in settings.CLIP_ORIGINS:
        raise VendorRefused(f"The clip is on {origin(signed.url)}, which this installation does not allow.")
    return signed.url, signed.expires_at


def origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
