"""Reads NomadicML events into EventRecords: typed cells of the vendor's CSV, and a fingerprint of the judged values."""

from hashlib import blake2b
from math import isfinite, nan
from struct import Struct
from typing import Any

from batches.errors import BadRecord
from batches.sync.fields import (
    NAME_LIMIT,
    TEXT_LIMIT,
    URL_LIMIT,
    cell,
    clean,
    clean_url,
    quarantine,
    to_json_each,
)
from batches.sync.records import Approval, EventRecord, Quarantine
from batches.sync.times import read_seconds
from batches.sync.vendors.nomadic_events import JSONObject, Reading, read_event

_NOTHING: JSONObject = {}
_SPAN = Struct("<dd").pack
_made = tuple.__new__  # without the class's own function, as there are many events
_APPROVALS: dict[Any, Approval] = {word: word for word in ("pending", "approved", "rejected", "invalid")}


def read_events(
    elements: list[Any], raws: list[str | None] | None = None, *, fractions: bool, path: str
) -> tuple[tuple[EventRecord, ...], tuple[Quarantine, ...]]:
    """All events of one array, in order, and the quarantined elements.

    `raws`: the elements as JSON text, if the caller has them. `path`: where the array belongs.
    """
    bad: dict[int, BadRecord] = {}
    readings: list[tuple[int, Reading]] = []
    raws = to_json_each(elements) if raws is None else raws
    for index, element in enumerate(elements):
        try:
            readings += [(index, reading) for reading in _read(element, raws[index], fractions)]
        except BadRecord as error:
            bad[index] = error
    texts = to_json_each([reading.sdk for _, reading in readings])
    events = tuple(
        _record(reading, position, index, text or "", raws[index] or "")
        for position, ((index, reading), text) in enumerate(zip(readings, texts, strict=True))
    )
    return events, tuple(
        quarantine(BadRecord(f"{path} event {index} {error.path}".rstrip(), error.reason), elements[index])
        for index, error in bad.items()
    )


def _read(element: Any, raw: str | None, fractions: bool) -> list[Reading]:
    if type(element) is not dict:
        raise BadRecord("", "expected an object; the vendor's SDK leaves it out too")
    if raw is None:
        raise BadRecord("", "is nested too deeply or holds a number with too many digits")
    try:
        return read_event(element, fractions=fractions)
    except OverflowError as error:
        raise BadRecord("", "holds a number that is too large") from error


def _record(reading: Reading, position: int, raw_index: int, text: str, raw: str) -> EventRecord:
    event = reading.sdk
    get = event.get
    data = get("data")
    if type(data) is not dict:
        data = _NOTHING
    if reading.span:  # only a UI event has its times as clock texts
        start, end = event["t_start"], event["t_end"]
        start_s, end_s = reading.span
    else:
        start, end = _times(event, data)
        start_s, end_s = read_seconds(start), read_seconds(end)
    category = get("category") or get("type") or ""
    label = get("description") or data.get("label") or get("label") or ""
    approval = get("approval") or "pending"
    confidence = get("confidence")
    unix_start, unix_end = _unix_values(event, data)
    texts: tuple[str, ...] = (
        approval,
        _span_cell(start, end),
        unix_start if type(unix_start) is str else cell(unix_start),
        unix_end if type(unix_end) is str else cell(unix_end),
        category,
        label,
        get("aiAnalysis") or data.get("aiAnalysis") or "",
        get("severity", ""),
        get("event_id") or data.get("event_id") or "",
        get("annotated_thumbnail_url", ""),
    )
    odd = None
    if not _is_clean(texts):
        texts, odd = _cleaned(tuple(map(cell, texts)))
    raw_approval, timestamp, unix_start, unix_end, category_text, label_text, ai_text, severity, event_id, url = texts
    if type(category) is not str or type(label) is not str or odd:
        shown = "" if label == category else cell(label)
        if shown != ("" if label_text == category_text else label_text):
            odd = {**(odd or {}), "Label": shown}
        elif odd:
            odd.pop("Label", None)
    if confidence is not None and not isfinite(confidence):
        odd = {**(odd or {}), "Confidence": cell(confidence)}
        confidence = None
    return _made(EventRecord, (
        position, raw_index, event_id, start_s, end_s, timestamp, unix_start, unix_end, category_text, label_text,
        severity, confidence, reading.confidence_given, ai_text, url,
        _APPROVALS.get(approval) if type(approval) is str else None,
        raw_approval, odd or None, text, raw,
        fingerprint(start_s, end_s, timestamp, category_text, label_text, ai_text),
        "",
    ))  # fmt: skip


