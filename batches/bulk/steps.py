"""Writes the ledger for many events: a few statements for a chunk of events instead of one for each event.

Every function runs in a transaction of the caller. It locks the events first, in the order of their ids as a sync does,
to avoid deadlocks. Events that have changed since the person saw them are skipped.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Case, F, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from batches.bulk.corrections import Verdict, correct_events, ever_corrected, reverse_corrected
from batches.bulk.many_ids import among, id_condition
from batches.models import Action, Approval, Batch, Decision, Event
from batches.models.decision import ActionKind
from batches.models.event import FOR_REVIEW
from batches.notify.notices import note_review, noting_decisions

# In one transaction: a reviewer who decides meanwhile waits for at most one chunk, on SQLite 0.2 s.
CHUNK_EVENTS = 4000
CORRECTED_CHUNK_EVENTS = 500  # where events are written one by one


class Seen(NamedTuple):
    """An event as the person saw it."""

    version: int
    fingerprint: str


class Done(NamedTuple):
    """The result of a chunk: the number of events that got a new decision, and of those that were skipped."""

    decided: int
    skipped: int


DECIDE = """
INSERT INTO batches_decision
  (action_id, event_id, version, before, approval, reason, note, fingerprint, vendor_approval, corrections, created_at)
SELECT %s, id, version + 1, approval, %s, %s, %s, fingerprint, vendor_approval, corrections, %s
FROM batches_event WHERE id {id_condition} ORDER BY id
"""
# The standing decision after a step: the step itself, or the one it restored.
STANDING_ID = "CASE WHEN {0}.undoes_id IS NULL THEN {0}.id ELSE {0}.restores_id END"
REVERSE = f"""
INSERT INTO batches_decision
  (action_id, event_id, version, before, approval, reason, note, fingerprint, vendor_approval, undoes_id, restores_id,
   created_at)
SELECT %s, event.id, event.version + 1, event.approval,
  CASE WHEN restored.fingerprint <> event.fingerprint THEN 'pending'
    ELSE COALESCE(restored.approval, event.vendor_approval, 'pending') END,
  COALESCE(restored.reason, ''), COALESCE(restored.note, ''),
  event.fingerprint, event.vendor_approval, step.id, restored.id, %s
FROM batches_decision step
JOIN batches_event event ON event.id = step.event_id
JOIN batches_decision latest ON latest.event_id = event.id AND latest.version = event.version
{{joins}}
LEFT JOIN batches_decision restored ON restored.id = {STANDING_ID.format("source")}
WHERE step.action_id = %s AND step.id > %s AND step.id <= %s AND NOT step.event_id {{id_condition}}
  AND COALESCE({STANDING_ID.format("latest")}, 0) = COALESCE({STANDING_ID.format("step")}, 0)
  AND NOT EXISTS (SELECT 1 FROM batches_decision reversal WHERE reversal.undoes_id = step.id)
ORDER BY step.id
"""
# An undo restores what stood before the verdict and its added reasons; a redo restores what the undo reversed.
SOURCES = {
    ActionKind.UNDO: f"""
JOIN batches_decision root ON root.id = {STANDING_ID.format("step")}
LEFT JOIN batches_decision source ON source.event_id = root.event_id AND source.version = root.version - 1 - {{added}}
""",
    ActionKind.REDO: "JOIN batches_decision source ON source.id = step.undoes_id",
}
UPDATE_EVENTS = """
UPDATE batches_event SET version = step.version, approval = step.approval, reason = step.reason, note = step.note,
  decided_by_id = action.user_id, decided_at = restored.created_at,
  bulk_decided = CASE WHEN EXISTS (SELECT 1 FROM batches_bulkrun run WHERE run.action_id = restored.action_id)
    THEN true END,
  changed_since = (restored.id IS NOT NULL AND restored.fingerprint <> batches_event.fingerprint)
FROM batches_decision step
LEFT JOIN batches_decision restored ON restored.id = step.restores_id
LEFT JOIN batches_action action ON action.id = restored.action_id
WHERE batches_event.id = step.event_id AND step.action_id = %s AND step.undoes_id > %s AND step.undoes_id <= %s
"""
COUNT_MOVES = """
SELECT step.before, step.approval, event.gone_at IS NULL OR event.decided_at IS NOT NULL,
  event.gone_at IS NULL OR step.restores_id IS NOT NULL, COUNT(*)
FROM batches_decision step JOIN batches_event event ON event.id = step.event_id
WHERE step.action_id = %s AND step.undoes_id > %s AND step.undoes_id <= %s
GROUP BY 1, 2, 3, 4
"""
RECOUNT = f"""
UPDATE batches_batch SET {", ".join(f"{name} = {name} + %s" for name in Approval.values)} WHERE id = %s
RETURNING {", ".join(Approval.values)}, reviewed_noted
"""


def recount(batch_id: int, changes: Mapping[str, int]) -> dict[str, int]:
    """Add to a batch's counters by approval, in the transaction that changed the events. Returns the counters."""
    moves = [changes.get(approval, 0) for approval in Approval.values]
    with connection.cursor() as cursor:
        cursor.execute(RECOUNT, [*moves, batch_id])
        *numbers, reviewed_noted = cursor.fetchone()
    counts = dict(zip(Approval.values, numbers, strict=True))
    if reviewed_noted or not counts[Approval.PENDING]:  # otherwise it was not reviewed before and is not now
        note_review(batch_id)
    return counts


