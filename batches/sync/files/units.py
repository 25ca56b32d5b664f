"""Reads the numbers, times and confidences of any detector: right, or a ValueError with the reason as a sentence."""

import re
from datetime import UTC, datetime
from math import isfinite
from typing import Any

NONE_TEXTS = frozenset({"", "NaN", "nan", "NAN", "None", "null", "NULL", "Null", "<NA>", "N/A", "n/a", "NA", "#N/A"})
NO_NUMBERS = NONE_TEXTS | {"inf", "-inf", "+inf", "Inf", "-Inf", "Infinity", "-Infinity", "none", "NONE", "-"}
MAX_SECONDS = 10_000_000.0  # 115 days; more is no position in a video
MAX_RATE = 100_000  # frames a second
HAIR = 0.001  # a share may be beyond 1 by this much, after rounding in the detector

A_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}  # how many of the unit
LONG_UNITS = {"min": 60, "h": 3_600}  # seconds of one
# Since 1970, how many of the unit a second has; they need the start of the recording.
WALL_UNITS = {"epoch": 1, "epoch-ms": 1_000, "epoch-us": 1_000_000, "epoch-ns": 1_000_000_000}
UNIT_NAMES = {
    "s": "seconds", "ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds", "min": "minutes",
    "h": "hours", "frames": "frames", "epoch": "seconds since 1970", "epoch-ms": "milliseconds since 1970",
    "epoch-us": "microseconds since 1970", "epoch-ns": "nanoseconds since 1970",
}  # fmt: skip
SCALES = {"1": "0 to 1", "10": "0 to 10", "100": "0 to 100", "words": "words"}

_DOT = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_COMMA = re.compile(r"[+-]?\d*,\d+(?:[eE][+-]?\d+)?")
_GROUPED = re.compile(
    r"[+-]?(?:\d{1,3}(?:,\d{3})+\.\d+|\d{1,3}(?:\.\d{3})+,\d+|\d{1,3}(?:,\d{3}){2,}|\d{1,3}(?:\.\d{3}){2,})"
)
_GROUP_OR_COMMA = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")
_GROUP_OR_DOT = re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}")

_CLOCK = re.compile(r"(?:(\d+):)?(\d+):(\d+(?:[.,]\d+)?)")
_SMPTE = re.compile(r"(\d+):(\d\d):(\d\d)([:;])(\d{2,3})")
_WITH_UNIT = re.compile(
    r"(.*\d[.,]?)\s*(hours|hour|h|minutes|minute|min|seconds|second|secs|sec|s|milliseconds|millis|msec|ms|microseconds|usec|us|µs|μs|ns)"
)
_ISO_DURATION = re.compile(
    r"P(?:(\d+(?:[.,]\d+)?)D)?(?:T(?:(\d+(?:[.,]\d+)?)H)?(?:(\d+(?:[.,]\d+)?)M)?(?:(\d+(?:[.,]\d+)?)S)?)?"
)
_WALL = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*")


class Ambiguous(ValueError):
    """A number such as 1,234 whose comma or point can mark decimals or thousands."""


class LocalTime(float):
    """Seconds since 1970 of a date and time without a time zone, as if it were UTC."""


def read_number(text: str, decimal: str = "") -> float:
    """A number with a decimal point or comma. `decimal` is the file's mark, "" if it has none that is certain.

    "1,234" can be a decimal or a thousand: without a `decimal` it raises Ambiguous.
    """
    text = text.strip()
    if _DOT.fullmatch(text):
        if decimal == "," and _GROUP_OR_DOT.fullmatch(text):
            raise Ambiguous("can be a decimal or a thousand; choose the decimal mark")
        return float(text)
    if _COMMA.fullmatch(text):
        if decimal != "," and _GROUP_OR_COMMA.fullmatch(text):
            raise Ambiguous("can be a decimal or a thousand; choose the decimal mark")
        return float(text.replace(",", "."))
    if _GROUPED.fullmatch(text):
        mark = max(text.rfind(","), text.rfind("."))
        if text.count(text[mark]) > 1:  # only thousands
            return float(text.replace(",", "").replace(".", ""))
        whole = text[:mark].replace(",", "").replace(".", "")
        return float(f"{whole}.{text[mark + 1 :]}")
    raise ValueError("is not a number")


def is_decimal_comma(text: str) -> bool:
    """Whether the text can only be a number with a decimal comma."""
    return bool(_COMMA.fullmatch(text.strip())) and not _GROUP_OR_COMMA.fullmatch(text.strip())


def read_time(value: Any, unit: str = "s", zero: float | None = None, decimal: str = "") -> float | None:
    """Seconds from the start of the video; None for an empty value. Raises ValueError.

    `unit` applies to plain numbers: one of UNIT_NAMES, or "frames:29.97". `zero` is the start of the recording in
    seconds since 1970, for times of day.
    """
    if type(value) is str and not decimal and unit in A_SECOND and _DOT.fullmatch(value):  # most rows of most files
        seconds = float(value) / A_SECOND[unit]
    elif value is None or (isinstance(value, str) and value.strip() in NO_NUMBERS):
        return None
    elif isinstance(value, dict):
        seconds = _protobuf(value)
    elif isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError("expected seconds or a clock time")
    elif isinstance(value, str):
        seconds = _text_time(value.strip(), unit, zero, decimal)
    else:
        number = _float(value)
        if not isfinite(number):
            return None
        seconds = _scaled(number, unit, zero)
    if seconds < 0:
        raise ValueError("expected seconds or a clock time, not a time before the start")
    if seconds > MAX_SECONDS:
        raise ValueError("is not a time of a video in this unit; choose another unit")
    return seconds


