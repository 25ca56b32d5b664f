"""TwelveLabs' answer texts → events: one about the whole item for a text, one for each segment that has a time."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from batches.errors import BadRecord
from batches.sync.fields import TEXT_LIMIT, cell, clean, kind, quarantine, to_json
from batches.sync.jsontext import NotJSON, parse
from batches.sync.records import EventRecord, Quarantine
from batches.sync.times import clock_text, read_seconds
from batches.sync.vendors.base import finding

TITLE_LENGTH = 120  # characters
LONGEST_VIDEO = 10 * 86_400.0  # seconds; a time beyond is a mistake of the model
EMPTY = "Empty answer"
WHOLE = "answer"  # category of an event about the whole item

_TITLES = ("title", "label", "name", "event", "headline")
_TEXTS = ("description", "summary", "analysis", "explanation", "text", "reason")
_TIMES = ("start_time", "end_time")


@dataclass(slots=True)
class Answer:
    """What one answer holds."""

    events: list[EventRecord] = field(default_factory=list)
    bad: list[Quarantine] = field(default_factory=list)
    summary: str = ""
    note: str = ""  # why the answer is not all it should be, as a sentence


@dataclass(frozen=True, slots=True)
class _Timed:
    """One entry with a span, where it stood, and the fields to show."""

    key: str
    index: int  # among all entries of the answer
    record: dict[str, Any]
    fields: dict[str, Any]
    start_s: float | None
    end_s: float | None


def read_answer(envelope: dict[str, Any], *, mode: str, structured: bool, path: str) -> Answer:
    """The events of one result. `structured`: the request asked for JSON, so even a list or a number is structure.

    Raises BadRecord where there is no text at all.
    """
    text = envelope.get("data")
    if not isinstance(text, str):
        raise BadRecord(f"{path} data", f"expected text, got {kind(text)}")
    answer = Answer()
    if envelope.get("finish_reason") == "length":
        answer.note = "The answer was cut at the token limit."
        answer.events.append(_whole(envelope, text))
    elif mode == "time_based_metadata":
        _read_segments(answer, envelope, text, path)
    elif (value := _structure(text, structured)) is None:
        answer.events.append(_whole(envelope, text))
    else:
        _read_structure(answer, envelope, value, path)
    return answer


def _structure(text: str, structured: bool) -> Any:
    """The JSON in `text`, if it is meant as such: an object, or whatever the request's schema gave."""
    start = text.lstrip()[:1]
    if start != "{" and not (structured and start == "["):
        return None
    try:
        return parse(clean(text, len(text) + 1).encode())
    except (NotJSON, BadRecord):
        return None


def _read_segments(answer: Answer, envelope: dict[str, Any], text: str, path: str) -> None:
    value = _structure(text, structured=False)
    if value is None:
        answer.note = "The segments cannot be read: the answer is not the JSON object it should be."
        answer.events.append(_whole(envelope, text))
        return
    timed, index = list[_Timed](), 0
    for key, segments in value.items():
        if not isinstance(segments, list):
            where = f"{path} segments {key}"
            answer.bad.append(quarantine(BadRecord(where, f"expected a list, got {kind(segments)}"), segments))
            continue
        for place, segment in enumerate(segments):
            try:
                timed.append(_segment(segment, key, index, f"{path} segments {key} {place}"))
            except BadRecord as error:
                answer.bad.append(quarantine(error, segment))
            index += 1
    answer.events.extend(_in_time(timed))


def _segment(segment: Any, key: str, index: int, path: str) -> _Timed:
    if not isinstance(segment, dict):
        raise BadRecord(path, f"expected an object, got {kind(segment)}")
    metadata = segment.get("metadata")
    if metadata is not None and not isinstance(metadata, dict):
        raise BadRecord(f"{path} metadata", f"expected an object, got {kind(metadata)}")
    to_json(segment, path)
    return _Timed(key, index, segment, metadata or {}, *_span(segment))


def _read_structure(answer: Answer, envelope: dict[str, Any], value: Any, path: str) -> None:
    """Entries with times become events; what is left is the item's summary, or its one event where no entry has any."""
    timed = [
        _Timed(key, index, entry, {name: v for name, v in entry.items() if name not in _TIMES}, *_span(entry))
        for index, (key, entry) in enumerate(_timed_entries(value))
    ]
    if not timed:
        fields = value if isinstance(value, dict) else {"": value}
        answer.events.append(_structured(envelope, fields))
        return
    keys = {one.key for one in timed}
    rest = {name: v for name, v in value.items() if name not in keys} if isinstance(value, dict) else {}
    if _has_time(value):
        rest = {}
    answer.summary = clean("\n".join(_lines(rest)), TEXT_LIMIT)
    answer.events.extend(_in_time(timed))


