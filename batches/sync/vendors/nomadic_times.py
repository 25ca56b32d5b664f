"""Reads NomadicML's times of a video, both as the clock text of its SDK and as seconds."""

from decimal import Decimal, InvalidOperation
from math import isfinite
from typing import Any

from batches.errors import BadRecord
from batches.sync.fields import kind

_FIRST_HOUR = [f"{second // 60:02d}:{second % 60:02d}" for second in range(3600)]
_MAX_DIGITS = 5_000  # decimal; Python refuses to print whole numbers beyond 4,300


def read_mark(value: Any, field: str) -> tuple[str, float | None]:
    """ "t=72.9" → ("01:12", 72.9): fractions are cut, unreadable text is ("00:00", None).

    Raises BadRecord where the SDK crashes: numbers, lists and objects, and times that are not finite.
    """
    seconds = _seconds(value, field)
    if seconds is None:
        return "00:00", None
    if 0 <= seconds < 3600:
        return _FIRST_HOUR[int(seconds)], seconds
    if not isfinite(seconds):
        raise BadRecord(field, f"expected a finite time, got {kind(value)}")
    hours = int(seconds // 3600)
    minutes = int((seconds % 3600) // 60)
    whole_seconds = int(seconds % 60)
    return (f"{hours:02d}:" if hours > 0 else "") + f"{minutes:02d}:{whole_seconds:02d}", seconds


def read_exact_mark(value: Any, field: str) -> tuple[str, float | None]:
    """ "t=61.0625" → ("01:01.0625", 61.0625): keeps the fraction, as action segmentation does.

    Negative and infinite times show as "00:00". Raises BadRecord where the SDK crashes.
    """
    seconds = _seconds(value, field)
    if seconds is None or not value:
        return "00:00", seconds
    finite = seconds if isfinite(seconds) else None
    try:
        exact = Decimal(value.removeprefix("t="))
    except InvalidOperation:
        return "00:00", finite
    if not exact.is_finite() or exact < 0:
        return "00:00", finite
    if exact.adjusted() > _MAX_DIGITS:
        raise BadRecord(field, "expected a time, got a number of thousands of digits")
    whole_seconds = int(exact)
    fraction = format(exact - whole_seconds, "f").rstrip("0")[1:]
    try:
        hours = f"{whole_seconds // 3600:02d}:" if whole_seconds >= 3600 else ""
    except ValueError as error:
        raise BadRecord(field, "expected a time, got a number of thousands of digits") from error
    return f"{hours}{whole_seconds // 60 % 60:02d}:{whole_seconds % 60:02d}{fraction}", finite


def _seconds(value: Any, field: str) -> float | None:
    """The seconds of a mark, possibly not finite; None for an empty value or text that is not a number."""
    if type(value) is str:
        try:
            return float(value[2:] if value[:2] == "t=" else value)
        except ValueError:
            return None
    if value:
        raise BadRecord(field, f"expected text like t=12.3, got {kind(value)}")
    return 0.0 if value == 0 and value is not False else None
