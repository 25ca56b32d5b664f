"""Writes tables as JSON Lines: an object per row with the columns as keys, with numbers and nested fields."""

from collections.abc import Iterable, Iterator
from itertools import repeat
from typing import Any

import orjson

from batches.export.columns import FLOATS, NESTED, WHOLE
from batches.export.table import Table


def json_lines(names: tuple[str, ...], rows: Iterable[Table]) -> Iterator[bytes]:
    """UTF-8, one line per row, no header. A missing number or nested field is null, a missing text is empty."""
    for table in rows:
        columns = [typed(name, cells) for name, cells in columns_of(names, table).items()]
        objects = map(dict, map(zip, repeat(names), zip(*columns, strict=True)))
        yield b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in objects)


def columns_of(names: tuple[str, ...], table: Table) -> dict[str, list[str]]:
    """Column → a cell for each row, with shared cells repeated."""
    return {
        name: table.own[name] if name in table.own else [table.shared[item][name] for item in table.item_ids]
        for name in names
    }


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
