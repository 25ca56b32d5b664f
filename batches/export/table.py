"""Events as tables of text cells, page by page. Every format of a download is written from these tables."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby

from django.db.models import QuerySet

from batches.export import pages
from batches.export.cells import REVIEW_STATUS, THUMBNAIL, batch_cells, event_cells, formats, item_cells
from batches.export.columns import Columns
from batches.export.corrected import VENDORS, columns_of, put_past, unix_time
from batches.export.past import THEN
from batches.models import Batch, Event, Item
from batches.models.corrections import MOMENTS, read

_ALWAYS = ("item_id", "odd_cells", "decided_by_id", "corrections")
_ITEM_FIELDS = ("external_id", "name", "analysis_id", "status", "source_uri", "summary", "odd_cells")


@dataclass(frozen=True, slots=True)
class Table:
    """The cells of one page, as text. Cells shared by all events of an item are stored once per item."""

    own: dict[str, list[str]]  # column → a cell for each event
    item_ids: list[int]  # the item of each event
    shared: dict[int, dict[str, str]]  # item id → column → cell

    @property
    def size(self) -> int:
        """The number of rows."""
        return len(self.item_ids) or len(next(iter(self.own.values()), ()))


@dataclass(frozen=True, slots=True)
class Runs[Cell: (str, bytes)]:
    """Writes tables as lines. Adjacent columns that an item's events share are written once per item.

    `write`: (column, cells) → a text for each cell. `join`: the texts of a row, or of adjacent columns, as one.
    """

    names: tuple[str, ...]
    write: Callable[[str, list[str]], list[Cell]]
    join: Callable[[Iterable[Cell]], Cell]
    stored: dict[tuple[str, ...], dict[int, Cell]] = field(default_factory=dict)

    def lines(self, table: Table) -> Iterable[Cell]:
        parts: list[Iterable[Cell]] = []
        for own, run in groupby(self.names, table.own.__contains__):
            if own:
                parts += [self.write(name, table.own[name]) for name in run]
            else:
                parts.append(self._shared(tuple(run), table))
        return map(self.join, zip(*parts, strict=True))

    def _shared(self, names: tuple[str, ...], table: Table) -> Iterable[Cell]:
        """Adjacent shared columns, as one text for each event. Those of the previous table are not written again."""
        stored = self.stored.get(names, {})
        self.stored[names] = texts = {pk: stored[pk] for pk in table.shared.keys() & stored.keys()}
        if new := [pk for pk in table.shared if pk not in stored]:
            columns = [self.write(name, [table.shared[pk][name] for pk in new]) for name in names]
            texts |= zip(new, map(self.join, zip(*columns, strict=True)), strict=True)
        return map(texts.__getitem__, table.item_ids)


def tables(
    batch: Batch,
    events: QuerySet[Event],
    columns: Columns,
    *,
    public_url: str,
    filtered: bool = False,
    past: bool = False,
    permalinks: bool = False,
) -> Iterator[Table]:
    """Yield the cells of these events of the batch in the vendor's order, page by page.

    `filtered`: they are a selection of those for review. `past`: the events are those of `past.as_of`, and so are the
    cells. `permalinks`: our own addresses of thumbnails instead of the vendor's.
    """
    sources = event_cells(sdk=columns.sdk, past=past, permalinks=public_url if permalinks else "")
    own = {name: sources[name] for name in columns.names if name in sources}
    always = [THEN.get(name, name) for name in _ALWAYS] if past else _ALWAYS
    is_corrected = past or Event.objects.using(events.db).filter(batch=batch, corrections__isnull=False).exists()
    extra = [*VENDORS.values(), "start_s", "end_s"] if is_corrected else []
    needed = dict.fromkeys((*always, *(source for source in own.values() if source != "id"), *extra))
    fields = ("id", *needed, "sequence")
    indexes = {name: fields.index(source) for name, source in own.items()}
    texts = formats(public_url)
    shared: dict[int, dict[str, str]] = {}
    with_review = not past and any(name.startswith(REVIEW_STATUS) for name in columns.names)
    same_for_all = batch_cells(batch, with_review=with_review)
    repeats = _repeats(batch, events.db) if columns.sdk else []
    read_pages = pages.follow(batch, events, fields)
    if repeats or filtered or past:
        id_pages = list(pages.find_repeated(events, repeats)) if repeats else pages.find(events)
        read_pages = (pages.by_field(pages.read(events, fields, page)) for page in id_pages)
    for values in read_pages:
        if not values or not values[0]:
            continue
        cells = {
            name: list(map(texts[name], values[index])) if name in texts else list(values[index])
            for name, index in indexes.items()
        }
        _, item_ids, odd_cells, decided_by, corrections, *_ = values
        for index, text in enumerate(corrections if is_corrected else ()):
            vendor = {name: values[fields.index(source)][index] for name, source in VENDORS.items()}
            if past:
                put_past(cells, index, read(text), vendor)
            elif text:
                span = {name: values[fields.index(name)][index] for name in MOMENTS}
                _move_unix_times(cells, index, vendor, span)
        for index, odd in enumerate(odd_cells if any(odd_cells) else ()):
            if odd:
                exact = json.loads(odd)
                if permalinks:
                    exact.pop(THUMBNAIL, None)
                for name in columns_of(read(corrections[index])) & exact.keys():
                    del exact[name]
                _put_exact(cells, index, exact, vendors_approval=columns.sdk and decided_by[index] is None)
        shared = _shared(batch, same_for_all, set(item_ids), shared, events.db)
        yield Table(cells, item_ids, shared)


def _repeats(batch: Batch, using: str) -> list[tuple[int, int]]:
    """(position in the vendor's list, item id) wherever the list repeats an item."""
    repeated = Item.objects.using(using).filter(batch=batch).exclude(repeats=[]).values_list("repeats", "pk")
    return sorted((position, pk) for positions, pk in repeated for position in positions)


def _move_unix_times(
    cells: dict[str, list[str]], index: int, vendor: dict[str, float | None], span: dict[str, float | None]
) -> None:
    """Move the Unix times of an event whose span people corrected."""
    for column, name in (("unix_timestamp_start", "start_s"), ("unix_timestamp_end", "end_s")):
        if column in cells and vendor[name] != span[name]:
            cells[column][index] = unix_time(cells[column][index], vendor[name], span[name])


def _put_exact(cells: dict[str, list[str]], index: int, odd: dict[str, str], *, vendors_approval: bool) -> None:
    """Replace cells of an event by the SDK's exact cells."""
    if "Approval Status" in odd:
        odd["Vendor Approval"] = odd["Approval Status"] if vendors_approval else odd.pop("Approval Status")
    for name in odd.keys() & cells.keys():
        cells[name][index] = odd[name]


def _shared(
    batch: Batch, same_for_all: dict[str, str], wanted: set[int], stored: dict[int, dict[str, str]], using: str
) -> dict[int, dict[str, str]]:
    """The shared cells of these items. Those of the previous page are not read again."""
    cells = {pk: stored[pk] for pk in wanted & stored.keys()}
    if missing := wanted - stored.keys():
        for item in Item.objects.using(using).filter(pk__in=missing).values_list("pk", *_ITEM_FIELDS, named=True):
            cells[item.pk] = same_for_all | item_cells(batch, item)
    return cells
