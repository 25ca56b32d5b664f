"""What the tables hold, as one comparable text."""

import json
from typing import Any

from batches.models import Batch, Event, Item, Quarantined


def stored() -> str:
    """Everything the vendor's side of the tables holds, as one comparable text without keys and times of ours."""
    rows: dict[str, Any] = {
        "batches": list(Batch.objects.values_list("external_id", "state", "raw", "pending", "approved", "rejected", "invalid")),
        "items": list(Item.objects.order_by("position").values_list("external_id", "position", "repeats", "digest", "answered")),
        "events": list(
            Event.objects.order_by("sequence", "id").values_list(
                "item__external_id", "identity", "digest", "approval", "version", "payload__sdk", "payload__raw"
            )
        ),
        "quarantine": list(Quarantined.objects.order_by("item_id_text", "id").values_list("path", "reason", "raw")),
    }  # fmt: skip
    return json.dumps(rows, indent=1)
