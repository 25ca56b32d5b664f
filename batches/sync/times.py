"""Reads times of a video, in the formats that vendors use, as seconds."""

import re
from datetime import UTC, datetime
from functools import lru_cache
from math import isfinite
from typing import Any

_CLOCK = re.compile(r"(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)")


def read_seconds(value: Any) -> float | None:
    """Seconds of a time written as a number, "72.9", "t=72.9", "01:12" or "01:01:12"; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    if isinstance(value, str) and (match := _CLOCK.fullmatch(value.strip())):
        hours, minutes, seconds = match.groups()
        if float(seconds) >= 60 or (hours is not None and float(minutes) >= 60):
            return None
        total = float(hours or 0) * 3600 + float(minutes) * 60 + float(seconds)
    else:
        try:
            total = float(value.strip().removeprefix("t=") if isinstance(value, str) else value)
        except (ValueError, OverflowError):
            return None
    return total if isfinite(total) else None


def clock_text(seconds: float) -> str:
    """ "01:12", or "1:01:12" from one hour on; fractions are cut."""
    return _clock_text(int(seconds))


@lru_cache(4096)  # the findings of a video share their seconds
def _clock_text(whole_seconds: int) -> str:
    hours = f"{whole_seconds // 3600}:" if whole_seconds >= 3600 else ""
    return f"{hours}{whole_seconds // 60 % 60:02d}:{whole_seconds % 60:02d}"


def read_moment(text: str) -> datetime:
    """A point in time by RFC 3339, UTC without an offset. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
