"""The background jobs. Each can run twice or be killed: the run's row is the record, a job carries only its id."""

import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.tasks import Task, TaskResultStatus, task
from django.utils import timezone

from batches.bulk.run import run_bulk as execute_bulk
from batches.compare.run import compare
from batches.counters import merge_changes
from batches.export.files import forget_old
from batches.export.odd_tables import forget_old_tables
from batches.hooks.gather import COLLECT_TIME
from batches.hooks.send import prune, work_off
from batches.imports.run import run_import as execute_import
from batches.jobs.claims import HEARTBEAT, MAX_ATTEMPTS, STALE, owner_is_dead
from batches.jobs.slots import SLOTS, slots
from batches.models import (
    AdditionRun,
    AgentTraining,
    BatchStart,
    BulkRun,
    CacheEntry,
    CloudImport,
    Comparison,
    ComparisonRun,
    Connection,
    Delivery,
    HookEvent,
    ImportRun,
    MetadataPush,
    Notice,
    OddRun,
    PileRun,
    SyncRun,
    Tally,
    ThumbnailRun,
    UserSession,
    VideoListing,
    VideoSearch,
    VideoUpload,
    Webhook,
)
from batches.models.run import UNFINISHED, Run, RunState
from batches.notify.mail import due_people, send_notifications
from batches.notify.people import notify_expiring, notify_sync_failed
from batches.notify.weekly import notify_weekly
from batches.notify.write import prune as prune_notifications
from batches.sync import odd, uploads
from batches.sync.additions import add_batches
from batches.sync.agents import train
from batches.sync.batch_files import forget_start_files
from batches.sync.cloud_imports import import_from_cloud
from batches.sync.joins import join_views
from batches.sync.odd import make_odd
from batches.sync.piles import make_piles
from batches.sync.push import push
from batches.sync.records import FINAL_STATES
from batches.sync.run import sync
from batches.sync.searches import link_matches, search_videos
from batches.sync.start import start
from batches.sync.thumbnails import make_thumbnails
from batches.sync.uploads import upload_video
from batches.sync.videos import LIST_AGAIN, list_videos
from batches.watch.discover import discover, due_schedules, plan_schedules
from batches.watch.poll import MAY_ASK, due_polls, poll_batch, pull_back, watch_expiring_batches, watch_new_batches
from batches.watch.vendor_webhook import watch_again

if TYPE_CHECKING:
    from django.contrib.auth.models import User

logger = logging.getLogger(__name__)

ENQUEUE_AGAIN = STALE  # a run that has not started after this time is enqueued again
KEEP_LISTINGS = timedelta(days=7)
KEEP_JOBS = timedelta(days=7)  # longer than any job runs
MAX_PER_TICK = 200  # jobs of each kind


@task
def run_sync(run_id: int) -> None:
    if run := sync(run_id):
        enqueue_piles(run.batch_id)
        compare_with_parent(run.batch_id)
        link_matches(run.batch.connection_id, run.batch_id)
    compare_again()


@task
def run_thumbnails(run_id: int) -> None:
    if run := make_thumbnails(run_id):
        enqueue_piles(run.batch_id)


@task
def run_bulk(run_id: int) -> None:
    execute_bulk(run_id)


@task
def run_piles(run_id: int) -> None:
    make_piles(run_id)


@task
def run_push(run_id: int) -> None:
    push(run_id)


@task
def run_start(run_id: int) -> None:
    if (run := start(run_id)) and run.batch_id:
        request_run(SyncRun, run.batch_id, by=run.requested_by, background=True)


@task
def run_training(run_id: int) -> None:
    train(run_id)


@task
def run_listing(run_id: int) -> None:
    list_videos(run_id)


@task
def run_cloud_import(run_id: int) -> None:
    if (run := import_from_cloud(run_id)) and not run.unfinished and run.videos.uploaded().exists():
        request_listing(run.connection_id, None)


@task
def run_search(run_id: int) -> None:
    _in_slot("search", VideoSearch, lambda: search_videos(run_id), run_id)


@task
def run_upload(run_id: int) -> None:
    _in_slot("upload", VideoUpload, lambda: _upload(run_id), run_id)


def _in_slot(kind: str, model: type[Run], job: Callable[[], object], run_id: int) -> None:
    """Run a job in a slot. Without a free slot its run waits until one is free, or for the next sweep."""
    if not slots.run(kind, job, then=lambda: _enqueue_waiting(model)):
        model._default_manager.filter(pk=run_id, state=RunState.QUEUED).update(enqueued_at=None)


def _enqueue_waiting(model: type[Run]) -> None:
    queued = model._default_manager.filter(ENQUEUED_ALONE.get(model, Q()), state=RunState.QUEUED)
    for run in queued.filter(enqueued_at__isnull=True).order_by("pk")[:SLOTS]:
        enqueue(run)


