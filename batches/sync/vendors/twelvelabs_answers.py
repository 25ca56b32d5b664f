"""Reads TwelveLabs' answers into events: one for a whole text, or one for each segment with a time."""

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

TITLE_CHARACTERS = 120
MAX_VIDEO_SECONDS = 10 * 86_400.0  # a later time is a mistake of the model
EMPTY = "Empty answer"
WHOLE = "answer"  # category of an event about the whole item

_TITLES = ("title", "label", "name", "event", "headline")
_TEXTS = ("description", "summary", "analysis", "explanation", "text", "reason")
_TIMES = ("start_time", "end_time")


@dataclass(slots=True)
class Answer:
    """The content of one answer."""

    events: list[EventRecord] = field(default_factory=list)
    bad: list[Quarantine] = field(default_factory=list)
    summary: str = ""
    note: str = ""  # why the answer is incomplete, as a sentence


@dataclass(frozen=True, slots=True)
class _Timed:
    """An entry with its span, its position and the fields to show."""

    key: str
    index: int  # among all entries of the answer
    record: dict[str, Any]
    fields: dict[str, Any]
    start_s: float | None
    end_s: float | None


def read_answer(envelope: dict[str, Any], *, mode: str, structured: bool, path: str) -> Answer:
    """The events of one result. `structured`: the request asked for JSON, so a list also counts as structure.

    Raises BadRecord if there is no text.
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
    """The JSON value of `text`: an object, or a list if the request asked for JSON; None for plain text."""
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
        answer.note = "The segments cannot be read: the answer is not a JSON object."
        answer.events.append(_whole(envelope, text))
        return
    timed, index = list[_Timed](), 0
    for key, segments in value.items():
        if not isinstance(segments, list):
            where = f"{path} segments {key}"
            answer.bad.append(quarantine(BadRecord(where, f"expected a list, got {kind(segments)}"), segments))
            continue
        for number, segment in enumerate(segments):
            try:
                timed.append(_segment(segment, key, index, f"{path} segments {key} {number}"))
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
    """Turn entries with times into events and the rest into the item's summary. Without times, make one event."""
    timed = [
        _Timed(key, index, entry, {name: v for name, v in entry.items() if name not in _TIMES}, *_span(entry))
        for index, (key, entry) in enumerate(_timed_entries(value))
    ]
    if not timed:
        fields = value if isinstance(value, dict) else {"": value}
        answer.events.append(_structured(envelope, fields))
        return
    keys = {timed_entry.key for timed_entry in timed}
    others = {name: v for name, v in value.items() if name not in keys} if isinstance(value, dict) else {}
    if _has_time(value):
        others = {}
    answer.summary = clean("\n".join(_lines(others)), TEXT_LIMIT)
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
    """Start and end in seconds; None for an invalid time, and for an end before the start."""
    start, end = (_moment(entry.get(key)) for key in _TIMES)
    if start is not None and end is not None and end < start:
        end = None
    return start, end


def _moment(value: Any) -> float | None:
    seconds = read_seconds(value)
    return seconds if seconds is not None and 0 <= seconds <= MAX_VIDEO_SECONDS else None


def _in_time(timed: list[_Timed]) -> Iterator[EventRecord]:
    """The events by start time; those without a start come last."""
    ordered = sorted(timed, key=lambda entry: (entry.start_s is None, entry.start_s or 0.0))
    for position, entry in enumerate(ordered):
        yield _event(entry, position)


def _event(entry: _Timed, position: int) -> EventRecord:
    fields = dict(entry.fields)
    title = next((fields.pop(key) for key in _TITLES if isinstance(fields.get(key), str) and fields[key]), "")
    severity = fields.pop("severity") if isinstance(fields.get("severity"), str) else ""
    confidence = fields.pop("confidence") if _is_share(fields.get("confidence")) else None
    lines = _lines(fields)
    return finding(
        entry.record,
        position=position,
        raw_index=entry.index,
        label=title or (_title(lines[0]) if lines else "") or entry.key,
        category=entry.key,
        ai_text="\n".join(lines),
        severity=severity,
        confidence=confidence,
        timestamp=_timestamp(entry),
        span=(entry.start_s, entry.end_s),
    )


def _timestamp(entry: _Timed) -> str:
    """The span as clock text; an unreadable time is shown as the vendor wrote it."""
    ends = [
        cell(entry.record.get(key)) if seconds is None else clock_text(seconds)
        for key, seconds in zip(_TIMES, (_moment(entry.record.get(key)) for key in _TIMES), strict=True)
    ]
    return "-".join(filter(None, dict.fromkeys(ends)))


def _whole(envelope: dict[str, Any], text: str) -> EventRecord:
    return finding(envelope, position=0, raw_index=0, label=_title(text) or EMPTY, category=WHOLE, ai_text=text.strip())


def _structured(envelope: dict[str, Any], fields: dict[str, Any]) -> EventRecord:
    """One event about the whole item, from an answer in the caller's own JSON schema."""
    return _event(_Timed(WHOLE, 0, envelope, fields, None, None), 0)


def _lines(fields: dict[str, Any]) -> list[str]:
    """The fields as lines of text: descriptions first, then `name: value`."""
    sentences = [fields[key].strip() for key in _TEXTS if isinstance(fields.get(key), str) and fields[key].strip()]
    others = [
        f"{name}: {_words(value)}" if name else _words(value)
        for name, value in fields.items()
        if not (name in _TEXTS and isinstance(value, str))
    ]
    return sentences + others


def _words(value: Any) -> str:
    if isinstance(value, list) and not any(isinstance(element, (list, dict)) for element in value):
        return ", ".join(map(_words, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, dict)):
        return to_json(value)
    return cell(value) or "–"


def _title(text: str) -> str:
    """The first non-empty line, cut after its first sentence or at the length limit."""
    line = next((line for line in text.strip().splitlines() if line.strip()), "").strip()
    sentence, stop, _ = line.partition(". ")
    line = sentence + stop.strip()
    return line if len(line) <= TITLE_CHARACTERS else line[: TITLE_CHARACTERS - 1].rstrip() + "…"


def _is_share(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and isfinite(value) and 0 <= value <= 1
