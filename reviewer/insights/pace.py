"""How fast people decide: from the moments of today's verdicts in a batch, with the breaks left out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from batches.models import Action, Batch
from batches.models.decision import ActionKind
from reviewer.filters.moments import moment

BREAK = timedelta(minutes=5)  # between two verdicts: nobody was at work
APART = timedelta(minutes=30)  # between two sessions
MIN_GAPS = 3  # gaps before a figure is worth showing
LEAST = 20  # seconds of work, before which a rate says nothing
LATEST = 5_000  # verdicts looked at, of the whole team


@dataclass(frozen=True, slots=True)
class Pace:
    """Verdicts since midnight UTC; `per_hour` is None while nothing can be said."""

    today: int
    per_hour: int | None
    session: int
    session_per_hour: int | None
    last: datetime


def per_hour(times: Sequence[datetime]) -> int | None:
    """Verdicts an hour of work, from their moments in order."""
    gaps = [gap for gap in _gaps(times) if gap < BREAK]
    total = sum(gaps, timedelta()).total_seconds()
    return round(3600 * len(gaps) / total) if len(gaps) >= MIN_GAPS and total >= LEAST else None


def latest_session(times: Sequence[datetime]) -> Sequence[datetime]:
    """The moments since the last pause that was longer than half an hour."""
    starts = [place for place, gap in enumerate(_gaps(times), start=1) if gap > APART]
    return times[starts[-1] :] if starts else times


def pace_of(times: Sequence[datetime]) -> Pace | None:
    """Of the moments in order; None without any."""
    if not times:
        return None
    session = latest_session(times)
    return Pace(len(times), per_hour(times), len(session), per_hour(session), times[-1])


def paces(batch: Batch) -> tuple[dict[str, Pace], Pace | None]:
    """Today's pace by user name, and of all together. One short query; undone verdicts were work as well."""
    verdicts = Action.objects.filter(
        batch=batch, kind=ActionKind.DECIDE, amends__isnull=True, created_at__gte=moment("today")
    )
    rows = list(verdicts.order_by("-created_at").values_list("user__username", "created_at")[:LATEST])[::-1]
    own: dict[str, list[datetime]] = {}
    for name, when in rows:
        own.setdefault(name, []).append(when)
    found = {name: pace for name, times in own.items() if (pace := pace_of(times))}
    return found, pace_of([when for _, when in rows])


def _gaps(times: Sequence[datetime]) -> list[timedelta]:
    return [later - earlier for earlier, later in pairwise(times)]
