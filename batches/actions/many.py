"""One verdict on up to 500 events at once: one action, one transaction, undone as one."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
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

MOST = 500


class Seen(NamedTuple):
    """An event as the person saw it."""

    event_id: int
    version: int
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Many:
    """What was decided, and the ids of the events that had moved on since they were seen: those are left alone."""

    outcome: Outcome
    stale: tuple[int, ...]


def decide_many(
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
) -> Many:
    """Record one verdict on these events of the batch, each as it was seen.

    The same key again gives the first result. Raises Event.DoesNotExist where one is not in the batch (nothing is
    written then), Conflict where all of them are stale, KeyReused, NotAllowed, ValueError for an unknown approval or for
    none, too many or repeated events.
    """
    ids = [one.event_id for one in seen]
    if approval not in Approval.values:
        raise ValueError(f"approval must be one of {', '.join(Approval.values)}, not {approval!r}")
    if not 1 <= len(ids) <= MOST or len(set(ids)) < len(ids):
        raise ValueError(f"events: 1 to {MOST} different ones are needed.")
    verdict = {"approval": approval, "reason": reason, "note": note}
    digest = request_digest(batch=batch_id, seen=sorted(map(list, seen)), **verdict)
    try:
        with transaction.atomic(durable=True):
            if first := replay(key, by, digest):
                done = {decision.event_id for decision in first.decisions}
                return Many(first, tuple(pk for pk in ids if pk not in done))
            return _write(batch_id, seen, verdict, by, key, digest, source, address)
    except IntegrityError:
        # The same key came twice at once and the other one committed first: its result is the result.
        if first := replay(key, by, digest):
            done = {decision.event_id for decision in first.decisions}
            return Many(first, tuple(pk for pk in ids if pk not in done))
        raise


def _write(
    batch_id: int,
    seen: Sequence[Seen],
    verdict: dict[str, str],
    by: "User",
    key: UUID,
    digest: str,
    source: str,
    address: str | None,
) -> Many:
    ids = [one.event_id for one in seen]
    check_reviewer(by, Batch.objects.values_list("connection_id", flat=True).get(pk=batch_id))
    # In one order for everybody, so that two of these cannot wait for each other.
    found = {
        event.pk: event for event in Event.objects.select_for_update().filter(batch=batch_id, pk__in=ids).order_by("pk")
    }
    if len(found) < len(ids):
        raise Event.DoesNotExist("One of these events is not in this batch.")
    fresh = [found[one.event_id] for one in seen if _as_seen(found[one.event_id], one)]
    if not fresh:
        raise Conflict("All of these events have changed since they were read.")
    action = Action.objects.create(
        key=key, kind=ActionKind.DECIDE, user=by, batch_id=batch_id, request=digest, source=source, address=address
    )
    now = timezone.now()
    # The rows are ours until the commit, so what was compared above is what is changed here.
    Event.objects.filter(pk__in=[event.pk for event in fresh]).update(
        version=F("version") + 1, decided_by=by, decided_at=now, changed_since=False, **verdict
    )
    decisions = Decision.objects.bulk_create(
        [
            Decision(
                action=action, event=event, version=event.version + 1, before=event.approval, **verdict,
                fingerprint=event.fingerprint, vendor_approval=event.vendor_approval, created_at=now,
            )
            for event in fresh
        ]
    )  # fmt: skip
    moves = Counter({verdict["approval"]: len(fresh)})
    moves.subtract(event.approval for event in fresh)
    recount(batch_id, moves)
    kept = {event.pk for event in fresh}
    return Many(Outcome(action, tuple(decisions), replayed=False), tuple(pk for pk in ids if pk not in kept))


def _as_seen(event: Event, seen: Seen) -> bool:
    return event.for_review and (event.version, event.fingerprint) == (seen.version, seen.fingerprint)
