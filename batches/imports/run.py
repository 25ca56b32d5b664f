"""Carry out an import: check the file, or write it batch by batch with the identity, plan and store of a sync.

A file is read whole into a spool before anything is written, so one that is cut short leaves nothing behind. A killed
run starts again; what it had written is then found unchanged.
"""

import logging
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile

from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import Count
from django.utils import timezone

from batches.errors import BadRecord, NotAllowed, VendorUnavailable
from batches.imports.check import check
from batches.imports.decisions import check_deciding, decide_as_said
from batches.imports.fill_gaps import fill_from_batch
from batches.imports.reading import Reading
from batches.imports.spool import Spool
from batches.jobs.claims import ClaimedRun, ClaimLost, claim
from batches.models import Batch, ImportRun, Item, SyncRun
from batches.models.imports import ImportPhase
from batches.models.run import UNFINISHED, RunState
from batches.sync.fields import clean
from batches.sync.files.base import Source
from batches.sync.files.formats import recognise
from batches.sync.records import BatchRecord
from batches.sync.run import listing_digest
from batches.sync.store import known_digests, note_rarest, store_batch, store_chunk

logger = logging.getLogger(__name__)

BEAT = 1.0  # seconds between two signs of life
GONE = "The file is no longer here; bring it in again."

Progress = Callable[[ImportRun], None]


def run_import(run_id: int, *, path: Path | None = None, progress: Progress | None = None) -> ImportRun | None:
    """Do, or go on with, one step of an import; the run as it ended, or None when somebody else has it.

    `path`: where the file is, if it does not wait in the storage.
    """
    claimed = claim(ImportRun, run_id)
    if claimed is None:
        return None
    run = ImportRun.objects.select_related("connection", "requested_by").get(pk=run_id)
    try:
        with _local(run, path) as local, Spool() as spool:
            _work(claimed, run, local, spool, progress)
    except ClaimLost:
        logger.warning("import %s: another worker took over", run_id)
        return None
    except VendorUnavailable as error:
        claimed.put_off(error)
    except FileNotFoundError:
        _fail(claimed, run, GONE)
    except (BadRecord, NotAllowed) as error:
        _fail(claimed, run, clean(str(error), 1000))
    return ImportRun.objects.get(pk=run_id)


@contextmanager
def _local(run: ImportRun, path: Path | None) -> Iterator[Path]:
    """The file on this machine. Raises FileNotFoundError."""
    if path is not None:
        yield path
        return
    if not run.file:
        raise FileNotFoundError(run.file_name)
    with NamedTemporaryFile(prefix="import-") as copy, default_storage.open(run.file) as stored:
        shutil.copyfileobj(stored, copy, 1024 * 1024)
        copy.flush()
        yield Path(copy.name)


def _work(claimed: ClaimedRun, run: ImportRun, path: Path, spool: Spool, progress: Progress | None) -> None:
    last = 0.0

    def beat(**changes: int) -> None:
        nonlocal last
        if changes or time.monotonic() - last > BEAT:
            claimed.assert_claim(attempts=0, **changes)
            last = time.monotonic()
            if progress:
                progress(ImportRun.objects.get(pk=run.pk))

    source = Source(path, run.file_name, run.batch_text, run.mapping)
    if run.phase == ImportPhase.CHECK:
        found, mapping = check(source, run, spool, beat)
        claimed.end(RunState.DONE, found=found, mapping=mapping, refused=found.get("refused_count", 0))
        return
    reading = Reading(recognise(source, run.connection.vendor), spool)
    reading.load(lambda count: beat())
    beat(total=reading.count, position=0)
    if run.decide:
        check_deciding(run, reading.batch_ids)
    done = 0
    for record in reading.batches():
        done = _batch(claimed, run, reading, record, done, beat)
    _finish(claimed, run)


def _batch(
    claimed: ClaimedRun, run: ImportRun, reading: Reading, record: BatchRecord, done: int, beat: Callable[..., None]
) -> int:
    """Write one batch of the file; how many records are done then."""
    batch, _ = Batch.objects.get_or_create(connection=run.connection, external_id=record.external_id)
    mine = _take(claimed, run, batch)
    record = fill_from_batch(record, batch)
    store_batch(mine, record, listing_digest(record))
    position = 0
    for items, records, chunk in reading.chunks(record, known_digests(batch.pk)):
        position, done = position + items, done + records
        store_chunk(mine, chunk, position=position, calls=0)
        beat(position=done)
    if reading.form.lists_all_items and not record.raw_status:
        _count_items(mine, batch)
    _finish_batch(mine, batch)
    if run.decide:
        decide_as_said(run, batch, [listing.external_id for listing in record.listing], beat)
    return done


