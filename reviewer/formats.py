"""How times and spans are written for people."""

import math

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
    ends = list(dict.fromkeys(filter(None, (clock(event.start_s), clock(event.end_s)))))
    return " – ".join(ends) or event.timestamp


def work_time(minutes: int) -> str:
    """How long work takes, as the deck writes it: in hours from two hours on."""
    return f"≈ {minutes} min left" if minutes < 120 else f"≈ {round(minutes / 60)} h left"
