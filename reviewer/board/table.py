"""The figures of the board as plain rows: for the file and for scripts, with the names of their columns."""

import csv
import io
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from batches.export.defuse import defuse_all
from batches.statistics import Estimate
from reviewer.board.figures import Board, Line


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the board. Shares and their intervals are from 0 to 1; what is not known is empty."""

    table: str
    name: str
    verdicts: int
    approved: int
    rejected: int
    invalid: int
    precision: float | None
    precision_low: float | None
    precision_high: float | None
    drift: float | None
    drift_low: float | None
    drift_high: float | None
    is_drifting: bool
    corrected: int
    missed: int
    verdicts_per_hour: int | None
    events: str  # query string of the events that are counted


def rows(board: Board) -> Iterator[Row]:
    """All lines: of everything first, then table by table."""
    return (row_of(table, line) for table, line in named_lines(board))


def named_lines(board: Board) -> Iterator[tuple[str, Line]]:
    """The lines in the order of `rows`, each with the name of its table."""
    yield "all", board.everything
    for table, lines in {**board.tables, "Week": board.weeks}.items():
        for line in lines:
            yield table.lower(), line


def row_of(table: str, line: Line) -> Row:
    figures, drift = line.total, line.drift
    estimate: Estimate = figures.tally.precision
    is_known = estimate.value is not None
    return Row(
        table=table, name=line.title or line.label, verdicts=figures.decided, approved=figures.approved,
        rejected=figures.rejected, invalid=figures.invalid, precision=estimate.value,
        precision_low=estimate.interval.low if is_known else None,
        precision_high=estimate.interval.high if is_known else None,
        drift=drift.value if drift else None, drift_low=drift.low if drift else None,
        drift_high=drift.high if drift else None, is_drifting=bool(drift and drift.is_clear),
        corrected=figures.corrected, missed=figures.missed, verdicts_per_hour=figures.per_hour,
        events=line.queries.get("decided", ""),
    )  # fmt: skip


COLUMNS = list(Row.__dataclass_fields__)


def csv_rows(board: Board) -> Iterator[list[str]]:
    """The header and the rows, with text that no spreadsheet runs as a formula."""
    yield COLUMNS
    for row in rows(board):
        cells = asdict(row)
        texts = dict(zip(("table", "name", "events"), defuse_all([row.table, row.name, row.events]), strict=True))
        yield [texts.get(name, _text(value)) for name, value in cells.items()]


def csv_file(board: Board) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(csv_rows(board))
    return text.getvalue().encode()


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else f"{value:.6f}" if isinstance(value, float) else str(value)
