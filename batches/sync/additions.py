"""Adds the batches of a list of ids: the vendor is asked about each that is new here, and each refuses only itself.

A run can be killed anywhere: what is settled is committed with its batches and the requests of their syncs, and what is
not is asked for again.
"""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict
from itertools import batched
from typing import TYPE_CHECKING

from django.db import transaction

from batches.errors import SyncError, VendorRefused, VendorUnavailable
from batches.jobs.claims import ClaimedRun, ClaimLost, claim
from batches.models import AdditionRun, Batch
from batches.models.addition import AddEntry, AddState
from batches.models.run import RunState
from batches.sync.connect import open_vendor, record_failure
from batches.sync.vendors.base import Vendor

if TYPE_CHECKING:
    from django.contrib.auth.models import User

logger = logging.getLogger(__name__)

CONCURRENT_CALLS = 8
MAX_TRIES = 3  # turns of the run in which the vendor gives no answer about an id

RequestSync = Callable[[int, "User | None"], object]


def add_batches(run_id: int, *, request_sync: RequestSync) -> AdditionRun | None:
    """Start or continue a run. Returns it as it ended or waits, or None if somebody else has it.

    `request_sync` is called with each batch's id and the person, in the transaction that settles its entry.
    """
    claimed = claim(AdditionRun, run_id)
    if claimed is None:
        return None
    run = AdditionRun.objects.select_related("connection", "requested_by").get(pk=run_id)
    try:
        _Addition(claimed, run, request_sync).work()
    except ClaimLost:
        logger.warning("addition %s: another worker took over", run_id)
        return None
    except VendorUnavailable as error:
        record_failure(run.connection, error)
        claimed.put_off(error)
    except SyncError as error:
        record_failure(run.connection, error)
        claimed.end(RunState.FAILED, str(error))
    return AdditionRun.objects.get(pk=run_id)


class _Addition:
    def __init__(self, claimed: ClaimedRun, run: AdditionRun, request_sync: RequestSync) -> None:
        self.claimed, self.run, self.request_sync = claimed, run, request_sync
        self.entries = [AddEntry(**entry) for entry in run.entries]

    def work(self) -> None:
        waiting = [entry for entry in self.entries if entry.state == AddState.WAITING]
        ids = [entry.external_id for entry in waiting]
        existing = dict(
            Batch.objects.filter(connection=self.run.connection, external_id__in=ids).values_list("external_id", "pk")
        )
        for chunk in batched(
            (entry for entry in waiting if entry.external_id in existing), CONCURRENT_CALLS, strict=False
        ):
            self._settle(chunk, [None] * len(chunk), AddState.KNOWN)
        self._ask_about([entry for entry in waiting if entry.external_id not in existing])
        unanswered = [entry for entry in self.entries if entry.state == AddState.WAITING]
        if unanswered:
            raise VendorUnavailable(unanswered[0].reason)
        refused = sum(entry.state == AddState.REFUSED for entry in self.entries)
        if refused:
            self.claimed.end(RunState.INCOMPLETE, f"{refused:,} of {len(self.entries):,} were not added.")
        else:
            self.claimed.end(RunState.DONE)

    def _ask_about(self, entries: list[AddEntry]) -> None:
        if not entries:
            return
        vendor = open_vendor(self.run.connection)
        # Ids without an answer go behind the others. The first call runs alone, so that a refused key costs one call.
        entries.sort(key=lambda entry: entry.tries)
        with closing(vendor.http), ThreadPoolExecutor(CONCURRENT_CALLS, "add") as pool:
            for chunk in (entries[:1], *batched(entries[1:], CONCURRENT_CALLS, strict=False)):
                futures = [pool.submit(_ask, vendor, entry.external_id) for entry in chunk]
                self._settle(chunk, [self.claimed.wait_for(future) for future in futures], AddState.ADDED)

    def _settle(self, chunk: Sequence[AddEntry], answers: Sequence[SyncError | None], good: AddState) -> None:
        """Commit what the answers mean. Raises the error after which the vendor must not be asked about the others."""
        stop = next((error for error in answers if error and _concerns_all(error)), None)
        away = [error for error in answers if isinstance(error, VendorUnavailable)]
        with transaction.atomic():
            self.claimed.assert_claim()
            for entry, error in zip(chunk, answers, strict=True):
                if error is None:
                    self._add(entry, good)
                elif not _concerns_all(error):
                    _note(entry, error)
            settled = sum(entry.state != AddState.WAITING for entry in self.entries)
            progress = {"attempts": 0} if len(away) < len(chunk) and not stop else {}
            self.claimed.assert_claim(entries=[asdict(entry) for entry in self.entries], position=settled, **progress)
        if stop:
            raise stop
        if len(away) == len(chunk) and any(entry.state == AddState.WAITING for entry in chunk):
            raise away[0]

    def _add(self, entry: AddEntry, state: AddState) -> None:
        batch = Batch.objects.added(self.run.connection, entry.external_id)
        if not batch.vendor_deleted_at:
            self.request_sync(batch.pk, self.run.requested_by)
        entry.state, entry.reason, entry.batch = state, batch.sync_refusal, batch.pk


def _ask(vendor: Vendor, external_id: str) -> SyncError | None:
    """None if the vendor has the batch."""
    try:
        vendor.batch(external_id, listing=False)
    except SyncError as error:
        return error
    return None


def _concerns_all(error: SyncError) -> bool:
    """Whether the error says something about the key or the vendor, not about the one id."""
    if isinstance(error, VendorUnavailable):
        return error.retry_after is not None
    return isinstance(error, VendorRefused) and error.status == 401


def _note(entry: AddEntry, error: SyncError) -> None:
    entry.reason = str(error)
    if isinstance(error, VendorUnavailable):
        entry.tries += 1
    if not isinstance(error, VendorUnavailable) or entry.tries >= MAX_TRIES:
        entry.state = AddState.REFUSED
