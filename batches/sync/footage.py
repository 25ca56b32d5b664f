"""Own footage: a connection's template says where the video of an item lies: at which https address, or in which file
of the operator's storage.
"""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from batches.errors import VendorRefused
from batches.models import Connection, Item
from batches.models.batch_metadata import metadata_of
from batches.models.connection import MAX_FOOTAGE
from batches.sync.footage_files import folder_of, has_files
from batches.sync.safe import Guard

WHOLE_SOURCE = "{source}"
FIELDS = {
    "name": gettext_lazy("the video's name"),
    "stem": gettext_lazy("the name without its ending"),
    "id": gettext_lazy("the vendor's ID of the video"),
    "batch": gettext_lazy("the vendor's ID of the batch"),
    "source": gettext_lazy("the address that the vendor or the file gives, as the whole template"),
    "source.path": gettext_lazy("the path of that address, without its host or bucket"),
    "meta.KEY": gettext_lazy("the value of a key of the batch's metadata"),
}
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
META = "meta."


@dataclass(frozen=True, slots=True)
class Location:
    """Where the footage of an item lies: the path of a file in the storage, or an address."""

    name: str
    is_file: bool


def check_template(template: str, connection: Connection) -> None:
    """Raises ValueError with a message to show for a template that can never give an allowed address."""
    if len(template) > MAX_FOOTAGE:
        raise ValueError(_("A template has at most {most} characters.").format(most=MAX_FOOTAGE))
    for name in PLACEHOLDER.findall(template):
        is_key = name.startswith(META) and name not in (META, "meta.KEY")
        if not is_key and (name not in FIELDS or name == "meta.KEY"):
            placeholders = ", ".join(f"{{{field}}}" for field in FIELDS)
            raise ValueError(
                _("Unknown placeholder {{{name}}}. Valid are {placeholders}.").format(
                    name=name, placeholders=placeholders
                )
            )
    if template == WHOLE_SOURCE:
        return
    if WHOLE_SOURCE in template:
        raise ValueError(_("{source} is a whole address: use it alone, or use {source.path}."))
    if re.search("[{}]", PLACEHOLDER.sub("", template)):
        raise ValueError(_("A brace has no partner."))
    if "://" in template:
        _check_address(template)
    else:
        _check_path(template, connection)


def _check_address(template: str) -> None:
    origin = _origin(template)
    if not template.startswith(f"{origin}/") or "{" in origin:
        raise ValueError(_("Enter an address with its host written out: https://host/path/{name}."))
    try:
        _check(PLACEHOLDER.sub("", template))
    except VendorRefused as error:
        raise ValueError(str(error)) from error


def _check_path(template: str, connection: Connection) -> None:
    if not has_files(connection):
        raise ValueError(_("Enter an address with its host written out: https://host/path/{name}."))
    if template.startswith("/") or ".." in PurePosixPath(template).parts or not template.isprintable() or not template:
        raise ValueError(_("Enter the path of a file in the storage, without “/” at its start and without “..”."))


def footage_location(template: str, item: Item) -> Location:
    """Where the item's own footage lies. Raises VendorRefused with a plain reason."""
    if template == WHOLE_SOURCE or "://" in template:
        return Location(_address(template, item), is_file=False)
    path = PLACEHOLDER.sub(lambda m: _part(m[1], item).lstrip("/"), template)
    return Location(_in_folder(path, item.batch.connection), is_file=True)


def _in_folder(path: str, connection: Connection) -> str:
    """The path in the storage of a file in the connection's folder. What placeholders give must not lead out of it."""
    if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
        raise VendorRefused(_("{path} does not lie in the folder of this connection.").format(path=path))
    return str(folder_of(connection) / path)


def _address(template: str, item: Item) -> str:
    if template == WHOLE_SOURCE:
        url = _value("source", item)
    else:
        url = PLACEHOLDER.sub(lambda m: quote(_part(m[1], item), safe="/"), template)
    _check(url)
    return url


def _origin(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}"


def check_origin(url: str) -> None:
    """Raises VendorRefused for a clip on a host that the pages' policy does not allow."""
    if _origin(url) not in settings.CLIP_ORIGINS:
        raise VendorRefused(
            _("The clip is on {origin}, which this installation does not allow.").format(origin=_origin(url))
        )


def _check(url: str) -> None:
    Guard(settings.PRIVATE_HOSTS).check_url(url)
    check_origin(url)


def _path(url: str) -> str:
    try:
        return urlsplit(url).path.lstrip("/")
    except ValueError:
        return ""


def _part(field: str, item: Item) -> str:
    """The value of a placeholder that is one of several parts."""
    value = _value(field, item)
    if any(part in (".", "..") for part in re.split(r"[/\\]", value)):
        raise VendorRefused(_("The {field} of this video has “.” or “..” as a folder.").format(field=field))
    return value


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
        raise VendorRefused(_("This video has no {field}, which the template for footage needs.").format(field=field))
    return value
