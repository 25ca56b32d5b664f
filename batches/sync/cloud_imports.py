"""Imports from cloud storage: starts one at most once (batches/sync/once.py), then reads its list of videos until all
are final.
"""

import logging
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from batches.errors import SyncError, VendorUnavailable
from batches.jobs.claims import ClaimedRun, ClaimLost, claim, next_try
from batches.models import CloudImport, ImportedVideo, RunState
from batches.sync.clouds import CloudObjects, ImportJob, ImportRow
from batches.sync.connect import open_vendor, record_failure
from batches.sync.http import Limits
from batches.sync.once import OneCall, call_once
from batches.sync.vendors.base import Vendor

logger = logging.getLogger(__name__)

CALL_LIMITS = Limits(connect=10, read=120, total=300, waiting=30, tries=3)
SHORTEST_PAUSE, LONGEST_PAUSE = timedelta(seconds=10), timedelta(minutes=1)  # between passes
GIVE_UP = timedelta(hours=6)  # without a change: an object may never become a video
SETTLE = timedelta(minutes=1)  # after a retry the vendor may still list the failures of before
CHUNK_ROWS = 500
UNKNOWN = (
    "The import may have started. Check before trying again: list the account's videos; if these are not among them, "
    "import again."
)


def import_from_cloud(run_id: int, *, limits: Limits = CALL_LIMITS, **http_options: Any) -> CloudImport | None:
    """Start an import, or read once how far it is. Returns the run afterwards, None if another worker holds it."""
    claimed = claim(CloudImport, run_id)
    if claimed is None:
        return None
    run = CloudImport.objects.select_related("connection", "folder").get(pk=run_id)
    try:
        if run.job_id:
            _follow(claimed, run, limits, http_options)
        else:
            call_once(START, claimed, run, limits=limits, waits=True, **http_options)
    except ClaimLost:
        logger.warning("cloud import %s: another worker took over", run_id)
        return None
    return CloudImport.objects.get(pk=run_id)


def _call(claimed: ClaimedRun, vendor: Vendor, run: CloudImport) -> str:
    objects = CloudObjects(run.provider, run.bucket, tuple(run.keys))
    folder_id = run.folder.external_id if run.folder else ""
    return claimed.call(vendor.start_import, objects, run.integration, folder_id, run.scope)


def _record(claimed: ClaimedRun, run: CloudImport, job_id: str) -> None:
    """Store the job even if another worker has meanwhile given this run up: the vendor's id must not be lost."""
    now = timezone.now()
    CloudImport.objects.filter(pk=run.pk, job_id="").update(
        job_id=job_id, state=RunState.WAITING, retry_at=now + SHORTEST_PAUSE, changed_at=now, attempts=0, claim="",
        message="", finished_at=None,
    )  # fmt: skip


def _follow(claimed: ClaimedRun, run: CloudImport, limits: Limits, http_options: dict[str, Any]) -> None:
    """One pass over the vendor's list, and what follows from it."""
    try:
        vendor = open_vendor(run.connection, limits=limits, **http_options)
        with closing(vendor.http):
            job, rows = claimed.call(_read, vendor, run.job_id)
    except VendorUnavailable as error:
        record_failure(run.connection, error)
        _wait(claimed, run, next_try(1, error.retry_after), str(error))
        return
    except SyncError as error:
        record_failure(run.connection, error)
        claimed.end(RunState.INCOMPLETE, f"How far the import is could not be read. {error}")
        return
    changed = _store(claimed, run, rows, vendor.http.calls, job)
    _end_or_wait(claimed, run, job, changed)


def _read(vendor: Vendor, job_id: str) -> tuple[ImportJob, dict[str, ImportRow]]:
    """The job, and its rows of all pages. Rows shift while an import runs, so each pass begins at the first page."""
    job = vendor.import_job(job_id)  # before the list, so that a completed job's list is a full one
    return job, {row.external_id: row for page in vendor.import_rows(job_id) for row in page}


def _store(claimed: ClaimedRun, run: CloudImport, rows: dict[str, ImportRow], calls: int, job: ImportJob) -> bool:
    """Store what a pass has read. Returns whether anything changed.

    An uploaded video stays uploaded: a vendor's status goes on to the stages of an analysis.
    """
    now = timezone.now()
    settling = run.retried_at is not None and now < run.retried_at + SETTLE
    stored = dict(run.videos.values_list("external_id", "status"))
    changed = [
        ImportedVideo(
            cloud_import=run, external_id=row.external_id, status=row.status, source_uri=row.source_uri
        ) for row in rows.values()
        if stored.get(row.external_id) not in (row.status, ImportedVideo.UPLOADED)
        and not (settling and row.status == ImportedVideo.FAILED and row.external_id in stored)
    ]  # fmt: skip
    with transaction.atomic():
        claimed.assert_claim(
            calls=F("calls") + calls, total=job.total or len(run.keys), **({"changed_at": now} if changed else {})
        )
        ImportedVideo.objects.bulk_create(
            changed, CHUNK_ROWS, update_conflicts=True, unique_fields=["cloud_import", "external_id"],
            update_fields=["status", "source_uri"],
        )  # fmt: skip
    run.changed_at = now if changed else run.changed_at
    return bool(changed)


def _end_or_wait(claimed: ClaimedRun, run: CloudImport, job: ImportJob, changed: bool) -> None:
    listed, uploaded, failed = run.videos.count(), run.videos.uploaded().count(), run.videos.failed().count()
    final = uploaded + failed
    whole = bool(job.total) and listed >= (job.total or 0)
    if final == listed and (whole or (job.completed and not changed)):
        missing = max(0, (job.total or len(run.keys)) - listed)
        problems = [
            f"{failed:,} of {listed:,} videos failed; the vendor gives no reason." if failed else "",
            f"{missing:,} of {missing + listed:,} objects never became a video." if missing else "",
        ]
        message = " ".join(filter(None, problems))
        claimed.end(RunState.INCOMPLETE if message else RunState.DONE, message, position=final)
        return
    quiet = timezone.now() - (run.changed_at or run.created_at)
    pause = min(LONGEST_PAUSE, max(SHORTEST_PAUSE, quiet / 6))
    _wait(claimed, run, timezone.now() + pause, "", position=final)


def _wait(claimed: ClaimedRun, run: CloudImport, until: datetime, message: str, **changes: Any) -> None:
    """Wait for the next pass; end after a long time without a change."""
    if timezone.now() > (run.changed_at or run.created_at) + GIVE_UP:
        hours = GIVE_UP // timedelta(hours=1)
        claimed.end(RunState.INCOMPLETE, f"Nothing has changed for {hours} hours. {message}".strip(), **changes)
        return
    claimed.assert_claim(
        state=RunState.WAITING, retry_at=until, attempts=0, claim="", message=message, **changes
    )  # a pass without a change is no failure


START = OneCall(CloudImport, _call, _record, UNKNOWN, nothing_done="")
