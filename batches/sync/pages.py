"""Read a list that comes in pages and may move meanwhile, until it holds together."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

MOST_PAGES = 10_000  # of one pass; a list that goes on longer is no list
PASSES = 3


@dataclass(frozen=True, slots=True)
class Page[Row]:
    """One answer: its rows, whether it is the last one, and how many rows there are in all, where the vendor says."""

    rows: Sequence[Row]
    last: bool
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Listed[Row]:
    """All rows, each once and as last seen: in the order of the last pass, then those it did not show."""

    rows: tuple[Row, ...]
    whole: bool  # False: the vendor counts more rows than it showed
    total: int | None


def read_pages[Row](ask: Callable[[int], Page[Row]], key: Callable[[Row], Hashable]) -> Listed[Row]:
    """Ask for pages 1, 2, … to the last one; again from the first (at most three passes) where rows were missed.

    A row that shows up twice means that the list moved between two pages, so another may have been skipped; a count
    that fits settles it, unless it shrank meanwhile: what was removed drew a row onto a page already read. A page without anything new ends a pass, whatever it says of further ones.
    """
    found: dict[Hashable, Row] = {}
    total: int | None = None
    whole = False
    for _ in range(PASSES):
        moved = shrank = False
        seen: dict[Hashable, Row] = {}
        for number in range(1, MOST_PAGES + 1):
            page = ask(number)
            if number > 1 and page.total is not None and total is not None:
                shrank = shrank or page.total < total
            total = page.total
            keys = [key(row) for row in page.rows]
            fresh = set(keys) - seen.keys()
            moved = moved or len(fresh) < len(keys)
            seen |= zip(keys, page.rows, strict=True)
            if page.last or not fresh:
                break
        found = seen | {one: row for one, row in found.items() if one not in seen}
        whole = not shrank and (not moved if total is None else len(found) >= total)
        if whole:
            break
    return Listed(tuple(found.values()), whole, total)
