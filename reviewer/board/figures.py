"""The figures of the board, added up from the counters: by category, prompt, vendor and week. No event is read.

Precision is of the verdicts that Insights counts: approved among approved and rejected, of findings of the vendor that
a person looked at. Drift is the difference between the last third of the period and what is before it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet, Sum

from batches.models import Approval, Batch, EventCount, Vendor, WorkTime
from batches.models.counters import FIGURE_SUMS
from batches.sampling import Tally
from batches.statistics import Difference, confidence_of, difference
from reviewer.board.filter import BoardFilter, Period
from reviewer.insights.charts import Whisker
from reviewer.insights.pace import rate

MAX_LINES = 40  # of categories and of prompts, those with the most verdicts
MAX_LABEL = 120  # characters of a prompt


@dataclass(frozen=True, slots=True)
class Figures:
    """`decided`: all current verdicts; `approved`, `rejected`, `invalid`: those that count for the precision."""

    decided: int = 0
    approved: int = 0
    rejected: int = 0
    invalid: int = 0
    corrected: int = 0
    missed: int = 0
    pauses: int = 0
    milliseconds: int = 0

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(*(getattr(self, part.name) + getattr(other, part.name) for part in fields(self)))

    @property
    def tally(self) -> Tally:
        return Tally(self.approved, self.rejected, self.invalid)

    @property
    def precision(self) -> Whisker | None:
        return Whisker.of(self.tally.precision)

    @property
    def judged(self) -> int:
        return self.tally.judged

    @property
    def per_hour(self) -> int | None:
        return rate(self.pauses, timedelta(milliseconds=self.milliseconds))


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table. `queries`: figure → the events it counts; empty where no filter names them."""

    label: str
    total: Figures
    by_week: Mapping[date, Figures]
    queries: dict[str, str] = field(default_factory=dict)
    drift: Difference | None = None
    batch: int | None = None  # of a prompt: one of its batches
    title: str = ""

    def within(self, period: Period) -> Figures:
        return sum((figures for week, figures in self.by_week.items() if week in period), Figures())


@dataclass(frozen=True, slots=True)
class Board:
    """`tables`: name of a column → its lines. `comparisons`: how many drifts there are."""

    filter: BoardFilter
    everything: Line
    tables: dict[str, list[Line]]
    weeks: list[Line]
    comparisons: int
    hidden: dict[str, int]  # lines that are left out, by table

    @property
    def confidence(self) -> float:
        return 100 * confidence_of(self.comparisons)

    @property
    def shown_tables(self) -> list[tuple[str, list[Line], int]]:
        """Name, lines, and the number of lines that are left out."""
        return [(name, lines, self.hidden[name]) for name, lines in self.tables.items()]

    @property
    def drifting(self) -> list[Line]:
        lines = [self.everything, *(line for lines in self.tables.values() for line in lines)]
        return [line for line in lines if line.drift and line.drift.is_clear]


def board_of(board_filter: BoardFilter) -> Board:
    """Five short queries."""
    by_category, more_categories = _by_category(board_filter)
    by_batch = figures_by(board_filter, "batch", board_filter.period)
    batches = board_filter.batches.filter(pk__in=list(by_batch)).order_by("pk")
    about = {pk: (prompt, vendor) for pk, prompt, vendor in batches.values_list("pk", "prompt", "connection__vendor")}
    weeks = _merged(by_batch.values())
    tables = {
        "Category": [_category_line(board_filter, name, by_week) for name, by_week in by_category.items()],
        "Prompt": _prompt_lines(board_filter, by_batch, {pk: prompt for pk, (prompt, _) in about.items()}),
        "Vendor": _vendor_lines(board_filter, by_batch, {pk: vendor for pk, (_, vendor) in about.items()}),
    }
    hidden = {"Category": more_categories, "Prompt": max(0, len(tables["Prompt"]) - MAX_LINES), "Vendor": 0}
    tables = {name: lines[:MAX_LINES] for name, lines in tables.items()}
    everything = _line(board_filter, "All", weeks)
    count, drifted = _with_drift(board_filter, [everything], *tables.values())
    return Board(
        board_filter, drifted[0][0], dict(zip(tables, drifted[1:], strict=True)), _week_lines(board_filter, weeks),
        count, hidden,
    )  # fmt: skip