def _upload(run_id: int) -> None:
    """Carry out an upload. After the last of a connection its videos are listed, once for all of them."""
    run = upload_video(run_id)
    if run is not None:
        enqueue_joins(run.connection_id)
    if run is None or run.unfinished or VideoUpload.objects.ready().filter(connection=run.connection_id).exists():
        return
    listing = VideoListing.objects.filter(connection=run.connection_id).order_by("-id").first()
    uploaded = VideoUpload.objects.filter(connection=run.connection_id, state=RunState.DONE)
    if uploaded.filter(finished_at__gt=listing.created_at).exists() if listing else uploaded.exists():
        request_listing(run.connection_id, None)


@task
def run_join(front_id: int) -> None:
    join_views(front_id)


@task
def run_odd(run_id: int) -> None:
    _in_slot("odd", OddRun, lambda: make_odd(run_id), run_id)


@task
def run_import(run_id: int) -> None:
    execute_import(run_id)


@task
def run_addition(run_id: int) -> None:
    add_batches(run_id, request_sync=_sync_added)


@task
def run_poll(poll_id: int) -> None:
    if batch_id := poll_batch(poll_id):
        request_run(SyncRun, batch_id, by=None, background=True)


# A queue stores the path of a function, and jobs enqueued before the rename are still under this one.
run_look = run_poll


@task
def run_discovery(schedule_id: int) -> None:
    discover(schedule_id)


@task
def run_webhook(hook_id: int) -> None:
    work_off(hook_id)


@task
def run_notification_mail(user_id: int) -> None:
    send_notifications(user_id)


@task
def run_comparison(run_id: int) -> None:
    compare(run_id)


# Packages that depend on this one register their own jobs (reviewer/apps.py).
JOBS: dict[type[Run], "Task[[int], None]"] = {
    SyncRun: run_sync, ThumbnailRun: run_thumbnails, BulkRun: run_bulk, PileRun: run_piles, MetadataPush: run_push,
    ImportRun: run_import, ComparisonRun: run_comparison, AdditionRun: run_addition, BatchStart: run_start,
    VideoListing: run_listing, AgentTraining: run_training, CloudImport: run_cloud_import, VideoSearch: run_search,
    VideoUpload: run_upload, OddRun: run_odd,
}  # fmt: skip
# The sync run of an imported batch belongs to its import and is never enqueued itself; others have their turn.
ENQUEUED_ALONE: dict[Any, Q] = {SyncRun: Q(upload=None), VideoUpload: uploads.IN_TURN, OddRun: odd.IN_TURN}

# Runs that make a call which must not be made twice; the condition says that it may have been made.
_SENT = Q(sent_at__isnull=False)
SENT_ONCE: dict[Any, Q] = {
    BatchStart: _SENT, AgentTraining: _SENT, VideoUpload: _SENT & Q(sent=F("size")), CloudImport: _SENT & Q(job_id=""),
    OddRun: _SENT,
}  # fmt: skip


def enqueue(run: Run) -> None:
    """Enqueue a run once its row is committed. A failure of the queue is logged; the sweep enqueues again."""
    type(run)._default_manager.filter(pk=run.pk).update(enqueued_at=timezone.now())
    transaction.on_commit(lambda: JOBS[type(run)].enqueue(run.pk), robust=True)


def enqueue_piles(batch_id: int) -> None:
    """Enqueue the piles that a sync requested; without this call the sweep would do it later."""
    for run in PileRun.objects.filter(batch=batch_id, state=RunState.QUEUED, enqueued_at__isnull=True):
        enqueue(run)


def enqueue_upload(connection_id: int) -> None:
    """Enqueue the connection's next upload, if its turn has come."""
    enqueue_next(VideoUpload, connection_id)


def enqueue_joins(connection_id: int | None = None) -> None:
    """Have the views of recordings joined that are uploaded whole: those of a connection, or all."""
    fronts = VideoUpload.objects.to_join()
    fronts = fronts.filter(connection=connection_id) if connection_id else fronts
    for pk in fronts.values_list("pk", flat=True)[:MAX_PER_TICK]:
        transaction.on_commit(lambda pk=pk: run_join.enqueue(pk), robust=True)  # type: ignore[misc]


def enqueue_next(model: Any, connection_id: int) -> None:
    """Enqueue the connection's next run of a kind whose runs follow each other, if its turn has come."""
    queued = model.objects.filter(ENQUEUED_ALONE[model], connection=connection_id, state=RunState.QUEUED)
    if run := queued.first():
        enqueue(run)


