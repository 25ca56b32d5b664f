"""What every verb on events shares: idempotency keys, the versioned step, and the counters, inside one transaction."""

import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import F

from batches.actions.idempotency import first_result
from batches.errors import Conflict, NotAllowed
from batches.models import Action, BulkRun, Decision, Event, Membership, Opinion

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an action did. `replayed`: the same key had done it before, and nothing was written now.

    Of many events: `skipped` are the keys of those that moved on since the person saw them. Of more than can be answered
    at once: `run` goes on in the background, and the decisions are not named.
    """

    action: Action
    decisions: tuple[Decision, ...]
    replayed: bool
    skipped: tuple[int, ...] = ()
    run: BulkRun | None = None
    opinions: tuple[Opinion, ...] = ()  # where a batch asks for several; they moved no event by themselves


def request_digest(**request: Any) -> str:
    """64 hex digits over what was asked, so that a key cannot be used for something else."""
    return hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()


def replay(key: UUID, by: "User", digest: str) -> Outcome | None:
    """What the action with this key did, or None when the key is new. Raises KeyReused for another person or request.

    Inside the transaction of the verb: the key is held until its commit.
    """
    action = first_result(Action.objects.all(), key, user_id=by.pk, request=digest)
    if action is None:
        return None
    run = BulkRun.objects.filter(action=action).first()
    decisions = () if run else tuple(action.decisions.select_related("event"))
    return Outcome(action, decisions, replayed=True, run=run, opinions=tuple(action.opinions.all()))


def check_reviewer(by: "User", connection_id: int) -> None:
    """Raises NotAllowed unless the person is a reviewer or editor of this connection."""
    if not Membership.rights_of(by, connection_id).can_decide:
        raise NotAllowed("Only a reviewer of this connection can decide.")


def locked(event_id: int) -> Event:
    """The event as it is, held until the commit. Raises Event.DoesNotExist.

    On PostgreSQL by a row lock; on SQLite the transaction itself has had the only write lock since its BEGIN.
    """
    return Event.objects.select_for_update(of=("self",)).select_related("batch").get(pk=event_id)


def step(event: Event, *, version: int, fingerprint: str, changes: dict[str, Any]) -> Counter[str]:
    """Move one event to its next version, if it still is what the person saw; what to add to the batch's counters.

    The comparison is in the UPDATE itself: no reading first and writing later. Raises Conflict.
    """
    moved = Event.objects.filter(pk=event.pk, version=version, fingerprint=fingerprint).update(
        version=F("version") + 1, **changes
    )
    if not moved:
        raise Conflict("Somebody was faster, or the vendor changed this event meanwhile.", event=event)
    counters: Counter[str] = Counter()
    if event.for_review:
        counters[event.approval] -= 1
    for name, value in changes.items():
        setattr(event, name, value)
    event.version = version + 1
    if event.for_review:
        counters[event.approval] += 1
    return counters
