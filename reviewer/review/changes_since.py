"""The fields of an event that changed since it was decided: their values then and now."""

from dataclasses import dataclass
from functools import partial

from django.utils.translation import gettext as _

from batches.models import Event, EventPast
from reviewer.formats import span_of


@dataclass(frozen=True, slots=True)
class Change:
    name: str
    was: str
    now: str


def changes_since(event: Event) -> list[Change]:
    """The fields that differ from those of the current decision; empty if those are not recorded."""
    if not event.changed_since:
        return []
    seen = event.standing
    # What the vendor said then and says now; corrections are no change of it.
    before = EventPast.objects.filter(event=event, fingerprint=seen.fingerprint).first() if seen else None
    if before is None:
        return []
    now = _field_texts(event)
    return [Change(name, was, now[name]) for name, was in _field_texts(before).items() if was != now[name]]


def _field_texts(event: Event | EventPast) -> dict[str, str]:
    value_of = event.vendor_value if isinstance(event, Event) else partial(getattr, event)
    return {
        _("Span"): span_of(value_of("start_s"), value_of("end_s"), value_of("timestamp")),
        _("Category"): value_of("category"),
        _("Label"): value_of("label"),
        _("Severity"): value_of("severity"),
        _("Confidence"): "" if event.confidence is None else f"{event.confidence:.2f}",
        _("AI analysis"): event.ai_text,
    }
