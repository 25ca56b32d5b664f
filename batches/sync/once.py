"""A run whose only call to the vendor is made at most once.

No vendor promises that a repeated call has one effect. That the call is about to be made is committed before it is
made (`sent_at`); a run that finds this mark and no answer ends as *incomplete*, for a person to look.
"""

import logging
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from django.db.models import F
from django.utils import timezone

from batches.errors import BadRecord, SyncError, VendorRefused, VendorUnavailable
from batches.jobs.claims import ClaimedRun, ClaimLost, claim
from batches.models import AgentTraining, BatchStart, CloudImport, OddRun, VideoUpload
from batches.models.run import RunState
from batches.sync.connect import open_vendor, record_failure
from batches.sync.http import Limits
from batches.sync.vendors.base import Vendor

logger = logging.getLogger(__name__)

CALL_LIMITS = Limits(connect=10, read=45, total=50, waiting=5, tries=3)


def _was_sent(run: Any) -> bool:
    return run.sent_at is not None


@dataclass(frozen=True, slots=True)
class OneCall[R: (BatchStart, AgentTraining, CloudImport, OddRun, VideoUpload), T]:
    """What a kind of run asks the vendor, how its answer is stored, and what to do when the answer was lost."""

    model: type[R]
    call: Callable[[ClaimedRun, Vendor, R], T]
    record: Callable[[ClaimedRun, R, T], None]  # also if another worker has meanwhile given the run up
    unknown: str
    nothing_done: str
    may_have_arrived: Callable[[R], bool] = _was_sent  # at the vendor, by a worker that has ended since
    related: tuple[str, ...] = ("connection",)  # read with the run, since a thread would open a database connection


def carry_out[R: (BatchStart, AgentTraining, CloudImport, OddRun, VideoUpload), T](
    kind: OneCall[R, T], run_id: int, *, limits: Limits, waits: bool, **http_options: Any
) -> R | None:
    """Carry out a run. Returns it afterwards, or None if another worker holds it.

    Without `waits` a vendor that cannot be reached now ends the run: the caller tells a person, who asks again.
    """
    claimed = claim(kind.model, run_id)
    if claimed is None:
        return None
    rows = kind.model._default_manager
    run = rows.select_related(*kind.related).get(pk=run_id)
    try:
        call_once(kind, claimed, run, limits=limits, waits=waits, **http_options)
    except ClaimLost:
        logger.warning("%s %s: another worker took over", kind.model.__name__, run_id)
        return None
    return rows.get(pk=run_id)


def call_once[R: (BatchStart, AgentTraining, CloudImport, OddRun, VideoUpload), T](
    kind: OneCall[R, T], claimed: ClaimedRun, run: R, *, limits: Limits, waits: bool, **http_options: Any
) -> None:
    """Make the call of a run that this worker holds, unless an earlier one may have made it. Raises ClaimLost."""
    if kind.may_have_arrived(run):
        claimed.end(RunState.INCOMPLETE, f"The worker ended during the call. {kind.unknown}")
        return
    nothing_done = "" if waits else kind.nothing_done
    try:
        vendor = open_vendor(run.connection, limits=limits, **http_options)
    except VendorUnavailable as error:
        _not_reached(claimed, error, nothing_done)
        return
    except VendorRefused as error:
        claimed.end(RunState.FAILED, str(error))
        return
    with closing(vendor.http):
        claimed.assert_claim(sent_at=timezone.now(), calls=F("calls") + 1)
        try:
            answer = kind.call(claimed, vendor, run)
        except SyncError as error:
            record_failure(run.connection, error)
            _failed(claimed, error, kind.unknown, nothing_done)
            return
    kind.record(claimed, run, answer)


def _failed(claimed: ClaimedRun, error: SyncError, unknown: str, nothing_done: str) -> None:
    if isinstance(error, VendorRefused):
        claimed.end(RunState.FAILED, str(error))
    elif isinstance(error, VendorUnavailable) and not error.reached:
        _not_reached(claimed, error, nothing_done)
    elif isinstance(error, BadRecord):
        claimed.end(RunState.INCOMPLETE, f"The vendor's answer could not be read ({error}). {unknown}")
    else:
        claimed.end(RunState.INCOMPLETE, f"{error} {unknown}")


def _not_reached(claimed: ClaimedRun, error: VendorUnavailable, nothing_done: str) -> None:
    """The run waits for its next turn, or ends with the sentence `nothing_done`."""
    if nothing_done:
        claimed.end(RunState.FAILED, f"{error} {nothing_done}", sent_at=None)
    else:
        claimed.put_off(error, sent_at=None)
