"""Writes tables as JSON Lines: an object per row with the columns as keys, with numbers and nested fields."""

from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from batches.export.columns import FLOATS, NESTED, WHOLE
from batches.export.table import Runs, Table


def json_lines(names: tuple[str, ...], rows: Iterable[Table]) -> Iterator[bytes]:
    """UTF-8, one line per row, no header. A missing number or nested field is null, a missing text is empty."""
    runs = Runs(names, _members, b",".join)
    for table in rows:
        if table.size:
            yield b"{" + b"}\n{".join(runs.lines(table)) + b"}\n"


def _members(name: str, cells: list[str]) -> list[bytes]:
    """The members of a column, such as `"Label":"cut-in"`. A column is written at once and split between its cells.

    That is exact: numbers have no comma, JSON has no NUL, and texts with a quote (`a",`) are written one by one.
    """
    key, values = orjson.dumps(name) + b":", typed(name, cells)
    text = b"" if name in NESTED else orjson.dumps(values)
    if name in NESTED or b'\\"' in text:
        return [key + orjson.dumps(value) for value in values]
    between, end = (b",", b"") if name in FLOATS | WHOLE else (b'","', b'"')
    inner = text[1 + len(end) : -1 - len(end)].replace(between, end + b"\0" + key + end)
    return (key + end + inner + end).split(b"\0")


def typed(name: str, cells: list[str]) -> list[Any]:
    """The cells of a column as JSON values."""
    if name in FLOATS:
        return [float(cell) if cell else None for cell in cells]  # NaN and infinities, which JSON has not, become null
    if name in WHOLE:
        return [int(cell) if cell else None for cell in cells]
    if name in NESTED:
        return [orjson.Fragment(cell) if cell else None for cell in cells]
    return plain(cells)


def plain(cells: list[str]) -> list[str]:
    """Texts without lone surrogates, which UTF-8 cannot write; only exact cells of a vendor have them."""
    if all(map(str.isascii, cells)):
        return cells
    return [cell.encode("utf-8", "replace").decode() for cell in cells]
