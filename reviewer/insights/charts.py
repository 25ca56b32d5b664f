"""Geometry of the charts, in per cent of their length: stacked bars, points with intervals, steps of time."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from batches.statistics import Estimate

MAX_AXIS_STEPS = 60
MAX_HOURLY_SPAN = timedelta(hours=48)  # verdicts of a longer span are shown by day


@dataclass(frozen=True, slots=True)
class Piece:
    """One colour of a bar, beginning at `at`; in a column counted from the bottom."""

    name: str
    count: int
    at: str
    length: str
    top: str
    query: str


@dataclass(frozen=True, slots=True)
class Bar:
    label: str
    count: int
    pieces: list[Piece]
    query: str  # of the whole bar; empty if no filter can express it

    @property
    def counts(self) -> dict[str, int]:
        return {piece.name: piece.count for piece in self.pieces}


def bars[Key](
    counted: Mapping[Key, Counter[str]],
    label: Callable[[Key], str],
    query: Callable[[Key, str | None], str],
    order: Iterable[str],
) -> list[Bar]:
    """One bar for each key; the longest fills the chart.

    `query(key, verdict or None)`: the link of a piece, or of the bar.
    """
    longest = max((counts.total() for counts in counted.values()), default=0) or 1
    result, names = [], list(order)
    for key, counts in counted.items():
        at, pieces = 0.0, []
        for name in names:
            if count := counts[name]:
                length = 100 * count / longest
                pieces.append(
                    Piece(str(name), count, f"{at:.3f}", f"{length:.3f}", f"{100 - at - length:.3f}", query(key, name))
                )
                at += length
        result.append(Bar(label(key), counts.total(), pieces, query(key, None)))
    return result


@dataclass(frozen=True, slots=True)
class Whisker:
    """A proportion and its interval on a scale from 0 to 100; The properties are those of an upright one."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, estimate: Estimate) -> "Whisker | None":
        if estimate.value is None:
            return None
        return cls(100 * estimate.value, 100 * estimate.interval.low, 100 * estimate.interval.high)

    @property
    def height(self) -> float:
        return self.high - self.low

    @property
    def top(self) -> float:
        return 100 - self.high

    @property
    def bottom(self) -> float:
        return 100 - self.low

    @property
    def value_top(self) -> float:
        return 100 - self.value

    @property
    def half(self) -> float:
        return self.height / 2


@dataclass(frozen=True, slots=True)
class Scale:
    """All hours or days from the first to the last; `steps` are their starts, as `2026-05-04 10`."""

    daily: bool
    steps: list[str]
    cut: bool  # whether earlier steps are left out

    @classmethod
    def of(cls, hours: Iterable[str]) -> "Scale":
        if not (starts := sorted(set(hours))):
            return cls(False, [], False)
        first, last = _moment(starts[0]), _moment(starts[-1])
        daily = last - first > MAX_HOURLY_SPAN
        step = timedelta(days=1) if daily else timedelta(hours=1)
        if daily:
            first, last = first.replace(hour=0), last.replace(hour=0)
        count = (last - first) // step + 1
        shown = min(count, MAX_AXIS_STEPS)
        return cls(daily, [_text(last - step * back) for back in reversed(range(shown))], count > shown)

    def start(self, hour: str) -> str:
        return f"{hour[:10]} 00" if self.daily else hour

    def next(self, start: str) -> str:
        return _text(_moment(start) + (timedelta(days=1) if self.daily else timedelta(hours=1)))

    def label(self, start: str) -> str:
        return start[:10] if self.daily else f"{start[:10]} {start[11:]}:00"

    @staticmethod
    def moment(start: str) -> str:
        """The moment as the filters `since` and `until` read it."""
        return f"{start[:10]}T{start[11:]}:00Z"


def _moment(hour: str) -> datetime:
    return datetime.strptime(hour, "%Y-%m-%d %H").replace(tzinfo=UTC)


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H}"
