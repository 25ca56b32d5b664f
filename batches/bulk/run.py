"""Runs a bulk verdict chunk by chunk, one transaction each. After a kill it continues after the last chunk."""

import logging

from django.db import transaction
from django.db.models import F

from batches.bulk.copied_verdicts import copied_verdicts
from batches.bulk.corrections import Verdict
from batches.bulk.skips import DONE, skips_of_run
from batches.bulk.steps import (
    CHUNK_EVENTS,
    CORRECTED_CHUNK_EVENTS,
    Done,
    Seen,
    decide_events,
    lock_unchanged,
    next_unreversed,
    plan_for_a_chunk,
    reverse_decisions,
    unreversed_decisions,
)
from batches.jobs.claims import ClaimedRun, ClaimLost, claim
from batches.models import BulkRun, BulkTarget, Membership
from batches.models.decision import GIVES, ActionKind
from batches.models.run import RunState

logger = logging.getLogger(__name__)


def run_bulk(run_id: int) -> BulkRun | None:
    """Start or continue a run. Returns the run at its end, or None if another worker holds it or it was stopped."""
    claimed = claim(BulkRun, run_id)
    if claimed is None:
        return None
    try:
        while _chunk(claimed):
            pass
    except ClaimLost:
        logger.warning("bulk %s: stopped, or taken over by another worker", run_id)
        return None
    return BulkRun.objects.get(pk=run_id)


def skipped_events(run: BulkRun) -> list[int]:
    """The ids of the events that the run has skipped so far."""
    if run.action.kind in GIVES:
        return list(run.targets.filter(stale=True).order_by("event").values_list("event", flat=True))
    reversed_action = run.action.undoes
    assert reversed_action is not None  # an undo or redo names what it reverses
    skipped = unreversed_decisions(reversed_action).filter(pk__lte=run.after)
    return list(skipped.order_by("event_id").values_list("event_id", flat=True))


def _chunk(claimed: ClaimedRun) -> bool:
    """Do the next chunk and commit it with the checkpoint. False when no events are left."""
    with transaction.atomic():
        claimed.assert_claim()
        plan_for_a_chunk()
        run = BulkRun.objects.select_related("action", "requested_by", "batch").get(pk=claimed.run_id)
        assert run.requested_by is not None  # only people decide
        if not Membership.rights_of(run.requested_by, run.batch.connection_id).can_decide:
            claimed.end(RunState.FAILED, f"{run.requested_by} is no longer a reviewer of this connection.")
            return False
        if run.batch.removed_at:
            claimed.end(RunState.FAILED, f"{run.batch.removed_by} removed the batch.")
            return False
        after, size, done = _decide(run) if run.action.kind in GIVES else _reverse(run)
        if not size:
            return _finish(claimed, run)
        claimed.assert_claim(
            after=after, position=F("position") + size, decided=F("decided") + done.decided,
            skipped=F("skipped") + done.skipped, attempts=0,
        )  # fmt: skip
    return True


def _decide(run: BulkRun) -> tuple[int, int, Done]:
    size = _chunk_events(one_by_one=bool(run.corrections) or run.comparison_id is not None)
    rows = run.targets.filter(event__gt=run.after).order_by("event")[:size]
    targets = {
        event: None if stale else Seen(*versions)
        for event, stale, *versions in rows.values_list("event", "stale", *Seen._fields)
    }
    if not targets:
        return 0, 0, Done(0, 0)
    versions = {event: version for event, version in targets.items() if version}
    unchanged = lock_unchanged(run.batch_id, versions)
    groups = (
        copied_verdicts(run, unchanged)
        if run.comparison_id
        else {Verdict(run.approval, run.reason, run.note, run.corrections): unchanged}
    )
    for verdict, events in groups.items():
        decide_events(run.action, events, verdict, unseen=True)
    unchanged = {event: before for events in groups.values() for event, before in events.items()}
    changed = versions.keys() - unchanged
    if changed:
        run.targets.filter(event__in=changed).update(stale=True)
    return max(targets), len(targets), Done(len(unchanged), len(targets) - len(unchanged))


def _reverse(run: BulkRun) -> tuple[int, int, Done]:
    assert run.action.undoes is not None  # an undo or redo names what it reverses
    size = _chunk_events(one_by_one=run.batch.events.filter(corrections__isnull=False).exists())
    rows = next_unreversed(run.action.undoes, run.after, size)
    if not rows:
        return 0, 0, Done(0, 0)
    return rows[-1][0], len(rows), reverse_decisions(run.action, rows)


def _chunk_events(*, one_by_one: bool) -> int:
    return min(CHUNK_EVENTS, CORRECTED_CHUNK_EVENTS) if one_by_one else CHUNK_EVENTS


def _finish(claimed: ClaimedRun, run: BulkRun) -> bool:
    BulkTarget.objects.filter(run=run, stale=False).delete()
    claimed.end(RunState.DONE, _summary(run))
    return False


def _summary(run: BulkRun) -> str:
    """A message about skipped events; empty if all events were done."""
    sentences = []
    if run.skipped:
        kind = ActionKind(run.action.kind)
        sentences.append(f"{run.skipped:,} of {run.total:,} were not {DONE[kind]}: {skips_of_run(run)}.")
        if kind == ActionKind.UNDO:
            sentences.append("They can be undone once your verdict stands on them again.")
    if run.expected > (run.total or 0):
        sentences.append(f"{run.expected - (run.total or 0):,} no longer matched the filter.")
    return " ".join(sentences)
