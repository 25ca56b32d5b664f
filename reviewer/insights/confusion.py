"""Which values of the vendor people corrected into which: a table for each field, whose cells are filters."""

from collections import Counter
from dataclasses import dataclass

from django.db.models import Count
from django.utils.translation import gettext as _

from batches.models.severity import Severity
from reviewer.filters.events import EventFilter

MAX_VALUES = 8  # rows and columns: the most frequent ones
FIELDS = {"category": "category", "severity": "severity_rank"}


@dataclass(frozen=True, slots=True)
class Cell:
    count: int
    query: str  # empty if there are none


@dataclass(frozen=True, slots=True)
class Confusion:
    """`rows`: the vendor's value, and a cell for each of `columns`, the corrected values."""

    name: str
    columns: list[str]
    rows: list[tuple[str, list[Cell]]]

    @property
    def title(self) -> str:
        return _("Corrected category") if self.name == "category" else _("Corrected severity")


def confusions(event_filter: EventFilter) -> list[Confusion]:
    """The tables of the fields that have a correction. One short query."""
    corrected = event_filter.narrowed(event_filter.without(), "corrected", ["1"]).order_by()
    columns = [column for name, field in FIELDS.items() for column in (f"vendor_{name}", field)]
    rows = list(corrected.values_list(*columns).annotate(count=Count("pk")))
    tables = []
    for column, name in enumerate(FIELDS):
        counts, texts = Counter[tuple[str, str]](), dict[str, set[str]]()
        for row in rows:
            text, now = row[2 * column], _word(row[2 * column + 1])
            was = _row(name, text)
            if text is not None and was != now:
                counts[was, now] += row[-1]
                texts.setdefault(was, set()).add(text)
        tables += [_confusion(event_filter, name, counts, texts)] if counts else []
    return tables


def _confusion(
    event_filter: EventFilter, name: str, counts: Counter[tuple[str, str]], texts: dict[str, set[str]]
) -> Confusion:
    """`texts`: row → how the vendor writes its value."""
    rows, columns = Counter[str](), Counter[str]()
    for (was, now), count in counts.items():
        rows[was] += count
        columns[now] += count
    names = [now for now, _ in columns.most_common(MAX_VALUES)]
    return Confusion(name, names, [
        (was, [_cell(event_filter, name, texts[was], now, counts[was, now]) for now in names])
        for was, _ in rows.most_common(MAX_VALUES)
    ])  # fmt: skip


def _word(value: str | int) -> str:
    return Severity(value).name.lower() if isinstance(value, int) else value


def _row(name: str, text: str | None) -> str:
    """A severity in any letter case is one row."""
    rank = Severity.of(text or "") if name == "severity" else Severity.OTHER
    return text or "" if rank is Severity.OTHER else _word(rank)


def _cell(event_filter: EventFilter, name: str, texts: set[str], now: str, count: int) -> Cell:
    if not count:
        return Cell(count, "")
    return Cell(count, event_filter.query_with(**{f"was_{name}": sorted(texts), name: [now], "sort": None}))