def request_run[R: Run](model: type[R], batch_id: int, by: "User | None", background: bool, **part: Any) -> R:
    """Return the unfinished run of the batch (or of a `part` of it), or create one.

    `background`: a new run is enqueued.
    """
    while True:
        # The constraint allows one unfinished run per batch; another person's run is used instead.
        if run := model._default_manager.filter(batch=batch_id, state__in=UNFINISHED, **part).first():
            if by is not None or not background:
                # A person requests the run, so the earlier attempts no longer count.
                model._default_manager.filter(pk=run.pk, state__in=UNFINISHED).update(attempts=0)
            return run
        with suppress(IntegrityError), transaction.atomic():
            run = model._default_manager.create(batch_id=batch_id, requested_by=by, **part)
            if background:
                enqueue(run)
            return run


def request_listing(connection_id: int, by: "User | None") -> VideoListing:
    """Return the unfinished listing of a connection's videos, or create one."""
    while True:
        if run := VideoListing.objects.filter(connection=connection_id, state__in=UNFINISHED).first():
            return run
        with suppress(IntegrityError), transaction.atomic():
            run = VideoListing.objects.create(connection_id=connection_id, requested_by=by)
            enqueue(run)
            return run


def list_again(now: datetime) -> None:
    """List the videos of each connection again where a person requested it before, and delete old listings."""
    recent = VideoListing.objects.filter(created_at__gt=now - LIST_AGAIN)
    due = Connection.objects.filter(MAY_ASK, listings__isnull=False).exclude(listings__in=recent).distinct()
    for pk in due.values_list("pk", flat=True)[:MAX_PER_TICK]:
        request_listing(pk, None)
    VideoListing.objects.filter(finished_at__lt=now - KEEP_LISTINGS).delete()


def _sync_added(batch_id: int, by: "User | None") -> None:
    if by is not None:
        watch_again(batch_id)
    request_run(SyncRun, batch_id, by=by, background=True)


def compare_with_parent(batch_id: int) -> None:
    """Request the first comparison of a batch that was run again with its parent, once the vendor has finished it:
    everything it has not come to yet would be missing.
    """
    run = BatchStart.objects.filter(batch=batch_id, batch__state__in=FINAL_STATES).first()
    if run is None or run.parent_id is None or run.requested_by is None:
        return
    comparison, created = Comparison.objects.get_or_create(
        earlier_id=run.parent_id, later_id=batch_id, defaults={"created_by": run.requested_by}
    )
    if created:
        enqueue(ComparisonRun.objects.create(comparison=comparison, batch_id=batch_id, requested_by=run.requested_by))


def compare_again() -> None:
    """Request a new run of every comparison whose batches a sync has changed since the last run."""
    for comparison in Comparison.objects.outdated():
        with suppress(IntegrityError), transaction.atomic():  # requested at the same time by somebody else
            enqueue(ComparisonRun.objects.create(comparison=comparison, batch_id=comparison.later_id))


def sweep(*, tidy: bool = True) -> int:
    """Enqueue every due run that no worker holds, end runs that kill their worker each time, and, if `tidy`, remove
    expired downloads and the like, for which nobody waits.

    Returns how many were enqueued. Safe to run anywhere, any number of times.
    """
    compare_again()
    enqueued = 0
    for model in _unfinished():
        now = timezone.now()
        stale = Q(state=RunState.RUNNING, heartbeat_at__lt=now - STALE)
        runs = model._default_manager.filter(ENQUEUED_ALONE.get(model, Q()))
        _give_up(runs.filter(stale, attempts__gte=MAX_ATTEMPTS), now)
        due = stale | Q(state=RunState.QUEUED) | Q(state=RunState.WAITING, retry_at__lte=now)
        due_again = (
            Q(enqueued_at__isnull=True) | Q(enqueued_at__lt=now - ENQUEUE_AGAIN) | Q(enqueued_at__lt=F("retry_at"))
        )
        enqueue_now = [*runs.filter(due & due_again, state__in=UNFINISHED), *_orphans(runs, now)]
        for run in enqueue_now:
            enqueue(run)
        enqueued += len(enqueue_now)
    SyncRun.objects.filter(state__in=UNFINISHED, upload__isnull=False).exclude(upload__state__in=UNFINISHED).update(
        state=RunState.FAILED, claim="", finished_at=timezone.now(), message="The import of the file ended early."
    )
    enqueue_joins()
    merge_changes()
    if tidy:
        _tidy(timezone.now())
    return enqueued


