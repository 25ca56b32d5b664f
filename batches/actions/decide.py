"""Approves, rejects or invalidates one event: one row in the ledger, committed before the answer is sent.

If the batch asks for several opinions, the verdict is an opinion: see `batches.actions.opinions`.
"""

from collections import Counter
from collections.abc import Mapping
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from batches.actions.ledger import Outcome, advance_version, first_outcome, locked, replay, request_digest
from batches.actions.opinions import give_opinion, is_opinion, update_stages
from batches.actions.statements import Facts, insert_once, lock_facts, release_lease
from batches.bulk.steps import recount
from batches.clip_length import check_length
from batches.errors import Conflict
from batches.models import Action, Approval, BulkRun, Decision, Event
from batches.models.corrections import added, clean, corrected, write
from batches.models.decision import ActionKind
from batches.notify.notices import noting_decisions
from batches.vocabulary import check_vocabulary

if TYPE_CHECKING:
    from django.contrib.auth.models import User


Verdict = dict[str, Any]  # approval, reason, note, and `values` if it corrects some


def decide(
    *,
    event_id: int,
    version: int,
    fingerprint: str,
    approval: str,
    by: "User",
    idempotency_key: UUID,
    reason: str = "",
    note: str = "",
    values: Mapping[str, Any] | None = None,
    amends: UUID | None = None,
    source: str = "page",
    ip_address: str | None = None,
) -> Outcome:
    """Record one verdict on the event as the person saw it (`version`, `fingerprint`).

    `values`: corrections by field, saved with the verdict. `amends`: the key of this person's standing verdict, to
    repeat it with a reason; undo reverses both together. A repeated idempotency key returns the first result and writes
    nothing. Raises Conflict (with the current event),
    KeyReused, NotAllowed, ValueError for an unknown approval or impossible values, Event.DoesNotExist.
    """
    if approval not in Approval.values:
        raise ValueError(
            _("approval must be one of {names}, not {approval}").format(
                names=", ".join(Approval.values), approval=repr(approval)
            )
        )
    verdict: Verdict = {"approval": approval, "reason": reason, "note": note}
    if corrections := clean(values or {}):
        verdict["values"] = corrections
    seen = {"version": version, "fingerprint": fingerprint}
    digest = request_digest(event=event_id, **seen, **verdict, **({"amends": str(amends)} if amends else {}))

    action = Action(
        idempotency_key=idempotency_key, kind=ActionKind.DECIDE, user=by, request=digest, source=source,
        ip_address=ip_address,
    )  # fmt: skip
    with transaction.atomic(durable=True):
        facts = lock_facts(event_id, by, idempotency_key)
        facts.check_reviewer()
        check_vocabulary(corrections, facts.event.batch)
        check_length(corrections, facts.event.item_id, facts.event)
        if corrections or amends or facts.has_opinions or facts.event.batch.opinions_wanted > 1:
            outcome = _decide_with_opinions(action, event_id, seen, verdict, amends)
        else:
            outcome = _decide_alone(action, facts, seen, verdict)
        release_lease(event_id, by)
        return outcome


def _decide_alone(action: Action, facts: Facts, seen: dict[str, Any], verdict: Verdict) -> Outcome:
    """Record a verdict on an event that needs no second opinion."""
    event, action.batch = facts.event, facts.event.batch
    if not insert_once(action, "idempotency_key"):
        return first_outcome(action)
    if not event.for_review:
        raise Conflict(event.absence, event=event)
    decision, counters = record_verdict(
        action, event, seen, verdict, is_noted=facts.has_webhooks, without_opinions=True
    )
    counts = recount(event.batch_id, counters)
    return Outcome(action, (decision,), replayed=False, events=(event,), counts=counts)


def _decide_with_opinions(
    action: Action, event_id: int, seen: dict[str, Any], verdict: Verdict, amends: UUID | None
) -> Outcome:
    """Record a verdict with values, on an event with opinions, or one that adds a reason to an earlier verdict."""
    if first := replay(action.idempotency_key, action.user, action.request):
        return first
    event = locked(event_id)
    if not event.for_review:
        raise Conflict(event.absence, event=event)
    if amends:
        action.amends, opinion = _amended(amends, event, action.user, verdict["approval"])
    else:
        opinion = is_opinion(event, action.user)
    action.batch = event.batch
    action.save()
    if opinion:
        return _record_opinion(action, event, seen, verdict, action.amends)
    decision, counters = record_verdict(action, event, seen, verdict)
    update_stages(action)
    recount(event.batch_id, counters)
    return Outcome(action, (decision,), replayed=False)


def record_verdict(
    action: Action,
    event: Event,
    seen: dict[str, Any],
    verdict: Verdict,
    *,
    is_noted: bool = True,
    without_opinions: bool = False,
) -> tuple[Decision, Counter[str]]:
    """Move the event to the verdict, with its row in the ledger. Returns what to add to the counters. Raises Conflict.

    `is_noted`: for webhooks.
    """
    now, before = timezone.now(), event.approval
    approval = {name: value for name, value in verdict.items() if name != "values"}
    columns, values_before = corrected(event, verdict.get("values", {}))
    changes = {**approval, **columns, "decided_by": action.user, "decided_at": now, "bulk_decided": None,
               "changed_since": False}  # fmt: skip
    counters = advance_version(event, **seen, changes=changes, without_opinions=without_opinions)
    decision = Decision(
        action=action, event=event, version=event.version, before=before, **approval, corrections=event.corrections,
        values_before=values_before, fingerprint=event.fingerprint, vendor_approval=event.vendor_approval,
        created_at=now,
    )  # fmt: skip
    with noting_decisions(action) if is_noted else nullcontext():
        insert_once(decision, "event_id, version")
    return decision, counters


def _record_opinion(
    action: Action, event: Event, seen: dict[str, Any], verdict: Verdict, amended: Action | None
) -> Outcome:
    """Record an opinion. The event only changes if this is the last missing opinion and all agree."""
    if seen != {"version": event.version, "fingerprint": event.fingerprint}:
        raise Conflict(_("The event has changed: somebody decided it, or the vendor changed it."), event=event)
    opinion_fields = {name: value for name, value in verdict.items() if name != "values"}
    opinion_fields["corrections"] = write(added(event, verdict.get("values", {})))
    opinion, decision, counters = give_opinion(action=action, event=event, verdict=opinion_fields, amended=amended)
    recount(event.batch_id, counters)
    return Outcome(action, (decision,) if decision else (), replayed=False, opinions=(opinion,))


def _amended(idempotency_key: UUID, event: Event, by: "User", approval: str) -> tuple[Action, bool]:
    """The action to add a reason to, if its verdict still stands, and whether it was an opinion. Raises Conflict."""
    decided = event.decisions.select_related("action").order_by("-version").first()
    own = event.opinions.filter(user=by).select_related("action").order_by("-number").first()
    opinion = own is not None and own.action.idempotency_key == idempotency_key
    latest = own if own and opinion and event.decided_at is None else decided
    if latest is None or latest.approval != approval:
        raise Conflict(_("The verdict that this reason belongs to is no longer current."), event=event)
    if (latest.action.idempotency_key, latest.action.user_id, latest.action.kind) != (
        idempotency_key,
        by.pk,
        ActionKind.DECIDE,
    ):
        raise Conflict(_("The verdict that this reason belongs to is no longer current."), event=event)
    if (
        latest.action.decisions.exclude(event=event.pk).exists()
        or BulkRun.objects.filter(action=latest.action).exists()
    ):
        raise Conflict(_("This event was decided together with others: add the reason to that verdict."), event=event)
    return latest.action, opinion
