"""Reads ordinary rows of texts into events: what a mapping means is decided once, not for each row.

A row that is not ordinary is left to the general reading, which makes the same event of it, or says why it cannot.
"""

from collections.abc import Callable, Mapping
from hashlib import blake2b

from batches.sync.fields import NAME_LIMIT, TEXT_LIMIT
from batches.sync.files.units import A_SECOND, MAX_SECONDS, NONE_TEXTS
from batches.sync.records import EventRecord
from batches.sync.times import clock_text

FlatReader = Callable[[Mapping[str, str], bytes, int, int], EventRecord | None]
READ_HERE = frozenset(
    {"video", "batch", "start", "end", "label", "category", "text", "severity", "id", "confidence", "track"}
)  # our fields; a mapping with others is read generally
_LONGEST_NONE = max(map(len, NONE_TEXTS))


def flat_reader(mapping: Mapping[str, str], options: Mapping[str, str], *, brief: bool = False) -> FlatReader | None:
    """The reader of a row: `reader(row, body, index, position)` gives its event, None if the row is not ordinary.

    None instead of a reader if the mapping or the options are not ordinary. `brief`: only the numbers of an event are
    wanted, no texts.
    """
    units = [options.get(f"unit.{name}") or options.get("unit.start") or "s" for name in ("start", "end")]
    is_ordinary = mapping.keys() <= READ_HERE and (options.get("scale") or "1") == "1"
    if not is_ordinary or options.get("decimal") or not A_SECOND.keys() >= set(units):
        return None
    per_start, per_end = (A_SECOND[unit] for unit in units)
    # A column that a row does not have is empty in every row.
    label_at, category_at, text_at, severity_at, id_at, start_at, end_at, confidence_at = (
        mapping.get(name, "\0")
        for name in ("label", "category", "text", "severity", "id", "start", "end", "confidence")
    )
    made = tuple.__new__  # without the class's own function, which takes the time of all the texts

    def read(row: Mapping[str, str], body: bytes, index: int, position: int) -> EventRecord | None:
        if b"\\u" in body:  # a letter that is not ASCII, or a sign that is not kept
            return None
        get = row.get
        start, end, confidence = get(start_at, ""), get(end_at, ""), get(confidence_at, "")
        if "_" in start or "_" in end or "_" in confidence:  # which Python takes for a part of a number
            return None
        try:
            start_s = float(start) / per_start if start else None
            end_s = float(end) / per_end if end else None
            share = float(confidence) if confidence else None
        except ValueError:
            return None
        if not (
            (start_s is None or 0 <= start_s <= MAX_SECONDS)
            and (end_s is None or (start_s or 0) <= end_s <= MAX_SECONDS)
            and (share is None or 0 <= share <= 1)
        ):
            return None
        raw = body.decode()
        if brief:
            return made(EventRecord, (
                position, index, "", start_s, end_s, "", "", "", "", "", "", share, True, "", "", "pending", "pending",
                None, raw, raw, "", "",
            ))  # fmt: skip
        category, ai_text = get(category_at, ""), get(text_at, "")
        severity, event_id, label = get(severity_at, ""), get(id_at, ""), get(label_at, "")
        category, ai_text = category and _text(category), ai_text and _text(ai_text)
        severity, event_id = severity and _text(severity), event_id and _text(event_id)
        label = (label and _text(label)) or category or ai_text[:120] or "Event"
        if len(body) > NAME_LIMIT and (
            max(len(category), len(severity), len(event_id)) > NAME_LIMIT or max(len(label), len(ai_text)) > TEXT_LIMIT
        ):
            return None
        clock = "" if start_s is None else clock_text(start_s)
        if end_s is not None and (end_clock := clock_text(end_s)) != clock:
            clock = f"{clock}-{end_clock}" if clock else end_clock
        fingerprinted = f"{start_s!r}\0{end_s!r}\0{clock}\0{category}\0{label}\0{ai_text}"
        fingerprint = blake2b(fingerprinted.encode(), digest_size=16).hexdigest()
        return made(EventRecord, (
            position, index, event_id, start_s, end_s, clock, "", "", category, label, severity, share, True, ai_text,
            "", "pending", "pending", None, raw, raw, fingerprint, "",
        ))  # fmt: skip

    return read


def _text(value: str) -> str:
    value = value.strip()
    return "" if len(value) <= _LONGEST_NONE and value in NONE_TEXTS else value
