"""Reads a NomadicML event into the SDK's own JSON, and keeps the values that the SDK discards."""

import json
import re
from functools import lru_cache
from string import ascii_letters
from typing import Any, NamedTuple

from batches.errors import BadRecord
from batches.sync.fields import kind
from batches.sync.vendors.nomadic_times import read_exact_mark, read_mark

JSONObject = dict[str, Any]

_NOTHING: JSONObject = {}
_MARK = re.compile(r"t=(\d+(\.\d+)?)")
_UNIX_TIMES = ("unix_timestamp_start", "unix_timestamp_end")
_STRUCTURED = (
    "structured_output",
    "structured_output_label",
    "structured_output_version",
    "structured_output_errors",
)
_UI_CONFIDENCE = 0.85  # the SDK's default for a UI event without a readable confidence
# Letters of units and zones; "inf", "nan" and "infinity" end in f, n and y.
_NEVER_ENDS_A_NUMBER = frozenset(ascii_letters) - frozenset("fnyFNY")
_NO_FLOAT = (TypeError, ValueError)


class Reading(NamedTuple):
    """An event as the SDK returns it, and the values that the SDK discards."""

    sdk: JSONObject
    confidence_given: bool  # False where the SDK filled in a default
    span: tuple[float | None, float | None] | None  # raw seconds, where `sdk` no longer has them


def read_event(event: JSONObject, *, fractions: bool) -> list[Reading]:
    """The SDK's events for one element of an events array: one event, several intervals, or nothing.

    `fractions`: keep fractions of seconds, as action segmentation does. Raises BadRecord (path: the field) for an
    element that crashes the SDK or that the SDK silently leaves out.
    """
    if "type" in event and "time" in event:
        return [_ui_event(event, fractions)]
    if ("t_start" in event and "t_end" in event) or (
        "label" in event and "start_time" in event and "end_time" in event
    ):
        return [_finished(dict(event))]
    return [_finished(interval) for interval in _intervals(event)]


def _ui_event(event: JSONObject, fractions: bool) -> Reading:
    get = event.get
    data = get("data") or _NOTHING
    if type(data) is not dict:
        raise BadRecord("data", f"expected an object, got {kind(data)}")
    inner = data.get
    read = read_exact_mark if fractions else read_mark
    t_start, start_s = read(get("time"), "time")
    t_end, end_s = read(get("end_time"), "end_time")
    confidence_given = "confidence" in data
    try:
        confidence = float(data["confidence"]) if confidence_given else _UI_CONFIDENCE
    except _NO_FLOAT:
        confidence, confidence_given = _UI_CONFIDENCE, False
    severity = event["severity"] if "severity" in event else inner("severity", "medium")
    sdk: JSONObject = {
        "t_start": t_start,
        "t_end": t_end,
        "category": event["type"],
        "label": event["description"] if "description" in event else inner("label", ""),
        "severity": severity if type(severity) is str else str(severity),
        "aiAnalysis": event["aiAnalysis"] if "aiAnalysis" in event else inner("aiAnalysis", ""),
        "confidence": confidence,
        "approval": event["approval"] if "approval" in event else inner("approval", "pending"),
    }
    if event_id := get("event_id") or get("id") or inner("event_id"):
        sdk["event_id"] = str(event_id)
    for key in _STRUCTURED:
        value = get(key)
        if value is None:
            value = inner(key)
        if value is not None:
            sdk[key] = value
    if thumbnail := inner("annotated_thumbnail_url") or get("annotated_thumbnail_url"):
        sdk["annotated_thumbnail_url"] = thumbnail
    if overlay := _ui_overlay(event, data):
        sdk["overlay"] = overlay
    if fractions:
        for key in ("parent_category", "event_ai_reasoning"):
            value = event[key] if key in event else inner(key)
            if value is not None:
                sdk[key] = value
    return Reading(sdk, confidence_given, (start_s, end_s))


def _ui_overlay(event: JSONObject, data: JSONObject) -> JSONObject:
    """The overlay of a UI event in the SDK's order: frame and unix times, then every `frame_…` pair of its data."""
    pairs: dict[str, JSONObject] = {}
    first = data.get("frame_timestamp_start") or event.get("frame_timestamp_start")
    last = data.get("frame_timestamp_end") or event.get("frame_timestamp_end")
    if first is not None or last is not None:
        pairs["frame_timestamp"] = {"start": _frame_time(first), "end": _frame_time(last)}
    start = data.get("unix_timestamp_start") or event.get("unix_timestamp_start")
    end = data.get("unix_timestamp_end") or event.get("unix_timestamp_end")
    if start is not None or end is not None:
        pairs["unix_timestamp"] = {"start": _overlay_value(start), "end": _overlay_value(end)}
    for key, value in data.items():
        frame = _frame(key)
        if frame is None:
            continue
        name, side, in_degrees = frame
        if name == "frame_timestamp" and (first if side == "start" else last) is not None:
            continue
        if in_degrees:
            value = _degrees(value)
        elif type(value) is str:
            value = _overlay_value(value)
        if name in pairs:
            pairs[name][side] = value
        elif side == "start":
            pairs[name] = {"start": value, "end": None}
        else:
            pairs[name] = {"start": None, "end": value}
    return _without_nulls(pairs)