def check_opinions(batch: Batch, events: QuerySet[Event]) -> None:
    """Raise ValueError if the batch or an event needs second opinions, which are given one by one."""
    if batch.opinions_wanted > 1 or events.filter(consensus__isnull=False).exists():
        why = _("The batch {title} requires second opinions: decide its events one by one.")
        raise ValueError(why.format(title=batch.title))


def unreversed_decisions(action: Action) -> "QuerySet[Decision]":
    """The steps of an action that nothing has reversed yet."""
    return action.decisions.filter(undone_by=None)


def reversible(steps: "QuerySet[Decision]") -> "QuerySet[Decision]":
    """The steps whose verdict is still the current one of its event."""
    stands = Case(When(undoes=None, then=F("pk")), default=F("restores"))
    latest = Decision.objects.filter(event=OuterRef("event"), version=OuterRef("event__version")).order_by()
    latest = latest.annotate(stands=Coalesce(stands, 0))
    marked = steps.annotate(stands=Coalesce(stands, 0), stands_now=Subquery(latest.values("stands")[:1]))
    return marked.filter(stands=F("stands_now"))


def plan_for_a_chunk() -> None:
    """For this transaction: PostgreSQL, whose statistics know nothing yet of the rows that a run has just written,
    would read whole tables for each chunk, and compile its statements again.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL jit = off; SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")


def next_unreversed(action: Action, after: int, limit: int) -> list[tuple[int, int]]:
    """The next steps of an action that nothing has reversed yet: (id, event), in the order of their ids.

    As a value of each row, not as a join: PostgreSQL would join the whole ledger for every chunk.
    """
    reversal = Decision.objects.filter(undoes=OuterRef("pk")).order_by().values("pk")[:1]
    steps = action.decisions.filter(pk__gt=after).annotate(reversal=Subquery(reversal)).filter(reversal=None)
    return [(pk, event) for pk, event in steps.order_by("pk").values_list("pk", "event_id")[:limit]]


def lock_unchanged(batch_id: int, versions: Mapping[int, Seen]) -> dict[int, str]:
    """Lock the events. Returns those that are unchanged since the person saw them, with their approval."""
    events = (
        Event.objects.select_for_update().filter(among("batches_event.id", versions), batch=batch_id).order_by("pk")
    )
    rows = events.annotate(listed=Q(FOR_REVIEW)).values_list("pk", "version", "fingerprint", "approval", "listed")
    return {pk: approval for pk, *current, approval, listed in rows if listed and versions[pk] == tuple(current)}


def decide_events(action: Action, events: Mapping[int, str], verdict: Verdict, *, unseen: bool = False) -> None:
    """Decide locked events, given with their current approval. `unseen`: as all events of a filter, not one by one."""
    if not events:
        return
    if verdict.corrections:
        recount(action.batch_id, correct_events(action, events, verdict, unseen=unseen))
        return
    now = timezone.now()
    condition, ids = id_condition(events)
    with noting_decisions(action):
        _run(DECIDE.format(id_condition=condition), [action.pk, *verdict[:3], _adapted(now), ids])
    Event.objects.filter(among("batches_event.id", events)).update(
        version=F("version") + 1, approval=verdict.approval, reason=verdict.reason, note=verdict.note,
        decided_by=action.user_id, decided_at=now, bulk_decided=unseen or None, changed_since=False,
        correction_changed=None,
    )  # fmt: skip
    moves = Counter({verdict.approval: len(events)})
    moves.subtract(events.values())
    recount(action.batch_id, moves)


def reverse_decisions(action: Action, steps: list[tuple[int, int]]) -> Done:
    """Undo or redo `steps`: (id, event) of consecutive decisions of the action that `action` reverses."""
    ids = [event for _, event in steps]
    list(Event.objects.select_for_update().filter(among("batches_event.id", ids)).order_by("pk").values_list("pk"))
    assert action.undoes is not None  # an undo or redo names what it reverses
    corrected = ever_corrected(ids)
    moves: Counter[str] = Counter()
    with noting_decisions(action):
        decided = _reverse_together(action, (steps[0][0] - 1, steps[-1][0]), corrected, moves)
        decided += reverse_corrected(action, [pk for pk, event in steps if event in corrected], moves)
    recount(action.batch_id, moves)
    return Done(decided, len(steps) - decided)


def _reverse_together(action: Action, span: tuple[int, int], corrected: set[int], moves: Counter[str]) -> int:
    """Reverse the steps after the first and up to the last id, of events that nobody ever corrected."""
    assert action.undoes is not None  # an undo or redo names what it reverses
    condition, ids = id_condition(corrected)
    joins = SOURCES[ActionKind(action.kind)].format(added=action.undoes.added_reasons)
    sql = REVERSE.format(joins=joins, id_condition=condition)
    decided = _run(sql, [action.pk, _adapted(timezone.now()), action.undoes_id, *span, ids])
    parameters = [action.pk, *span]
    with connection.cursor() as cursor:
        cursor.execute(COUNT_MOVES, parameters)
        for before, after, was_listed, is_listed, count in cursor.fetchall():
            moves[before] -= count if was_listed else 0
            moves[after] += count if is_listed else 0
    _run(UPDATE_EVENTS, parameters)
    return decided


def _run(sql: str, params: list[Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)


def _adapted(moment: datetime) -> Any:
    """A moment as the database's driver accepts it in raw SQL."""
    return connection.ops.adapt_datetimefield_value(moment)
