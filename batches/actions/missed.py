"""Adds an event that the vendor missed: made and approved in one transaction, so that one undo takes it back.

Its `gone_at` is set from the start. So its verdict alone lists it, and an undo takes it out of every list and count.
"""

from collections.abc import Mapping
from hashlib import blake2b
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from batches.actions.correct import check_vocabulary
from batches.actions.decide import record_verdict
from batches.actions.ledger import Outcome, check_reviewer, replay, request_digest
from batches.bulk.steps import recount
from batches.errors import BadValues
from batches.folding import stored_words
from batches.models import Action, Approval, Event, EventPayload, Item, Vendor
from batches.models.corrections import FIELDS, MOMENTS, TEXTS, check_span, clean, span_text, write
from batches.models.decision import ActionKind
from batches.models.event import POSITIONS_PER_ITEM, Origin
from batches.models.severity import Severity
from batches.sync.fields import to_json

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def add_missed(
    *,
    item_id: int,
    values: Mapping[str, Any],
    by: "User",
    idempotency_key: UUID,
    note: str = "",
    source: str = "page",
    ip_address: str | None = None,
) -> Outcome:
    """Add an approved event with these values (of `corrections.FIELDS`) to the item.

    A repeated idempotency key returns the first result. Raises KeyReused, NotAllowed, ValueError, Item.DoesNotExist.
    """
    cleaned = _complete(clean(values))
    digest = request_digest(item=item_id, values=cleaned, note=note)
    with transaction.atomic(durable=True):
        if first := replay(idempotency_key, by, digest):
            return first
        item = Item.objects.select_related("batch__connection").defer("raw", "batch__raw").get(pk=item_id)
        check_reviewer(by, item.batch.connection_id)
        check_vocabulary(cleaned, item.batch)
        action = Action.objects.create(
            idempotency_key=idempotency_key, kind=ActionKind.DECIDE, user=by, batch=item.batch, request=digest,
            source=source, ip_address=ip_address,
        )  # fmt: skip
        event = _make(item, cleaned, idempotency_key)
        seen = {"version": event.version, "fingerprint": event.fingerprint}
        verdict = {"approval": Approval.APPROVED.value, "reason": "", "note": note}
        decision, counters = record_verdict(action, event, seen, verdict)
        recount(event.batch_id, counters)
        return Outcome(action, (decision,), replayed=False)


def _complete(values: Mapping[str, Any]) -> dict[str, Any]:
    """All fields. Raises BadValues without a label and a category, and for half a span or one that ends too early."""
    if not (values.get("label") or values.get("category")):
        raise BadValues(_("A missed event needs a label or a category."))
    start, end = (values.get(name) for name in MOMENTS)
    if start is None and end is not None:
        raise BadValues(_("start_s: give the start of the span too."))
    check_span(start, end)
    return {name: values.get(name, "" if name in TEXTS else None) for name in FIELDS}


def _make(item: Item, values: Mapping[str, Any], idempotency_key: UUID) -> Event:
    now, digest = timezone.now(), blake2b(str(write(values)).encode(), digest_size=16).hexdigest()
    event = Event.objects.create(
        batch=item.batch, item=item, origin=Origin.REVIEWER, gone_at=now, **values,
        timestamp=span_text(values["start_s"], values["end_s"]), identity=f"added:{idempotency_key}",
        external_id=f"reviewer-{idempotency_key}", fingerprint=digest, digest=digest, raw_index=0,
        sequence=_place(item, values["start_s"]), confidence_given=False,
        severity_rank=Severity.of(values["severity"]), search_words=stored_words(values["label"], ""),
    )  # fmt: skip
    text = to_json(_record(event))
    EventPayload.objects.create(event=event, sdk=text, raw=text)
    return event


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
