"""The interface of a file format, and helpers that formats share."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from batches.errors import BadFile, BadRecord
from batches.sync.fields import NAME_LIMIT, clean, kind
from batches.sync.jsontext import NotJSON, parse
from batches.sync.records import BatchRecord, ItemListing, ItemRecord, Quarantine

MAX_RECORD_BYTES = 16 * 1024 * 1024
MAX_ITEM_RECORDS = 50_000  # read and written together

JSONObject = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Source:
    """A file, with the batch id and mapping that a person gave."""

    path: Path
    name: str  # the uploaded name, used in messages
    batch_id: str = ""  # for a file that does not name its batch
    mapping: Mapping[str, str] = field(default_factory=dict)  # our field → column, for the open format
    options: Mapping[str, str] = field(default_factory=dict)  # how the file is read: separator, list, units, scale
    encoding: str = "utf-8"  # what the file was written in; `path` is always UTF-8


class Entry(NamedTuple):
    """One record of a file. `key` groups the records of a batch; `item` is "" for a record about the batch itself."""

    key: str
    item: str
    location: str  # "line 7"
    body: bytes  # JSON text
    refusal: str = ""  # why the record cannot be used, as a sentence; `body` then holds the original bytes


class FileFormat(ABC):
    """Reads one file of one format. The file can be read several times."""

    name: ClassVar[str]
    vendor: ClassVar[str]
    label: ClassVar[str]
    is_brief = False  # True: events may come without their texts, because only their numbers are wanted
    has_reviews: ClassVar[bool] = False  # True: it may be a download of ours, with what people added and decided
    lists_all_items: ClassVar[bool] = True  # False: a file may omit items, so a missing item is not gone

    def __init__(self, source: Source) -> None:
        self.source = source

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that can be mapped to our fields; empty for formats that need no mapping."""
        return ()

    @property
    def max_item_records(self) -> int:
        return MAX_ITEM_RECORDS

    @abstractmethod
    def entries(self) -> Iterator[Entry]:
        """All records of the file, in order. Raises BadRecord if the file as a whole cannot be read."""

    @abstractmethod
    def batch(self, key: str, bodies: Sequence[bytes], first: bytes) -> BatchRecord:
        """The batch, from the `bodies` of its own records and the `first` body of an item. Raises BadRecord."""

    @abstractmethod
    def item(
        self, batch: BatchRecord, listing: ItemListing, entries: Sequence[tuple[str, bytes]], digest: str
    ) -> ItemRecord:
        """One item from its entries, each (location, body). Unreadable records are quarantined."""

    def batch_id(self, text: str = "") -> str:
        """The batch id: from the file (`text`), else from the person, else the file's name."""
        batch_id = clean(text or self.source.batch_id or Path(self.source.name).stem, NAME_LIMIT).strip()
        if not batch_id:
            raise BadFile(self.source.name, "does not name its batch; enter the batch id")
        return batch_id

    def where(self, location: str) -> str:
        return f"{self.source.name} {location}"


def saved_batch(external_id: str, **fields: Any) -> BatchRecord:
    """A batch from a file. Fields that the file omits keep their stored values."""
    blank: dict[str, Any] = {
        "raw_status": "", "state": "completed", "batch_type": "unknown", "analysis_type": None, "viewer_url": "",
        "created_at": None, "prompt": None, "category": "", "total": None, "completed": None, "failed": None,
        "error": "",
        "metadata": {}, "review_status": None, "review_status_updated_at": None, "raw": "",
    }  # fmt: skip
    return BatchRecord(external_id=external_id, **(blank | fields))


def read_object(body: bytes | None, where: str) -> JSONObject:
    """The JSON object in `body`; None stands for a body that is too long. Raises BadRecord with `where` as its path."""
    if body is None or len(body) > MAX_RECORD_BYTES:
        raise BadRecord(where, f"is longer than {MAX_RECORD_BYTES:,} bytes")
    try:
        value = parse(body)
    except NotJSON as error:
        raise BadRecord(where, f"is not JSON: {error}") from error
    except BadRecord as error:
        raise BadRecord(where, error.reason) from error
    if not isinstance(value, dict):
        raise BadRecord(where, f"expected an object, got {kind(value)}")
    return value


def refused(where: str, reason: str, body: bytes) -> Quarantine:
    return Quarantine(clean(where, 500), clean(reason, 500), body.decode("utf-8", "replace").replace("\0", "")[:20_000])
