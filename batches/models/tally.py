"""Counts of what happened lately, in the database: the same in every process and on every host."""

import hashlib
from collections import Counter
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
MOST_UNSTORED = 10_000  # keys


def tally_key(kind: str, *who: object) -> str:
    """64 hex digits: names and addresses of people are in no key."""
    return hashlib.sha256(repr((kind, *map(str, who))).encode("utf-8", "surrogatepass")).hexdigest()


class TallyManager(models.Manager["Tally"]):
    def __init__(self) -> None:
        super().__init__()
        self._unstored: Counter[tuple[str, int]] = Counter()  # counts by key and number of the period

    def current(self, key: str) -> "Tally | None":
        return self.filter(key=key, ends_at__gt=timezone.now()).first()

    def add(self, key: str, period: timedelta, count: int = 1, *, from_now: bool = False) -> "Tally":
        """Count, and return the count of the period, which begins with its first count.

        `from_now`: each count makes the period begin again. While the database takes no writes each process counts by
        itself, so that what only reads goes on, within limits.
        """
        with best_effort():
            return self._stored(key, period, count, from_now=from_now)
        return self._counted_here(key, period, count)

    def _counted_here(self, key: str, period: timedelta, count: int) -> "Tally":
        now = timezone.now()
        number = int(now.timestamp() // period.total_seconds())
        if len(self._unstored) > MOST_UNSTORED:
            self._unstored.clear()
        self._unstored[key, number] += count
        ends_at = datetime.fromtimestamp((number + 1) * period.total_seconds(), now.tzinfo)
        return Tally(key=key, count=self._unstored[key, number], counted_at=now, ends_at=ends_at)

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
