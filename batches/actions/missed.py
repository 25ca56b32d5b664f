"""Adds an event that the vendor missed: made and approved in one transaction, so that one undo takes it back.

Its `gone_at` is set from the start. So its verdict alone lists it, and an undo takes it out of every list and count.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from batches.actions.decide import record_verdict
from batches.actions.ledger import Outcome, check_reviewer, replay, request_digest
from batches.bulk.missed import make_missed
from batches.bulk.steps import recount
from batches.clip_length import check_length
from batches.errors import BadValues
from batches.models import Action, Approval, Item
from batches.models.corrections import FIELDS, MOMENTS, TEXTS, check_span, clean
from batches.models.decision import ActionKind
from batches.vocabulary import check_vocabulary

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
        check_length(cleaned, item.pk)
        action = Action.objects.create(
            idempotency_key=idempotency_key, kind=ActionKind.DECIDE, user=by, batch=item.batch, request=digest,
            source=source, ip_address=ip_address,
        )  # fmt: skip
        event = make_missed(item, cleaned, idempotency_key)
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
