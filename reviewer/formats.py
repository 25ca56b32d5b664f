"""How times and spans are written for people."""

import math

from django.utils.translation import gettext as _

from batches.models import Event, EventPast


def clock(seconds: float | None) -> str:
    """`83.4` → `01:23`; nothing for no number."""
    if seconds is None or not math.isfinite(seconds):
        return ""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes:02}:{rest:02}"


def span(event: Event | EventPast) -> str:
    """When in the item: from our seconds, else in the vendor's own words."""
    return span_of(event.start_s, event.end_s, event.timestamp)


def span_of(start: float | None, end: float | None, timestamp: str) -> str:
    ends = list(dict.fromkeys(filter(None, (clock(start), clock(end)))))
    return " – ".join(ends) or timestamp


def work_time(minutes: int) -> str:
    """How long work takes, as the deck writes it: in hours from two hours on."""
    if minutes < 120:
        return _("≈ {minutes} min left").format(minutes=minutes)
    return _("≈ {hours} h left").format(hours=round(minutes / 60))
