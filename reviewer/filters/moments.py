"""`24h`, `7d`, `today` or a date: a moment in the past as people write it in a URL."""

import re
from datetime import UTC, datetime, timedelta

from django import forms
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext_lazy

RELATIVE = re.compile(r"([1-9][0-9]{0,4})([mhdw])")
# `+` in a URL means a space: 10:00 02:00 was sent as 10:00+02:00.
DECODED_PLUS = re.compile(r"(\d:\d\d(?::\d\d(?:\.\d+)?)?) (\d\d:?\d\d)\Z")
FORMS = gettext_lazy("Give a date (2026-05-04), a time (2026-05-04T10:00), today, or how long ago (30m, 24h, 7d, 2w).")
UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def moment(text: str) -> datetime:
    """The moment in UTC; a text without a zone is taken as UTC. Raises ValueError with a list of the valid forms."""
    now = timezone.now()
    text = DECODED_PLUS.sub(r"\1+\2", text)
    try:
        if text == "today":
            return now.replace(hour=0, minute=0, second=0, microsecond=0)
        if ago := RELATIVE.fullmatch(text):
            return now - timedelta(**{UNITS[ago[2]]: int(ago[1])})
        day = parse_date(text)
        when = datetime(day.year, day.month, day.day, tzinfo=UTC) if day else parse_datetime(text)
        if when:
            return (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        pass  # has the form of a date, but is none: 2026-02-30
    raise ValueError(str(FORMS))


def is_relative(text: str) -> bool:
    """Whether the text means another moment whenever it is read: `24h`, `today`."""
    return text == "today" or RELATIVE.fullmatch(text) is not None


class SinceField(forms.CharField):
    """Keeps the text, so that a saved `24h` stays the last 24 hours."""

    def validate(self, value: str) -> None:
        super().validate(value)
        if value:
            try:
                moment(value)
            except ValueError as error:
                raise forms.ValidationError(str(error)) from error
