"""One verdict on up to 500 events at once: one action, one transaction, undone as one."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from batches.actions.ledger import Outcome, check_reviewer, recount, replay, request_digest
from batches.errors import Conflict
from batches.models import Action, Approval, Batch, Decision, Event
from batches.models.decision import ActionKind

if TYPE_CHECKING:
    from django.contrib.auth.models import User

AT_ONCE = 500


class Seen(NamedTuple):
    """An event as the person saw it."""

    version: int
    fingerprint: str


def decide_many(
    *,
    batch_id: int,
    seen: Mapping[int, Seen],
    approval: str,
    by: "User",
    key: UUID,
    reason: str = "",
    note: str = "",
    source: str = "page",
    address: str | None = None,
) -> Outcome:
    """Record one verdict on these events (by key) of the batch, each as it was seen; at most 500.

    Those that moved on meanwhile are left alone and named in `skipped`. The same key again gives the first result.
    Raises Event.DoesNotExist where one is not in the batch (nothing is written then), Conflict where all moved on,
    KeyReused, NotAllowed, ValueError for an unknown approval or for none or too many events.
    """
    if approval not in Approval.values:
        raise ValueError(f"approval must be one of {', '.join(Approval.values)}, not {approval!r}")
    if not 0 < len(seen) <= AT_ONCE:
        raise ValueError(f"events: 1 to {AT_ONCE} at once, not {len(seen)}")
    verdict = {"approval": approval, "reason": reason, "note": note}
    digest = request_digest(batch=batch_id, many=sorted(seen.items()), **verdict)
    outcome: Outcome | None
    try:
        with transaction.atomic(durable=True):
            outcome = replay(key, by, digest)
            if outcome is None:
                check_reviewer(by, Batch.objects.values_list("connection_id", flat=True).get(pk=batch_id))
                events = _fresh(batch_id, seen)
                action = Action.objects.create(
                    key=key, kind=ActionKind.DECIDE, user=by, batch_id=batch_id, request=digest,
                    source=source, address=address,
                )  # fmt: skip
                outcome = Outcome(action, _write(events, action, verdict), replayed=False)
    except IntegrityError:
        # The same key came twice at once and the other one committed first: its result is the result.
        outcome = replay(key, by, digest)
        if outcome is None:
            raise
    decided = {decision.event_id for decision in outcome.decisions}
    return replace(outcome, skipped=tuple(sorted(seen.keys() - decided)))


def _fresh(batch_id: int, seen: Mapping[int, Seen]) -> list[Event]:
    """Those that still are what was seen, held until the commit."""
    # In one order for everybody, so that two of these cannot wait for each other.
    events = list(Event.objects.select_for_update().filter(batch=batch_id, pk__in=seen).order_by("pk"))
    if len(events) < len(seen):
        raise Event.DoesNotExist("One of these events is not in this batch.")
    fresh = [event for event in events if event.for_review and (event.version, event.fingerprint) == seen[event.pk]]
    if not fresh:
        raise Conflict("All of these events were decided or changed by others meanwhile.")
    return fresh


def _write(events: list[Event], action: Action, verdict: dict[str, str]) -> tuple[Decision, ...]:
    """The step of each event; the rows are ours until the commit, so what was compared is what is changed."""
    now = timezone.now()
    Event.objects.filter(pk__in=[event.pk for event in events]).update(
        version=F("version") + 1, decided_by=action.user, decided_at=now, changed_since=False, **verdict
    )
    moves = Counter({verdict["approval"]: len(events)})
    moves.subtract(event.approval for event in events)
    recount(action.batch_id, moves)
    decisions = Decision.objects.bulk_create(
        Decision(
            action=action, event=event, version=event.version + 1, before=event.approval, **verdict,
            fingerprint=event.fingerprint, vendor_approval=event.vendor_approval, created_at=now,
        )
        for event in events
    )  # fmt: skip
    return tuple(decisions)
