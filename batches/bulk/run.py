"""Carry out a bulk run: chunk after chunk, each one transaction, and after a kill from where the last one ended."""

import logging
from typing import cast

from django.db import transaction
from django.db.models import F

from batches.bulk.copied_verdicts import copied_verdicts
from batches.bulk.steps import CHUNK, Done, Seen, Verdict, decide_step, fresh, reverse_step
from batches.jobs.claims import ClaimedRun, ClaimLost, claim
from batches.models import BulkRun, BulkTarget, Membership
from batches.models.decision import ActionKind
from batches.models.run import RunState

logger = logging.getLogger(__name__)


def run_bulk(run_id: int) -> BulkRun | None:
    """Do, or go on with, one run; the run as it ended, or None when somebody else has it or stopped it."""
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
    """Keys of the events that the run left alone so far."""
    if run.action.kind == ActionKind.DECIDE:
        return list(run.targets.filter(stale=True).order_by("event").values_list("event", flat=True))
    reversed_action = run.action.undoes
    assert reversed_action is not None  # an undo or redo names what it reverses
    gone_through = reversed_action.decisions.filter(pk__lte=run.after, undone_by=None)
    return list(gone_through.order_by("event_id").values_list("event_id", flat=True))


def _chunk(claimed: ClaimedRun) -> bool:
    """The next chunk and its checkpoint commit together. False: that was the last one."""
    with transaction.atomic():
        claimed.assert_claim()
        run = BulkRun.objects.select_related("action", "requested_by", "batch").get(pk=claimed.run_id)
        assert run.requested_by is not None  # only people decide
        if not Membership.rights_of(run.requested_by, run.batch.connection_id).can_decide:
            claimed.end(RunState.FAILED, f"{run.requested_by} is no longer a reviewer of this connection.")
            return False
        after, size, gone = _decide(run) if run.action.kind == ActionKind.DECIDE else _reverse(run)
        if not size:
            return _finish(claimed, run)
        claimed.assert_claim(
            after=after, position=F("position") + size, decided=F("decided") + gone.decided,
            skipped=F("skipped") + gone.skipped, attempts=0,
        )  # fmt: skip
    return True


def _decide(run: BulkRun) -> tuple[int, int, Done]:
    rows = run.targets.filter(event__gt=run.after).order_by("event")[:CHUNK]
    there = {
        event: None if stale else Seen(*seen)
        for event, stale, *seen in rows.values_list("event", "stale", *Seen._fields)
    }
    if not there:
        return 0, 0, Done(0, 0)
    seen = {event: one for event, one in there.items() if one}
    still = fresh(run.batch_id, seen)
    groups = copied_verdicts(run, still) if run.comparison_id else {Verdict(run.approval, run.reason, run.note): still}
    for verdict, events in groups.items():
        decide_step(run.action, events, verdict)
    still = {event: before for events in groups.values() for event, before in events.items()}
    moved_on = seen.keys() - still
    if moved_on:
        run.targets.filter(event__in=moved_on).update(stale=True)
    return max(there), len(there), Done(len(still), len(there) - len(still))


def _reverse(run: BulkRun) -> tuple[int, int, Done]:
    assert run.action.undoes is not None  # an undo or redo names what it reverses
    steps = run.action.undoes.decisions.filter(pk__gt=run.after).order_by("pk")[:CHUNK]
    rows = cast("list[tuple[int, int]]", list(steps.values_list("pk", "event_id")))
    if not rows:
        return 0, 0, Done(0, 0)
    return rows[-1][0], len(rows), reverse_step(run.action, rows)


def _finish(claimed: ClaimedRun, run: BulkRun) -> bool:
    BulkTarget.objects.filter(run=run, stale=False).delete()
    claimed.end(RunState.DONE, _words(run))
    return False


def _words(run: BulkRun) -> str:
    """What the person should know beyond the numbers; empty when all went as asked."""
    words = []
    if run.skipped:
        words.append(f"{run.skipped:,} of {run.total:,} were decided or changed by others meanwhile and left alone.")
    if run.expected > (run.total or 0):
        words.append(f"{run.expected - (run.total or 0):,} no longer fitted the filter.")
    return " ".join(words)
