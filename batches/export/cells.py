"""The source of each cell: a field of an event, its item or its batch, and the format of its value."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.db.models import Case, CharField, F, OuterRef, Subquery, TextField, Value, When
from django.db.models.functions import Cast, Concat

from batches.export.corrected import CELLS, VENDORS, vendors
from batches.export.past import CHANGED_THEN, THEN, of_verdict
from batches.models import Batch, Decision, Item, Vendor
from batches.models.corrections import read

# The vendor leaves out a label that equals the category.
_LABEL = Case(When(label=F("category"), then=Value("")), default=F("label"), output_field=TextField())
# The vendor's approval stands until a person decides.
_SDK_APPROVAL = Case(
    When(decided_at__isnull=True, then=F("raw_approval")), default=F("approval"), output_field=CharField()
)

# The verdict that was given on earlier content of the event; empty if the content has not changed since.
_STANDING = Decision.objects.filter(event=OuterRef("pk")).order_by("-version")
_CHANGED = Case(
    When(
        changed_since=True,
        then=Subquery(_STANDING.annotate(stands=of_verdict("approval")).values("stands")[:1]),
    ),
    default=Value(""),
    output_field=CharField(),
)
_CHANGED_THEN = Case(When(CHANGED_THEN, then=F("then_verdict")), default=Value(""), output_field=CharField())

CHANGED = "Changed Since Decided"

# Column → field of the event, or an expression over its fields.
_EVENT_CELLS: dict[str, Any] = {
    "Approval Status": "approval",
    "Timestamp": "timestamp",
    "unix_timestamp_start": "unix_start",
    "unix_timestamp_end": "unix_end",
    "Category": "category",
    "Label": _LABEL,
    "AI Analysis": "ai_text",
    "Severity": "severity",
    "Event ID": "external_id",
    "Confidence": "confidence",
    "Annotated Thumbnail URL": "thumbnail_url",
    "Start Seconds": "start_s",
    "End Seconds": "end_s",
    "Reviewer": "decided_by__username",
    "Decided At": "decided_at",
    "Reason": "reason",
    "Note": "note",
    "Vendor Approval": "raw_approval",
    CHANGED: _CHANGED,
    "Event Permalink": "id",
    "Corrected Fields": "corrections",
    "Vendor Label": VENDORS["label"],
    "Vendor Category": VENDORS["category"],
    "Vendor Severity": VENDORS["severity"],
    "Vendor Timestamp": vendors("timestamp"),
    "Vendor Start Seconds": VENDORS["start_s"],
    "Vendor End Seconds": VENDORS["end_s"],
    "Box": "box",
    "Vendor Box": VENDORS["box"],
    "Origin": "origin",
    "Overlay": "payload__sdk",
    "Structured Output": "payload__sdk",
}


_SDK_APPROVAL_THEN = Case(
    When(then_standing__isnull=True, then_changed=False, then=F("raw_approval")),
    default=F("then_approval"), output_field=CharField(),
)  # fmt: skip
THUMBNAIL = "Annotated Thumbnail URL"
REVIEW_STATUS = "Review Status"


def event_cells(*, sdk: bool, past: bool = False, permalinks: str = "") -> dict[str, Any]:
    """Column → field or expression, for the columns with a value for each event.

    `past`: the events are those of `past.as_of`. `permalinks`: our public address; thumbnails get addresses below it.
    """
    cells = {
        name: (THEN.get(source, source) if past and isinstance(source, str) else source)
        for name, source in _EVENT_CELLS.items()
    }
    if sdk:
        cells["Approval Status"] = _SDK_APPROVAL_THEN if past else _SDK_APPROVAL
    if past:
        # The values of that time are put over these, row by row.
        cells |= {column: VENDORS[name] for name, column in CELLS.items()}
        cells |= {CHANGED: _CHANGED_THEN, "Timestamp": vendors("timestamp")}
    if permalinks:
        own_address = Concat(
            Value(f"{permalinks}/events/"), Cast("id", TextField()), Value("/thumbnail/"), output_field=TextField()
        )
        cells[THUMBNAIL] = Case(When(thumbnail_url="", then=Value("")), default=own_address, output_field=TextField())
    return cells


def batch_cells(batch: Batch, *, with_review: bool = True) -> dict[str, str]:
    """Column → cell, for the columns with one value for all events of a batch.

    `with_review`: false for a past state, because the past of a review status is not stored.
    """
    with_query = batch.batch_type == "ask" or not Vendor(batch.connection.vendor).has_sdk_shape
    return {
        "Query": batch.prompt if with_query else "",
        "Batch ID": batch.external_id,
        "Batch Viewer URL": batch.viewer_url,
        REVIEW_STATUS: batch.review_stage.word if with_review else "",
        f"{REVIEW_STATUS} Updated At": utc(batch.reviewed_since) if with_review else "",
        "Vendor Review Status": batch.vendor_review_status or "",
    }


def item_cells(batch: Batch, item: Item) -> dict[str, str]:
    """Column → cell, for the columns with one value for all events of an item."""
    # The stored cells of the SDK replace those that our columns cannot rebuild.
    odd = {name: cell for text in (batch.odd_cells, item.odd_cells) if text for name, cell in json.loads(text).items()}
    name = odd.get("Video Name") or item.name or item.external_id
    return {
        "Video": name,
        "Video Name": name,
        "Video ID": item.external_id,
        "Analysis ID": item.analysis_id or "",
        "Status": item.status,
        "Import Source URI": item.source_uri,
        "Summary": item.summary,
    } | odd


# NaN and infinities, which JSON does not have, become null.
read_json = json.JSONDecoder(parse_constant=lambda _: None).decode
_write_json = json.JSONEncoder(ensure_ascii=False).encode


def _number(value: float | list[float] | None) -> str:
    return "" if value is None else repr(value)


def utc(moment: datetime | None) -> str:
    """ISO 8601 in UTC with milliseconds; "" for None."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if moment else ""


def _part(name: str) -> Callable[[str | None], str]:
    """A function that extracts one key of an event's JSON text, as JSON text."""

    def part(sdk: str | None) -> str:
        if not sdk or f'"{name}"' not in sdk:
            return ""
        value = read_json(sdk).get(name)
        return "" if value is None else _write_json(value)

    return part


def formats(public_url: str) -> dict[str, Callable[[Any], str]]:
    """Column → function that formats its value, for the columns whose values are not text."""
    return {
        "Confidence": _number,
        "Start Seconds": _number,
        "End Seconds": _number,
        "Vendor Start Seconds": _number,
        "Vendor End Seconds": _number,
        "Box": _number,
        "Vendor Box": _number,
        "Reviewer": lambda username: username or "",
        "Decided At": utc,
        "Corrected Fields": lambda corrections: ", ".join(read(corrections)),
        "Origin": lambda origin: origin or "vendor",
        "Event Permalink": lambda pk: f"{public_url}/events/{pk}/",
        "Overlay": _part("overlay"),
        "Structured Output": _part("structured_output"),
    }
