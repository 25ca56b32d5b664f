"""The summary of a week for each connection, from the counters, on the Monday after it."""

from datetime import UTC, date, datetime, timedelta

from django.conf import settings
from django.db import transaction

from batches.models import Connection, EventCount, HookEvent, NotificationKind, Role, Tally
from batches.models.counters import FIGURE_SUMS
from batches.models.tally import tally_key
from batches.notify.notices import note_connection
from batches.notify.people import members
from batches.notify.write import write
from batches.statistics import Estimate, proportion

WEEK = timedelta(days=7)


def notify_weekly(now: datetime) -> None:
    """Notify reviewers of the week that ended last, once, where verdicts were given.

    It happens on the Monday, or later where nothing ran that day. An installation that has never looked on a Monday
    begins with the next one: its first summary does not come in the middle of a week.
    """
    today = now.astimezone(UTC).date()
    monday = today - timedelta(days=today.weekday()) - WEEK
    key = _looked(monday)
    if Tally.objects.current(key):
        return
    is_due = today.weekday() == 0 or Tally.objects.current(_looked(monday - WEEK)) is not None
    with transaction.atomic():
        if Tally.objects.add(key, 2 * WEEK).count == 1 and is_due:
            for pk in Connection.objects.not_removed().order_by("pk").values_list("pk", flat=True):
                _notify(pk, monday)


def _looked(monday: date) -> str:
    return tally_key("weekly summary", monday)


def _notify(connection_id: int, monday: date) -> None:
    counted = EventCount.objects.filter(batch__connection=connection_id, batch__archived_at=None, week=monday)
    figures = counted.order_by().aggregate(**FIGURE_SUMS)
    if not any(figures.values()):
        return
    days = f"since={monday}&until={monday + timedelta(days=6)}"
    write(
        members(connection_id, Role.REVIEWER), kind=NotificationKind.WEEKLY, connection_id=connection_id,
        message=_text(figures), cause=f"weekly-{connection_id}-{monday}",
    )  # fmt: skip
    board = f"{settings.PUBLIC_URL}/board/?connection={connection_id}&{days}"
    precision = _precision(figures)
    note_connection(
        HookEvent.WEEKLY, connection_id, week=monday.isoformat(), **figures, precision=precision.value,
        precision_interval=[precision.interval.low, precision.interval.high], text=_text(figures), board=board,
    )  # fmt: skip


def _precision(figures: dict[str, int]) -> Estimate:
    return proportion(figures["approved"], figures["approved"] + figures["rejected"])


def _text(figures: dict[str, int]) -> str:
    """`412 verdicts, precision 89.1 % (85.9 – 91.7), 12 corrected, 3 missed events added`."""
    precision = _precision(figures)
    parts = [f"{figures['decided']:,} verdicts"]
    if precision.value is not None:
        low, high = 100 * precision.interval.low, 100 * precision.interval.high
        parts.append(f"precision {100 * precision.value:.1f} % ({low:.1f} – {high:.1f})")
    parts += [f"{figures['corrected']:,} corrected", f"{figures['missed']:,} missed events added"]
    return ", ".join(parts)
