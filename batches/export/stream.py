"""Writes tables as CSV: a stream of bytes with short reads and constant memory."""

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain

from django.db.models import Q, QuerySet

from batches.export.columns import NUMERIC
from batches.export.defuse import defuse_all, joined
from batches.export.table import Runs, Table
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
    runs = Runs(names, partial(_quoted, defused=not raw), ",".join)
    for table in rows:
        lines = runs.lines(table)
        if len(names) == 1:
            lines = (line or '""' for line in lines)  # an empty line would not be a row
        # UTF-8 cannot write lone surrogates, which only exact cells of a vendor have.
        yield "\r\n".join(chain(lines, [""])).encode("utf-8", "replace")


def _quoted(name: str, cells: list[str], *, defused: bool) -> list[str]:
    text = joined(cells)
    if defused and name not in NUMERIC:
        cells = defuse_all(cells, text)
    match [sign for sign in ',"\n\r' if sign in text]:
        case []:
            return cells
        case [","]:  # as in nearly all texts, which then cost half as much
            return [f'"{cell}"' if "," in cell else cell for cell in cells]
        case _:
            return [f'"{cell.replace('"', '""')}"' if _needs_quotes(cell) else cell for cell in cells]


def _needs_quotes(text: str) -> bool:
    return "," in text or '"' in text or "\n" in text or "\r" in text