def figures_by(board_filter: BoardFilter, column: str, period: Period, **only: Any) -> dict[Any, dict[date, Figures]]:
    """Value of the column → week → figures. Two queries."""
    result: dict[Any, dict[date, Figures]] = defaultdict(dict)
    counted = _rows(EventCount.objects.all(), board_filter, period, only)
    for key, week, *numbers in counted.order_by().values_list(column, "week").annotate(**FIGURE_SUMS):
        result[key][week] = Figures(**dict(zip(FIGURE_SUMS, numbers, strict=True)))
    timed = _rows(WorkTime.objects.all(), board_filter, period, only)
    for key, week, pauses, time in (
        timed.order_by().values_list(column, "week").annotate(count=Sum("pauses"), time=Sum("milliseconds"))
    ):
        figures = result[key].get(week, Figures())
        result[key][week] = replace(figures, pauses=pauses, milliseconds=time)
    return {key: by_week for key, by_week in result.items() if any(row != Figures() for row in by_week.values())}


def _rows(rows: QuerySet[Any], board_filter: BoardFilter, period: Period, only: dict[str, Any]) -> QuerySet[Any]:
    names = board_filter.values["category"]
    rows = rows.filter(week__gte=period.first, week__lt=period.end, **only)
    rows = rows.filter(batch__in=board_filter.batches.order_by().values("pk"))
    return rows.filter(category__in=names) if names else rows


def _by_category(board_filter: BoardFilter) -> tuple[dict[str, dict[date, Figures]], int]:
    """The categories with the most verdicts, and how many more there are."""
    counted = _rows(EventCount.objects.all(), board_filter, board_filter.period, {}).order_by()
    sizes = counted.values("category").annotate(size=Sum("events")).filter(size__gt=0).order_by("-size", "category")
    names = list(sizes.values_list("category", flat=True)[: MAX_LINES + 1])
    more = sizes.count() - MAX_LINES if len(names) > MAX_LINES else 0
    by_category = figures_by(board_filter, "category", board_filter.period, category__in=names[:MAX_LINES])
    return {name: by_category[name] for name in names[:MAX_LINES] if name in by_category}, more


def _merged(parts: Iterable[Mapping[date, Figures]]) -> dict[date, Figures]:
    weeks: dict[date, Figures] = defaultdict(Figures)
    for part in parts:
        for week, figures in part.items():
            weeks[week] += figures
    return dict(weeks)


def _line(
    board_filter: BoardFilter, label: str, by_week: Mapping[date, Figures], *, period: Period | None = None,
    **narrowed: Any,
) -> Line:  # fmt: skip
    total = sum(by_week.values(), Figures())
    kinds: dict[str, dict[str, Any]] = {
        "decided": {},
        "judged": {"approval": [str(Approval.APPROVED), str(Approval.REJECTED)], "reviewed": True},
        "approved": {"approval": [str(Approval.APPROVED)], "reviewed": True},
        "corrected": {"corrected": ["1"]},
        "missed": {"approval": [str(Approval.APPROVED)], "origin": "reviewer"},
    }
    queries = {name: board_filter.events_query(period, **{**narrowed, **kind}) for name, kind in kinds.items()}
    return Line(label, total, by_week, queries)


def _category_line(board_filter: BoardFilter, name: str, by_week: Mapping[date, Figures]) -> Line:
    return _line(board_filter, name or "no category", by_week, category=[name])


def _week_lines(board_filter: BoardFilter, weeks: Mapping[date, Figures]) -> list[Line]:
    """The weeks of the period, newest first."""
    lines = []
    for week in reversed(board_filter.period.weeks):
        period = Period(week, week + timedelta(days=7))
        lines.append(_line(board_filter, f"{week}", {week: weeks.get(week, Figures())}, period=period))
    return lines


def _prompt_lines(
    board_filter: BoardFilter, by_batch: Mapping[int, Mapping[date, Figures]], prompts: Mapping[int, str]
) -> list[Line]:
    groups: dict[str, list[int]] = defaultdict(list)
    for pk, prompt in prompts.items():
        groups[prompt].append(pk)
    lines = []
    for prompt, pks in groups.items():
        line = _line(board_filter, _short(prompt), _merged(by_batch[pk] for pk in pks), prompt=[pks[0]])
        lines.append(replace(line, batch=pks[0], title=prompt))
    return sorted(lines, key=_by_size)