@lru_cache(256)  # every event has the same few keys
def _frame(key: str) -> tuple[str, str, bool] | None:
    """ "frame_gps_lat_end" → ("frame_gps_lat", "end", True): pair, side, whether degrees; None for all other keys."""
    name, _, side = key.rpartition("_")
    if name[:6] != "frame_" or side not in ("start", "end"):
        return None
    return name, side, "gps_lat" in key or "gps_lon" in key


def _frame_time(value: Any) -> Any:
    return None if value is None or value == "null" else _overlay_value(str(value))


def _degrees(value: Any) -> float | None:
    try:
        return float(value)
    except _NO_FLOAT:
        return None


def _overlay_pairs(event: JSONObject) -> JSONObject:
    """{"frame_speed_start": "41"} → {"frame_speed": {"start": 41.0, "end": None}}, without pairs of two nulls."""
    pairs: dict[str, JSONObject] = {}
    for key, value in event.items():
        if key[:6] == "frame_" or key[:14] == "unix_timestamp":
            _put(pairs, key, value)
    return _without_nulls(pairs)


def _put(pairs: dict[str, JSONObject], key: str, value: Any) -> None:
    """Put `value` into its pair if `key` names one side of a pair."""
    if key[-6:] == "_start":
        name, side = key[:-6], "start"
    elif key[-4:] == "_end":
        name, side = key[:-4], "end"
    else:
        return
    if type(value) is str:
        value = _overlay_value(value)
    if name in pairs:
        pairs[name][side] = value
    elif name[:6] == "frame_" or name[:14] == "unix_timestamp":
        pairs[name] = {"start": value, "end": None} if side == "start" else {"start": None, "end": value}


def _without_nulls(pairs: dict[str, JSONObject]) -> JSONObject:
    for pair in pairs.values():
        if pair["start"] is None and pair["end"] is None:
            break
    else:
        return pairs
    for name in [name for name, pair in pairs.items() if pair["start"] is None and pair["end"] is None]:
        del pairs[name]
    return pairs


def _overlay_value(value: Any) -> Any:
    """Trimmed text, as a number if it reads as one; None for empty text; other values unchanged."""
    if type(value) is not str:
        return value
    text = value.strip()
    if not text:
        return None
    if text[-1] in _NEVER_ENDS_A_NUMBER:
        return text  # the common case; float() would cost an exception each time
    try:
        return float(text)
    except ValueError:
        return text


def _finished(sdk: JSONObject) -> Reading:
    """Normalise an event that is not a UI event as the SDK does. Changes `sdk` in place."""
    sdk.setdefault("approval", "pending")
    confidence_given = "confidence" in sdk
    if confidence_given:
        try:
            sdk["confidence"] = float(sdk["confidence"])
        except _NO_FLOAT:
            sdk["confidence"], confidence_given = 0.0, False
    overlay = sdk.get("overlay")
    merged = (overlay if type(overlay) is dict else {}) | _overlay_pairs(sdk)
    if merged:
        sdk["overlay"] = merged
    for key in [key for key in sdk if key[:6] == "frame_" and key.endswith(("_start", "_end"))]:
        del sdk[key]
    for key in _UNIX_TIMES:
        sdk.pop(key, None)
    return Reading(sdk, confidence_given, None)


def _intervals(event: JSONObject) -> list[JSONObject]:
    """The intervals of a descriptive event: the refined ones, or its own times."""
    start, end = (_mark(event, key) for key in ("time", "end_time"))
    label = event.get("description", "Unknown")
    intervals = _refined(event.get("refined_events"))
    if not intervals:
        if start is None or end is None:
            raise BadRecord("", "has no start and end time; the vendor's SDK leaves it out too")
        intervals = [(start, end)]
    return [{"label": label, "start_time": start, "end_time": end} for start, end in intervals]


def _mark(event: JSONObject, key: str) -> float | None:
    value = event.get(key, "")
    if type(value) is not str:
        raise BadRecord(key, f"expected text like t=12.3, got {kind(value)}")
    match = _MARK.search(value)
    return float(match[1]) if match else None


def _refined(text: Any) -> list[tuple[float, float]]:
    """The intervals in `refined_events` (JSON text of lists).

    Empty where the SDK ignores it; BadRecord where it crashes.
    """
    if not text:
        return []
    if type(text) is not str:
        raise BadRecord("refined_events", f"expected JSON text, got {kind(text)}")
    try:
        rows = json.loads(text)
    except json.JSONDecodeError:
        return []
    except (ValueError, RecursionError) as error:
        raise BadRecord("refined_events", "expected readable JSON text of intervals") from error
    if type(rows) is not list:
        return []
    try:
        return [(float(row[0]), float(row[1])) for row in rows if type(row) is list and len(row) >= 2]
    except (TypeError, ValueError, OverflowError) as error:
        raise BadRecord("refined_events", "expected intervals of two numbers") from error
