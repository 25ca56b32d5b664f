"""Undoes or redoes an action: adds a row to the ledger for each of its events and erases nothing."""

from collections import Counter
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Exists, Func, OuterRef, Q, QuerySet, Subquery, TextField
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from batches.actions.bulk import finish_small, is_large, start
from batches.actions.idempotency import lock_number
from batches.actions.ledger import Outcome, advance_version, check_reviewer, first_outcome, replay, request_digest
from batches.actions.opinions import redo_opinion, update_stages, withdraw_opinion
from batches.actions.statements import insert_once
from batches.bulk.skips import not_reversed
from batches.bulk.steps import recount, reversible, unreversed_decisions
from batches.errors import Conflict, NothingToUndo
from batches.models import (
    Action,
    Batch,
    BulkRun,
    Consensus,
    Decision,
    Event,
    Membership,
    Opinion,
    Rights,
    Role,
    Webhook,
)
from batches.models.batch import BATCH_NOT_REMOVED
from batches.models.corrections import values_before
from batches.models.decision import GIVES, STEP, ActionKind
from batches.models.prepared import prepared
from batches.models.run import UNFINISHED
from batches.notify.notices import noting_decisions

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@dataclass(frozen=True, slots=True)
class Target:
    """The action to reverse, with what that depends on."""

    action: Action
    steps: tuple[Decision, ...]  # of one event, or of opinions; else only the first two; none of a large verdict
    rights: Rights
    is_key_used: bool  # by an earlier request
    is_running: bool
    has_opinions: bool
    has_webhooks: bool


def undo(
    *,
    batch_id: int | None,
    by: "User",
    idempotency_key: UUID,
    action_id: int | None = None,
    target_key: UUID | None = None,
    source: str = "page",
    ip_address: str | None = None,
) -> Outcome:
    """Undo one of this person's actions in the batch: by its id, by its key, or the last one that stands.

    Without a batch: in any batch where they may decide.

    Each event returns to its previous decision, or to the vendor's approval. An event that was decided again since
    raises Conflict if it is the only one; among many events, it is skipped. More than 500 events are undone in the
    background by the outcome's `run`. Raises NothingToUndo, Conflict, KeyReused, NotAllowed, Batch.DoesNotExist.
    """
    return _reverse(ActionKind.UNDO, batch_id, by, idempotency_key, action_id, target_key, source, ip_address)


def redo(
    *,
    batch_id: int | None,
    by: "User",
    idempotency_key: UUID,
    action_id: int | None = None,
    target_key: UUID | None = None,
    source: str = "page",
    ip_address: str | None = None,
) -> Outcome:
    """Redo one of this person's undone actions: named as in `undo`, or the last one since their last verdict.

    Each event returns to the decision that was undone. Raises what `undo` raises.
    """
    return _reverse(ActionKind.REDO, batch_id, by, idempotency_key, action_id, target_key, source, ip_address)


def _reverse(
    kind: ActionKind,
    batch_id: int | None,
    by: "User",
    idempotency_key: UUID,
    action_id: int | None,
    target_key: UUID | None,
    source: str,
    ip_address: str | None,
) -> Outcome:
    digest = request_digest(batch=batch_id, **{kind.value: str(target_key or action_id)})
    names = {"batch": batch_id, "pk": action_id, "idempotency_key": target_key if action_id is None else None}
    named = {name: value for name, value in names.items() if value is not None}

    with transaction.atomic(durable=True):
        target = _lock_target(kind, by, idempotency_key, named)
        outcome = None
        if target is None or target.is_key_used or not target.rights.can_decide:
            if batch_id is not None:
                check_reviewer(by, Batch.objects.not_removed().only("connection").get(pk=batch_id).connection_id)
            outcome = replay(idempotency_key, by, digest)
        if outcome is None:
            if target is None:
                raise NothingToUndo(_nothing_to(kind.value))
            if target.is_running:
                raise Conflict(_("This action is still running. Wait until it ends, or stop it first."))
            action = Action(
                idempotency_key=idempotency_key, kind=kind, user=by, batch=target.action.batch, undoes=target.action,
                request=digest, source=source, ip_address=ip_address,
            )  # fmt: skip
            outcome = _reverse_target(target, action)
    return finish_small(outcome)