def _short(prompt: str) -> str:
    text = prompt.strip() or "no prompt"
    return text if len(text) <= MAX_LABEL else f"{text[: MAX_LABEL - 1]}…"


def _vendor_lines(
    board_filter: BoardFilter, by_batch: Mapping[int, Mapping[date, Figures]], vendors: Mapping[int, str]
) -> list[Line]:
    groups: dict[str, list[Mapping[date, Figures]]] = defaultdict(list)
    for pk, vendor in vendors.items():
        groups[vendor].append(by_batch[pk])
    lines = [
        _line(board_filter, str(Vendor(vendor).label), _merged(parts), vendor=[vendor])
        for vendor, parts in groups.items()
    ]
    return sorted(lines, key=_by_size)


def _by_size(line: Line) -> tuple[int, str]:
    return (-line.total.decided, line.label)


def _with_drift(board_filter: BoardFilter, *tables: list[Line]) -> tuple[int, list[list[Line]]]:
    """How many lines can be compared, and the lines with their drift, whose intervals hold for all together."""
    period = board_filter.period

    def side(line: Line, weeks: Period) -> tuple[int, int]:
        figures = line.within(weeks)
        return figures.approved, figures.judged

    def drift(line: Line, comparisons: int) -> Difference | None:
        return difference(side(line, period.recent), side(line, period.earlier), comparisons)

    count = sum(drift(line, 1) is not None for lines in tables for line in lines)
    drifted = [[replace(line, drift=drift(line, count)) for line in lines] for lines in tables]
    return count, drifted


@dataclass(frozen=True, slots=True)
class PairLine:
    """A category, or all, under two prompts. `difference`: of `second` from `first`."""

    first: Line
    second: Line
    difference: Difference | None

    @property
    def label(self) -> str:
        return self.first.label

    @property
    def sides(self) -> tuple[Line, Line]:
        return self.first, self.second


@dataclass(frozen=True, slots=True)
class PromptPair:
    """Two prompts beside each other; `comparisons`: how many intervals hold together."""

    lines: list[PairLine]
    comparisons: int

    @property
    def confidence(self) -> float:
        return 100 * confidence_of(self.comparisons)


def prompt_pair(board_filter: BoardFilter, first: int, second: int) -> PromptPair:
    """The prompts of two batches that the board shows: all categories together, then the largest ones."""
    sides = [_of_prompt(board_filter, pk) for pk in (first, second)]
    sizes: dict[str | None, int] = defaultdict(int)
    for side in sides:
        for category, line in side.items():
            sizes[category] += line.total.judged
    categories = sorted(sizes, key=lambda category: (category is not None, -sizes[category], category or ""))
    pairs: list[tuple[Line, Line]] = []
    for category in categories[: MAX_LINES + 1]:
        empty = Line(category or "no category", Figures(), {})
        pairs.append((sides[0].get(category, empty), sides[1].get(category, empty)))
    count = sum(all(line.total.judged for line in pair) for pair in pairs)
    return PromptPair([PairLine(*pair, _difference(*pair, count)) for pair in pairs], count)


def _difference(first: Line, second: Line, comparisons: int) -> Difference | None:
    sides = [(line.total.approved, line.total.judged) for line in (second, first)]
    return difference(sides[0], sides[1], comparisons)


def _of_prompt(board_filter: BoardFilter, batch_id: int) -> dict[str | None, Line]:
    """Category (None: all) → its line, of the batches with the prompt of this one."""
    same = Batch.objects.filter(prompt__in=board_filter.batches.filter(pk=batch_id).order_by().values("prompt"))
    by_category = figures_by(board_filter, "category", board_filter.period, batch__in=same.values("pk"))
    lines: dict[str | None, Line] = {
        name: _line(board_filter, name or "no category", by_week, prompt=[batch_id], category=[name])
        for name, by_week in by_category.items()
    }
    lines[None] = _line(board_filter, "All", _merged(by_category.values()), prompt=[batch_id])
    return lines
