"""Copy the boxes of the events there are out of their payloads, some at a time, each some in its own transaction.

A run that was stopped begins again, and leaves alone what is filled: a sync may have brought a newer box meanwhile.
"""

import json
import time
from typing import Any

from django.db import migrations, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models import Max, Min

from batches.sync import row_writer

EVENTS_A_TRANSACTION = 2_000
PAUSE = 0.02  # seconds between two transactions, in which whoever waits to write gets a turn


def fill(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    model, batch = (apps.get_model("batches", name) for name in ("Event", "Batch"))
    # Only files of detectors give boxes.
    batches = list(batch.objects.filter(connection__vendor="open").values_list("pk", flat=True))
    events = model.objects.filter(batch__in=batches)
    waiting = events.filter(box=None, payload__sdk__contains='"box"').select_for_update(of=("self",)).order_by("pk")
    ends = events.aggregate(first=Min("pk"), last=Max("pk"))
    # By ranges: a search for the next events that have a box could read all of them in one transaction.
    for first in range(ends["first"] or 1, (ends["last"] or 0) + 1, EVENTS_A_TRANSACTION):
        with transaction.atomic():
            texts = waiting.filter(pk__gte=first, pk__lt=first + EVENTS_A_TRANSACTION).values_list("pk", "payload__sdk")
            boxes = [(json.dumps(box), pk) for pk, text in texts if (box := _box_of(text))]
            row_writer.update(model, ["box"], boxes)
        time.sleep(PAUSE)


def _box_of(text: str) -> list[float] | None:
    """The box as imports keep it; None for anything else of that name."""
    document: Any = json.loads(text)
    box = document.get("box") if isinstance(document, dict) else None
    if not isinstance(box, list) or len(box) != 4 or any(type(side) not in (int, float) for side in box):
        return None
    return [float(side) for side in box] if all(0 <= side <= 1 for side in box) else None


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("batches", "0053_box")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