def _text_time(text: str, unit: str, zero: float | None, decimal: str) -> float:
    if match := _CLOCK.fullmatch(text):
        return _clock(*match.groups())
    if match := _SMPTE.fullmatch(text):
        hours, minutes, seconds, mark, frame = match.groups()
        return _smpte(int(hours), int(minutes), int(seconds), int(frame), drop=mark == ";", rate=rate_of(unit))
    if text.startswith("P") and (match := _ISO_DURATION.fullmatch(text)) and any(match.groups()):
        parts = [float((part or "0").replace(",", ".")) for part in match.groups()]
        return parts[0] * 86_400 + parts[1] * 3_600 + parts[2] * 60 + parts[3]
    if _WALL.fullmatch(text):
        return _since(read_wall(text), zero)
    try:
        if match := _WITH_UNIT.fullmatch(text):
            return _scaled(read_number(match[1], decimal), _unit_of(match[2]), zero)
        return _scaled(read_number(text.removeprefix("t="), decimal), unit, zero)
    except ValueError as error:
        if str(error) == "is not a number":
            raise ValueError("expected seconds or a clock time") from error
        raise


def _clock(hours: str | None, minutes: str, seconds: str) -> float:
    seconds = seconds.replace(",", ".")
    if float(seconds) >= 60 or (hours is not None and float(minutes) >= 60):
        raise ValueError("expected seconds or a clock time")
    return float(hours or 0) * 3600 + float(minutes) * 60 + float(seconds)


def _smpte(hours: int, minutes: int, seconds: int, frame: int, *, drop: bool, rate: float) -> float:
    nominal = round(rate)
    if minutes >= 60 or seconds >= 60 or frame >= nominal:
        raise ValueError("is not a time code at this frame rate")
    count = ((hours * 60 + minutes) * 60 + seconds) * nominal + frame
    if drop:  # two numbers a minute are left out at 29.97, but not in every tenth minute
        passed = hours * 60 + minutes
        count -= round(rate / 15) * (passed - passed // 10)
    return count / rate


def _unit_of(word: str) -> str:
    if word in ("us", "µs", "μs", "usec", "microseconds"):
        return "us"
    if word in ("h", "hour", "hours"):
        return "h"
    if word in ("min", "minute", "minutes"):
        return "min"
    if word in ("ms", "msec", "millis", "milliseconds"):
        return "ms"
    return "ns" if word == "ns" else "s"


def _scaled(number: float, unit: str, zero: float | None) -> float:
    if unit in A_SECOND:
        return number / A_SECOND[unit]
    if unit in LONG_UNITS:
        return number * LONG_UNITS[unit]
    if unit in WALL_UNITS:
        return _since(number / WALL_UNITS[unit], zero)
    if unit.startswith("frames"):
        return number / rate_of(unit)
    raise ValueError("is a plain number; choose its unit")


def rate_of(unit: str) -> float:
    """The frames a second of "frames:29.97". Raises ValueError without one."""
    rate = unit.partition(":")[2]
    if not rate:
        raise ValueError("counts frames; choose the frame rate")
    number = read_number(rate)
    if not 0 < number <= MAX_RATE:
        raise ValueError("counts frames; choose a frame rate above 0")
    return number


def _float(number: int | float) -> float:
    try:
        return float(number)
    except OverflowError as error:
        raise ValueError("is a number with too many digits") from error


def _since(moment: float, zero: float | None) -> float:
    if zero is None:
        raise ValueError("is a time of day; choose the column with the start of the recording")
    if isinstance(moment, LocalTime) and not isinstance(zero, LocalTime):
        raise ValueError("has no time zone, but the start of the recording has one")
    if isinstance(zero, LocalTime) and not isinstance(moment, LocalTime):
        raise ValueError("has a time zone, as numbers since 1970 have, but the start of the recording has none")
    return float(moment - zero)


def read_wall(text: str) -> float:
    """Seconds since 1970 of a date and time by ISO 8601; a LocalTime without an offset. Raises ValueError."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise ValueError("expected a date and a time") from error
    return moment.timestamp() if moment.tzinfo else LocalTime(moment.replace(tzinfo=UTC).timestamp())


def _protobuf(value: dict[str, Any]) -> float:
    """A duration as Google's JSON of protocol buffers spells it: {"seconds": 14, "nanos": 833664000}."""
    if not value or not value.keys() <= {"seconds", "nanos"}:
        raise ValueError("expected seconds or a clock time, got an object")
    seconds, nanos = value.get("seconds", 0), value.get("nanos", 0)
    return read_number(str(seconds)) + read_number(str(nanos)) / 1e9


def read_share(value: Any, scale: str = "1", decimal: str = "") -> float | None:
    """A confidence as a share from 0 to 1; None for an empty value, and for words. Raises ValueError."""
    if type(value) is str and scale == "1" and not decimal and _DOT.fullmatch(value):  # most rows of most files
        share = float(value)
        if 0 <= share <= 1:
            return share
    if value is None or (isinstance(value, str) and value.strip() in NO_NUMBERS):
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError(_share_reason(scale))
    if isinstance(value, str) and (percent := value.strip()).endswith("%"):
        value, scale = percent[:-1], "100"
    try:
        number = read_number(value, decimal) if isinstance(value, str) else _float(value)
    except ValueError as error:
        if scale == "words":
            return None
        raise ValueError(_share_reason(scale) if str(error) == "is not a number" else str(error)) from error
    if not isfinite(number):
        return None
    share = round(number / int(scale), 12) if scale in ("10", "100") else number
    if not -HAIR <= share <= 1 + HAIR:
        raise ValueError(_share_reason(scale))
    return min(max(share, 0.0), 1.0)


def _share_reason(scale: str) -> str:
    return f"expected {SCALES[scale if scale in ('10', '100') else '1']} or a percentage"
