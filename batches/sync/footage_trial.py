"""Tries a template of own footage: whether a few videos are where it says."""

from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

import requests
from django.utils.translation import gettext as _

from batches.errors import SyncError, VendorRefused, VendorUnavailable
from batches.models import Connection, Item
from batches.sync.clip_hosts import PATIENCE, first_byte
from batches.sync.footage import Location, check_origin, footage_location
from batches.sync.footage_files import bucket_address, file_of, is_bucket

PLAYABLE = ("video/", "application/octet-stream", "binary/octet-stream", "application/vnd.apache.mpegurl")
TRIED_ITEMS = 3
SLOW = "The host does not answer."


@dataclass(frozen=True, slots=True)
class Trial:
    """What a template gives for one item; without a problem there is a video."""

    item: Item
    location: str
    problem: str


def try_template(template: str, connection: Connection) -> list[Trial]:
    """Whether a few items of the newest batches have a video where the template says."""
    items = Item.objects.filter(batch__connection=connection, gone_at__isnull=True).select_related("batch")
    newest = list(items.defer("raw", "batch__raw").order_by("-batch", "position")[:TRIED_ITEMS])
    pool = ThreadPoolExecutor(TRIED_ITEMS)
    try:
        answers = [_begin(template, item, pool) for item in newest]
        wait([answer for _, answer in answers], timeout=PATIENCE)  # of all hosts together
        return [Trial(item, name, _problem(answer)) for item, (name, answer) in zip(newest, answers, strict=True)]
    finally:
        pool.shutdown(wait=False)  # a host's name may take longer to be resolved; nobody waits for it


def _begin(template: str, item: Item, pool: ThreadPoolExecutor) -> tuple[str, "Future[None]"]:
    """The place of the item's footage, and the answer to whether a video is there."""
    try:
        location = footage_location(template, item)
    except SyncError as error:
        refused: Future[None] = Future()
        refused.set_exception(error)
        return "", refused
    return location.name, pool.submit(_ask, location)


def _problem(answer: "Future[None]") -> str:
    if not answer.done():
        return SLOW
    error = answer.exception()
    if error is None or isinstance(error, SyncError):
        return str(error or "")
    raise error


def _ask(location: Location) -> None:
    """Raises VendorRefused or VendorUnavailable with a plain reason if no video is there."""
    if not location.is_file:
        _ask_host(location.name)
    elif is_bucket():
        check_origin(bucket_address(location.name, PATIENCE))
    else:
        file_of(location.name)


def _ask_host(url: str) -> None:
    try:
        with first_byte(url) as answer:
            status, kind = answer.status_code, answer.headers.get("Content-Type", "")
    except requests.RequestException as error:
        raise VendorUnavailable(SLOW) from error
    if status not in (200, 206):
        raise VendorRefused(_("The host answered {status}.").format(status=status))
    if not kind.startswith(PLAYABLE):
        raise VendorRefused(_("The address gives {kind}, not a video.").format(kind=kind or _("no media type")))
