"""Polls an unfinished batch with a single call, and requests a sync if something has changed."""

from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from batches.errors import BadRecord, SyncError, VendorRefused, VendorUnavailable
from batches.models import Batch, Connection, Poll, RunState, Schedule, SyncRun
from batches.models.batch import RESULTS_MISSING, State, expires_soon
from batches.models.vendor_outcome import english_outcome
from batches.sync.connect import open_vendor, record_failure
from batches.sync.http import Limits
from batches.sync.records import FINAL_STATES, BatchRecord
from batches.watch.pace import MAX_QUIET_POLLS, MAX_TROUBLED_POLLS, MAX_WAIT, MIN_POLL_INTERVAL, poll_after

CALL_LIMITS = Limits(connect=10, read=30, total=60, waiting=10, tries=3)
RESCUE_EVERY = timedelta(days=1)
MAY_ASK = Q(paused=False, refused_at__isnull=True) & ~Q(key_hint="")  # connections that may be called


def watch_new_batches() -> int:
    """Start to poll batches that are unfinished or expire before they are complete. Returns their number."""
    wanted = ~Q(state__in=FINAL_STATES) | expires_soon(timezone.now()) & RESULTS_MISSING
    new = Batch.objects.not_archived().filter(wanted, poll__isnull=True, gone_at__isnull=True)
    polls = [Poll(batch_id=pk) for pk in new.values_list("pk", flat=True)[:1000]]
    return len(Poll.objects.bulk_create(polls, ignore_conflicts=True))


def watch_expiring_batches() -> int:
    """Poll incomplete batches that expire soon once a day again. Returns their number."""
    now = timezone.now()
    expiring = Batch.objects.not_archived().filter(expires_soon(now), RESULTS_MISSING)
    ended = Poll.objects.filter(batch__in=expiring, ended_at__lte=now - RESCUE_EVERY)
    return ended.update(ended_at=None, quiet=0, troubled=0, next_at=now, enqueued_at=None)


def pull_back(now: datetime) -> None:
    """Make everything due now that is planned beyond the longest wait, because a wrong clock planned it."""
    late = now + MAX_WAIT
    Poll.objects.filter(ended_at__isnull=True, next_at__gt=late).update(next_at=now, enqueued_at=None)
    Schedule.objects.filter(next_list_at__gt=late).update(next_list_at=now, enqueued_at=None)
    Connection.objects.filter(wait_until__gt=late).update(wait_until=None)


def due_polls(now: datetime) -> QuerySet[Poll]:
    """The polls that are due, of connections that may be called automatically. Archived batches wait until restored."""
    connections = Connection.objects.filter(MAY_ASK).exclude(schedule__watching=False)
    due = Poll.objects.filter(ended_at__isnull=True, next_at__lte=now, batch__connection__in=connections)
    return due.filter(batch__archived_at=None, batch__vendor_deleted_at=None)


def poll_batch(poll_id: int) -> int | None:
    """Poll one batch. Returns its id if a sync is needed. Safe to run twice: only one of two gets the turn."""
    now = timezone.now()
    poll = due_polls(now).filter(pk=poll_id).select_related("batch__connection").defer("batch__raw").first()
    if poll is None:
        return None
    # The turn is taken before the call: if the worker dies, this poll is lost, but no call is made twice.
    turn = Poll.objects.filter(pk=poll.pk, ended_at__isnull=True, next_at=poll.next_at)
    if not turn.update(next_at=now + poll_after(poll.quiet), polled_at=now, enqueued_at=None):
        return None
    batch = poll.batch
    last = SyncRun.objects.filter(batch=batch).order_by("-pk").first()
    if last is None:
        return _wanted(poll, "The first sync was requested.")
    if last.unfinished:
        return _later(poll, "A sync is already running or queued.", next_at=now + MIN_POLL_INTERVAL)
    if batch.gone_at:
        return _end(poll, "The vendor has deleted the results.")
    if batch.state in FINAL_STATES:
        if last.state == RunState.DONE:
            return _end(poll, f"The vendor has finished: {english_outcome(batch)}.")
        return _troubled(poll, f"The last sync is {last.get_state_display().lower()}.", wanted=True)
    return _ask(poll, batch)


def _ask(poll: Poll, batch: Batch) -> int | None:
    try:
        vendor = open_vendor(batch.connection, limits=CALL_LIMITS)
        with closing(vendor.http):
            record = vendor.batch(batch.external_id, listing=False)
    except VendorUnavailable as error:
        record_failure(batch.connection, error)
        wait = max(poll_after(poll.quiet), min(timedelta(seconds=min(error.retry_after or 0, 1e9)), MAX_WAIT))
        return _later(poll, str(error), next_at=timezone.now() + wait, quiet=poll.quiet + 1)
    except VendorRefused as error:
        if error.status == 401:
            record_failure(batch.connection, error)
            return _later(poll, str(error))
        is_gone = error.status == 404 and (batch.has_expired or batch.synced_at is not None)
        return _troubled(poll, str(error), wanted=is_gone)  # the sync decides what to keep
    except (BadRecord, SyncError) as error:
        return _troubled(poll, str(error))
    if _new(record, batch):
        return _wanted(poll, f"The vendor's status is {record.raw_status[:80]!r}; something has changed.")
    if record.state == "unknown":
        return _troubled(poll, f"The vendor's status is {record.raw_status[:80]!r}, an unknown status.")
    if poll.quiet + 1 >= MAX_QUIET_POLLS:
        return _end(poll, f"No change in {MAX_QUIET_POLLS} polls. Sync the batch to poll again.")
    message = f"The vendor's status is {record.raw_status[:80]!r}; nothing has changed."
    return _later(poll, message, quiet=poll.quiet + 1, troubled=0, next_at=timezone.now() + poll_after(poll.quiet + 1))


def _new(record: BatchRecord, batch: Batch) -> bool:
    reported = (record.raw_status, record.state, record.total, record.completed, record.failed, record.canceled)
    stored = (batch.raw_status, batch.state, batch.vendor_total, batch.vendor_completed, batch.vendor_failed,
             batch.vendor_canceled)  # fmt: skip
    return reported != stored


def _wanted(poll: Poll, message: str) -> int:
    """Request a sync, and poll again soon."""
    _later(poll, message, quiet=0, troubled=0 if poll.batch.state != State.UNKNOWN else poll.troubled,
           next_at=timezone.now() + MIN_POLL_INTERVAL)  # fmt: skip
    return poll.batch_id


def _troubled(poll: Poll, message: str, *, wanted: bool = False) -> int | None:
    troubled = poll.troubled + 1
    if troubled >= MAX_TROUBLED_POLLS:
        return _end(poll, f"{message} Polled {troubled} times. Sync the batch to poll again.")
    _later(poll, message, troubled=troubled, quiet=poll.quiet + 1, next_at=timezone.now() + poll_after(poll.quiet + 1))
    return poll.batch_id if wanted else None


def _end(poll: Poll, message: str) -> int | None:
    return _later(poll, message, ended_at=timezone.now())


def _later(poll: Poll, message: str, **changes: Any) -> int | None:
    """Store the result of a poll; no sync is needed."""
    Poll.objects.filter(pk=poll.pk).update(message=message[:500], **changes)
    return None
