"""Clocks for tests: one that only moves when a test moves it, and one on which waits pass at once."""

import time
from datetime import datetime, timedelta

from django.utils import timezone


class Hurry:
    """Whoever sleeps moves the clock on, for everybody."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def sleep(self, seconds: float) -> None:
        self.ahead += seconds

    def clock(self) -> float:
        return time.monotonic() + self.ahead


class Clock:
    """Everything that asks Django for the time sees it.

    `clock.go(minutes=5)`. A minute ahead at first: what a default of a model dates by the real clock is past.
    """

    def __init__(self) -> None:
        self.now = timezone.now() + timedelta(minutes=1)

    def __call__(self) -> datetime:
        return self.now

    def go(self, **span: float) -> None:
        self.now += timedelta(**span)
