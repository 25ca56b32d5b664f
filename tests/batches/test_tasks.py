"""The sweep: no run is forgotten, none is tried for ever."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.tasks import Task
from django.utils import timezone
from django.utils.module_loading import import_string
from django_tasks_db.models import DBTaskResult

from batches.actions import request_sync, request_thumbnails
from batches.jobs.claims import MAX_ATTEMPTS, new_claim
from batches.models import CacheEntry, SyncRun, UserSession
from batches.models.run import RunState
from batches.tasks import sweep
from tests.factories import make_batch, make_connection

pytestmark = pytest.mark.django_db(transaction=True)


def enqueued_jobs() -> list[str]:
    return [job.task_path.rsplit(".", 1)[1] for job in DBTaskResult.objects.order_by("enqueued_at")]


def test_a_sync_requested_several_times_is_enqueued_once() -> None:
    batch = make_batch()
    runs = {request_sync(batch_id=batch.pk, by=None).pk for _ in range(3)}
    request_thumbnails(batch_id=batch.pk, by=None)
    assert len(runs) == 1
    assert enqueued_jobs() == ["run_sync", "run_thumbnails"]


def test_a_run_that_was_just_enqueued_is_not_enqueued_again() -> None:
    request_sync(batch_id=make_batch().pk, by=None)
    assert sweep() == 0


@pytest.mark.parametrize(
    ("fields", "enqueued"),
    [
        ({"enqueued_at": timedelta(minutes=-2)}, 1),  # the job was lost
        ({"state": "running", "heartbeat_at": timedelta(minutes=-2), "enqueued_at": timedelta(minutes=-3)}, 1),
        ({"state": "running", "heartbeat_at": timedelta(seconds=-5), "enqueued_at": timedelta(minutes=-3)}, 0),
        ({"state": "waiting", "retry_at": timedelta(seconds=-1), "enqueued_at": timedelta(seconds=-30)}, 1),
        ({"state": "waiting", "retry_at": timedelta(minutes=5), "enqueued_at": timedelta(minutes=-9)}, 0),
        ({"state": "done", "finished_at": timedelta(0), "enqueued_at": timedelta(minutes=-9)}, 0),
    ],
)
def test_the_sweep_enqueues_what_is_due_and_has_no_worker(fields: dict[str, Any], enqueued: int) -> None:
    request_sync(batch_id=make_batch().pk, by=None)
    now = timezone.now()
    SyncRun.objects.update(**{k: now + v if isinstance(v, timedelta) else v for k, v in fields.items()})
    assert sweep() == enqueued
    assert len(enqueued_jobs()) == 1 + enqueued
    assert sweep() == 0, "one job at a time"


def test_a_run_whose_worker_died_on_this_host_is_enqueued_at_once() -> None:
    request_sync(batch_id=make_batch().pk, by=None)
    host, now = new_claim().split(":")[0], timezone.now()
    held = {"state": "running", "heartbeat_at": now, "enqueued_at": now - timedelta(seconds=20)}
    SyncRun.objects.update(claim=new_claim(), **held)
    assert sweep() == 0
    SyncRun.objects.update(claim=f"{host}:999999999:1:1", **held)
    assert (sweep(), sweep()) == (1, 0)


def test_old_jobs_of_the_queue_are_removed_with_those_that_were_killed() -> None:
    request_sync(batch_id=make_batch().pk, by=None)
    long_ago = timezone.now() - timedelta(days=8)
    job = DBTaskResult.objects.get()
    for status, enqueued_at in (("RUNNING", long_ago), ("SUCCESSFUL", long_ago), ("READY", long_ago)):
        DBTaskResult.objects.create(
            status=status, enqueued_at=enqueued_at, args_kwargs=job.args_kwargs, task_path=job.task_path,
            queue_name=job.queue_name, backend_name=job.backend_name, run_after=job.run_after,
        )  # fmt: skip
    DBTaskResult.objects.exclude(pk=job.pk).update(enqueued_at=long_ago)
    sweep()
    assert sorted(DBTaskResult.objects.values_list("status", flat=True)) == ["READY", "READY"]


def test_a_run_that_kills_its_worker_each_time_is_given_up() -> None:
    request_sync(batch_id=make_batch().pk, by=None)
    long_ago = timezone.now() - timedelta(minutes=2)
    SyncRun.objects.update(state="running", attempts=MAX_ATTEMPTS, heartbeat_at=long_ago, enqueued_at=long_ago)
    assert sweep() == 0
    run = SyncRun.objects.get()
    assert (run.state, run.message) == (
        RunState.FAILED,
        "Given up: the worker died 5 times without progress.",
    )
    assert run.finished_at is not None


@pytest.mark.django_db(transaction=False)
def test_a_run_given_up_after_its_call_may_have_had_its_effect() -> None:
    connection, long_ago = make_connection(), timezone.now() - timedelta(minutes=2)
    dead = {"state": "running", "attempts": MAX_ATTEMPTS, "heartbeat_at": long_ago, "enqueued_at": long_ago}
    for sent_at in (None, long_ago):
        connection.uploads.create(idempotency_key=uuid4(), address="https://a/b.mp4", sent_at=sent_at, **dead)
    assert sweep() == 0
    assert list(connection.uploads.order_by("pk").values_list("state", flat=True)) == ["failed", "incomplete"]
    assert "check there before trying again" in connection.uploads.get(state="incomplete").message


@pytest.mark.django_db(transaction=False)
def test_polls_enqueued_under_the_earlier_name_still_run() -> None:
    job = import_string("batches.tasks.run_look")
    assert isinstance(job, Task)
    assert (job.module_path, job.call(0)) == ("batches.tasks.run_poll", None)


@pytest.mark.parametrize("is_away", [False, True])
def test_the_sweep_removes_sessions_and_values_that_have_ended(settings: Any, tmp_path: Path, is_away: bool) -> None:
    """Also while a storage is away, which had ended the sweep: then no vendor was polled and no webhook sent."""
    if is_away:
        (tmp_path / "exports").touch()  # where a folder is expected
        away = settings.STORAGES["exports"] | {"OPTIONS": {"location": tmp_path / "exports"}}
        settings.STORAGES = settings.STORAGES | {"exports": away}
    for number, ends_at in enumerate((timezone.now() - timedelta(seconds=1), timezone.now() + timedelta(hours=1))):
        UserSession.objects.create(session_key=str(number), expire_date=ends_at)
        CacheEntry.objects.create(key=str(number), value=0, ends_at=ends_at)
    sweep()
    assert list(UserSession.objects.values_list("session_key", flat=True)) == ["1"]
    assert list(CacheEntry.objects.values_list("key", flat=True)) == ["1"]
