"""The wide part of an event as rows a person can read."""

import json
from dataclasses import dataclass
from typing import Any

from batches.models import Event, EventPayload

# On the card already, as columns of their own.
SHOWN = {
    "t_start", "t_end", "category", "label", "severity", "confidence", "approval", "aiAnalysis", "event_id",
    "annotated_thumbnail_url", "overlay", "structured_output", "origin",
}  # fmt: skip
MAX_TEXT = 20_000


@dataclass(frozen=True, slots=True)
class Fact:
    name: str
    value: str
    wide: bool = False  # several lines: shown below its name


@dataclass(frozen=True, slots=True)
class Facts:
    telemetry: tuple[Fact, ...]
    structured: tuple[Fact, ...]
    other: tuple[Fact, ...]


def facts_of(event: Event) -> Facts:
    """The fields of the vendor's SDK that are no columns of the event."""
    payload = event.__dict__.get("sdk_text")  # read with the event by `reviewer.access.event_for`
    if payload is None:
        payload = EventPayload.objects.filter(event=event.pk).values_list("sdk", flat=True).first()
    document = json.loads(payload) if payload else {}
    if not isinstance(document, dict):
        document = {}
    return Facts(
        _rows(document.get("overlay")),
        _rows(document.get("structured_output")),
        _rows({name: value for name, value in document.items() if name not in SHOWN and value != event.ai_text}),
    )


def raw_of(event: Event) -> str:
    """The event exactly as the vendor sent it, indented; cut at MAX_TEXT characters."""
    raw = EventPayload.objects.filter(event=event.pk).values_list("raw", flat=True).first() or "{}"
    return json.dumps(json.loads(raw), indent=2, ensure_ascii=False)[:MAX_TEXT]


def _rows(value: Any) -> tuple[Fact, ...]:
    if value in (None, {}, [], ""):
        return ()
    if not isinstance(value, dict):
        return (_fact("value", value),)
    return tuple(_fact(str(name), inner) for name, inner in value.items() if inner not in (None, "", {}, []))


def _fact(name: str, value: Any) -> Fact:
    """A pair of start and end reads `31 → 12`; anything nested stays JSON."""
    label = name.removeprefix("frame_").replace("_", " ")
    if isinstance(value, dict) and value and set(value) <= {"start", "end"}:
        ends = [_plain(value[key]) for key in ("start", "end") if value.get(key) is not None]
        return Fact(label, " → ".join(dict.fromkeys(ends)))
    if isinstance(value, list) and all(isinstance(part, str | int | float) for part in value) and len(value) < 20:
        return Fact(label, ", ".join(map(_plain, value)))
    if isinstance(value, dict | list):
        return Fact(label, json.dumps(value, indent=2, ensure_ascii=False)[:MAX_TEXT], wide=True)
    return Fact(label, _plain(value))


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.10g}" if isinstance(value, float) else str(value)[:MAX_TEXT]
