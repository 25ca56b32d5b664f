"""Checks the CSV text of a structured ODD: a model wrote it, so its header, quotes and row lengths are not promised."""

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO

from batches.errors import BadRecord
from batches.sync.fields import NAME_LIMIT, TEXT_LIMIT, clean
from batches.sync.odd_columns import Column

MAX_ROWS = 100_000
MAX_PROBLEMS = 20  # told of one video
_FENCED = re.compile(r"```[^\n]*\n(.*?)(?:```|\Z)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class CheckedCSV:
    """`rows`: a cell for each column and the row's problem, "" for none. `problems`: sentences about the whole."""

    rows: list[list[str]]
    problems: list[str]


def check_csv(answer: str, columns: Sequence[Column]) -> CheckedCSV:
    """The rows of a model's answer in the order of `columns`. Raises BadRecord where it is no table at all."""
    text, problems = _without_fences(answer.replace("\0", "").lstrip("\ufeff"))
    lines = _lines(text)
    if not lines:
        raise BadRecord("answer", "holds no rows")
    positions, width, lines = _positions(lines, columns, problems)
    rows = [_row(line, positions, width) for line in lines]
    wrong = [f"Row {number}: {row[-1]}" for number, row in enumerate(rows, 1) if row[-1]]
    wrong += _unknown_values(rows, columns)
    problems += wrong[:MAX_PROBLEMS] + ([f"{len(wrong) - MAX_PROBLEMS:,} more."] if len(wrong) > MAX_PROBLEMS else [])
    return CheckedCSV(rows, [clean(problem, NAME_LIMIT) for problem in problems])


def _without_fences(text: str) -> tuple[str, list[str]]:
    fenced = _FENCED.search(text)
    return (fenced[1], ["The code fences around the table were removed."]) if fenced else (text, [])


def _lines(text: str) -> list[list[str]]:
    lines = []
    try:
        for line in csv.reader(StringIO(text, newline=""), skipinitialspace=True):
            if any(cell.strip() for cell in line):
                lines.append([clean(cell.strip(), TEXT_LIMIT) for cell in line])
            if len(lines) > MAX_ROWS + 1:
                raise BadRecord("answer", f"holds more than {MAX_ROWS:,} rows")
    except csv.Error as error:
        raise BadRecord("answer", f"is no CSV ({error})") from error
    return lines


def _positions(
    lines: list[list[str]], columns: Sequence[Column], problems: list[str]
) -> tuple[list[int | None], int, list[list[str]]]:
    """Where each column is in a row, how many cells a row should have, and the rows without the header."""
    header = [cell.casefold() for cell in lines[0]]
    positions = [header.index(name) if (name := column.name.casefold()) in header else None for column in columns]
    if all(position is None for position in positions):
        if len(header) != len(columns):
            raise BadRecord("answer", "begins with no header, and its rows do not have the columns asked for")
        problems.append("The table had no header: its cells are in the order of the columns.")
        return list(range(len(columns))), len(columns), lines
    missing = [column.name for column, position in zip(columns, positions, strict=True) if position is None]
    problems += [f"The column {name!r} is missing." for name in missing]
    names = {column.name.casefold() for column in columns}
    problems += [f"The column {name!r} was not asked for and is left out." for name in header if name not in names]
    return positions, len(header), lines[1:]


def _row(line: list[str], positions: Sequence[int | None], width: int) -> list[str]:
    """A cell for each column; a row with too few or too many cells says so, and its surplus ones stay readable."""
    cells = [line[position] if position is not None and position < len(line) else "" for position in positions]
    if len(line) == width:
        return [*cells, ""]
    surplus = f" (surplus: {', '.join(line[width:])})" if len(line) > width else ""
    return [*cells, clean(f"{len(line)} cells, not {width}{surplus}", NAME_LIMIT)]


def _unknown_values(rows: Sequence[Sequence[str]], columns: Sequence[Column]) -> list[str]:
    """A sentence for each column with literals that has other values."""
    sentences = []
    for position, column in enumerate(columns):
        offered = {literal.casefold() for literal in column.literals}
        values = Counter(row[position] for row in rows if row[position] and row[position].casefold() not in offered)
        if offered and values:
            example = values.most_common(1)[0][0][:60]
            sentences.append(f"{column.name}: {values.total():,} × not one of its values, for example {example!r}.")
    return sentences
