"""A clock that only moves when a test moves it; everything that asks Django for the time sees it."""

from datetime import datetime, timedelta

from django.utils import timezone


class Clock:
    """`clock.go(minutes=5)`. A minute ahead at first: what a default of a model dates by the real clock is past."""

    def __init__(self) -> None:
        self.now = timezone.now() + timedelta(minutes=1)

    def __call__(self) -> datetime:
        return self.now

    def go(self, **span: float) -> None:
        self.now += timedelta(**span)
