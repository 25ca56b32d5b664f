"""Imports from cloud storage in terms that vendors share: lists of objects, integrations, and what became of a job."""

from dataclasses import dataclass

MAX_OBJECTS = 5000  # of one import: its ids and states are read again every few seconds
MAX_LIST_BYTES = 2_000_000  # a list of so many objects with long names


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
