"""Finds new batches of an account by listing, for vendors that can list, and starts to poll them."""

from contextlib import closing
from datetime import datetime, timedelta
from typing import cast

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from batches.errors import SyncError, VendorUnavailable
from batches.models import Batch, Connection, Poll, Schedule
from batches.sync.connect import open_vendor, record_failure
from batches.sync.records import BatchRecord
from batches.sync.vendors import VENDORS
from batches.sync.vendors.base import Lists
from batches.watch.pace import MAX_WAIT, list_after
from batches.watch.poll import CALL_LIMITS, MAY_ASK

LISTING = [name for name, vendor in VENDORS.items() if vendor.lists]  # vendors that can list their batches


def plan_schedules() -> int:
    """Create missing schedules of connections. Returns their number."""
    new = Connection.objects.filter(schedule__isnull=True).values_list("pk", flat=True)
    return len(Schedule.objects.bulk_create([Schedule(connection_id=pk) for pk in new], ignore_conflicts=True))


def due_schedules(now: datetime) -> QuerySet[Schedule]:
    """The schedules whose batches are due to be listed."""
    connections = Connection.objects.filter(MAY_ASK, vendor__in=LISTING)
    return Schedule.objects.filter(discovering=True, next_list_at__lte=now, connection__in=connections)


def discover(schedule_id: int) -> int:
    """List the batches of one account and add the new ones. Returns their number. Safe to run twice."""
    now = timezone.now()
    schedule = due_schedules(now).filter(pk=schedule_id).select_related("connection").first()
    if schedule is None:
        return 0
    turn = Schedule.objects.filter(pk=schedule.pk, next_list_at=schedule.next_list_at)
    if not turn.update(next_list_at=now + list_after(schedule.quiet), listed_at=now, enqueued_at=None):
        return 0
    wait = timedelta()
    new = 0
    try:
        vendor = open_vendor(schedule.connection, limits=CALL_LIMITS)
        with closing(vendor.http):
            records = list(cast("Lists", vendor).batches())
        new = _bring_in(schedule.connection, records)
        message = f"{len(records):,} batches listed, {new:,} of them new."
    except VendorUnavailable as error:
        record_failure(schedule.connection, error)
        message, wait = str(error), min(timedelta(seconds=min(error.retry_after or 0, 1e9)), MAX_WAIT)
    except SyncError as error:
        record_failure(schedule.connection, error)
        message = str(error)
    quiet = 0 if new else schedule.quiet + 1
    next_at = timezone.now() + max(list_after(quiet), wait)
    Schedule.objects.filter(pk=schedule.pk).update(message=message[:500], quiet=min(quiet, 1000), next_list_at=next_at)
    return new


def _bring_in(connection: Connection, records: list[BatchRecord]) -> int:
    ids = [record.external_id for record in records]
    stored = set(Batch.objects.filter(connection=connection, external_id__in=ids).values_list("external_id", flat=True))
    new = [record for record in reversed(records) if record.external_id not in stored]
    for record in new:  # oldest first, so that our list shows the newest on top
        with transaction.atomic():
            batch, _ = Batch.objects.get_or_create(
                connection=connection, external_id=record.external_id,
                defaults={"state": record.state, "raw_status": record.raw_status, "expires_at": record.expires_at},
            )  # fmt: skip
            Poll.objects.get_or_create(batch=batch)
    return len(new)