def _take(claimed: ClaimedRun, run: ImportRun, batch: Batch) -> ClaimedRun:
    """The batch's run for this file, held by this worker. Raises VendorUnavailable while a sync has the batch."""
    columns = {"claim": claimed.claim, "state": RunState.RUNNING, "heartbeat_at": timezone.now(), "listing": ""}
    mine = SyncRun.objects.filter(batch=batch, upload=run, state__in=UNFINISHED).first()
    if mine is None:
        try:
            with transaction.atomic():
                mine = SyncRun.objects.create(
                    batch=batch, upload=run, requested_by=run.requested_by, started_at=timezone.now(), **columns
                )
        except IntegrityError as error:
            raise VendorUnavailable(f"The batch {batch.external_id} is being synced; this waits for it.") from error
    else:
        SyncRun.objects.filter(pk=mine.pk).update(**columns)
    return ClaimedRun(SyncRun, mine.pk, claimed.claim, batch.pk)


def _count_items(mine: ClaimedRun, batch: Batch) -> None:
    """What came of a batch of which neither vendor nor file says it: its items tell. Complete is not yet successful."""
    listed = Item.objects.filter(batch=batch, gone_at=None).order_by()
    count = Counter(dict(listed.values_list("state").annotate(count=Count("pk"))))
    completed, failed, canceled = count["completed"] + count["partial"], count["failed"], count["canceled"]
    state = "partial" if completed else "failed" if failed else "canceled" if canceled else "unknown"
    if count["waiting"] or count["processing"]:
        state = "processing"
    elif completed == count.total():
        state = "completed"
    said = {"state": state, "vendor_total": count.total(), "vendor_completed": completed, "vendor_failed": failed,
            "vendor_canceled": canceled or None}  # fmt: skip
    if Batch.objects.values(*said).get(pk=batch.pk) != said:
        with transaction.atomic():
            mine.assert_claim()
            Batch.objects.filter(pk=batch.pk).update(**said)


def _finish_batch(mine: ClaimedRun, batch: Batch) -> None:
    run = SyncRun.objects.get(pk=mine.run_id)
    if run.events_created or run.events_updated or run.events_gone:
        note_rarest(mine)
    state, message = RunState.DONE, ""
    if run.quarantined:
        state, message = RunState.INCOMPLETE, f"{run.quarantined:,} records of the file could not be used."
    kept = Item.objects.filter(batch=batch, answered=True).count()
    with transaction.atomic():
        mine.end(state, message)
        if state == RunState.DONE and batch.synced_at is None:
            Batch.objects.filter(pk=batch.pk).update(synced_at=timezone.now())
        if kept != batch.kept:
            Batch.objects.filter(pk=batch.pk).update(kept=kept)


def _finish(claimed: ClaimedRun, run: ImportRun) -> None:
    syncs = list(run.syncs.all())
    told = {
        name: sum(getattr(one, name) for one in syncs) for name in ("events_created", "events_updated", "events_gone")
    }
    refused = sum(one.quarantined for one in syncs)
    if refused:
        message = (
            f"{refused:,} record{'' if refused == 1 else 's'} could not be used; each batch's sync page shows them."
        )
        claimed.end(RunState.INCOMPLETE, message, refused=refused, **told)
    else:
        claimed.end(RunState.DONE, refused=0, **told)
    forget_file(run)


def _fail(claimed: ClaimedRun, run: ImportRun, message: str) -> None:
    with transaction.atomic():
        claimed.end(RunState.FAILED, message)
        run.syncs.filter(state__in=UNFINISHED).update(
            state=RunState.FAILED, claim="", finished_at=timezone.now(), message=message
        )
    forget_file(run)


def forget_file(run: ImportRun) -> None:
    """The stored copy is needed no more."""
    if run.file:
        default_storage.delete(run.file)
        ImportRun.objects.filter(pk=run.pk).update(file="")
