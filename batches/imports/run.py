"""Runs an import: checks the file, or writes it batch by batch with the identities, plan and store of a sync.

The whole file is read into a spool before anything is written, so an incomplete file changes nothing. The spool of the
check is kept for the import. A killed run continues behind the part that it committed last.
"""

import logging
import shutil
import time
from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import override

from batches.errors import BadRecord, NotAllowed, VendorUnavailable
from batches.imports.check import check
from batches.imports.decisions import check_deciding, write_added, write_decisions
from batches.imports.fill_gaps import fill_from_batch
from batches.imports.reading import Reading
from batches.imports.spool import Spool
from batches.jobs.claims import ClaimedRun, ClaimLost, claim
from batches.models import Batch, ImportRun, Item, SyncRun
from batches.models.event import POSITIONS_PER_ITEM
from batches.models.imports import ImportPhase
from batches.models.run import UNFINISHED, RunState
from batches.notify.notices import note_review
from batches.notify.people import notify_ready
from batches.sync.fields import clean
from batches.sync.files.base import Source
from batches.sync.files.encoding import as_utf8
from batches.sync.files.formats import recognise
from batches.sync.garbage import rare_collections
from batches.sync.plan import Incoming, with_identities
from batches.sync.records import BatchRecord, Chunk
from batches.sync.run import listing_digest
from batches.sync.store import known_digests, new_rows, store_batch, store_chunk, store_strata
from batches.sync.vendors.states import completed_state

logger = logging.getLogger(__name__)

BEAT_SECONDS = 1.0  # between two heartbeats
MAX_KEPT_BYTES = 500_000_000  # of a spool that is kept for the import
MAX_REASONS = 3  # why corrections were left out, in the message of the run
FILE_GONE = "The file is no longer stored. Upload it again."

Progress = Callable[[ImportRun], None]


def run_import(
    run_id: int, *, path: Path | None = None, progress: Progress | None = None, spool: Spool | None = None
) -> ImportRun | None:
    """Do one step of an import: the check or the writing. Returns the ended run, or None if another worker holds it.

    `path`: the file, if it is not in the storage. `spool`: where its records are between the two steps, else in the
    storage.
    """
    claimed = claim(ImportRun, run_id)
    if claimed is None:
        return None
    run = ImportRun.objects.select_related("connection", "requested_by").get(pk=run_id)
    try:
        with (
            _local(run, path) as local, nullcontext(spool) if spool else _kept_spool(run) as records,
            rare_collections(), override(settings.LANGUAGE_CODE),  # what is stored is English, whoever asked
        ):  # fmt: skip
            _work(claimed, run, local, records, progress)
    except ClaimLost:
        logger.warning("import %s: another worker took over", run_id)
        return None
    except VendorUnavailable as error:
        claimed.put_off(error)
    except FileNotFoundError:
        _fail(claimed, run, FILE_GONE)
    except (BadRecord, NotAllowed) as error:
        _fail(claimed, run, clean(str(error), 1000))
    return ImportRun.objects.get(pk=run_id)


@contextmanager
def _kept_spool(run: ImportRun) -> Iterator[Spool]:
    """A spool for the file: the import takes over the check's."""
    with Spool() as spool:
        if run.file and run.phase == ImportPhase.IMPORT and default_storage.exists(kept_name(run)):
            with default_storage.open(kept_name(run)) as stored:
                spool.restore(stored)
        yield spool


def _keep_spool(run: ImportRun, spool: Spool) -> None:
    """Store a copy for the import, unless it is too large."""
    default_storage.delete(kept_name(run))
    if spool.read_as and spool.path.stat().st_size <= MAX_KEPT_BYTES:
        with spool.path.open("rb") as records:
            default_storage.save(kept_name(run), File(records))


def kept_name(run: ImportRun) -> str:
    """Where the storage has the spool of the run's file."""
    return f"{run.file}.spool"


@contextmanager
def _local(run: ImportRun, path: Path | None) -> Iterator[Path]:
    """A local copy of the file. Raises FileNotFoundError."""
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

    def beat(read: int = 0, **changes: Any) -> None:
        """Keep the claim and note `changes`, or from time to time the number of records that were `read`."""
        nonlocal last
        if changes or time.monotonic() - last > BEAT_SECONDS:
            changes = changes or ({"position": read} if read else {})
            claimed.assert_claim(attempts=0, **changes)
            last = time.monotonic()
            if progress:
                progress(ImportRun.objects.get(pk=run.pk))

    with as_utf8(Source(path, run.file_name, run.batch_text, run.mapping, run.options)) as source:
        if run.phase == ImportPhase.CHECK:
            changes = check(source, run, spool, beat)
            if run.file:
                _keep_spool(run, spool)
            try:
                claimed.end(RunState.DONE, refused=changes["summary"].get("refused_count", 0), **changes)
            except ClaimLost:
                if not ImportRun.objects.filter(pk=run.pk, file=run.file).exists():  # canceled: the file is gone
                    run.summary = changes["summary"]
                    forget_copies(run)
                raise
        else:
            _write(claimed, run, source, spool, beat)


