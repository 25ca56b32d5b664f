"""Corrections of many events: each event keeps its own vendor values, so every row is computed by itself.

The rows of a chunk are then written together. The caller has locked the events.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Q
from django.utils import timezone

from batches.bulk.many_ids import among
from batches.models import Action, Decision, Event
from batches.models.corrections import COLUMNS, corrected, read, values_before
from batches.models.decision import STEP, ActionKind
from batches.notify.notices import noting_decisions
from batches.sync import row_writer

VERDICT_COLUMNS = ("approval", "reason", "note", "decided_by_id", "decided_at", "bulk_decided", "changed_since")
WRITTEN = ("version", *VERDICT_COLUMNS, *COLUMNS)


class Verdict(NamedTuple):
    """`approval` empty: values only. `corrections`: JSON of the values that each event gets; None for none."""

    approval: str
    reason: str = ""
    note: str = ""
    corrections: str | None = None

    @property
    def kind(self) -> ActionKind:
        return ActionKind.DECIDE if self.approval else ActionKind.CORRECT


def ever_corrected(event_ids: Collection[int]) -> set[int]:
    """Those of the events whose ledger has a correction, even if it no longer stands."""
    was_corrected = Q(corrections__isnull=False) | Q(is_correction=True)
    steps = Decision.objects.filter(among("batches_decision.event_id", event_ids), was_corrected).order_by()
    return set(steps.values_list("event", flat=True))


def correct_events(
    action: Action, events: Mapping[int, str], verdict: Verdict, *, unseen: bool = False
) -> Counter[str]:
    """Give the events values, with a verdict or without. Returns what to add to the batch's counters.

    Raises ValueError if a span would end before it starts.
    """
    now, values = timezone.now(), read(verdict.corrections)
    standing = {} if verdict.approval else _standing_verdicts(events)
    steps, changed, moves = [], [], Counter[str]()
    for event in Event.objects.filter(pk__in=events).order_by("pk"):
        columns, before = corrected(event, values)
        columns |= _given(verdict, action, now, unseen=unseen)
        steps.append(_step(action, event, columns, before, now, is_correction=not verdict.approval or None,
                           verdict=standing.get(event.pk)))  # fmt: skip
        moves.subtract([event.approval])
        changed.append(_moved(event, columns))
        moves.update([event.approval])
    with noting_decisions(action):
        _write(steps, changed)
    return moves


def _given(verdict: Verdict, action: Action, now: datetime, *, unseen: bool) -> dict[str, Any]:
    """The columns of a verdict; none without one."""
    if not verdict.approval:
        return {}
    return {
        "approval": verdict.approval, "reason": verdict.reason, "note": verdict.note, "decided_by_id": action.user_id,
        "decided_at": now, "bulk_decided": unseen or None, "changed_since": False,
    }  # fmt: skip


def _standing_verdicts(event_ids: Collection[int]) -> dict[int, Decision | None]:
    steps = Decision.objects.filter(event__in=event_ids).select_related("verdict", "restores__verdict")
    return {step.event_id: step.standing_verdict for step in steps.order_by("event", "version")}


def reverse_corrected(action: Action, step_ids: Collection[int], moves: Counter[str]) -> int:
    """Undo or redo these steps, each whose event it still decides. Returns how many; adds to the counters `moves`."""
    if not step_ids:
        return 0
    now, assigned, changed = timezone.now(), [], []
    ledger = _ledger(step_ids)
    events = Event.objects.in_bulk(list(ledger))
    for event_id, rows in ledger.items():
        event, latest = events[event_id], rows[max(rows)]
        reversed_step = next(row for row in rows.values() if row.pk in step_ids)
        is_reversed = any(row.undoes_id == reversed_step.pk for row in rows.values())
        if is_reversed or latest.standing != reversed_step.standing:
            continue
        restored = _restored(action, reversed_step, rows)
        columns = event.state_under(restored)
        before = values_before(event, columns)
        assigned.append(_step(action, event, columns, before, now, undoes=reversed_step, restores=restored))
        moves.subtract([event.approval] if event.for_review else [])
        changed.append(_moved(event, columns))
        moves.update([event.approval] if event.for_review else [])
    _write(assigned, changed)
    return len(assigned)


def _ledger(step_ids: Collection[int]) -> dict[int, dict[int, Decision]]:
    """Event → version → step, of the events of these steps."""
    ledger: dict[int, dict[int, Decision]] = defaultdict(dict)
    events = Decision.objects.filter(pk__in=step_ids).values("event")
    for step in Decision.objects.filter(event__in=events).select_related(*STEP).order_by("event", "version"):
        ledger[step.event_id][step.version] = step
    return ledger


def _restored(action: Action, reversed_step: Decision, rows: Mapping[int, Decision]) -> Decision | None:
    """The step that stands again: before the verdict and its added reasons, or before the undo."""
    assert action.undoes is not None  # an undo or redo names what it reverses
    if action.kind == ActionKind.REDO:
        undone = next(row for row in rows.values() if row.pk == reversed_step.undoes_id)
        return undone.standing
    root = reversed_step.standing
    assert root is not None  # only verdicts and redos are undone, and both leave a step standing
    earlier = rows.get(root.version - action.undoes.added_reasons - 1)
    return earlier.standing if earlier else None


def _step(action: Action, event: Event, columns: Mapping[str, Any], before: str | None, now: datetime,
          **fields: Any) -> Decision:  # fmt: skip
    after = {name: columns.get(name, getattr(event, name)) for name in ("approval", "reason", "note", "corrections")}
    return Decision(
        action=action, event=event, version=event.version + 1, before=event.approval, **after, values_before=before,
        fingerprint=event.fingerprint, vendor_approval=event.vendor_approval, created_at=now, **fields,
    )  # fmt: skip


def _moved(event: Event, columns: Mapping[str, Any]) -> Event:
    for name, value in columns.items():
        setattr(event, name, value)
    event.version += 1
    return event


def _write(steps: list[Decision], events: list[Event]) -> None:
    Decision.objects.bulk_create(steps, batch_size=500)
    row_writer.update(Event, WRITTEN, [(*(row_writer.plain(getattr(event, name)) for name in WRITTEN), event.pk)
                                       for event in events])  # fmt: skip
