"""A download: its events, rows, columns and format, written as bytes."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from django.db.models import QuerySet, TextChoices
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from batches.export.coco import coco_bytes
from batches.export.columns import DATASET, DECISIONS, FULL, ITEMS, Columns
from batches.export.cvat import cvat_bytes
from batches.export.dataset import approved, dataset_tables, findings
from batches.export.document import document, several
from batches.export.history import history_tables
from batches.export.items import item_tables
from batches.export.jsonl import json_lines
from batches.export.labelstudio import labelstudio_bytes
from batches.export.stream import csv_lines, listed_by_vendor
from batches.export.table import Table, tables
from batches.models import Batch, Event


class Format(TextChoices):
    CSV = "csv", "CSV"
    JSON = "json", "JSON"
    JSONL = "jsonl", "JSONL"
    PARQUET = "parquet", "Parquet"
    COCO = "coco.json", "COCO"
    CVAT = "cvat.xml", "CVAT"
    LABEL_STUDIO = "labelstudio.json", "Label Studio"

    @property
    def media_type(self) -> str:
        return MEDIA_TYPES[self]

    @classmethod
    def of_file(cls, name: str) -> "Format | None":
        """The format that a file's name ends with."""
        kinds = sorted(cls, key=len, reverse=True)
        return next((kind for kind in kinds if name.lower().endswith(f".{kind}")), None)


class Rows(TextChoices):
    """The kind of rows."""

    EVENTS = "events", _("Events")
    ITEMS = "items", _("Videos")
    DECISIONS = "decisions", _("Decisions")
    DATASET = "dataset", _("Training data")

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns to choose from."""
        return _COLUMNS[self]


_COLUMNS = {Rows.EVENTS: FULL, Rows.ITEMS: ITEMS, Rows.DECISIONS: DECISIONS, Rows.DATASET: DATASET}
# Formats of other tools, which only hold training data.
WRITERS = {Format.COCO: coco_bytes, Format.CVAT: cvat_bytes, Format.LABEL_STUDIO: labelstudio_bytes}
DEFAULT_FPS = 30.0
MEDIA_TYPES = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.JSON: "application/json",
    Format.JSONL: "application/x-ndjson",
    Format.PARQUET: "application/vnd.apache.parquet",
    Format.COCO: "application/json",
    Format.CVAT: "application/xml",
    Format.LABEL_STUDIO: "application/json",
}


@dataclass(frozen=True, slots=True)
class Part:
    """The events of one batch. `filtered`: a filter is active; `by_approval`: a filter by approval is active."""

    batch: Batch
    events: QuerySet[Event]
    filtered: bool = False
    by_approval: bool = False


@dataclass(frozen=True, slots=True)
class Download:
    """The options of a download. `past`: the events are those of `past.as_of` this moment. `raw`: keep formulas."""

    columns: Columns
    public_url: str
    format: Format = Format.CSV
    rows: Rows = Rows.EVENTS
    past: datetime | None = None
    raw: bool = False
    bom: bool = False  # CSV begins with a byte order mark, so that Excel reads it as UTF-8
    permalinks: bool = False
    several: bool = False  # JSON: an array of documents, even of one batch
    fps: float = DEFAULT_FPS  # frames of a second, where a format counts frames

    def __post_init__(self) -> None:
        """Raises ValueError with a message for options that cannot be combined."""
        if self.format == Format.JSON and self.rows != Rows.EVENTS:
            raise ValueError(gettext("JSON only contains events. Choose CSV, JSONL or Parquet for other rows."))
        if self.bom and self.format != Format.CSV:
            raise ValueError(gettext("bom: a byte order mark is for CSV."))
        if self.format in WRITERS and self.rows != Rows.DATASET:
            why = gettext("{name} only contains training data: dataset.{ending}.")
            raise ValueError(why.format(name=self.format.label, ending=self.format))
        if self.format in (Format.JSON, *WRITERS) and self.columns.explicit:
            why = gettext("{name} has fixed fields. Choose CSV, JSONL or Parquet for selected columns.")
            raise ValueError(why.format(name=self.format.label))

    @property
    def names(self) -> tuple[str, ...]:
        """The columns to write.

        Named sets only exist for events; other kinds of rows then have all of their columns.
        """
        named = self.rows == Rows.EVENTS or self.columns.explicit
        return self.columns.names if named else self.rows.columns

    def write(self, parts: Sequence[Part], seen: Callable[[int], None] = lambda rows: None) -> Iterator[bytes]:
        """Yield the bytes, in short reads. Calls `seen` with the number of rows of each read.

        An error is raised even in the middle, so that an incomplete file does not look complete.
        """
        if self.format == Format.JSON:
            documents = (self._document(part, seen) for part in parts)
            return several(documents) if self.several else next(documents)
        rows = _counted(chain.from_iterable(map(self._tables, parts)), seen)
        if write := WRITERS.get(self.format):
            return write(findings(rows), self.fps)
        if self.format == Format.JSONL:
            return json_lines(self.names, rows)
        if self.format == Format.PARQUET:
            from batches.export.parquet import parquet_bytes  # noqa: PLC0415  (8 MB that few processes need)

            return parquet_bytes(self.names, rows)
        exact = self.raw or (self.columns.sdk and self.rows == Rows.EVENTS)
        return csv_lines(self.names, rows, raw=exact, bom=self.bom)

    def count(self, parts: Sequence[Part], limit: int | None = None) -> int:
        """The current number of events; counting stops after `limit` + 1."""
        total = 0
        for part in parts:
            events = self._listed(part).order_by()
            total += (events if limit is None else events[: max(0, limit + 1 - total)]).count()
        return total

    def _listed(self, part: Part) -> QuerySet[Event]:
        if self.rows == Rows.DATASET:
            return approved(part.events, past=self.past is not None)
        sdk = self.columns.sdk and self.rows == Rows.EVENTS
        return listed_by_vendor(part.events, by_approval=part.by_approval) if sdk else part.events

    def _document(self, part: Part, seen: Callable[[int], None]) -> Iterator[bytes]:
        return document(
            part.batch, self._listed(part), public_url=self.public_url, sdk=self.columns.sdk, filtered=part.filtered,
            full=self.columns.full, seen=seen, past=self.past, permalinks=self.permalinks,
        )  # fmt: skip

    def _tables(self, part: Part) -> Iterator[Table]:
        past = self.past is not None
        if self.rows == Rows.DATASET:
            return dataset_tables(
                part.batch, part.events, self.names, public_url=self.public_url, past=past, permalinks=self.permalinks
            )
        if self.rows == Rows.ITEMS:
            return item_tables(part.batch, part.events, filtered=part.filtered, past=past)
        if self.rows == Rows.DECISIONS:
            return history_tables(
                part.batch, part.events, filtered=part.filtered, public_url=self.public_url, until=self.past
            )
        return tables(
            part.batch, self._listed(part), self.columns, public_url=self.public_url, filtered=part.filtered,
            past=past, permalinks=self.permalinks,
        )  # fmt: skip


def _counted(rows: Iterable[Table], seen: Callable[[int], None]) -> Iterator[Table]:
    for table in rows:
        seen(table.size)
        yield table