def _reverse_target(target: Target, action: Action) -> Outcome:
    """Here, if it is one event or opinions; else by a run."""
    steps = target.steps
    opinions = tuple(target.action.opinions.order_by("event_id")) if target.has_opinions else ()
    if not insert_once(action, "idempotency_key"):
        return first_outcome(action)
    if opinions or len(steps) == 1:
        return _reverse_here(target, action, steps, opinions)
    left = unreversed_decisions(target.action)
    if not reversible(left).exists():
        raise Conflict(not_reversed(target.action, ActionKind(action.kind), action.user))
    count = left.count()
    run = BulkRun.objects.create(
        batch=action.batch, action=action, requested_by=action.user, total=count, expected=count
    )
    start(run)
    return Outcome(action, (), replayed=False, run=run)


@prepared
def _steps(target_id: int, *, all_of_them: bool) -> QuerySet[Decision]:
    """The steps that nothing has reversed yet, with their events, which are locked; or only the first two."""
    steps = Decision.objects.filter(action=target_id, undone_by=None).order_by("event_id")
    steps = steps.select_related("event", *STEP).select_for_update(of=("event",))
    return steps if all_of_them else steps[:2]


def _reverse_here(
    target: Target, action: Action, decisions: tuple[Decision, ...], opinions: tuple[Opinion, ...]
) -> Outcome:
    counters: Counter[str] = Counter()
    if opinions and action.kind == ActionKind.REDO:
        steps, opinions = _redo_opinions(target.action, action, counters)
    else:
        with noting_decisions(action) if target.has_webhooks else nullcontext():
            steps = tuple(_reverse_one(decision, action, counters) for decision in decisions)
        opinions = tuple(withdraw_opinion(opinion, action) for opinion in opinions)
    events = tuple(step.event for step in steps)
    if opinions or any(getattr(event, "consensus", None) for event in events):
        update_stages(action)
        events = ()
    counts = recount(action.batch_id, counters)
    return Outcome(action, steps, replayed=False, opinions=opinions, events=events, counts=counts)


def _lock_target(kind: ActionKind, by: "User", key: UUID, named: dict[str, Any]) -> Target | None:
    """The action that these fields name, or else the last one that stands; None if there is none."""
    last = not named.keys() - {"batch"}
    locks = [lock_number(key)] if connection.vendor == "postgresql" else []

    def look(named: dict[str, Any]) -> tuple[Any, tuple[Decision, ...]]:
        rows = _targets(by.pk, key, *named.values(), *locks, kind=kind, names=tuple(named), last=last)
        action = next(iter(rows), None)
        if action is None or action.is_key_used or action.is_running:
            return action, ()
        run = getattr(action, "bulk_run", None)
        if run and is_large(run):  # to find its first two steps would take a second
            return action, ()
        return action, tuple(_steps(action.pk, all_of_them=action.has_opinions))

    action, steps = look(named)
    if action is not None and locks and (len(steps) != 1 or action.has_opinions):
        # Again: another undo may have been committed while this one waited for the lock. It left no step of one event.
        action, steps = look(named | {"pk": action.pk})
    if action is None:
        return None
    rights = Rights.of(action.role, by) if by.is_active else Rights()
    flags = (action.is_key_used, action.is_running, action.has_opinions, action.has_webhooks)
    return Target(action, steps, rights, *flags)


@prepared
def _targets(by: int, key: UUID, *values: Any, kind: ActionKind, names: tuple[str, ...], last: bool) -> QuerySet[Any]:
    """The last action with these values that can be reversed: a verdict or redo by an undo, an undo by a redo.

    On PostgreSQL the last value is the number of the key's lock, which comes before the row's, as in every verb: else
    two requests with one key wait for each other.
    """
    lock = {}
    if connection.vendor == "postgresql":
        lock["lock"] = Func(values[-1], function="pg_advisory_xact_lock", output_field=TextField())
    own_actions = Action.objects.filter(BATCH_NOT_REMOVED, user=by)
    if "batch" not in names:
        memberships = Membership.objects.filter(user=by, role__in=Role.REVIEWER.and_above)
        own_actions = own_actions.filter(batch__connection__in=memberships.values("connection"))
    named = dict(zip(names, values[: len(names)], strict=True))
    own_actions = own_actions.filter(**{name: named.pop(name) for name in names if name == "batch"})
    this = OuterRef("pk")
    gave = Exists(Opinion.objects.filter(action=this))
    did = gave | Exists(Decision.objects.filter(action=this))
    steps = Decision.objects.filter(action=this, undone_by=None)
    # Decisions that an earlier undo skipped are not what the person means, unless they are current again.
    left = Exists(reversible(steps) if last else steps)
    untouched = ~Exists(Action.objects.filter(undoes=this)) & (did | Q(bulk_run__state__in=UNFINISHED))
    runs = BulkRun.objects.filter(Q(action=this) | Q(action__undoes=this), state__in=UNFINISHED)
    return (
        own_actions.filter(_reversed_by(kind, own_actions, last), untouched | ~gave & left, **named)
        .annotate(
            role=Membership.role_of(by, "batch__connection"),
            is_key_used=Exists(Action.objects.filter(idempotency_key=key)),
            is_running=Exists(runs),
            has_opinions=gave,
            has_webhooks=Exists(Webhook.objects.filter(connection=OuterRef("batch__connection"))),
            **lock,
        )
        .select_related("bulk_run", "batch")
        .defer("batch__raw")
        # A reason that is being added refers to its verdict, and has locked the event: it does not wait for an undo.
        .select_for_update(of=("self",), no_key=True)
        .order_by("-id")[:1]
    )


