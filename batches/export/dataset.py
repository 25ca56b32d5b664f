"""Approved findings as training data, with corrected values: rows, and what other tools' formats are written from.

The class is what a detector learns to name: the category of vendors that describe each finding in words of its own, the
label of detectors, whose category is the group above it.
"""

import json
from collections.abc import Iterable, Iterator
from math import isfinite
from tempfile import SpooledTemporaryFile
from typing import NamedTuple

from django.db.models import QuerySet

from batches.export.columns import DATASET, Columns
from batches.export.table import Table, tables
from batches.models import Approval, Batch, Event, Item, Vendor

CLASS, CLIP = "Class", "Clip URL"
PICTURE = ("Picture Width", "Picture Height")
API_EVENTS = "/api/v1/events/"  # where a token gets a freshly signed address
_NEEDED = ("Category", "Label", "Event Permalink", "Import Source URI")
SPOOL_BYTES = 1 << 20  # in memory, before the rest goes to a temporary file
READ_BYTES = 1 << 16


class Finding(NamedTuple):
    """One approved finding. `start` is None where it is about the whole video."""

    item: int
    video: str
    video_id: str
    address: str  # of the video, as its source gave it; "" for none
    name: str  # of the class
    group: str  # the category above the class; "" for none
    label: str  # what the finding says beyond its class; "" for nothing
    severity: str
    confidence: float | None
    start: float | None  # seconds
    end: float | None
    permalink: str
    box: list[float] | None  # left, top, width, height, as shares of the picture; the same in all frames
    picture: tuple[int, int] | None  # width and height; None where nobody knows them

    @property
    def percent(self) -> list[float]:
        """The box in percent of the picture."""
        return [round(side * 100, 4) for side in self.box or ()]

    def pixels(self, picture: tuple[int, int]) -> list[float]:
        """The box in the pixels of such a picture."""
        return [round(side * length, 2) for side, length in zip(self.box or (), picture * 2, strict=False)]

    def frames(self, fps: float) -> tuple[int, int]:
        """The first frame of the span, counted from 0, and the frame after its last."""
        start = round((self.start or 0) * fps)
        end = self.start if self.end is None else self.end
        return start, max(start + 1, round((end or 0) * fps))


def approved(events: QuerySet[Event], *, past: bool) -> QuerySet[Event]:
    return events.filter(**{"then_approval" if past else "approval": Approval.APPROVED})


def dataset_tables(
    batch: Batch, events: QuerySet[Event], names: tuple[str, ...], *, public_url: str, past: bool, permalinks: bool
) -> Iterator[Table]:
    """Yield these columns of the approved events of the batch, page by page."""
    made_here = (CLASS, CLIP, *PICTURE)
    sources = tuple(dict.fromkeys((*(name for name in names if name not in made_here), *_NEEDED)))
    of_detector = batch.connection.vendor == Vendor.OPEN
    for table in tables(
        batch, approved(events, past=past), Columns(sources), public_url=public_url, filtered=True, past=past,
        permalinks=permalinks,
    ):  # fmt: skip
        labels, categories = table.own["Label"], table.own["Category"]
        pairs = zip(labels, categories, strict=True)
        table.own[CLASS] = [(label or category) if of_detector else (category or label) for label, category in pairs]
        addresses = [table.shared[item]["Import Source URI"] if of_detector else "" for item in table.item_ids]
        links = zip(addresses, table.own["Event Permalink"], strict=True)
        table.own[CLIP] = [
            address or permalink.replace("/events/", API_EVENTS) + "clip/" for address, permalink in links
        ]
        pictures = picture_sizes(set(table.item_ids), events.db) if of_detector else {}
        for side, name in enumerate(PICTURE):
            table.own[name] = [pictures[item][side] if item in pictures else "" for item in table.item_ids]
        yield table


def picture_sizes(items: set[int], using: str) -> dict[int, tuple[str, str]]:
    """Width and height of the pictures of these items, as cells, where their file said them."""
    rows = Item.objects.using(using).filter(pk__in=items, raw__contains='"width"').values_list("pk", "raw")
    sizes = ((pk, json.loads(raw)) for pk, raw in rows)
    return {pk: (f"{size['width']:.0f}", f"{size['height']:.0f}") for pk, size in sizes}


def findings(rows: Iterable[Table]) -> Iterator[list[Finding]]:
    """The findings of each page of `dataset_tables` with all columns."""
    for table in rows:
        own = [table.own.get(name) or [""] * table.size for name in DATASET]
        values = [dict(zip(DATASET, cells, strict=True)) for cells in zip(*own, strict=True)]
        yield [_finding(item, cells | table.shared[item]) for item, cells in zip(table.item_ids, values, strict=True)]


def _finding(item: int, cells: dict[str, str]) -> Finding:
    name, category = cells[CLASS], cells["Category"]
    return Finding(
        item, cells["Video"], cells["Video ID"], cells["Import Source URI"], name or "Event",
        category if category != name else "", cells["Label"] if cells["Label"] != name else "", cells["Severity"],
        _number(cells["Confidence"]), _number(cells["Start Seconds"]), _number(cells["End Seconds"]),
        cells["Event Permalink"], json.loads(cells["Box"] or "null"), _picture(cells),
    )  # fmt: skip


def _picture(cells: dict[str, str]) -> tuple[int, int] | None:
    width, height = (cells[name] for name in PICTURE)
    return (int(width), int(height)) if width else None


def _number(cell: str) -> float | None:
    """The finite number of a cell; an exact cell of a vendor may hold any text."""
    try:
        number = float(cell)
    except ValueError:
        return None
    return number if isfinite(number) else None


class Spool:
    """Parts of a file that come later in it than they are known: on disk, so that memory stays flat."""

    def __init__(self, separator: bytes = b"") -> None:
        self.file = SpooledTemporaryFile[bytes](max_size=SPOOL_BYTES)
        self.separator, self.first = separator, True

    def add(self, part: bytes) -> None:
        self.file.write(part if self.first else self.separator + part)
        self.first = False

    def read(self) -> Iterator[bytes]:
        self.file.seek(0)
        yield from iter(lambda: self.file.read(READ_BYTES), b"")

    def __enter__(self) -> "Spool":
        return self

    def __exit__(self, *error: object) -> None:
        self.file.close()
