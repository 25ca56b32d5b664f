"""Reads a paginated list that may change between two pages, until it is complete."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

MAX_PAGES = 10_000  # per pass; stops a list that never ends
MAX_PASSES = 3


@dataclass(frozen=True, slots=True)
class Page[Row]:
    """One page: its rows, whether it is the last page, and the total number of rows if the vendor says."""

    rows: Sequence[Row]
    last: bool
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Listed[Row]:
    """All rows, each once: first those of the last pass in its order, then those that only earlier passes showed."""

    rows: tuple[Row, ...]
    complete: bool  # False: some rows may be missing
    total: int | None


def read_pages[Row](ask: Callable[[int], Page[Row]], key: Callable[[Row], Hashable]) -> Listed[Row]:
    """Read pages 1, 2, … to the last one, and again from the first (at most three passes) while rows may be missing.

    A row that appears twice means that the list moved between two pages, so another row may have been skipped. A
    matching total settles it, unless the total shrank meanwhile: a removal moves a row onto a page already read. A page
    without new rows ends a pass, even if the vendor says that more pages follow.
    """
    rows: dict[Hashable, Row] = {}
    total: int | None = None
    complete = False
    for _ in range(MAX_PASSES):
        moved = shrank = False
        seen: dict[Hashable, Row] = {}
        for number in range(1, MAX_PAGES + 1):
            page = ask(number)
            if number > 1 and page.total is not None and total is not None:
                shrank = shrank or page.total < total
            total = page.total
            keys = [key(row) for row in page.rows]
            new_keys = set(keys) - seen.keys()
            moved = moved or len(new_keys) < len(keys)
            seen |= zip(keys, page.rows, strict=True)
            if page.last or not new_keys:
                break
        rows = seen | {row_key: row for row_key, row in rows.items() if row_key not in seen}
        complete = not shrank and (not moved if total is None else len(rows) >= total)
        if complete:
            break
    return Listed(tuple(rows.values()), complete, total)
