"""How fast people decide.

One definition for Team, Insights and the deck's estimate, which gets its limits from here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from batches.counters import LONGEST_PAUSE
from batches.models import Action, Batch
from batches.models.decision import ActionKind
from reviewer.filters.moments import moment

if TYPE_CHECKING:
    from django.contrib.auth.models import User

IDLE_CUT = timedelta(milliseconds=LONGEST_PAUSE)  # of the time between two verdicts, no more counts as work
APART = timedelta(minutes=30)  # between two sessions
MIN_VERDICTS = 10  # before which a rate is not shown
LATEST = 100  # verdicts of a person that the rate is of
LATEST_OF_ALL = 5_000  # verdicts read, of the whole team
LEAST = 10  # seconds of work, before which a rate says nothing
DEFINITION = format_lazy(
    _(
        "Verdicts per hour of active time: each pause between verdicts counts for at most {seconds} seconds. "
        "Of the latest {latest} verdicts in this batch, shown from {least} verdicts on. "
        "A verdict on several events at once counts as one."
    ),
    seconds=IDLE_CUT.seconds, latest=LATEST, least=MIN_VERDICTS,
)  # fmt: skip
# What the deck needs for the same figure of this page's own verdicts.
DECK_LIMITS = {"idle": IDLE_CUT.seconds, "least": MIN_VERDICTS, "latest": LATEST}


@dataclass(frozen=True, slots=True)
class Pace:
    """`today`: verdicts since midnight UTC. `per_hour` is None while nothing can be said."""

    today: int
    session: int
    per_hour: int | None
    last: datetime


def per_hour(times: Sequence[datetime]) -> int | None:
    """Verdicts an hour of active time, from the moments of all in order."""
    gaps = [min(gap, IDLE_CUT) for gap in _gaps(times[-LATEST:])]
    return rate(len(gaps), sum(gaps, timedelta()))


def rate(pauses: int, active: timedelta) -> int | None:
    """Verdicts an hour, from the pauses before them and their sum; None while nothing can be said."""
    total = active.total_seconds()
    return round(3600 * pauses / total) if pauses + 1 >= MIN_VERDICTS and total >= LEAST else None


def latest_session(times: Sequence[datetime]) -> Sequence[datetime]:
    """The moments since the last pause that was longer than half an hour."""
    starts = [index for index, gap in enumerate(_gaps(times), start=1) if gap > APART]
    return times[starts[-1] :] if starts else times


def pace_of(times: Sequence[datetime], midnight: datetime) -> Pace | None:
    """Of the moments in order; None without any."""
    if not times:
        return None
    return Pace(sum(when >= midnight for when in times), len(latest_session(times)), per_hour(times), times[-1])


def paces(batch: Batch) -> dict[str, Pace]:
    """The pace in the batch by user name. One short query; opinions and undone verdicts were work as well."""
    verdicts = Action.objects.filter(batch=batch, kind=ActionKind.DECIDE, amends__isnull=True)
    rows = verdicts.order_by("-created_at").values_list("user__username", "created_at")[:LATEST_OF_ALL]
    own: dict[str, list[datetime]] = {}
    for name, when in reversed(list(rows)):
        own.setdefault(name, []).append(when)
    midnight = moment("today")
    return {name: pace for name, times in own.items() if (pace := pace_of(times, midnight))}


def own_pace(user: "User") -> int | None:
    """This person's verdicts an hour, of the latest ones in any batch. One short query."""
    verdicts = Action.objects.filter(user=user, kind=ActionKind.DECIDE, amends__isnull=True)
    times = list(verdicts.order_by("-id").values_list("created_at", flat=True)[:LATEST])
    return per_hour(sorted(times))


def minutes_for(count: int, speed: int | None) -> int | None:
    """How long so many events take at this number of verdicts an hour, at least a minute; None without a speed."""
    return max(1, round(60 * count / speed)) if speed and count else None


def team_pace(people: dict[str, Pace]) -> int | None:
    """How many verdicts an hour all of them give when all are at work."""
    return sum(pace.per_hour or 0 for pace in people.values()) or None


def _gaps(times: Sequence[datetime]) -> list[timedelta]:
    return [later - earlier for earlier, later in pairwise(times)]
