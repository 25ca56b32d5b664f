"""Corrects values of one event without a verdict: a row in the ledger that leaves the verdict as it is."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from batches.actions.ledger import Outcome, advance_version, check_reviewer, locked, replay, request_digest
from batches.actions.opinions import is_opinion, update_stages
from batches.bulk.steps import recount
from batches.clip_length import check_length
from batches.errors import BadValues, Conflict
from batches.models import Action, Decision, Event
from batches.models.corrections import clean, corrected
from batches.models.decision import ActionKind
from batches.notify.notices import noting_decisions
from batches.vocabulary import check_vocabulary

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def correct(
    *,
    event_id: int,
    version: int,
    fingerprint: str,
    values: Mapping[str, Any],
    by: "User",
    idempotency_key: UUID,
    source: str = "page",
    ip_address: str | None = None,
) -> Outcome:
    """Correct values of an event that is still as the person saw it. The vendor's own value undoes a correction.

    The verdict, its reviewer and its time stay. A repeated idempotency key returns the first result. Raises Conflict
    (with the current event), KeyReused, NotAllowed, ValueError, Event.DoesNotExist.
    """
    if not (values := clean(values)):
        raise BadValues(_("corrections: give at least one field."))
    seen = {"version": version, "fingerprint": fingerprint}
    digest = request_digest(event=event_id, **seen, values=values)
    with transaction.atomic(durable=True):
        if first := replay(idempotency_key, by, digest):
            return first
        event = locked(event_id)
        check_reviewer(by, event.batch.connection_id)
        check_vocabulary(values, event.batch)
        check_length(values, event.item_id, event)
        if not event.for_review:
            raise Conflict(event.absence, event=event)
        if is_opinion(event, by):
            raise Conflict(_("This event needs several opinions: give the values with your verdict."), event=event)
        action = Action.objects.create(
            idempotency_key=idempotency_key, kind=ActionKind.CORRECT, user=by, batch=event.batch, request=digest,
            source=source, ip_address=ip_address,
        )  # fmt: skip
        return Outcome(action, (_correct(action, event, seen, values),), replayed=False)


def _correct(action: Action, event: Event, seen: dict[str, Any], values: Mapping[str, Any]) -> Decision:
    verdict = event.standing
    columns, before = corrected(event, values)
    counters = advance_version(event, **seen, changes=columns)
    with noting_decisions(action):
        decision = Decision.objects.create(
            action=action, event=event, version=event.version, before=event.approval, approval=event.approval,
            reason=event.reason, note=event.note, corrections=event.corrections, values_before=before,
            is_correction=True, verdict=verdict, fingerprint=event.fingerprint, vendor_approval=event.vendor_approval,
            created_at=timezone.now(),
        )  # fmt: skip
    update_stages(action)
    recount(event.batch_id, counters)
    return decision
