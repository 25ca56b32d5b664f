"""Helpers of all actions on events: idempotency keys, versioned steps and counters, in one transaction."""

import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.utils.translation import gettext as _

from batches.actions.idempotency import first_result
from batches.actions.statements import move_event
from batches.errors import Conflict, NotAllowed
from batches.models import Action, BulkRun, Decision, Event, Membership, Opinion

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of an action. `replayed`: an earlier request with the same key did it, and nothing was written now.

    `skipped`: the ids of events that have changed since the person saw them. `run`: the run in the background, for too
    many events to decide at once; `decisions` is then empty.
    """

    action: Action
    decisions: tuple[Decision, ...]
    replayed: bool
    skipped: tuple[int, ...] = ()
    run: BulkRun | None = None
    opinions: tuple[Opinion, ...] = ()  # given or taken back, if the batch asks for several
    events: tuple[Event, ...] = ()  # as they are after the action, if the action read them
    counts: dict[str, int] | None = None  # of the batch after the action, if the action read them


def request_digest(**request: Any) -> str:
    """64 hex digits over the request, so that a key cannot be reused for another request."""
    return hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()


def replay(idempotency_key: UUID, by: "User", digest: str) -> Outcome | None:
    """The outcome of the earlier action with this key, or None. Raises KeyReused for another person or request.

    Must run inside the transaction of the verb, which locks the key until its commit.
    """
    action = first_result(Action.objects.all(), idempotency_key, user_id=by.pk, request=digest)
    if action is None:
        return None
    run = BulkRun.objects.filter(action=action).first()
    decisions = () if run else tuple(action.decisions.select_related("event"))
    return Outcome(action, decisions, replayed=True, run=run, opinions=tuple(action.opinions.all()))


def first_outcome(action: Action) -> Outcome:
    """The outcome of the action whose key prevented that this one was inserted. Raises KeyReused."""
    first = replay(action.idempotency_key, action.user, action.request)
    assert first is not None
    return first


def check_reviewer(by: "User", connection_id: int) -> None:
    """Raise NotAllowed unless the person has at least the role reviewer on this connection."""
    if not Membership.rights_of(by, connection_id).can_decide:
        raise NotAllowed(_("Only a reviewer of this connection can decide."))


def locked(event_id: int) -> Event:
    """The current event, locked until the commit. Raises Event.DoesNotExist.

    PostgreSQL locks the row; on SQLite the transaction holds the only write lock since its BEGIN.
    """
    return Event.objects.select_for_update(of=("self",)).select_related("batch").get(pk=event_id)


def advance_version(
    event: Event, *, version: int, fingerprint: str, changes: dict[str, Any], without_opinions: bool = False
) -> Counter[str]:
    """Move one event to its next version, if it is still as the person saw it. Returns what to add to the counters.

    The UPDATE itself compares, so that nobody can write between a read and the write. `without_opinions`: an event
    that has got an opinion since is a conflict too. Raises Conflict.
    """
    seen = {"version": version, "fingerprint": fingerprint}
    if not move_event(event, seen, changes, without_opinions=without_opinions):
        raise Conflict(_("The event has changed: somebody decided it, or the vendor changed it."), event=event)
    counters: Counter[str] = Counter()
    if event.for_review:
        counters[event.approval] -= 1
    for name, value in changes.items():
        setattr(event, name, value)
    event.version = version + 1
    if event.for_review:
        counters[event.approval] += 1
    return counters
