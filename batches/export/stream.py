"""Tables → CSV, as a stream of bytes in short reads and constant memory."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from django.db.models import QuerySet

from batches.export.columns import NUMERIC
from batches.export.defuse import defuse_all
from batches.export.table import Table
from batches.models import Event


def listed_by_vendor(events: QuerySet[Event], *, by_approval: bool) -> QuerySet[Event]:
    """The events that the vendor's SDK would list. `by_approval`: an approval filter is on.

    The SDK compares the vendor's own word with the filter: one we do not know, and so take for pending, matches none.
    """
    events = events.filter(gone_at__isnull=True, item__gone_at__isnull=True, item__answered=True)
    if by_approval:
        events = events.exclude(decided_at__isnull=True, vendor_approval__isnull=True)
    return events


def csv_lines(names: tuple[str, ...], rows: Iterable[Table], *, raw: bool, bom: bool = False) -> Iterator[bytes]:
    """The header always, then the rows of the tables: RFC 4180 with CR LF, UTF-8, after a byte order mark if `bom`.

    `raw`: text that a spreadsheet would run is not defused. An error goes through to whoever reads, in the middle of
    the stream too: half a file must not look whole.
    """
    yield f"{','.join(names)}\r\n".encode("utf-8-sig" if bom else "utf-8")
    writer = _Writer(names, defused=not raw)
    for table in rows:
        # Half a surrogate pair is no text; only a vendor's cell that our columns could not hold has one.
        yield writer.write(table).encode("utf-8", "replace")


class _Writer:
    """Writes tables as lines. Cells that all events of an item share are written once an item, joined in runs."""

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
            lines = (line or '""' for line in lines)  # an empty line would be no row
        return "\r\n".join(lines) + "\r\n"

    def _run(self, names: tuple[str, ...], table: Table) -> Iterable[str]:
        """Neighbouring shared columns, as one text an event."""
        known = self.runs.get(names, {})
        self.runs[names] = texts = {pk: known[pk] for pk in table.shared.keys() & known.keys()}
        if new := [pk for pk in table.shared if pk not in known]:
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
