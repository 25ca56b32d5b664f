"""Prevents spreadsheets from running text as a formula."""

import re

# Spreadsheets skip control characters, spaces, zero-width marks and quotes before they look for a formula. A leading
# tab or line break is enough by itself. NUL separates the cells in `defuse_all`.
_SKIPPED = r"\x01-\x20\s\u200b-\u200f\u2060\ufeff\"'\u2018\u2019\u201c\u201d"
_STARTS = r"[=+\-@\uff1d\uff0b\uff0d\uff20]"
_FORMULA = re.compile(rf"[\t\r\n]|[\x00{_SKIPPED}]*{_STARTS}")
_ANY_FORMULA = re.compile(rf"\x00(?:[\t\r\n]|[{_SKIPPED}]*{_STARTS})")


def defuse(cell: str) -> str:
    """The cell, with a leading apostrophe if a spreadsheet would run it as a formula."""
    return "'" + cell if _FORMULA.match(cell) else cell


def defuse_all(cells: list[str]) -> list[str]:
    """Defuse many cells. One search checks all of them first, because almost none needs it."""
    if not _ANY_FORMULA.search("\x00" + "\x00".join(filter(None, cells))):
        return cells
    return [defuse(cell) for cell in cells]
