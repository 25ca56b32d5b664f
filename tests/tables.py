"""What the tables hold, as one comparable text."""

import json
from typing import Any

from django.db.models import Model, QuerySet

from batches.models import Batch, Event, EventPayload, Item, Quarantined

# Keys and times of ours: every run of a test has others.
OURS = {"id", "connection", "batch", "item", "event", "created_at", "synced_at", "seen_at", "search_words"}


def stored(batches: QuerySet[Batch] | None = None) -> str:
    """Every row and column of the vendor's side of the tables, of all `batches`, without keys and times of ours."""
    selected = Batch.objects.all() if batches is None else batches
    events = Event.objects.filter(batch__in=selected).order_by("sequence", "item__external_id", "identity")
    payloads = EventPayload.objects.filter(event__batch__in=selected)
    tables: dict[str, Any] = {
        "batches": _rows(selected.order_by("external_id"), "external_id"),
        "items": _rows(
            Item.objects.filter(batch__in=selected).order_by("position", "external_id"), "batch__external_id"
        ),
        "events": _rows(events, "item__external_id"),
        "payloads": _rows(payloads.order_by("event__sequence", "event__identity"), "event__identity"),
        "quarantine": _rows(
            Quarantined.objects.filter(batch__in=selected).order_by("item_id_text", "path", "reason"), "item_id_text"
        ),
    }
    return json.dumps(tables, indent=1, default=str)


def _rows(rows: QuerySet[Any], owner: str) -> list[Any]:
    model: type[Model] = rows.model
    columns = [field.name for field in model._meta.concrete_fields if field.name not in OURS]
    return list(rows.values_list(owner, *columns))