def fingerprint(
    start_s: float | None, end_s: float | None, timestamp: str, category: str, label: str, ai_text: str
) -> str:
    """32 hex digits over the judged values: span, category, label and AI text."""
    span = _SPAN(nan if start_s is None else start_s, nan if end_s is None else end_s)
    text = f"{timestamp}\0{category}\0{label}\0{ai_text}"
    return blake2b(span + text.encode(), digest_size=16).hexdigest()


# The CSV columns of `texts`, and the maximum characters that the database stores of each.
_COLUMNS = (
    ("Approval Status", NAME_LIMIT),
    ("Timestamp", NAME_LIMIT),
    ("unix_timestamp_start", NAME_LIMIT),
    ("unix_timestamp_end", NAME_LIMIT),
    ("Category", NAME_LIMIT),
    ("Label", TEXT_LIMIT),
    ("AI Analysis", TEXT_LIMIT),
    ("Severity", NAME_LIMIT),
    ("Event ID", NAME_LIMIT),
    ("Annotated Thumbnail URL", URL_LIMIT),
)


def _is_clean(texts: tuple[Any, ...]) -> bool:
    """Whether all values are texts that need no cleaning.

    Joins them to test all at once, because nearly all are clean.
    """
    try:
        together = "\0".join(texts)
    except TypeError:
        return False
    if together.count("\0") >= len(texts):
        return False
    label, ai_text, url = len(texts[5]), len(texts[6]), len(texts[9])
    if len(together) - label - ai_text - url > NAME_LIMIT:
        return False
    if url > URL_LIMIT or label > TEXT_LIMIT or ai_text > TEXT_LIMIT:
        return False
    if together.isascii():
        return True
    try:
        together.encode()
    except UnicodeEncodeError:
        return False
    return True


def _cleaned(texts: tuple[str, ...]) -> tuple[tuple[str, ...], dict[str, str]]:
    """The texts as both databases can store them, and the exact text of each changed column."""
    cleaned = tuple(
        clean_url(text) if column.endswith("URL") else clean(text, limit)
        for text, (column, limit) in zip(texts, _COLUMNS, strict=True)
    )
    changed = zip(_COLUMNS, texts, cleaned, strict=True)
    return cleaned, {column: text for (column, _), text, cleaned_text in changed if cleaned_text is not text}


def _first_present(*values: Any) -> Any:
    """The first value that is neither null nor empty text, else empty text."""
    for value in values:
        if value is not None and value != "":
            return value
    return ""


def _times(event: JSONObject, data: JSONObject) -> tuple[Any, Any]:
    """Start and end as the vendor's CSV picks them, of any type."""
    get = event.get
    start, end = get("t_start"), get("t_end")
    if start is None or start == "":
        start = _first_present(get("time"), get("start_time"), data.get("t_start"), data.get("start_time"))
    if end is None or end == "":
        end = _first_present(get("end_time"), data.get("t_end"), data.get("end_time"))
    return start, end


def _span_cell(start: Any, end: Any) -> str:
    if end == "" or end == start:
        return cell(start)
    return cell(end) if start == "" else f"{start}-{end}"


def _unix_values(event: JSONObject, data: JSONObject) -> tuple[Any, Any]:
    """The Unix times of start and end, of any type; empty text for none."""
    overlay = event.get("overlay")
    pair = overlay.get("unix_timestamp") if type(overlay) is dict else None
    if type(pair) is not dict:
        if not data:
            return "", ""
        pair = _NOTHING
    return (
        _first_present(pair.get("start"), data.get("unix_timestamp_start")),
        _first_present(pair.get("end"), data.get("unix_timestamp_end")),
    )
