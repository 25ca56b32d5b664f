"""The background jobs: thin, safe to run twice or to kill. The run row is the record; these only ring at its door."""

from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.tasks import Task, task
from django.utils import timezone

from batches.bulk.run import carry_out
from batches.export.files import forget_old
from batches.imports.run import carry_out as carry_out_import
from batches.models import BulkRun, ImportRun, MetadataPush, PileRun, SyncRun, ThumbnailRun
from batches.models.run import UNFINISHED, Run, RunState
from batches.sync.piles import make_piles
from batches.sync.push import push
from batches.sync.run import sync
from batches.sync.runs import MAX_ATTEMPTS, STALE
from batches.sync.thumbnails import make_thumbnails

RING_AGAIN = STALE  # a run that was rung for and not taken: perhaps the bell was lost


@task
def run_sync(run_id: int) -> None:
    if run := sync(run_id):
        ring_for_piles(run.batch_id)


@task
def run_thumbnails(run_id: int) -> None:
    if run := make_thumbnails(run_id):
        ring_for_piles(run.batch_id)


@task
def run_bulk(run_id: int) -> None:
    carry_out(run_id)


@task
def run_piles(run_id: int) -> None:
    make_piles(run_id)


@task
def run_push(run_id: int) -> None:
    push(run_id)


@task
def run_import(run_id: int) -> None:
    carry_out_import(run_id)


# A job that needs what is above this package adds itself (reviewer/apps.py).
BELLS: dict[type[Run], Task] = {
    SyncRun: run_sync, ThumbnailRun: run_thumbnails, BulkRun: run_bulk, PileRun: run_piles, MetadataPush: run_push,
    ImportRun: run_import,
}  # fmt: skip
# The sync run of a file's batch lives and dies with its import.
OWN: dict[Any, Q] = {SyncRun: Q(upload=None)}


def ring(run: Run) -> None:
    """Tell the queue about a run, once the row is committed. A bell that fails is logged; the sweep rings again."""
    type(run)._default_manager.filter(pk=run.pk).update(rung_at=timezone.now())
    transaction.on_commit(lambda: BELLS[type(run)].enqueue(run.pk), robust=True)


def ring_for_piles(batch_id: int) -> None:
    """A sync wrote that its batch's piles are wanted; without this the sweep would ring a little later."""
    for run in PileRun.objects.filter(batch=batch_id, state=RunState.QUEUED, rung_at__isnull=True):
        ring(run)


def sweep() -> int:
    """Ring again for every run that nobody works on and that is due; end those that kill their worker each time.

    Files of downloads whose time is over go as well.

    Returns how many were rung for. Safe to run anywhere, any number of times.
    """
    rung = 0
    for model in BELLS:
        now = timezone.now()
        stale = Q(state=RunState.RUNNING, heartbeat_at__lt=now - STALE)
        runs = model._default_manager.filter(OWN.get(model, Q()))
        runs.filter(stale, attempts__gte=MAX_ATTEMPTS).update(
            state=RunState.FAILED, claim="", finished_at=now,
            message=f"Given up: the worker died {MAX_ATTEMPTS} times without a step of progress.",
        )  # fmt: skip
        due = stale | Q(state=RunState.QUEUED) | Q(state=RunState.WAITING, retry_at__lte=now)
        unheard = Q(rung_at__isnull=True) | Q(rung_at__lt=now - RING_AGAIN) | Q(rung_at__lt=F("retry_at"))
        for run in runs.filter(due & unheard, state__in=UNFINISHED):
            ring(run)
            rung += 1
    SyncRun.objects.filter(state__in=UNFINISHED, upload__isnull=False).exclude(upload__state__in=UNFINISHED).update(
        state=RunState.FAILED, claim="", finished_at=timezone.now(), message="The import of the file ended early."
    )
    forget_old()
    return rung
