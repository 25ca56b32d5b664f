"""Reads lists of objects in cloud storage, as people enter them for an import."""

import re

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from batches.sync.clouds import MAX_OBJECTS, CloudObjects

KEY_LIMIT = 1024  # bytes of an object's name in both clouds
SCHEMES = {"gs": "gcs", "s3": "s3"}
SUFFIX = ".mp4"
_ADDRESS = re.compile(r"(?P<scheme>[A-Za-z0-9]+)://(?P<bucket>[a-z0-9][a-z0-9._-]{1,221})/(?P<key>.+)")


def read_objects(text: str) -> CloudObjects:
    """The objects of a list, one address a line; repeated ones once. Raises ValueError with a message to show."""
    lines = list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
    if not lines:
        raise ValueError(_("Enter at least one address, for example gs://bucket/folder/drive.mp4."))
    if len(lines) > MAX_OBJECTS:
        raise ValueError(
            _("An import has at most {most} objects, not {count}.").format(
                most=number_format(MAX_OBJECTS, force_grouping=True),
                count=number_format(len(lines), force_grouping=True),
            )
        )
    objects = [_read_address(line) for line in lines]
    places = sorted({(scheme, bucket) for scheme, bucket, _ in objects})
    if len(places) > 1:
        names = ", ".join(f"{scheme}://{bucket}" for scheme, bucket in places[:5])
        raise ValueError(
            _("One import reads one bucket. This list names {count}: {names}.").format(count=len(places), names=names)
        )
    scheme, bucket = places[0]
    return CloudObjects(SCHEMES[scheme], bucket, tuple(key for _, _, key in objects))


def _read_address(line: str) -> tuple[str, str, str]:
    address = _ADDRESS.fullmatch(line)
    if address is None or address["scheme"].lower() not in SCHEMES:
        raise ValueError(
            _("Expected gs://bucket/name{suffix} or s3://bucket/name{suffix}, not {line!r}.").format(
                suffix=SUFFIX, line=line[:120]
            )
        )
    key = address["key"]
    if "*" in key or "?" in key:
        raise ValueError(_("Wildcards are not expanded. Name each object: {line!r}.").format(line=line[:120]))
    if not key.lower().endswith(SUFFIX):
        raise ValueError(
            _("The vendor imports only {suffix} from cloud storage, not {line!r}.").format(
                suffix=SUFFIX, line=line[:120]
            )
        )
    if len(key.encode("utf-8", "replace")) > KEY_LIMIT or not key.isprintable():
        raise ValueError(_("No object can have this name: {line!r}.").format(line=line[:120]))
    return address["scheme"].lower(), address["bucket"], key
