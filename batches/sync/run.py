"""One sync of one batch, in these steps: claim, status, list, chunks, end.

A run can be killed at any time and started again. Committed chunks are not requested again, as long as the vendor's
list is the same. All others are.
"""

import logging
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing
from datetime import datetime
from functools import partial
from hashlib import blake2b
from typing import Any

from django.db import transaction
from django.utils import timezone

from batches.errors import BadRecord, SyncError, VendorRefused, VendorUnavailable
from batches.jobs.claims import HEARTBEAT, ClaimedRun, ClaimLost, claim
from batches.models import Batch, HookEvent, Item, SyncRun
from batches.models.run import RunState
from batches.notify.notices import note, note_review
from batches.notify.people import notify_ready, notify_sync_failed
from batches.sync.connect import open_vendor, record_failure
from batches.sync.garbage import rare_collections
from batches.sync.piles import want_piles
from batches.sync.records import BatchRecord, Chunk, ItemListing
from batches.sync.store import known_digests, store_batch, store_chunk, store_strata
from batches.sync.vendors.base import Vendor

logger = logging.getLogger(__name__)

IN_FLIGHT = 4  # chunks requested at once

Progress = Callable[[SyncRun], None]
Ask = Callable[[Sequence[ItemListing]], Chunk]


def sync(run_id: int, *, progress: Progress | None = None, patient: bool = True) -> SyncRun | None:
    """Start or continue one sync. Returns the ended run, or None if another worker holds it.

    `patient`: if the vendor does not answer, the run waits for a later attempt instead of failing.
    """
    claimed = claim(SyncRun, run_id)
    if claimed is None:
        return None
    batch = Batch.objects.select_related("connection").get(pk=claimed.batch_id)
    try:
        with rare_collections():
            _sync(claimed, batch, progress)
    except ClaimLost:
        logger.warning("sync %s: another worker took over", run_id)
        return None
    except SyncError as error:
        if isinstance(error, VendorUnavailable | VendorRefused):
            record_failure(batch.connection, error)
        with transaction.atomic():
            if patient and isinstance(error, VendorUnavailable):
                claimed.put_off(error)
            else:
                claimed.end(RunState.FAILED, str(error))
            notify_sync_failed(run_id)
    return SyncRun.objects.get(pk=run_id)


def _sync(claimed: ClaimedRun, batch: Batch, progress: Progress | None) -> None:
    if batch.gone_at and batch.has_expired:
        claimed.end(RunState.DONE, _gone_message(batch, batch.gone_at))
        return
    vendor = open_vendor(batch.connection)
    failures: list[str] = []
    with closing(vendor.http), ThreadPoolExecutor(IN_FLIGHT, thread_name_prefix="sync") as pool:
        try:
            record = claimed.wait_for(pool.submit(vendor.batch, batch.external_id))
        except VendorRefused as error:
            if not (error.status == 404 and (batch.has_expired or _was_deleted(claimed, batch, vendor, pool))):
                raise
            _mark_gone(claimed, batch, calls=vendor.http.calls)
            return
        position, calls = store_batch(claimed, record, listing_digest(record))
        _show(claimed, progress)
        ask = partial(vendor.chunk, record, stored_digests=known_digests(claimed.batch_id))
        with closing(_request_ahead(claimed, pool, ask, record.listing[position:], vendor.chunk_size)) as chunks:
            for lines, future in chunks:
                position += len(lines)
                chunk = _chunk(claimed, future, lines, failures)
                failures += filter(None, [chunk.failure])
                store_chunk(claimed, chunk, position=position, calls=calls + vendor.http.calls)
                _show(claimed, progress)
    _finish(claimed, failures, missing=record.missing, calls=calls + vendor.http.calls)


def _was_deleted(claimed: ClaimedRun, batch: Batch, vendor: Vendor, pool: ThreadPoolExecutor) -> bool:
    """Whether a batch that is not found was there once, at a vendor that still takes the key. Raises SyncError."""
    if batch.synced_at is None:
        return False
    claimed.wait_for(pool.submit(vendor.verify))
    return True


