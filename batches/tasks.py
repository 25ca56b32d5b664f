"""The background jobs: thin, safe to run twice or to kill. The run row is the record; these only ring at its door."""

from contextlib import suppress

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.tasks import task
from django.utils import timezone

from batches.bulk.run import carry_out
from batches.compare.run import compare
from batches.models import BulkRun, Comparison, ComparisonRun, SyncRun, ThumbnailRun
from batches.models.run import UNFINISHED, Run, RunState
from batches.sync.run import sync
from batches.sync.runs import MAX_ATTEMPTS, STALE
from batches.sync.thumbnails import make_thumbnails

RING_AGAIN = STALE  # a run that was rung for and not taken: perhaps the bell was lost


@task
def run_sync(run_id: int) -> None:
    sync(run_id)
    compare_again()


@task
def run_thumbnails(run_id: int) -> None:
    make_thumbnails(run_id)


@task
def run_bulk(run_id: int) -> None:
    carry_out(run_id)


@task
def run_comparison(run_id: int) -> None:
    compare(run_id)


BELLS = {SyncRun: run_sync, ThumbnailRun: run_thumbnails, BulkRun: run_bulk, ComparisonRun: run_comparison}


def ring(run: Run) -> None:
    """Tell the queue about a run, once the row is committed. A bell that fails is logged; the sweep rings again."""
    type(run)._default_manager.filter(pk=run.pk).update(rung_at=timezone.now())
    transaction.on_commit(lambda: BELLS[type(run)].enqueue(run.pk), robust=True)


def compare_again() -> None:
    """Ask for every comparison again whose batches a sync has changed since."""
    for comparison in Comparison.objects.outdated():
        with suppress(IntegrityError), transaction.atomic():  # somebody else asked at the same time
            ring(ComparisonRun.objects.create(comparison=comparison, batch_id=comparison.later_id))


def sweep() -> int:
    """Ring again for every run that nobody works on and that is due; end those that kill their worker each time.

    Returns how many were rung for. Safe to run anywhere, any number of times.
    """
    compare_again()
    rung = 0
    for model in BELLS:
        now = timezone.now()
        stale = Q(state=RunState.RUNNING, heartbeat_at__lt=now - STALE)
        model._default_manager.filter(stale, attempts__gte=MAX_ATTEMPTS).update(
            state=RunState.FAILED, claim="", finished_at=now,
            message=f"Given up: the worker died {MAX_ATTEMPTS} times without a step of progress.",
        )  # fmt: skip
        due = stale | Q(state=RunState.QUEUED) | Q(state=RunState.WAITING, retry_at__lte=now)
        unheard = Q(rung_at__isnull=True) | Q(rung_at__lt=now - RING_AGAIN) | Q(rung_at__lt=F("retry_at"))
        for run in model._default_manager.filter(due & unheard, state__in=UNFINISHED):
            ring(run)
            rung += 1
    return rung
