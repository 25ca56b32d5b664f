"""Thumbnails and clips: where the bytes come from. Thumbnails are fetched once and kept; clips are signed at play time.

For holders of a link an address is signed once and kept until shortly before it ends, at a pace that leaves most of the
vendor's limit to the people who review.
"""

import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.core.cache import caches
from django.urls import reverse
from django.utils.translation import gettext as _

from batches.actions.batches import PAGE_LIMITS
from batches.compare.same_video import same_videos, same_videos_of
from batches.errors import SyncError, TooMany, VendorRefused
from batches.models import Batch, Connection, Event, Item, Link, Tally
from batches.models.tally import tally_key
from batches.sync import pictures
from batches.sync.clip_hosts import check_later
from batches.sync.connect import calling
from batches.sync.footage import check_origin, footage_location
from batches.sync.footage_files import bucket_address, file_of, is_bucket, token_of
from batches.sync.pictures import NoPicture
from batches.sync.slots import BRIEF
from batches.sync.vendors import vendor_of
from batches.sync.vendors.base import NO_VIDEO, SignedURL

if TYPE_CHECKING:
    from django.contrib.auth.models import User

__all__ = ["Clip", "NoPicture", "borrowers", "clip", "clip_of_link", "has_clips", "may_play", "thumbnail"]

SIGNED_SECONDS = 900  # an address is good for, where the vendor does not say it
KEPT_UNTIL = 60  # seconds before its end, so that a clip can still begin
PACE = timedelta(minutes=10)
LENDERS = 3  # are asked for their clip
LINK_SIGNS, CONNECTION_SIGNS = 60, 120  # in that time, by one link and by all links of a connection


@dataclass(frozen=True, slots=True)
class Clip:
    """What a player needs. `lender`: the batch whose clip of the same video it is, if the item's own has none."""

    url: str
    expires_at: float | None  # epoch seconds
    lender: Batch | None = None


def has_clips(connection: Connection) -> bool:
    """Whether its items can have clips: from its vendor, or its own footage. If not, the pages request none."""
    return bool(connection.footage) or vendor_of(connection.vendor).has_clips


def may_play(item: Item, user: "User") -> bool:
    """Whether a clip of the item is worth a request of this person: its own, or that of the same video elsewhere."""
    return has_clips(item.batch.connection) or bool(_lenders(item, user))


def borrowers(batch: Batch, items: set[int], user: "User") -> set[int]:
    """Those of these items of the batch that have no clip of their own, but that of the same video elsewhere."""
    vendor, rows = vendor_of(batch.connection.vendor), Item.objects.filter(pk__in=items)
    if has_clips(batch.connection):
        if batch.connection.footage or vendor.answers:
            return set()
        rows = rows.filter(source_uri="")  # the file names no clip
    rows = rows.select_related("batch__connection")
    same = same_videos_of(list(rows.defer("batch__raw", "batch__connection__api_key")), user)
    return {pk for pk, others in same.items() if any(has_clips(other.batch.connection) for other in others)}


def thumbnail(event: Event, width: int | None = None) -> tuple[bytes, str]:
    """The picture and its media type, from our cache or the vendor's address. Raises NoPicture.

    `width`: one of `pictures.WIDTHS`, for a smaller picture.
    """
    if width in pictures.WIDTHS:
        return pictures.smaller(event.thumbnail_url, width, patience=BRIEF)
    return pictures.thumbnail(event.thumbnail_url, patience=BRIEF)


def clip(item: Item, user: "User", *, has_failed: bool = False) -> Clip:
    """A freshly signed address; where the item has no clip, that of the same video in a batch that the person sees.

    `has_failed`: the browser could not play it just now. Raises VendorRefused or VendorUnavailable with a plain reason.
    """
    signed = _signed_clip(item, user)
    if has_failed and "://" in signed.url:
        check_later(signed.url)
    return signed


def _signed_clip(item: Item, user: "User") -> Clip:
    connection = item.batch.connection
    try:
        if not has_clips(connection):
            raise VendorRefused(NO_VIDEO)
        return Clip(*sign(item, connection=connection))
    except SyncError:
        for other in _lenders(item, user):
            with suppress(SyncError):
                return Clip(*sign(other, connection=other.batch.connection), lender=other.batch)
        raise


def _lenders(item: Item, user: "User") -> list[Item]:
    return [other for other in same_videos(item, user) if has_clips(other.batch.connection)][:LENDERS]


def clip_of_link(event: Event, link: Link) -> str:
    """An address of the event's item for whoever holds the link. Raises TooMany, and as `clip`."""
    connection = event.batch.connection
    key = f"clip:{connection.pk}:{event.item_id}"
    kept: tuple[str, float] | None = caches["addresses"].get(key)
    if kept and kept[1] > time.time():
        return kept[0]
    for who, limit in ((("link", link.pk), LINK_SIGNS), (("connection", connection.pk), CONNECTION_SIGNS)):
        tally = Tally.objects.add(tally_key("clips", *who), PACE)
        if tally.count > limit:
            raise TooMany(_("Too many clips were played through this link. Try again later."), tally.seconds_left)
    url, expires_at = sign(event.item, connection=connection)
    until = (expires_at or time.time() + SIGNED_SECONDS) - KEPT_UNTIL
    if until > time.time():
        caches["addresses"].set(key, (url, until), until - time.time())
    return url


def sign(item: Item, *, connection: Connection, expires_in: int = SIGNED_SECONDS) -> tuple[str, float | None]:
    """An address to play the item from for `expires_in` seconds, and its end in epoch seconds. Raises as `clip`.

    The address of a file in the operator's folder is a path of this site.
    """
    signed = _own_footage(item, connection, expires_in)
    if signed is None:
        signed = _vendors_clip(item, connection, expires_in)
        check_origin(signed.url)
    return signed.url, signed.expires_at


def _own_footage(item: Item, connection: Connection, expires_in: int) -> SignedURL | None:
    """None if the connection has no template, or it does not fit this item and the vendor gives out clips."""
    if not connection.footage:
        return None
    try:
        location = footage_location(connection.footage, item)
        return _signed_file(location.name, item, expires_in) if location.is_file else SignedURL(location.name, None)
    except VendorRefused:
        if vendor_of(connection.vendor).has_clips:
            return None
        raise


def _signed_file(path: str, item: Item, expires_in: int) -> SignedURL:
    """The bucket's address of a file in the storage, or the path of ours for a file in a folder."""
    until = time.time() + expires_in
    if is_bucket():
        url = bucket_address(path, expires_in)
        check_origin(url)
        return SignedURL(url, until)
    file_of(path)
    return SignedURL(reverse("footage-file", args=[token_of(item.pk, until)]), until)


def _vendors_clip(item: Item, connection: Connection, expires_in: int) -> SignedURL:
    if vendor_of(connection.vendor).plays_addresses:
        if not item.source_uri:
            raise VendorRefused(_("The file names no clip for this video."))
        return SignedURL(item.source_uri, None)
    with calling(connection, limits=PAGE_LIMITS) as vendor:
        return vendor.sign(item.external_id, expires_in=expires_in, source=item.source_uri)