def _write(claimed: ClaimedRun, run: ImportRun, source: Source, spool: Spool, beat: Callable[..., None]) -> None:
    reading = Reading(recognise(source, run.connection.vendor), spool)
    reading.load(beat)
    beat(total=reading.count, position=0, started_at=timezone.now())  # the pace is that of this pass
    if run.decide:
        check_deciding(run, reading.batch_ids)
    done, left_out = 0, Counter[str]()
    for record in reading.batches():
        batch = Batch.objects.added(run.connection, record.external_id)
        done = _batch(claimed, run, reading, record, batch, done, beat)
        if run.decide:
            write_decisions(run, batch, [listing.external_id for listing in record.listing], beat, left_out)
            write_added(run, batch, reading.added_events(record), beat, left_out)
    _finish(claimed, run, left_out)


def _batch(
    claimed: ClaimedRun, run: ImportRun, reading: Reading, record: BatchRecord, batch: Batch, done: int,
    beat: Callable[..., None],
) -> int:  # fmt: skip
    """Write one batch of the file. Returns the number of records done so far."""
    if run.syncs.filter(batch=batch, state__in=(RunState.DONE, RunState.INCOMPLETE)).exists():  # before a kill
        done += reading.record_count(record)
        beat(position=done)
    else:
        done = _store(_take(claimed, run, batch), reading, record, batch, done, beat)
    return done


def _store(
    sync_claim: ClaimedRun, reading: Reading, record: BatchRecord, batch: Batch, done: int, beat: Callable[..., None]
) -> int:
    """Store a batch and its items, behind those that this run has committed. Returns the number of records done."""
    record = fill_from_batch(record, batch)
    position, _ = store_batch(sync_claim, record, listing_digest(record))
    rest = replace(record, listing=record.listing[position:])
    done += reading.record_count(replace(record, listing=record.listing[:position]))
    beat(position=done)
    places = dict(Item.objects.filter(batch=batch).values_list("external_id", "position"))
    digests = known_digests(batch.pk)
    for (items, records, chunk, arrived), read_on in _ahead(_prepared(reading.chunks(rest, digests), places, digests)):
        position, done = position + items, done + records
        store_chunk(sync_claim, chunk, position=position, calls=0, arrived=arrived, repeatable=True, meanwhile=read_on)
        beat(done)  # seldom: it is a commit of its own, and a killed run continues by the position of the batch
    beat(position=done)
    if reading.form.lists_all_items and not record.raw_status:
        _count_items(sync_claim, batch)
    _finish_batch(sync_claim, batch)
    return done


def _prepared(
    chunks: Iterator[tuple[int, int, Chunk]], places: Mapping[str, int], digests: Container[str]
) -> Iterator[tuple[int, int, Chunk, dict[str, list[Incoming]]]]:
    """Each chunk with its events as far as they can be made without the database. `places`: item → its position;
    `digests`: the items whose events are there already, probably.
    """
    for items, records, chunk in chunks:
        arrived = {}
        for item in chunk.items:
            if item.answered:
                first = places[item.external_id] * POSITIONS_PER_ITEM
                events = with_identities(item.events, first, with_words=True)
                if item.external_id not in digests:
                    events = [event._replace(rows=rows) for event, rows in zip(events, new_rows(events), strict=True)]
                arrived[item.external_id] = events
        yield items, records, chunk, arrived


