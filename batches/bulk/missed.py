"""Makes events that the vendor missed: what the form of a reviewer and the import of a download share.

`gone_at` is set from the start. So its verdict alone lists the event, and an undo takes it out of every list and count.
"""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any
from uuid import UUID

from django.db.models import Max
from django.utils import timezone

from batches.folding import stored_words
from batches.models import Event, EventPayload, Item, Vendor
from batches.models.corrections import TEXTS, span_text, write
from batches.models.event import POSITIONS_PER_ITEM, Origin
from batches.models.severity import Severity
from batches.sync.fields import to_json
from batches.sync.records import ADDED


def make_missed(item: Item, values: Mapping[str, Any], key: UUID) -> Event:
    """The event, without a verdict; `values`: all of `corrections.FIELDS`. In a transaction of the caller."""
    now, digest = timezone.now(), blake2b(str(write(values)).encode(), digest_size=16).hexdigest()
    event = Event.objects.create(
        batch=item.batch, item=item, origin=Origin.REVIEWER, gone_at=now, **values,
        timestamp=span_text(values["start_s"], values["end_s"]), identity=identity_of(key),
        external_id=f"{ADDED}{key}", fingerprint=digest, digest=digest, raw_index=0,
        sequence=_place(item, values["start_s"]), confidence_given=False,
        severity_rank=Severity.of(values["severity"]), search_words=stored_words(values["label"], ""),
    )  # fmt: skip
    text = to_json(_record(event))
    EventPayload.objects.create(event=event, sdk=text, raw=text)
    return event


def identity_of(key: UUID) -> str:
    return f"added:{key}"


def _place(item: Item, start: float | None) -> int:
    """The sequence of the item's last event that starts before; without a start, of its last event."""
    first = item.position * POSITIONS_PER_ITEM
    events = Event.objects.filter(batch=item.batch_id, sequence__gte=first, sequence__lt=first + POSITIONS_PER_ITEM)
    before = events if start is None else events.filter(start_s__lte=start)
    return before.aggregate(last=Max("sequence"))["last"] or first


def _record(event: Event) -> dict[str, Any]:
    """The event in the form of its vendor's SDK."""
    texts = {name: getattr(event, name) for name in TEXTS}
    about = {"event_id": event.external_id, "origin": event.origin, "approval": event.approval}
    if Vendor(event.batch.connection.vendor).has_sdk_shape:
        marks = {"t_start": span_text(event.start_s, None), "t_end": span_text(event.end_s, None)}
        return {**marks, **texts, "aiAnalysis": "", **about}
    return {"start_time": event.start_s, "end_time": event.end_s, **texts, **about}