def _timed_entries(value: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    if _has_time(value):
        yield WHOLE, value
        return
    lists = value.items() if isinstance(value, dict) else [(WHOLE, value)]
    for key, entries in lists:
        if isinstance(entries, list) and any(_has_time(entry) for entry in entries):
            yield from ((str(key), entry) for entry in entries if isinstance(entry, dict))


def _has_time(entry: Any) -> bool:
    return isinstance(entry, dict) and "start_time" in entry


def _span(entry: dict[str, Any]) -> tuple[float | None, float | None]:
    """Start and end in seconds; None for what is no moment of a video, and for an end before the start."""
    start, end = (_moment(entry.get(key)) for key in _TIMES)
    if start is not None and end is not None and end < start:
        end = None
    return start, end


def _moment(value: Any) -> float | None:
    seconds = read_seconds(value)
    return seconds if seconds is not None and 0 <= seconds <= LONGEST_VIDEO else None


def _in_time(timed: list[_Timed]) -> Iterator[EventRecord]:
    """The events in the order of their start, as a person watches; those without one last."""
    ordered = sorted(timed, key=lambda one: (one.start_s is None, one.start_s or 0.0))
    for position, one in enumerate(ordered):
        yield _event(one, position)


def _event(one: _Timed, position: int) -> EventRecord:
    fields = dict(one.fields)
    title = next((fields.pop(key) for key in _TITLES if isinstance(fields.get(key), str) and fields[key]), "")
    severity = fields.pop("severity") if isinstance(fields.get("severity"), str) else ""
    confidence = fields.pop("confidence") if _is_share(fields.get("confidence")) else None
    lines = _lines(fields)
    return finding(
        one.record,
        position=position,
        raw_index=one.index,
        label=title or (_title(lines[0]) if lines else "") or one.key,
        category=one.key,
        ai_text="\n".join(lines),
        severity=severity,
        confidence=confidence,
        timestamp=_timestamp(one),
        span=(one.start_s, one.end_s),
    )


def _timestamp(one: _Timed) -> str:
    """Clock text of the span; where a moment cannot be read, the vendor's own word for it."""
    ends = [
        cell(one.record.get(key)) if seconds is None else clock_text(seconds)
        for key, seconds in zip(_TIMES, (_moment(one.record.get(key)) for key in _TIMES), strict=True)
    ]
    return "-".join(filter(None, dict.fromkeys(ends)))


def _whole(envelope: dict[str, Any], text: str) -> EventRecord:
    return finding(envelope, position=0, raw_index=0, label=_title(text) or EMPTY, category=WHOLE, ai_text=text.strip())


def _structured(envelope: dict[str, Any], fields: dict[str, Any]) -> EventRecord:
    """One event about the whole item, from an answer in the caller's own shape."""
    return _event(_Timed(WHOLE, 0, envelope, fields, None, None), 0)


def _lines(fields: dict[str, Any]) -> list[str]:
    """The fields as text: sentences first, then `name: value`."""
    first = [fields[key].strip() for key in _TEXTS if isinstance(fields.get(key), str) and fields[key].strip()]
    rest = [
        f"{name}: {_words(value)}" if name else _words(value)
        for name, value in fields.items()
        if not (name in _TEXTS and isinstance(value, str))
    ]
    return first + rest


def _words(value: Any) -> str:
    if isinstance(value, list) and not any(isinstance(one, (list, dict)) for one in value):
        return ", ".join(map(_words, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, dict)):
        return to_json(value)
    return cell(value) or "–"


def _title(text: str) -> str:
    """The first line with words, cut after its first sentence or where it gets long."""
    line = next((line for line in text.strip().splitlines() if line.strip()), "").strip()
    sentence, stop, _ = line.partition(". ")
    line = sentence + stop.strip()
    return line if len(line) <= TITLE_LENGTH else line[: TITLE_LENGTH - 1].rstrip() + "…"


def _is_share(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and isfinite(value) and 0 <= value <= 1
