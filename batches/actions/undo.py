"""Undoes or redoes an action: adds a row to the ledger for each of its events and erases nothing."""

from collections import Counter
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.utils import timezone

from batches.actions.bulk import finish_small, start
from batches.actions.ledger import Outcome, advance_version, check_reviewer, locked, replay, request_digest
from batches.actions.opinions import redo_opinion, update_stages, withdraw_opinion
from batches.bulk.skips import not_reversed
from batches.bulk.steps import recount, reversible, unreversed_decisions
from batches.errors import Conflict, NothingToUndo
from batches.hooks.notices import noting_decisions
from batches.models import Action, Batch, BulkRun, Decision, Membership, Opinion, Role
from batches.models.corrections import values_before
from batches.models.decision import GIVES, STEP, ActionKind
from batches.models.run import UNFINISHED

if TYPE_CHECKING:
    from django.contrib.auth.models import User


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
    named = (
        Q(pk=action_id) if action_id is not None else Q(idempotency_key=target_key) if target_key is not None else None
    )
    digest = request_digest(batch=batch_id, **{kind.value: str(target_key or action_id)})

    with transaction.atomic(durable=True):
        if batch_id is not None:
            check_reviewer(by, Batch.objects.only("connection").get(pk=batch_id).connection_id)
        outcome = replay(idempotency_key, by, digest)
        if outcome is None:
            target = _target(kind, _own_actions(by, batch_id), named)
            batch = target.batch
            steps = unreversed_decisions(target).order_by("event_id")
            decisions = tuple(steps[:2])
            opinions = tuple(target.opinions.order_by("event_id"))
            action = Action.objects.create(
                idempotency_key=idempotency_key,
                kind=kind,
                user=by,
                batch=batch,
                undoes=target,
                request=digest,
                source=source,
                ip_address=ip_address,
            )
            if opinions or len(decisions) == 1:
                outcome = _reverse_here(target, action, tuple(steps) if opinions else decisions, opinions)
            elif not reversible(steps).exists():
                raise Conflict(not_reversed(target, kind, by))
            else:
                count = steps.count()
                run = BulkRun.objects.create(batch=batch, action=action, requested_by=by, total=count, expected=count)
                start(run)
                outcome = Outcome(action, (), replayed=False, run=run)
    return finish_small(outcome)


def _reverse_here(
    target: Action, action: Action, decisions: tuple[Decision, ...], opinions: tuple[Opinion, ...]
) -> Outcome:
    counters: Counter[str] = Counter()
    if opinions and action.kind == ActionKind.REDO:
        steps, opinions = _redo_opinions(target, action, counters)
    else:
        with noting_decisions(action):
            steps = tuple(_reverse_one(decision, action, counters) for decision in decisions)
        opinions = tuple(withdraw_opinion(opinion, action) for opinion in opinions)
    update_stages(action)
    counts = recount(action.batch_id, counters)
    return Outcome(action, steps, replayed=False, opinions=opinions, counts=counts)


def _own_actions(by: "User", batch_id: int | None) -> QuerySet[Action]:
    """This person's actions in the batch, or in all batches where they may decide."""
    own_actions = Action.objects.filter(user=by)
    if batch_id is not None:
        return own_actions.filter(batch=batch_id)
    memberships = Membership.objects.filter(user=by, role__in=Role.REVIEWER.and_above)
    return own_actions.filter(batch__connection__in=memberships.values("connection"))


def _target(kind: ActionKind, own_actions: QuerySet[Action], named: Q | None) -> Action:
    """The action to reverse: a verdict or redo for an undo, an undo for a redo. Raises NothingToUndo."""
    if kind == ActionKind.UNDO:
        candidates = own_actions.filter(kind__in=[*GIVES, ActionKind.REDO], amended_by__isnull=True)
    else:
        candidates = own_actions.filter(kind=ActionKind.UNDO)
    if named is not None:
        candidates = candidates.filter(named)
    elif kind == ActionKind.REDO:
        # A new verdict clears the redo stack.
        candidates = candidates.filter(pk__gt=own_actions.filter(kind__in=GIVES).aggregate(last=Max("pk"))["last"] or 0)
    untouched = ~Exists(Action.objects.filter(undoes=OuterRef("pk")))
    running = Q(bulk_run__state__in=UNFINISHED)
    gave = Exists(Opinion.objects.filter(action=OuterRef("pk")))
    did = gave | Exists(Decision.objects.filter(action=OuterRef("pk")))
    left = Decision.objects.filter(action=OuterRef("pk"), undone_by=None)
    if named is None:
        # Decisions that an earlier undo skipped are not what the person means, unless they are current again.
        left = reversible(left)
    candidates = candidates.filter(untouched & (did | running) | ~gave & Exists(left))
    candidates = candidates.select_related("bulk_run", "batch").defer("batch__raw")
    target = candidates.select_for_update(of=("self",)).order_by("-id").first()
    # Checked again if this undo waited for the lock: another one may have been committed meanwhile.
    waited = connection.features.has_select_for_update
    if target is None or (waited and not candidates.filter(pk=target.pk).exists()):
        raise NothingToUndo(f"You have nothing to {kind.value} in this batch.")
    runs = BulkRun.objects.filter(Q(action=target) | Q(action__undoes=target), state__in=UNFINISHED)
    if runs.exists():
        raise Conflict("This action is still running. Wait until it ends, or stop it first.")
    return target


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
    event = locked(decision.event_id)
    latest = event.decisions.select_related("restores").order_by("-version").first()
    if latest is None or latest.standing != decision.standing:
        raise Conflict("Somebody decided this event after you.", event=event)
    restored = _stood_before(decision) if action.kind == ActionKind.UNDO else _undone(decision)
    before, now = event.approval, timezone.now()
    changes = event.state_under(restored)
    values = values_before(event, changes)
    moved = advance_version(event, version=event.version, fingerprint=event.fingerprint, changes=changes)
    for approval, change in moved.items():
        counters[approval] += change
    return Decision.objects.create(
        action=action, event=event, version=event.version, before=before, approval=event.approval, reason=event.reason,
        note=event.note, corrections=event.corrections, values_before=values, fingerprint=event.fingerprint,
        vendor_approval=event.vendor_approval, undoes=decision, restores=restored, created_at=now,
    )  # fmt: skip


def _stood_before(decision: Decision) -> Decision | None:
    """The decision that stood before `decision` (or before the one it restored).

    A verdict and the reasons added to it later count as one decision.
    """
    steps = Decision.objects.filter(event=decision.event_id).select_related(*STEP)
    root = decision.standing
    assert root is not None  # only verdicts and redos are undone, and both leave a verdict standing
    earlier = steps.filter(version=root.version - root.action.added_reasons - 1).first()
    return earlier.standing if earlier else None


def _undone(decision: Decision) -> Decision | None:
    """The verdict that `decision`, the step of an undo, reversed."""
    assert decision.undoes is not None  # the step of an undo names the one it reversed
    return decision.undoes.standing
