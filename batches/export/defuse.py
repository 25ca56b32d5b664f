"""Prevents spreadsheets from running text as a formula."""

import re

# Spreadsheets skip control characters, spaces, zero-width marks and quotes before they look for a formula. A leading
# tab or line break is enough by itself. NUL stands before every cell in `joined`.
_SKIPPED = r"\x01-\x20\s\u200b-\u200f\u2060\ufeff\"'\u2018\u2019\u201c\u201d"
_STARTS = r"[=+\-@\uff1d\uff0b\uff0d\uff20]"
_FORMULA = re.compile(rf"[\t\r\n]|[\x00{_SKIPPED}]*{_STARTS}")
_ANY_FORMULA = re.compile(rf"\x00(?:[\t\r\n]|[{_SKIPPED}]*{_STARTS})")


def defuse(cell: str) -> str:
    """The cell, with a leading apostrophe if a spreadsheet would run it as a formula."""
    return "'" + cell if _FORMULA.match(cell) else cell


def joined(cells: list[str]) -> str:
    """Many cells as one text, in which one search looks for what almost none has."""
    return "\x00".join(["", *cells])


def defuse_all(cells: list[str], text: str | None = None) -> list[str]:
    """Defuse many cells. `text`: what `joined` makes of them."""
    if not _ANY_FORMULA.search(joined(cells) if text is None else text):
        return cells
    return [defuse(cell) for cell in cells]
