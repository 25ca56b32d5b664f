"""Corrections: people's values of fields that the vendor got wrong, in the event's own columns.

The vendor's value of a corrected field is in the column `vendor_<field>`. So everything that reads an event reads the
true values. `Event.corrections` is the JSON text of the corrected fields; a sync never writes it.
"""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from batches.errors import BadValues
from batches.folding import stored_words
from batches.models.severity import Severity

if TYPE_CHECKING:
    from batches.models.event import Event

TEXTS = ("category", "label", "severity")
MOMENTS = ("start_s", "end_s")
FIELDS = (*TEXTS, *MOMENTS, "box")
LENGTHS = {"category": 255, "label": 2000, "severity": 255}
NAMES = {"category": "Category", "label": "Label", "severity": "Severity", "start_s": "Start", "end_s": "End",
         "box": "Box"}  # fmt: skip
COLUMNS = (
    *FIELDS, *(f"vendor_{name}" for name in FIELDS), "timestamp", "vendor_timestamp", "severity_rank", "search_words",
    "corrections", "correction_changed",
)  # fmt: skip
JOINERS = dict.fromkeys(map(ord, "\u200c\u200d"))  # Persian and Hindi are written with them, and so are emoji
MAX_SECONDS = 10_000_000.0
BOX_PLACES = 4  # a fifth of a pixel of 1920
BOX_SLACK = 2 * 10**-BOX_PLACES  # left and width are rounded apart

Values = dict[str, str | float | list[float]]


def clean(corrections: Mapping[str, Any]) -> Values:
    """The corrections as they are stored. Raises BadValues for an unknown field or an impossible value."""
    cleaned: Values = {}
    for name, value in corrections.items():
        if name in TEXTS:
            cleaned[name] = _text(name, value)
        elif name in MOMENTS:
            cleaned[name] = _seconds(name, value)
        elif name == "box":
            cleaned[name] = _box(value)
        else:
            raise BadValues(
                _("corrections: {name} is not one of {names}.").format(name=repr(name), names=", ".join(FIELDS))
            )
    return cleaned


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise BadValues(_("corrections: {name} must be text.").format(name=name))
    text = value.strip()
    if len(text) > LENGTHS[name]:
        why = _("corrections: {name} has more than {count} characters.")
        raise BadValues(why.format(name=name, count=LENGTHS[name]))
    if not text.translate(JOINERS).isprintable():
        raise BadValues(_("corrections: {name} has characters that cannot be printed.").format(name=name))
    return text


def _seconds(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:  # NaN
        raise BadValues(_("corrections: {name} must be a number of seconds.").format(name=name))
    if not 0 <= value <= MAX_SECONDS:
        why = _("corrections: {name} must be between 0 and {most} seconds.")
        raise BadValues(why.format(name=name, most=f"{MAX_SECONDS:.0f}"))
    return round(float(value), 2)


def _box(value: Any) -> list[float]:
    """Left, top, width and height as parts of the picture."""
    numbers = isinstance(value, list | tuple) and len(value) == 4
    if not numbers or any(isinstance(side, bool) or not isinstance(side, int | float) for side in value):
        raise BadValues(_("corrections: box must be four numbers: left, top, width, height."))
    if all(0 <= side <= 1 for side in value):  # not NaN either
        left, top, width, height = box = [round(float(side), BOX_PLACES) for side in value]
        if min(width, height) > 0 and max(left + width, top + height) <= 1 + BOX_SLACK:
            return box
    raise BadValues(_("corrections: box must lie in the picture, whose sides are 1 long, and have a size."))


def read(text: str | None) -> Values:
    """The corrections in a stored text; none for None."""
    return json.loads(text) if text else {}


def write(corrections: Mapping[str, Any]) -> str | None:
    """The text to store; equal corrections have equal texts."""
    return json.dumps({name: corrections[name] for name in FIELDS if name in corrections}) if corrections else None


def vendor_value(event: "Event", name: str) -> Any:
    """The vendor's own value of a field of an event."""
    corrected = read(event.corrections)
    if name not in (*FIELDS, "timestamp"):
        return getattr(event, name)
    if name == "timestamp":
        return event.vendor_timestamp if corrected.keys() & set(MOMENTS) else event.timestamp
    return getattr(event, f"vendor_{name}" if name in corrected else name)


def added(event: "Event", corrections: Mapping[str, Any]) -> Values:
    """The event's corrections after these; one with the vendor's own value takes a correction back.

    Raises BadValues if the span would end before it starts.
    """
    merged = read(event.corrections) | dict(corrections)
    values = {
        name: value
        for name, value in merged.items()
        if name not in corrections or value != _rounded(vendor_value(event, name))
    }
    if corrections.keys() & set(MOMENTS):
        check_span(*(values.get(name, vendor_value(event, name)) for name in MOMENTS))
    return values


def check_span(start: float | None, end: float | None) -> None:
    """Raises BadValues for a span that ends before it starts."""
    if start is not None and end is not None and end < start:
        raise BadValues(_("The span ends before it starts."))


def _rounded(value: Any) -> Any:
    """A vendor's moment or box as precisely as people give one."""
    if isinstance(value, list):
        return [round(side, BOX_PLACES) for side in value]
    return round(value, 2) if isinstance(value, float) else value


def columns_under(event: "Event", corrections: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of an event on which these corrections stand: the only rule of what they hold."""
    columns: dict[str, Any] = {}
    for name in FIELDS:
        vendors = vendor_value(event, name)
        columns[name] = corrections.get(name, vendors)
        columns[f"vendor_{name}"] = vendors if name in corrections else None
    has_span = bool(corrections.keys() & set(MOMENTS))
    vendors = vendor_value(event, "timestamp")
    columns["vendor_timestamp"] = vendors if has_span else None
    columns["timestamp"] = span_text(columns["start_s"], columns["end_s"]) if has_span else vendors
    columns["severity_rank"] = Severity.of(columns["severity"]).value
    columns["search_words"] = stored_words(columns["label"], event.ai_text)
    return columns | {"corrections": write(corrections), "correction_changed": None}


def corrected(event: "Event", values: Mapping[str, Any]) -> tuple[dict[str, Any], str | None]:
    """The columns that change if the event gets these values, and `values_before`. Raises BadValues."""
    if not values:
        return ({"correction_changed": None} if event.corrections else {}), None
    columns = columns_under(event, added(event, values))
    return columns, values_before(event, columns)


def values_before(event: "Event", after: Mapping[str, Any]) -> str | None:
    """JSON text: the event's present values of the fields that these columns change; None for none."""
    before = {name: getattr(event, name) for name in FIELDS if getattr(event, name) != after[name]}
    return json.dumps(before) if before else None


def span_text(start: float | None, end: float | None) -> str:
    """A span as vendors write it: 00:04-00:07."""
    return "-".join(_clock(second) for second in (start, end) if second is not None)


def _clock(second: float) -> str:
    minutes, seconds = divmod(int(second), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}" if hours else f"{minutes:02}:{seconds:02}"
