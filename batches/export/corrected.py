"""Corrected values in downloads: over the vendor's exact cells, in its SDK's JSON, and as of a moment in the past."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Case, F, Q, When

from batches.models.corrections import FIELDS, MOMENTS, TEXTS, Values, read, span_text

CELLS = {"category": "Category", "label": "Label", "severity": "Severity", "start_s": "Start Seconds",
         "end_s": "End Seconds", "box": "Box"}  # fmt: skip
SPAN_CELLS = ("Timestamp", "unix_timestamp_start", "unix_timestamp_end")
# The keys of an event in the vendors' JSON, by our field.
KEYS = {"category": ("category",), "label": ("label",), "severity": ("severity",),
        "start_s": ("t_start", "start_time", "start"), "end_s": ("t_end", "end_time", "end"),
        "box": ("box",)}  # fmt: skip


def vendors(name: str) -> Case:
    """The vendor's own value of a field, as an expression."""
    if name == "timestamp":
        return Case(When(vendor_timestamp__isnull=False, then=F("vendor_timestamp")), default=F(name))
    return Case(When(Q(corrections__contains=f'"{name}":'), then=F(f"vendor_{name}")), default=F(name))


# What a download of the past reads of every event: the vendor's values, to put the values of that time over them.
VENDORS = {name: vendors(name) for name in FIELDS}


def columns_of(corrections: Values) -> set[str]:
    """The columns whose cells these corrections change, so that the vendor's exact cells are not theirs."""
    columns = {CELLS[name] for name in corrections}
    if "category" in corrections:
        columns.add("Label")
    return columns | (set(SPAN_CELLS) if corrections.keys() & set(MOMENTS) else set())


def put_past(cells: dict[str, list[Any]], index: int, corrections: Values, vendor: Mapping[str, Any]) -> None:
    """Put the values of that time into the cells of an event."""
    values = {**vendor, **corrections}
    for name in corrections:
        if CELLS[name] in cells:
            cells[CELLS[name]][index] = values[name] if name in TEXTS else repr(values[name])
    if "Label" in cells:
        cells["Label"][index] = "" if values["label"] == values["category"] else values["label"]
    if "Timestamp" in cells and corrections.keys() & set(MOMENTS):
        cells["Timestamp"][index] = span_text(values["start_s"], values["end_s"])


def unix_time(cell: str, was: float | None, now: float | None) -> str:
    """The vendor's Unix time, moved as far as the span was; empty where one of them is not known."""
    if was is None or now is None or not cell.replace(".", "", 1).isdigit():
        return ""
    moved = float(cell) + now - was
    return f"{moved:.2f}".rstrip("0") if "." in cell else str(round(moved))


def put_in_event(event: dict[str, Any], corrections: str | None) -> dict[str, Any]:
    """An event in the form of its vendor's SDK, with the corrected values."""
    for name, value in read(corrections).items():
        key = next((key for key in KEYS[name] if key in event), KEYS[name][0])
        as_text = name in MOMENTS and (key not in event or isinstance(event[key], str))
        event[key] = span_text(float(str(value)), None) if as_text else value
    return event
