"""Writes tables as CSV: a stream of bytes with short reads and constant memory."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from django.db.models import Q, QuerySet

from batches.export.columns import NUMERIC
from batches.export.defuse import defuse_all
from batches.export.table import Table
from batches.models import Event


def listed_by_vendor(events: QuerySet[Event], *, by_approval: bool) -> QuerySet[Event]:
    """The events for review that the vendor's SDK would list, and those that people added.

    `by_approval`: an approval filter is active.

    The SDK compares the vendor's raw approval with the filter, so an unknown one (pending for us) matches no filter.
    """
    listed = Q(gone_at__isnull=True) | Q(origin__isnull=False)
    events = events.filter(listed, item__gone_at__isnull=True, item__answered=True)
    if by_approval:
        events = events.exclude(decided_at__isnull=True, vendor_approval__isnull=True)
    return events


def csv_lines(names: tuple[str, ...], rows: Iterable[Table], *, raw: bool, bom: bool = False) -> Iterator[bytes]:
    """Yield the header, then the rows of the tables: RFC 4180 with CR LF, UTF-8, with a byte order mark if `bom`.

    `raw`: text that a spreadsheet would run is not defused. An error is raised even in the middle of the stream, so
    that an incomplete file does not look complete.
    """
    yield f"{','.join(names)}\r\n".encode("utf-8-sig" if bom else "utf-8")
    writer = _Writer(names, defused=not raw)
    for table in rows:
        # UTF-8 cannot write lone surrogates, which only exact cells of a vendor have.
        yield writer.write(table).encode("utf-8", "replace")


class _Writer:
    """Writes tables as lines. Cells shared by all events of an item are formatted once per item, joined in runs."""

    def __init__(self, names: tuple[str, ...], *, defused: bool) -> None:
        self.names = names
        self.defused = defused
        self.runs: dict[tuple[str, ...], dict[int, str]] = {}

    def write(self, table: Table) -> str:
        parts: list[Iterable[str]] = []
        for own, run in groupby(self.names, table.own.__contains__):
            if own:
                parts += [self._cells(name, table.own[name]) for name in run]
            else:
                parts.append(self._run(tuple(run), table))
        lines: Iterable[str] = map(",".join, zip(*parts, strict=True))
        if len(self.names) == 1:
            lines = (line or '""' for line in lines)  # an empty line would not be a row
        return "\r\n".join(lines) + "\r\n"

    def _run(self, names: tuple[str, ...], table: Table) -> Iterable[str]:
        """Adjacent shared columns, as one text for each event."""
        stored = self.runs.get(names, {})
        self.runs[names] = texts = {pk: stored[pk] for pk in table.shared.keys() & stored.keys()}
        if new := [pk for pk in table.shared if pk not in stored]:
            columns = [self._cells(name, [table.shared[pk][name] for pk in new]) for name in names]
            texts |= zip(new, map(",".join, zip(*columns, strict=True)), strict=True)
        return map(texts.__getitem__, table.item_ids)

    def _cells(self, name: str, cells: list[str]) -> list[str]:
        if self.defused and name not in NUMERIC:
            cells = defuse_all(cells)
        if not _needs_quotes("".join(cells)):
            return cells
        return [f'"{cell.replace('"', '""')}"' if _needs_quotes(cell) else cell for cell in cells]


def _needs_quotes(text: str) -> bool:
    return "," in text or '"' in text or "\n" in text or "\r" in text
