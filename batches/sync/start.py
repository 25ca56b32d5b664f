"""Starts a batch at its vendor, at most once.

No vendor promises that a repeated call starts only one batch. So that the call is about to be made is committed before
it is made; a run that finds this mark and no batch ends as "may have started", for a person to look.
"""

import logging
from contextlib import closing
from typing import Any

from django.db.models import F
from django.utils import timezone

from batches.errors import BadRecord, SyncError, VendorRefused, VendorUnavailable
from batches.jobs.claims import ClaimedRun, ClaimLost, claim
from batches.models import Batch, BatchStart
from batches.models.run import RunState
from batches.sync.connect import open_vendor, record_failure
from batches.sync.http import Limits
from batches.sync.questions import Question

logger = logging.getLogger(__name__)

CALL_LIMITS = Limits(connect=10, read=45, total=50, waiting=5, tries=3)
UNKNOWN = (
    "The batch may have started. Look for it at the vendor: if it is there, add it by its id; if not, start it again."
)
NOTHING_STARTED = "Nothing was started."


def start(run_id: int, *, limits: Limits = CALL_LIMITS, waits: bool = True, **http_options: Any) -> BatchStart | None:
    """Carry out a start. Returns the run afterwards, or None if another worker holds it.

    Without `waits` a vendor that cannot be reached now ends the start: the caller tells a person, who starts another.
    """
    claimed = claim(BatchStart, run_id)
    if claimed is None:
        return None
    run = BatchStart.objects.select_related("connection").get(pk=run_id)
    try:
        if run.sent_at:
            claimed.end(RunState.INCOMPLETE, f"The worker ended during the call. {UNKNOWN}")
        else:
            _start(claimed, run, limits, waits, http_options)
    except ClaimLost:
        logger.warning("start %s: another worker took over", run_id)
        return None
    return BatchStart.objects.get(pk=run_id)


def _start(claimed: ClaimedRun, run: BatchStart, limits: Limits, waits: bool, http_options: dict[str, Any]) -> None:
    try:
        vendor = open_vendor(run.connection, limits=limits, **http_options)
    except VendorUnavailable as error:
        _not_reached(claimed, error, waits)
        return
    except VendorRefused as error:
        claimed.end(RunState.FAILED, str(error))
        return
    with closing(vendor.http):
        claimed.assert_claim(sent_at=timezone.now(), calls=F("calls") + 1)
        try:
            external_id = vendor.start(Question.of(run.question), tuple(run.videos), run.client_batch_id)
        except SyncError as error:
            record_failure(run.connection, error)
            _not_started(claimed, error, waits)
            return
    _record(claimed, run, external_id)


def _not_started(claimed: ClaimedRun, error: SyncError, waits: bool) -> None:
    if isinstance(error, VendorRefused):
        claimed.end(RunState.FAILED, str(error))
    elif isinstance(error, VendorUnavailable) and not error.reached:
        _not_reached(claimed, error, waits)
    elif isinstance(error, BadRecord):
        claimed.end(RunState.INCOMPLETE, f"The vendor's answer could not be read ({error}). {UNKNOWN}")
    else:
        claimed.end(RunState.INCOMPLETE, f"{error} {UNKNOWN}")


def _not_reached(claimed: ClaimedRun, error: VendorUnavailable, waits: bool) -> None:
    if waits:
        claimed.put_off(error, sent_at=None)
    else:
        claimed.end(RunState.FAILED, f"{error} {NOTHING_STARTED}", sent_at=None)


def _record(claimed: ClaimedRun, run: BatchStart, external_id: str) -> None:
    """Store the batch even if another worker has meanwhile given this run up: the vendor's id must not be lost."""
    batch, _ = Batch.objects.get_or_create(connection=run.connection, external_id=external_id)
    done = {"state": RunState.DONE, "batch": batch, "message": "", "claim": "", "finished_at": timezone.now()}
    BatchStart.objects.filter(pk=claimed.run_id, batch=None).update(**done)
