"""Imports from cloud storage in terms that vendors share: lists of objects, integrations, and what became of a job."""

import re
from dataclasses import dataclass

MAX_OBJECTS = 5000  # of one import: its ids and states are read again every few seconds
MAX_LIST_BYTES = 2_000_000  # a list of so many objects with long names
KEY_LIMIT = 1024  # bytes of an object's name in both clouds
SCHEMES = {"gs": "gcs", "s3": "s3"}
SUFFIX = ".mp4"
_ADDRESS = re.compile(r"(?P<scheme>[A-Za-z0-9]+)://(?P<bucket>[a-z0-9][a-z0-9._-]{1,221})/(?P<key>.+)")


@dataclass(frozen=True, slots=True)
class CloudObjects:
    """Objects of one bucket, by their names in it."""

    provider: str  # gcs or s3
    bucket: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Integration:
    """Access to a bucket that is stored at the vendor. Its credentials are never read."""

    external_id: str
    name: str
    provider: str
    bucket: str


@dataclass(frozen=True, slots=True)
class ImportJob:
    """`total`: objects asked for, None while the vendor does not say. `completed`: the vendor says that it is over."""

    total: int | None
    completed: bool


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One video of an import. A vendor gives no reason for a failure, so its source has to name it."""

    external_id: str
    status: str  # the vendor's, lower case
    source_uri: str


def read_objects(text: str) -> CloudObjects:
    """The objects of a list, one address a line; repeated ones once. Raises ValueError with a message to show."""
    lines = list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
    if not lines:
        raise ValueError("Enter at least one address, for example gs://bucket/folder/drive.mp4.")
    if len(lines) > MAX_OBJECTS:
        raise ValueError(f"An import has at most {MAX_OBJECTS:,} objects, not {len(lines):,}.")
    objects = [_read_address(line) for line in lines]
    places = sorted({(scheme, bucket) for scheme, bucket, _ in objects})
    if len(places) > 1:
        names = ", ".join(f"{scheme}://{bucket}" for scheme, bucket in places[:5])
        raise ValueError(f"One import reads one bucket. This list names {len(places)}: {names}.")
    scheme, bucket = places[0]
    return CloudObjects(SCHEMES[scheme], bucket, tuple(key for _, _, key in objects))


def _read_address(line: str) -> tuple[str, str, str]:
    address = _ADDRESS.fullmatch(line)
    if address is None or address["scheme"].lower() not in SCHEMES:
        raise ValueError(f"Expected gs://bucket/name{SUFFIX} or s3://bucket/name{SUFFIX}, not {line[:120]!r}.")
    key = address["key"]
    if "*" in key or "?" in key:
        raise ValueError(f"Wildcards are not expanded. Name each object: {line[:120]!r}.")
    if not key.lower().endswith(SUFFIX):
        raise ValueError(f"The vendor imports only {SUFFIX} from cloud storage, not {line[:120]!r}.")
    if len(key.encode("utf-8", "replace")) > KEY_LIMIT or not key.isprintable():
        raise ValueError(f"No object can have this name: {line[:120]!r}.")
    return address["scheme"].lower(), address["bucket"], key
