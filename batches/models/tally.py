"""Counts of what happened lately, in the database: the same in every process and on every host."""

import hashlib
from datetime import datetime, timedelta

from django.db import connection, models, transaction
from django.db.models import F
from django.utils import timezone

from batches.database_errors import best_effort

# A row that is here by now is that of an ended period, or of a first count at the same moment.
BEGIN = """
INSERT INTO batches_tally (key, count, counted_at, ends_at) VALUES (%s, %s, %s, %s)
ON CONFLICT (key) DO UPDATE SET counted_at = excluded.counted_at, ends_at = excluded.ends_at,
  count = excluded.count + CASE WHEN batches_tally.ends_at > excluded.counted_at THEN batches_tally.count ELSE 0 END
RETURNING count
"""
MOST_UNSTORED = 10_000  # keys; those that were counted last


def tally_key(kind: str, *who: object) -> str:
    """64 hex digits: names and addresses of people are in no key."""
    return hashlib.sha256(repr((kind, *map(str, who))).encode("utf-8", "surrogatepass")).hexdigest()


class TallyManager(models.Manager["Tally"]):
    def __init__(self) -> None:
        super().__init__()
        self._unstored: dict[str, Tally] = {}

    def current(self, key: str) -> "Tally | None":
        return self.filter(key=key, ends_at__gt=timezone.now()).first()

    def so_far(self, key: str) -> "Tally | None":
        """The current one, or what this process has counted while nothing could be stored, if that is more."""
        stored, unstored = self.current(key), self._unstored.get(key)
        if unstored is None or unstored.ends_at <= timezone.now() or (stored and stored.count > unstored.count):
            return stored
        return unstored

    def forget(self, key: str) -> None:
        self._unstored.pop(key, None)
        self.filter(key=key).delete()

    def add(self, key: str, period: timedelta, count: int = 1, *, from_now: bool = False) -> "Tally":
        """Count, and return the count of the period, which begins with its first count.

        `from_now`: each count makes the period begin again. While the database takes no writes each process counts by
        itself, so that what only reads goes on, within limits.
        """
        with best_effort():
            return self._stored(key, period, count, from_now=from_now)
        return self._counted_here(key, period, count, from_now=from_now)

    def _counted_here(self, key: str, period: timedelta, count: int, *, from_now: bool) -> "Tally":
        """Goes on from what is stored."""
        now, before = timezone.now(), self.so_far(key)
        self._unstored.pop(key, None)
        while len(self._unstored) >= MOST_UNSTORED:
            self._unstored.pop(next(iter(self._unstored)), None)
        ends_at = before.ends_at if before and not from_now else now + period
        total = count + (before.count if before else 0)
        self._unstored[key] = tally = Tally(key=key, count=total, counted_at=now, ends_at=ends_at)
        return tally

    def _stored(self, key: str, period: timedelta, count: int, *, from_now: bool) -> "Tally":
        now = timezone.now()
        ends_at = {"ends_at": now + period} if from_now else {}
        rows = self.filter(key=key, ends_at__gt=now)
        if rows.update(count=F("count") + count, counted_at=now, **ends_at):
            return self.get(key=key)
        times = [connection.ops.adapt_datetimefield_value(moment) for moment in (now, now + period)]
        with transaction.atomic(savepoint=False), connection.cursor() as cursor:
            cursor.execute(BEGIN, [key, count, *times])
            (total,) = cursor.fetchone()
        return Tally(key=key, count=total, counted_at=now, ends_at=now + period)

    def forget_ended(self, now: datetime) -> None:
        self.filter(ends_at__lte=now).delete()


class Tally(models.Model):
    """One kind of thing of one person, address or link in one period."""

    key = models.CharField(max_length=64, primary_key=True)
    count = models.PositiveIntegerField()
    counted_at = models.DateTimeField()
    ends_at = models.DateTimeField(db_index=True)

    objects = TallyManager()

    def __str__(self) -> str:
        return f"{self.count} until {self.ends_at:%H:%M:%S}"

    @property
    def seconds_left(self) -> float:
        return max(1.0, (self.ends_at - timezone.now()).total_seconds())
