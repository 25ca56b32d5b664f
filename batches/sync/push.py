"""Sends the waiting metadata of a batch to its vendor: read, merge, write, read again, until both sides agree.

A killed run can start again at any point: values are recorded before they are sent, so that reading shows whether a
lost answer had arrived. Only one worker pushes a batch at a time, and each call carries the newest values, so an older
value never follows a newer one.
"""

import logging
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from batches.errors import SyncError, VendorRefused, VendorUnavailable
from batches.jobs.claims import ClaimedRun, ClaimLost, claim, next_try
from batches.models import Batch, MetadataEntry, MetadataPush, MetadataState
from batches.models.run import RunState
from batches.sync.connect import open_vendor, record_failure
from batches.sync.http import Limits
from batches.sync.metadata_values import Value, merge_action
from batches.sync.vendors.base import Vendor

logger = logging.getLogger(__name__)

# A call stays well below the time after which a silent worker counts as dead. A longer one waits for its next turn.
CALL_LIMITS = Limits(connect=5, read=15, total=20, waiting=5, tries=3)
CONNECTION_STATUSES = (0, 401)  # paused or a refused key: the connection is wrong, not the metadata
SINGLE_KEY_STATUSES = (400, 413, 422)  # may be caused by a single key
MAX_SENDS = 2  # of the same value in one turn while the vendor does not show it
MAX_DOUBLINGS = 8  # of the wait between turns; then it is an hour


def lock_batch(batch_id: int) -> Batch:
    """The batch, locked until the commit, so that edits of its metadata and the end of a push do not overlap."""
    batches = Batch.objects.select_for_update(of=("self",), no_key=True).select_related("connection")
    return batches.defer("raw").get(pk=batch_id)


def push(run_id: int, *, limits: Limits = CALL_LIMITS, **http_options: Any) -> MetadataPush | None:
    """Start or continue a push. Returns the run afterwards, or None if another worker holds it."""
    claimed = claim(MetadataPush, run_id)
    if claimed is None:
        return None
    batch = Batch.objects.select_related("connection").get(pk=claimed.batch_id)
    try:
        vendor = open_vendor(batch.connection, limits=limits, **http_options)
        with closing(vendor.http):
            _push(claimed, vendor, batch.external_id)
    except ClaimLost:
        logger.warning("metadata push %s: another worker took over", run_id)
        return None
    except VendorRefused as error:
        record_failure(batch.connection, error)
        if error.status in CONNECTION_STATUSES:
            _put_off(claimed, error)
        else:
            with transaction.atomic():
                _refuse(claimed, None, str(error))
                _end(claimed)
    except SyncError as error:
        record_failure(batch.connection, error)
        _put_off(claimed, error)
    return MetadataPush.objects.get(pk=run_id)


def _push(claimed: ClaimedRun, vendor: Vendor, batch_id: str) -> None:
    sends: Counter[tuple[str, Value]] = Counter()
    while values := _settle(claimed, vendor.batch(batch_id, listing=False).metadata):
        sends.update(values.items())
        if any(count > MAX_SENDS for count in sends.values()):
            raise VendorUnavailable("The vendor accepted the change but does not return it.")
        _send(claimed, vendor, batch_id, values)


def _settle(claimed: ClaimedRun, vendor_values: Mapping[str, Value]) -> dict[str, Value]:
    """Compare waiting values with the vendor's.

    Returns the values to send; without any, ends the run in the same commit.
    """
    with transaction.atomic():
        lock_batch(claimed.batch_id)
        now = timezone.now()
        claimed.assert_claim(read_at=now, calls=F("calls") + 1)
        Batch.objects.filter(pk=claimed.batch_id).update(vendor_metadata=dict(vendor_values))
        values: dict[str, Value] = {}
        waiting = list(_waiting(claimed).order_by("step"))
        for entry in waiting:
            match merge_action(
                base=entry.base, ours=entry.value, theirs=vendor_values.get(entry.name), sent=entry.sent
            ):
                case "same":
                    entry.state, entry.base, entry.sent, entry.pushed_at = (
                        MetadataState.PUSHED, entry.value, [], now,
                    )  # fmt: skip
                case "conflict":
                    entry.state = MetadataState.CONFLICT
                case "send":
                    values[entry.name] = entry.value
                    entry.sent = [*(value for value in entry.sent if value != entry.value), entry.value]
        MetadataEntry.objects.bulk_update(waiting, ["state", "base", "sent", "pushed_at"], batch_size=200)
        if not values:
            _end(claimed)
        return values


def _waiting(claimed: ClaimedRun) -> Any:
    return MetadataEntry.objects.filter(batch=claimed.batch_id, state=MetadataState.WAITING)


def _send(claimed: ClaimedRun, vendor: Vendor, batch_id: str, values: dict[str, Value]) -> None:
    """Send all values in one call.

    If the vendor refuses, send halves until the refused keys are found and set aside.
    """
    try:
        vendor.add_metadata(batch_id, values)
    except VendorRefused as error:
        if error.status in CONNECTION_STATUSES:
            raise
        claimed.assert_claim(calls=F("calls") + 1)
        if len(values) == 1 or error.status not in SINGLE_KEY_STATUSES:
            _refuse(claimed, values, str(error))
            return
        names = list(values)
        for half in (names[: len(names) // 2], names[len(names) // 2 :]):
            _send(claimed, vendor, batch_id, {name: values[name] for name in half})
    else:
        claimed.assert_claim(calls=F("calls") + 1, position=F("position") + len(values), attempts=0, tries=0)


def _refuse(claimed: ClaimedRun, values: Mapping[str, Value] | None, message: str) -> None:
    """Store the vendor's message at these keys (None: all waiting keys), unless they were edited since they were
    sent.
    """
    with transaction.atomic():
        lock_batch(claimed.batch_id)
        claimed.assert_claim()
        for entry in _waiting(claimed):
            if values is None or (entry.name in values and entry.value == values[entry.name]):
                entry.state, entry.message = MetadataState.REFUSED, message
                entry.save(update_fields=["state", "message"])


def _end(claimed: ClaimedRun) -> None:
    entries = MetadataEntry.objects.filter(batch=claimed.batch_id)
    sentences = []
    if refused := entries.filter(state=MetadataState.REFUSED).count():
        sentences.append(f"{refused} refused by the vendor.")
    if conflicts := entries.filter(state=MetadataState.CONFLICT).count():
        sentences.append(f"{conflicts} changed on both sides.")
    claimed.end(RunState.INCOMPLETE if sentences else RunState.DONE, " ".join(sentences))


def _put_off(claimed: ClaimedRun, error: SyncError) -> None:
    """Schedule the next turn: at the time the vendor named, else with a growing wait of at most an hour.

    Never gives up.
    """
    after = error.retry_after if isinstance(error, VendorUnavailable) else None
    tries = MetadataPush.objects.values_list("tries", flat=True).get(pk=claimed.run_id) + 1
    claimed.assert_claim(
        state=RunState.WAITING, retry_at=next_try(min(tries, MAX_DOUBLINGS), after), named=after is not None,
        message=str(error), tries=tries, attempts=0, claim="",
    )  # fmt: skip