def _ahead[T](chunks: Iterator[T]) -> Iterator[tuple[T, Callable[[], object]]]:
    """The chunks, each with a function that starts to read the next one in a thread, for the caller to call once the
    database is busy: it lets the thread work. Before that, the two would only wait for each other's turns.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="import") as pool:
        chunk = next(chunks, None)
        while chunk is not None:
            following = cache(partial(pool.submit, next, chunks, None))
            yield chunk, following
            chunk = following().result()


def _take(claimed: ClaimedRun, run: ImportRun, batch: Batch) -> ClaimedRun:
    """Claim the sync run of the batch for this file. Raises VendorUnavailable while a sync of the batch runs."""
    columns = {"claim": claimed.claim, "state": RunState.RUNNING, "heartbeat_at": timezone.now()}
    sync_run = SyncRun.objects.filter(batch=batch, upload=run, state__in=UNFINISHED).first()
    if sync_run is None:
        try:
            with transaction.atomic():
                sync_run = SyncRun.objects.create(
                    batch=batch, upload=run, requested_by=run.requested_by, started_at=timezone.now(), **columns
                )
        except IntegrityError as error:
            raise VendorUnavailable(
                f"The batch {batch.external_id} is being synced. The import waits for it."
            ) from error
    else:
        SyncRun.objects.filter(pk=sync_run.pk).update(**columns)
    return ClaimedRun(SyncRun, sync_run.pk, claimed.claim, batch.pk)


def _count_items(sync_claim: ClaimedRun, batch: Batch) -> None:
    """Derive state and counts of a batch from its items, because neither vendor nor file has them."""
    listed = Item.objects.filter(batch=batch, gone_at=None).order_by()
    count = Counter(dict(listed.values_list("state").annotate(count=Count("pk"))))
    completed, failed, canceled = count["completed"] + count["partial"], count["failed"], count["canceled"]
    if count["waiting"] or count["processing"]:
        state = "processing"
    elif completed or failed:
        state = completed_state(count.total(), completed, failed)
    else:
        state = "canceled" if canceled else "unknown"
    fields = {"state": state, "vendor_total": count.total(), "vendor_completed": completed, "vendor_failed": failed,
            "vendor_canceled": canceled or None}  # fmt: skip
    if Batch.objects.values(*fields).get(pk=batch.pk) != fields:
        with transaction.atomic():
            sync_claim.assert_claim()
            Batch.objects.filter(pk=batch.pk).update(**fields)


def _finish_batch(sync_claim: ClaimedRun, batch: Batch) -> None:
    run = SyncRun.objects.get(pk=sync_claim.run_id)
    if run.events_created or run.events_updated or run.events_gone:
        store_strata(sync_claim)
    state, message = RunState.DONE, ""
    if run.quarantined:
        state, message = RunState.INCOMPLETE, f"{run.quarantined:,} records of the file are unusable."
    item_count = Item.objects.filter(batch=batch, answered=True).count()
    with transaction.atomic():
        sync_claim.end(state, message)
        if state == RunState.DONE and batch.synced_at is None:
            Batch.objects.filter(pk=batch.pk).update(synced_at=timezone.now())
        if item_count != batch.stored_items:
            Batch.objects.filter(pk=batch.pk).update(stored_items=item_count)
        if state == RunState.DONE:
            notify_ready(batch.pk, run.requested_by_id)
        note_review(batch.pk)


def _finish(claimed: ClaimedRun, run: ImportRun, left_out: Counter[str]) -> None:
    """`left_out`: why corrections and missed events of a download were left out."""
    syncs = list(run.syncs.all())
    counts = {
        name: sum(getattr(sync, name) for sync in syncs) for name in ("events_created", "events_updated", "events_gone")
    }
    refused = sum(sync.quarantined for sync in syncs if sync.state != RunState.FAILED)
    problems = []
    if refused:
        problems.append(
            f"{refused:,} record{'' if refused == 1 else 's'} could not be used. Each batch's sync page lists them."
        )
    if left_out:
        whys = "; ".join(f"{why.rstrip('.')} ({count:,})" for why, count in left_out.most_common(MAX_REASONS))
        more = "; …" if len(left_out) > MAX_REASONS else ""
        problems.append(f"Corrections and missed events left out: {left_out.total():,}. {whys}{more}.")
    claimed.end(RunState.INCOMPLETE if problems else RunState.DONE, " ".join(problems), refused=refused, **counts)
    forget_file(run)


def _fail(claimed: ClaimedRun, run: ImportRun, message: str) -> None:
    with transaction.atomic():
        claimed.end(RunState.FAILED, message)
        run.syncs.filter(state__in=UNFINISHED).update(
            state=RunState.FAILED, claim="", finished_at=timezone.now(), message=message
        )
    forget_file(run)


def forget_file(run: ImportRun) -> None:
    """Delete the stored file."""
    forget_copies(run)
    if run.file:
        default_storage.delete(run.file)
        ImportRun.objects.filter(pk=run.pk).update(file="")


def forget_copies(run: ImportRun) -> None:
    """Delete what the check stored beside the file: its records, and those that it refused."""
    if run.file:
        default_storage.delete(kept_name(run))
    if refused := run.summary.get("refused_file"):
        default_storage.delete(refused)
