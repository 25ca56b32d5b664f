"""Approve, reject or invalidate one event: one row in the ledger, committed before anybody says it is saved."""

from typing import TYPE_CHECKING
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from batches.actions.ledger import Outcome, check_reviewer, locked, replay, request_digest, step
from batches.bulk.steps import recount
from batches.errors import Conflict
from batches.hooks.notices import noting_decisions
from batches.models import Action, Approval, BulkRun, Decision, Event
from batches.models.decision import ActionKind

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def decide(
    *,
    event_id: int,
    version: int,
    fingerprint: str,
    approval: str,
    by: "User",
    key: UUID,
    reason: str = "",
    note: str = "",
    amends: UUID | None = None,
    source: str = "page",
    address: str | None = None,
) -> Outcome:
    """Record one verdict on the event as the person saw it (`version`, `fingerprint`).

    `amends`: the key of this person's verdict that stands there, said again with a reason; undo takes both back as one.
    The same key again gives the first result and writes nothing. Raises Conflict (with the current event), KeyReused,
    NotAllowed, ValueError for an unknown approval, Event.DoesNotExist.
    """
    if approval not in Approval.values:
        raise ValueError(f"approval must be one of {', '.join(Approval.values)}, not {approval!r}")
    verdict = {"approval": approval, "reason": reason, "note": note}
    seen = {"event": event_id, "version": version, "fingerprint": fingerprint}
    digest = request_digest(**seen, **verdict, **({"amends": str(amends)} if amends else {}))
    try:
        with transaction.atomic(durable=True):
            if first := replay(key, by, digest):
                return first
            event = locked(event_id)
            check_reviewer(by, event.batch.connection_id)
            if not event.for_review:
                raise Conflict("The vendor no longer lists this event.", event=event)
            amended = _amended(amends, event, by, approval) if amends else None
            action = Action.objects.create(
                key=key, kind=ActionKind.DECIDE, user=by, batch=event.batch, amends=amended, request=digest,
                source=source, address=address,
            )  # fmt: skip
            now, before = timezone.now(), event.approval
            changes = {**verdict, "decided_by": by, "decided_at": now, "changed_since": False}
            counters = step(event, version=version, fingerprint=fingerprint, changes=changes)
            with noting_decisions(action):
                decision = Decision.objects.create(
                    action=action, event=event, version=event.version, before=before, **verdict,
                    fingerprint=fingerprint, vendor_approval=event.vendor_approval, created_at=now,
                )  # fmt: skip
            recount(event.batch_id, counters)
            return Outcome(action, (decision,), replayed=False)
    except IntegrityError:
        # The same key came twice at once and the other one committed first: its result is the result.
        if first := replay(key, by, digest):
            return first
        raise


def _amended(key: UUID, event: Event, by: "User", approval: str) -> Action:
    """The action that a reason is added to, if it still is what stands. Raises Conflict."""
    latest = event.decisions.select_related("action").order_by("-version").first()
    if latest is None or latest.approval != approval:
        raise Conflict("The verdict this adds a reason to no longer stands.", event=event)
    if (latest.action.key, latest.action.user_id, latest.action.kind) != (key, by.pk, ActionKind.DECIDE):
        raise Conflict("The verdict this adds a reason to no longer stands.", event=event)
    if latest.action.decisions.exclude(pk=latest.pk).exists() or BulkRun.objects.filter(action=latest.action).exists():
        raise Conflict("This was decided together with others: a reason is given with the verdict.", event=event)
    return latest.action
