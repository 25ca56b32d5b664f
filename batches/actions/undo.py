"""Take back one action: a new row in the ledger for each event it decided; nothing is erased."""

from collections import Counter
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from batches.actions.ledger import Outcome, check_reviewer, locked, recount, replay, request_digest, step
from batches.errors import Conflict, NothingToUndo
from batches.models import Action, Approval, Batch, Decision
from batches.models.decision import ActionKind

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def undo(
    *,
    batch_id: int,
    by: "User",
    key: UUID,
    action_id: int | None = None,
    target_key: UUID | None = None,
    source: str = "page",
    address: str | None = None,
) -> Outcome:
    """Undo one of this person's actions in the batch, by its id or the key it was made with, or the last that stands.

    Each event returns to the decision before, or to the vendor's opinion. Raises NothingToUndo, Conflict where somebody
    decided after it, KeyReused, NotAllowed, Batch.DoesNotExist.
    """
    digest = request_digest(batch=batch_id, undo=str(target_key or action_id))
    try:
        with transaction.atomic(durable=True):
            if first := replay(key, by, digest):
                return first
            batch = Batch.objects.get(pk=batch_id)
            check_reviewer(by, batch.connection_id)
            standing = Action.objects.filter(user=by, batch=batch, kind=ActionKind.DECIDE, undone_by__isnull=True)
            if action_id is not None:
                standing = standing.filter(pk=action_id)
            if target_key is not None:
                standing = standing.filter(key=target_key)
            target = standing.order_by("-id").first()
            if target is None:
                raise NothingToUndo("There is nothing of yours to undo in this batch.")
            action = Action.objects.create(
                key=key, kind=ActionKind.UNDO, user=by, batch=batch, undoes=target, request=digest,
                source=source, address=address,
            )  # fmt: skip
            counters: Counter[str] = Counter()
            steps = tuple(_undo_one(decision, action, counters) for decision in target.decisions.order_by("event_id"))
            recount(batch.pk, counters)
            return Outcome(action, steps, replayed=False)
    except IntegrityError:
        if first := replay(key, by, digest):
            return first
        raise


def _undo_one(decision: Decision, action: Action, counters: Counter[str]) -> Decision:
    event = locked(decision.event_id)
    latest = event.decisions.select_related("restores").order_by("-version").first()
    if latest is None or latest.standing != decision:
        raise Conflict("Somebody decided this event after you.", event=event)
    earlier = event.decisions.select_related("restores__action").filter(version=decision.version - 1).first()
    restored = earlier.standing if earlier else None
    before, now = event.approval, timezone.now()
    verdict = {
        "approval": restored.approval if restored else event.vendor_approval or Approval.PENDING,
        "reason": restored.reason if restored else "",
        "note": restored.note if restored else "",
    }
    changes = {
        **verdict,
        "decided_by": restored.action.user if restored else None,
        "decided_at": restored.created_at if restored else None,
        "changed_since": restored is not None and restored.fingerprint != event.fingerprint,
    }
    moved = step(event, version=event.version, fingerprint=event.fingerprint, changes=changes)
    for approval, change in moved.items():
        counters[approval] += change
    return Decision.objects.create(
        action=action, event=event, version=event.version, before=before, **verdict,
        fingerprint=event.fingerprint, vendor_approval=event.vendor_approval,
        undoes=decision, restores=restored, created_at=now,
    )  # fmt: skip