def _tidy(now: datetime) -> None:
    """Remove what is old. What a storage does not let go of stays until the next time, and nothing else waits."""
    steps: list[Callable[[], object]] = [
        *(partial(kind._default_manager.forget_ended, now) for kind in (Tally, CacheEntry, UserSession)),
        *(forget_jobs, partial(uploads.forget_uploads, now), partial(forget_start_files, now)),
        *(forget_old, forget_old_tables),
    ]
    for forget in steps:
        try:
            forget()
        except DatabaseError:
            raise
        except Exception:  # whatever the storage raises: a folder that is away, or an answer of an object store
            logger.exception("the sweep cannot remove what is old")


def _unfinished() -> list[type[Run]]:
    """The kinds of which a run is unfinished, mostly none, asked in one statement."""
    marks = ", ".join(["%s"] * len(UNFINISHED))
    each = (
        f"SELECT {n} WHERE EXISTS (SELECT 1 FROM {model._meta.db_table} WHERE state IN ({marks}))"  # noqa: S608  (names of ours)
        for n, model in enumerate(JOBS)
    )
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(each), [*UNFINISHED] * len(JOBS))
        numbers = {number for (number,) in cursor.fetchall()}
    return [model for n, model in enumerate(JOBS) if n in numbers]


def _give_up(runs: QuerySet[Run], now: datetime) -> None:
    """End runs whose worker died each time. A call that was made may have had its effect all the same."""
    message = f"Given up: the worker died {MAX_ATTEMPTS} times without progress."
    ended = {"claim": "", "finished_at": now}
    if sent := SENT_ONCE.get(runs.model):
        check = "The request may have reached the vendor: check there before trying again."
        runs.filter(sent).update(state=RunState.INCOMPLETE, message=f"{message} {check}", **ended)
    with transaction.atomic():
        keys = list(runs.select_for_update().values_list("pk", flat=True))
        runs.update(state=RunState.FAILED, message=message, **ended)
        for pk in keys if runs.model is SyncRun else []:
            notify_sync_failed(pk)


def _orphans(runs: QuerySet[Run], now: datetime) -> list[Run]:
    """Runs whose worker died on this host. They are enqueued before their heartbeat is stale."""
    held = runs.filter(state=RunState.RUNNING, heartbeat_at__gte=now - STALE, attempts__lt=MAX_ATTEMPTS)
    silent = held.filter(Q(enqueued_at__isnull=True) | Q(enqueued_at__lt=now - HEARTBEAT))
    return [run for run in silent if owner_is_dead(run.claim)]


def forget_jobs() -> None:
    """Remove old jobs of the embedded queue, also running ones whose worker was killed. The runs are the record."""
    if apps.is_installed("django_tasks_db"):
        jobs = apps.get_model("django_tasks_database", "DBTaskResult")._default_manager
        keys = jobs.filter(enqueued_at__lt=timezone.now() - KEEP_JOBS).exclude(status=TaskResultStatus.READY)
        jobs.filter(pk__in=list(keys.values_list("pk", flat=True)[:MAX_PER_TICK])).delete()


def tick(*, tidy: bool = True) -> int:
    """Enqueue what is due: polls of batches, listings of accounts, deliveries of webhooks, emails; if `tidy`, also what
    is due after hours or days.

    All of it is stored in the database, so it survives restarts. Returns how many were enqueued. Safe to run anywhere,
    any number of times.
    """
    now = timezone.now()
    watch_new_batches()
    plan_schedules()
    if tidy:
        pull_back(now)
        watch_expiring_batches()
        list_again(now)
        prune(now)
        prune_notifications(now)
        notify_expiring(now)
        notify_weekly(now)
    people = due_people(now)
    for pk in people:
        run_notification_mail.enqueue(pk)
    due = ((run_poll, due_polls(now)), (run_discovery, due_schedules(now)), (run_webhook, due_webhooks(now)))
    return len(people) + sum(_enqueue_each(job, rows, now) for job, rows in due)


def due_webhooks(now: datetime) -> QuerySet[Webhook]:
    """The webhooks with due deliveries or notices."""
    ripe = Q(created_at__lte=now - COLLECT_TIME) | ~Q(event=HookEvent.DECIDED)
    noted = Exists(Notice.objects.filter(ripe, webhook=OuterRef("pk")))
    waiting = Exists(Delivery.objects.due(now).filter(webhook=OuterRef("pk")))
    return Webhook.objects.filter(noted | waiting, paused_at__isnull=True)


def _enqueue_each(job: Any, rows: QuerySet[Any], now: datetime) -> int:
    due_again = rows.filter(Q(enqueued_at__isnull=True) | Q(enqueued_at__lt=now - ENQUEUE_AGAIN))
    keys = list(due_again.order_by("pk").values_list("pk", flat=True)[:MAX_PER_TICK])
    rows.model._default_manager.filter(pk__in=keys).update(enqueued_at=now)
    for key in keys:
        job.enqueue(key)
    return len(keys)
