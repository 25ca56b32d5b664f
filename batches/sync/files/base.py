"""What every file format offers, and what they share: entries of a file, and what is said about a batch in one."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from batches.errors import BadRecord
from batches.sync.fields import NAME_LIMIT, clean, kind
from batches.sync.jsontext import NotJSON, parse
from batches.sync.records import BatchRecord, ItemListing, ItemRecord, Quarantine

LONGEST = 16 * 1024 * 1024  # bytes of one record

JSONObject = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Source:
    """A file, and what a person says about it."""

    path: Path
    name: str  # as the person knows it; errors name it
    batch_id: str = ""  # for files that do not name their batch
    mapping: Mapping[str, str] = field(default_factory=dict)  # our field → column, for the open format


class Entry(NamedTuple):
    """One record of a file: `key` groups those of one batch, `item` is "" where it is about the batch itself."""

    key: str
    item: str
    place: str  # "line 7": where it stands
    body: bytes  # JSON text
    refusal: str = ""  # why the record cannot be used, as a sentence; then `body` is it as it came


class FileFormat(ABC):
    """How one kind of file is read. Made for one file; safe to read it several times."""

    name: ClassVar[str]
    vendor: ClassVar[str]
    words: ClassVar[str]
    whole: ClassVar[bool] = True  # False: a file may leave out items, so what it does not name is not gone

    def __init__(self, source: Source) -> None:
        self.source = source

    @property
    def columns(self) -> tuple[str, ...]:
        """What can be mapped to our fields; nothing for formats that need no mapping."""
        return ()

    @abstractmethod
    def entries(self) -> Iterator[Entry]:
        """All records of the file, in order. Raises BadRecord where the file as a whole cannot be read."""

    @abstractmethod
    def batch(self, key: str, said: Sequence[bytes], first: bytes) -> BatchRecord:
        """What the file tells of a batch: `said` is about itself, `first` one of its items. Raises BadRecord."""

    @abstractmethod
    def item(
        self, batch: BatchRecord, listing: ItemListing, entries: Sequence[tuple[str, bytes]], digest: str
    ) -> ItemRecord:
        """One item from all its entries, (place, body) each. What cannot be read is quarantined."""

    def batch_id(self, text: str = "") -> str:
        """The batch's id: what the file says, else what the person says, else the name of the file."""
        found = clean(text or self.source.batch_id or Path(self.source.name).stem, NAME_LIMIT).strip()
        if not found:
            raise BadRecord(self.source.name, "does not name its batch; say its id")
        return found

    def where(self, place: str) -> str:
        return f"{self.source.name} {place}"


def saved_batch(external_id: str, **said: Any) -> BatchRecord:
    """A batch as a file tells it: what it leaves out stays as it is known."""
    blank: dict[str, Any] = {
        "raw_status": "", "state": "completed", "batch_type": "unknown", "analysis_type": None, "viewer_url": "",
        "created_at": None, "prompt": None, "category": "", "total": None, "completed": None, "failed": None, "error": "",
        "metadata": {}, "review_status": None, "review_status_updated_at": None, "raw": "",
    }  # fmt: skip
    return BatchRecord(external_id=external_id, **(blank | said))


def read_object(body: bytes | None, where: str) -> JSONObject:
    """The JSON object `body` holds; None stands for one that is too long. Raises BadRecord that names the place."""
    if body is None or len(body) > LONGEST:
        raise BadRecord(where, f"is longer than {LONGEST:,} bytes")
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
