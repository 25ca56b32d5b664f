"""What an event said when it was decided beside what it says now, field by field."""

from dataclasses import dataclass

from batches.models import Event, EventPast
from reviewer.formats import span


@dataclass(frozen=True, slots=True)
class Change:
    name: str
    was: str
    now: str


def changes_since(event: Event) -> list[Change]:
    """The fields that differ from what the standing decision saw; empty where that is not known."""
    if not event.changed_since:
        return []
    seen = event.standing
    before = EventPast.objects.filter(event=event, fingerprint=seen.fingerprint).first() if seen else None
    if before is None:
        return []
    now = _words(event)
    return [Change(name, was, now[name]) for name, was in _words(before).items() if was != now[name]]


def _words(one: Event | EventPast) -> dict[str, str]:
    return {
        "Span": span(one),
        "Category": one.category,
        "Label": one.label,
        "Severity": one.severity,
        "Confidence": "" if one.confidence is None else f"{one.confidence:.2f}",
        "AI analysis": one.ai_text,
    }
