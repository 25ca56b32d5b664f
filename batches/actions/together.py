"""One verdict on several events as one gesture: one action, one row of the ledger for each, undone as one."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from batches.actions.ledger import Outcome, check_reviewer, recount, replay, request_digest, step
from batches.errors import Conflict
from batches.models import Action, Approval, Batch, Decision, Event
from batches.models.decision import ActionKind

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MOST = 500  # events at once


class Seen(NamedTuple):
    """An event as the person saw it."""

    event: int
    version: int
    fingerprint: str


def decide_together(
    *,
    batch_id: int,
    seen: Sequence[Seen],
    approval: str,
    by: "User",
    key: UUID,
    reason: str = "",
    note: str = "",
    source: str = "page",
    address: str | None = None,
) -> Outcome:
    """Record one verdict on each event that still is what the person saw; those that are not are left out.

    The same key again gives the first result. Raises Conflict where all would be left out,
    KeyReused, NotAllowed, ValueError for an unknown approval or not 1 to MOST different events, Batch.DoesNotExist,
    Event.DoesNotExist where one is none of this batch.
    """
    if approval not in Approval.values:
        raise ValueError(f"approval must be one of {', '.join(Approval.values)}, not {approval!r}")
    if not 1 <= len({one.event for one in seen}) == len(seen) <= MOST:
        raise ValueError(f"1 to {MOST} different events were expected.")
    verdict = {"approval": approval, "reason": reason, "note": note}
    digest = request_digest(batch=batch_id, seen=sorted(seen), **verdict)
    try:
        with transaction.atomic(durable=True):
            if first := replay(key, by, digest):
                return first
            batch = Batch.objects.get(pk=batch_id)
            check_reviewer(by, batch.connection_id)
            events = _locked(batch, seen)
            standing = [one for one in sorted(seen) if _stands(events[one.event], one)]
            if not standing:
                raise Conflict("All of these events were decided or changed meanwhile.", event=events[seen[0].event])
            action = Action.objects.create(
                key=key, kind=ActionKind.DECIDE, user=by, batch=batch, request=digest, source=source, address=address,
            )  # fmt: skip
            counters: Counter[str] = Counter()
            decisions = tuple(_decide(events[one.event], action, verdict, counters) for one in standing)
            recount(batch.pk, counters)
            return Outcome(action, decisions, replayed=False)
    except IntegrityError:
        if first := replay(key, by, digest):
            return first
        raise


def _locked(batch: Batch, seen: Sequence[Seen]) -> dict[int, Event]:
    """The events as they are, held until the commit, always in the same order: two people cannot wait for each other."""
    events = Event.objects.select_for_update(of=("self",)).filter(batch=batch, pk__in=[one.event for one in seen])
    found = {event.pk: event for event in events.order_by("pk")}
    if len(found) < len(seen):
        raise Event.DoesNotExist("An event is not in this batch.")
    return found


def _stands(event: Event, seen: Seen) -> bool:
    return event.for_review and (event.version, event.fingerprint) == (seen.version, seen.fingerprint)


def _decide(event: Event, action: Action, verdict: dict[str, str], counters: Counter[str]) -> Decision:
    now, before, version = timezone.now(), event.approval, event.version
    changes = {**verdict, "decided_by": action.user, "decided_at": now, "changed_since": False}
    moved = step(event, version=version, fingerprint=event.fingerprint, changes=changes)
    for approval, change in moved.items():
        counters[approval] += change
    return Decision.objects.create(
        action=action, event=event, version=event.version, before=before, **verdict,
        fingerprint=event.fingerprint, vendor_approval=event.vendor_approval, created_at=now,
    )  # fmt: skip