def _reversed_by(kind: ActionKind, own_actions: QuerySet[Action], last: bool) -> Q:
    """The actions that one of this kind reverses."""
    if kind == ActionKind.UNDO:
        return Q(kind__in=[*GIVES, ActionKind.REDO], amended_by__isnull=True)
    if not last:
        return Q(kind=ActionKind.UNDO)
    # A new verdict clears the redo stack.
    verdicts = own_actions.filter(kind__in=GIVES).order_by("-id").values("pk")[:1]
    return Q(kind=ActionKind.UNDO, pk__gt=Coalesce(Subquery(verdicts), 0))


def _redo_opinions(
    undone: Action, action: Action, counters: Counter[str]
) -> tuple[tuple[Decision, ...], tuple[Opinion, ...]]:
    """Restore the opinions that an undo withdrew, with the decisions that follow from all standing opinions."""
    assert undone.undoes is not None  # an undo names the action it reversed
    steps, opinions = [], []
    for earlier in undone.undoes.opinions.order_by("event_id"):
        opinion, decision, moved = redo_opinion(earlier, action)
        opinions.append(opinion)
        steps += [decision] if decision else []
        for approval, change in moved.items():
            counters[approval] += change
    return tuple(steps), tuple(opinions)


def _reverse_one(decision: Decision, action: Action, counters: Counter[str]) -> Decision:
    """The step that reverses a decision, whose event is locked.

    An undo restores what stood before the decision; a redo what the undo, of which the decision is a step, reversed.
    """
    event = decision.event
    latest, before_it = _steps_now_and_before(decision)
    if latest is None or latest.standing != decision.standing:
        raise Conflict(_("Somebody decided this event after you."), event=event)
    source = before_it if action.kind == ActionKind.UNDO else decision.undoes
    restored = source.standing if source else None
    before, now = event.approval, timezone.now()
    changes = event.state_under(restored)
    values = values_before(event, changes)
    moved = advance_version(event, version=event.version, fingerprint=event.fingerprint, changes=changes)
    for approval, change in moved.items():
        counters[approval] += change
    step = Decision(
        action=action, event=event, version=event.version, before=before, approval=event.approval, reason=event.reason,
        note=event.note, corrections=event.corrections, values_before=values, fingerprint=event.fingerprint,
        vendor_approval=event.vendor_approval, undoes=decision, restores=restored, created_at=now,
    )  # fmt: skip
    insert_once(step, "event_id, version")
    return step


def _steps_now_and_before(decision: Decision) -> tuple[Decision | None, Decision | None]:
    """The event's current step, and the one before `decision` (or before the one that it restored, if any).

    A verdict and the reasons added to it later count as one decision.
    """
    current, root = decision.event.version, decision.standing
    earlier = root.version - root.action.added_reasons - 1 if root else current
    steps = {step.version: step for step in _steps_at(decision.event_id, current, earlier)}
    if current in steps and not steps[current].has_consensus:
        Event._meta.get_field("consensus").set_cached_value(decision.event, None)
    return steps.get(current), steps.get(earlier)


@prepared
def _steps_at(event_id: int, version: int, earlier: int) -> QuerySet[Any]:
    steps = Decision.objects.filter(Q(version=version) | Q(version=earlier), event=event_id)
    begun = Exists(Consensus.objects.filter(event=OuterRef("event")))
    return steps.select_related(*STEP).annotate(has_consensus=begun).order_by()


def _nothing_to(kind: str) -> str:
    if kind == "redo":
        return _("You have nothing to redo in this batch.")
    return _("You have nothing to undo in this batch.")
