"""Own footage: a connection's template says at which https address the video of an item lies."""

import re
from contextlib import closing
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import requests
from django.conf import settings

from batches.errors import SyncError, VendorRefused, VendorUnavailable
from batches.models import Connection, Item
from batches.models.batch_metadata import metadata_of
from batches.models.connection import MAX_FOOTAGE
from batches.sync.safe import Guard, SafeSession

WHOLE_SOURCE = "{source}"
FIELDS = {
    "name": "the video's name",
    "stem": "the name without its ending",
    "id": "the vendor's ID of the video",
    "batch": "the vendor's ID of the batch",
    "source": "the address that the vendor or the file gives, as the whole template",
    "source.path": "the path of that address, without its host or bucket",
    "meta.KEY": "the value of a key of the batch's metadata",
}
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
META = "meta."
PLAYABLE = ("video/", "application/octet-stream", "binary/octet-stream", "application/vnd.apache.mpegurl")
PATIENCE = (5, 10)  # seconds until the host answers, when a template is tried
TRIED_ITEMS = 3


@dataclass(frozen=True, slots=True)
class Trial:
    """What a template gives for one item; without a problem its host has a video there."""

    item: Item
    url: str
    problem: str


def check_template(template: str) -> None:
    """Raises ValueError with a message to show for a template that can never give an allowed address."""
    if len(template) > MAX_FOOTAGE:
        raise ValueError(f"A template has at most {MAX_FOOTAGE} characters.")
    for name in PLACEHOLDER.findall(template):
        is_key = name.startswith(META) and name not in (META, "meta.KEY")
        if not is_key and (name not in FIELDS or name == "meta.KEY"):
            placeholders = ", ".join(f"{{{field}}}" for field in FIELDS)
            raise ValueError(f"Unknown placeholder {{{name}}}. Valid are {placeholders}.")
    if template == WHOLE_SOURCE:
        return
    if WHOLE_SOURCE in template:
        raise ValueError("{source} is a whole address: use it alone, or use {source.path}.")
    if re.search("[{}]", PLACEHOLDER.sub("", template)):
        raise ValueError("A brace has no partner.")
    origin = _origin(template)
    if not template.startswith(f"{origin}/") or "{" in origin:
        raise ValueError("Enter an address with its host written out: https://host/path/{name}.")
    try:
        _check(PLACEHOLDER.sub("", template))
    except VendorRefused as error:
        raise ValueError(str(error)) from error


def footage_url(template: str, item: Item) -> str:
    """The address of the item's own footage. Raises VendorRefused with a plain reason."""
    url = _value("source", item) if template == WHOLE_SOURCE else PLACEHOLDER.sub(lambda m: _part(m[1], item), template)
    _check(url)
    return url


def try_template(template: str, connection: Connection) -> list[Trial]:
    """Whether a few items of the newest batches have a video where the template says."""
    items = Item.objects.filter(batch__connection=connection, gone_at__isnull=True).select_related("batch")
    newest = items.defer("raw", "batch__raw").order_by("-batch", "position")[:TRIED_ITEMS]
    return [_try(template, item) for item in newest]


def _try(template: str, item: Item) -> Trial:
    url = ""
    try:
        url = footage_url(template, item)
        _ask_host(url)
    except SyncError as error:
        return Trial(item, url, str(error))
    return Trial(item, url, "")


def _ask_host(url: str) -> None:
    """Ask for the first byte of the clip. Raises VendorRefused or VendorUnavailable with a plain reason."""
    with closing(SafeSession(settings.PRIVATE_HOSTS, seconds=sum(PATIENCE))) as session:
        try:
            answer = session.get(url, headers={"Range": "bytes=0-0"}, stream=True, timeout=PATIENCE)
        except requests.RequestException as error:
            raise VendorUnavailable("The host does not answer.") from error
        with closing(answer):
            kind = answer.headers.get("Content-Type", "")
            if answer.status_code not in (200, 206):
                raise VendorRefused(f"The host answered {answer.status_code}.")
            if not kind.startswith(PLAYABLE):
                raise VendorRefused(f"The address gives {kind or 'no media type'}, not a video.")


def _origin(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}"


def _check(url: str) -> None:
    Guard(settings.PRIVATE_HOSTS).check_url(url)
    if _origin(url) not in settings.CLIP_ORIGINS:
        raise VendorRefused(f"The clip is on {_origin(url)}, which this installation does not allow.")


def _path(url: str) -> str:
    try:
        return urlsplit(url).path.lstrip("/")
    except ValueError:
        return ""


def _part(field: str, item: Item) -> str:
    """The value of a placeholder, quoted for an address."""
    value = _value(field, item)
    if any(part in (".", "..") for part in re.split(r"[/\\]", value)):
        raise VendorRefused(f"The {field} of this video has “.” or “..” as a folder.")
    return quote(value, safe="/")


def _value(field: str, item: Item) -> str:
    if field.startswith(META):
        value = str(metadata_of(item.batch).get(field.removeprefix(META), ""))
    else:
        value = {
            "name": item.name,
            "stem": re.sub(r"\.[A-Za-z0-9]{1,5}$", "", item.name),
            "id": item.external_id,
            "batch": item.batch.external_id,
            "source": item.source_uri,
            "source.path": _path(item.source_uri),
        }[field]
    if not value:
        raise VendorRefused(f"This video has no {field}, which the template for footage needs.")
    return value
