"""One look at an unfinished batch: a single call, and a sync only where the vendor has something new to say."""

from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from batches.errors import BadRecord, SyncError, VendorRefused, VendorUnavailable
from batches.models import Batch, Connection, RunState, Schedule, SyncRun, Watch
from batches.models.batch import NOT_ALL_HERE, State, leaving
from batches.sync.connect import heard, open_vendor
from batches.sync.http import Limits
from batches.sync.records import FINAL_STATES, BatchRecord
from batches.watch.pace import FIRST_LOOK, LONGEST_WAIT, QUIET_LOOKS, TROUBLED_LOOKS, look_after

PATIENCE = Limits(connect=10, read=30, total=60, waiting=10, tries=3)
RESCUE_EVERY = timedelta(days=1)
MAY_ASK = Q(paused=False, refused_at__isnull=True) & ~Q(key_hint="")  # a connection that costs a call at all


def watch_new_batches() -> int:
    """Begin to watch batches that came in and are not finished, or whose results will be lost; how many."""
    wanted = ~Q(state__in=FINAL_STATES) | leaving(timezone.now()) & NOT_ALL_HERE
    new = Batch.objects.filter(wanted, watch__isnull=True, gone_at__isnull=True)
    watches = [Watch(batch_id=pk) for pk in new.values_list("pk", flat=True)[:1000]]
    return len(Watch.objects.bulk_create(watches, ignore_conflicts=True))


def watch_leaving_batches() -> int:
    """Look once a day again at batches whose results leave their vendor soon and are not all here; how many."""
    now = timezone.now()
    leave = Batch.objects.filter(leaving(now), NOT_ALL_HERE)
    ended = Watch.objects.filter(batch__in=leave, ended_at__lte=now - RESCUE_EVERY)
    return ended.update(ended_at=None, quiet=0, troubled=0, next_at=now, rung_at=None)


def pull_back(now: datetime) -> None:
    """What is due later than any pause lasts was planned by a clock that went wrong: it is due now."""
    late = now + LONGEST_WAIT
    Watch.objects.filter(ended_at__isnull=True, next_at__gt=late).update(next_at=now, rung_at=None)
    Schedule.objects.filter(next_list_at__gt=late).update(next_list_at=now, rung_at=None)
    Connection.objects.filter(wait_until__gt=late).update(wait_until=None)


def due_watches(now: datetime) -> QuerySet[Watch]:
    """The batches to look at now, of connections that may be asked and are to be asked by themselves."""
    asked = Connection.objects.filter(MAY_ASK).exclude(schedule__watching=False)
    return Watch.objects.filter(ended_at__isnull=True, next_at__lte=now, batch__connection__in=asked)


def look(watch_id: int) -> int | None:
    """Look at one batch; its key where a sync is wanted. Safe to run twice: only one of two gets the turn."""
    now = timezone.now()
    watch = due_watches(now).filter(pk=watch_id).select_related("batch__connection").defer("batch__raw").first()
    if watch is None:
        return None
    # The turn is taken before anything is asked: a worker that dies costs this look, never two calls.
    turn = Watch.objects.filter(pk=watch.pk, ended_at__isnull=True, next_at=watch.next_at)
    if not turn.update(next_at=now + look_after(watch.quiet), looked_at=now, rung_at=None):
        return None
    batch = watch.batch
    last = SyncRun.objects.filter(batch=batch).order_by("-pk").first()
    if last is None:
        return _wanted(watch, "The first sync was asked for.")
    if last.unfinished:
        return _later(watch, "A sync is on its way.", next_at=now + FIRST_LOOK)
    if batch.gone_at:
        return _end(watch, "The vendor has deleted the results.")
    if batch.state in FINAL_STATES:
        if last.state == RunState.DONE:
            return _end(watch, f"The vendor has finished: {batch.get_state_display().lower()}.")
        return _troubled(watch, f"The last sync is {last.get_state_display().lower()}.", wanted=True)
    return _ask(watch, batch)


def _ask(watch: Watch, batch: Batch) -> int | None:
    try:
        vendor = open_vendor(batch.connection, limits=PATIENCE)
        with closing(vendor.http):
            record = vendor.batch(batch.external_id, listing=False)
    except VendorUnavailable as error:
        heard(batch.connection, error)
        wait = max(look_after(watch.quiet), min(timedelta(seconds=min(error.retry_after or 0, 1e9)), LONGEST_WAIT))
        return _later(watch, str(error), next_at=timezone.now() + wait, quiet=watch.quiet + 1)
    except VendorRefused as error:
        if error.status == 401:
            heard(batch.connection, error)
            return _later(watch, str(error))
        gone_by_age = error.status == 404 and batch.leaves_at is not None and batch.leaves_at <= timezone.now()
        return _troubled(watch, str(error), wanted=gone_by_age)  # the sync knows what to keep of it
    except (BadRecord, SyncError) as error:
        return _troubled(watch, str(error))
    if _new(record, batch):
        return _wanted(watch, f"The vendor says {record.raw_status[:80]!r}; something changed.")
    if record.state == "unknown":
        return _troubled(watch, f"The vendor says {record.raw_status[:80]!r}, a word nobody here knows.")
    if watch.quiet + 1 >= QUIET_LOOKS:
        return _end(watch, f"Nothing new in {QUIET_LOOKS} looks; sync it by hand to look again.")
    said = f"The vendor says {record.raw_status[:80]!r}; nothing new."
    return _later(watch, said, quiet=watch.quiet + 1, troubled=0, next_at=timezone.now() + look_after(watch.quiet + 1))


def _new(record: BatchRecord, batch: Batch) -> bool:
    said = (record.raw_status, record.state, record.total, record.completed, record.failed, record.canceled)
    known = (batch.raw_status, batch.state, batch.vendor_total, batch.vendor_completed, batch.vendor_failed,
             batch.vendor_canceled)  # fmt: skip
    return said != known


def _wanted(watch: Watch, said: str) -> int:
    """Something changed, so the next look comes soon."""
    _later(watch, said, quiet=0, troubled=0 if watch.batch.state != State.UNKNOWN else watch.troubled,
           next_at=timezone.now() + FIRST_LOOK)  # fmt: skip
    return watch.batch_id


def _troubled(watch: Watch, said: str, *, wanted: bool = False) -> int | None:
    troubled = watch.troubled + 1
    if troubled >= TROUBLED_LOOKS:
        return _end(watch, f"{said} Asked {troubled} times; sync it by hand to look again.")
    _later(watch, said, troubled=troubled, quiet=watch.quiet + 1, next_at=timezone.now() + look_after(watch.quiet + 1))
    return watch.batch_id if wanted else None


def _end(watch: Watch, said: str) -> int | None:
    return _later(watch, said, ended_at=timezone.now())


def _later(watch: Watch, said: str, **changes: Any) -> int | None:
    """Note what the look found; no sync is wanted."""
    Watch.objects.filter(pk=watch.pk).update(said=said[:500], **changes)
    return None