def _mark_gone(claimed: ClaimedRun, batch: Batch, *, calls: int) -> None:
    """Note that the vendor has deleted the batch. It is not polled again; our data stays."""
    now = batch.gone_at or timezone.now()
    with transaction.atomic():
        claimed.end(RunState.DONE, _gone_message(batch, now), calls=calls)
        Batch.objects.filter(pk=batch.pk).update(gone_at=now)
        note_review(batch.pk)


def _gone_message(batch: Batch, when: datetime) -> str:
    vendor = batch.connection.get_vendor_display()
    if batch.has_expired:
        return (
            f"{vendor} deleted the results, as it does after a time; gone since {when:%-d %B %Y}. "
            "Everything stored here is kept, and the vendor is no longer called."
        )
    return (
        f"{vendor} no longer has this batch; gone since {when:%-d %B %Y}. Everything stored here is kept. "
        "Sync it again if it is back."
    )


def _request_ahead(
    claimed: ClaimedRun, pool: ThreadPoolExecutor, ask: Ask, listing: Sequence[ItemListing], chunk_size: int
) -> "Generator[tuple[Sequence[ItemListing], Future[Chunk]]]":
    """Yield the chunks of the list in order, each with its answer; the next answers are requested ahead."""
    waiting: deque[tuple[Sequence[ItemListing], Future[Chunk]]] = deque()
    starts = iter(range(0, len(listing), chunk_size))
    try:
        while True:
            while len(waiting) <= IN_FLIGHT and (start := next(starts, None)) is not None:
                lines = listing[start : start + chunk_size]
                waiting.append((lines, pool.submit(ask, lines)))
            if not waiting:
                return
            yield waiting.popleft()
    finally:
        # If the sync stops early, keep the claim until the requests that already run have ended.
        running = [future for _, future in waiting if not future.cancel()]
        while wait(running, HEARTBEAT.total_seconds()).not_done:
            claimed.assert_claim()


def _chunk(claimed: ClaimedRun, future: "Future[Chunk]", lines: Sequence[ItemListing], failures: list[str]) -> Chunk:
    """The answer of a chunk. If it failed, an empty chunk that names the items as lost; their stored data stays."""
    try:
        return claimed.wait_for(future)
    except VendorUnavailable as error:
        if error.retry_after is not None:
            raise  # the vendor named a time: earlier calls would only count against our quota
        failures.append(str(error))
    except BadRecord as error:
        failures.append(str(error))
    return Chunk(items=(), lost=tuple(line.external_id for line in lines))


def _show(claimed: ClaimedRun, progress: Progress | None) -> None:
    if progress:
        progress(SyncRun.objects.get(pk=claimed.run_id))


def _finish(claimed: ClaimedRun, failures: list[str], *, missing: str, calls: int) -> None:
    store_strata(claimed)
    want_piles(claimed.batch_id)
    run = SyncRun.objects.get(pk=claimed.run_id)
    changes: dict[str, Any] = {"stored_items": Item.objects.filter(batch=claimed.batch_id, answered=True).count()}
    state, message = RunState.DONE, ""
    if missing:
        state, message = RunState.INCOMPLETE, f"{missing} Results stored here are kept."
    elif run.lost:
        why = failures[0] if failures else "The vendor's answer left them out."
        state = RunState.INCOMPLETE
        message = f"No answer for {len(run.lost)} of {run.total} items; results stored here are kept. {why}"
    else:
        changes["synced_at"] = timezone.now()
    with transaction.atomic():
        claimed.end(state, message, calls=calls)
        Batch.objects.filter(pk=claimed.batch_id).update(**changes)
        note(HookEvent.SYNCED, claimed.batch_id, sync=run.pk, result=state, message=message, **_event_counters(run))
        if state == RunState.DONE:
            notify_ready(claimed.batch_id, run.requested_by_id)
        note_review(claimed.batch_id)


def _event_counters(run: SyncRun) -> dict[str, int]:
    names = ("events_seen", "events_created", "events_updated", "events_gone", "quarantined")
    return {name: getattr(run, name) for name in names}


def listing_digest(record: BatchRecord) -> str:
    """The digest (32 hex digits) of the list in which a run's position counts."""
    lines = "\n".join(f"{line.position} {line.external_id}" for line in record.listing)
    return blake2b(lines.encode(), digest_size=16).hexdigest()
