"""Thumbnails made by the vendor on request: by index, one commit per video, only missing ones."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from batches.actions import request_sync, request_thumbnails
from batches.models import Batch, Event, PileRun, ThumbnailRun
from batches.models.run import RunState
from batches.sandbox.faults import Faults
from batches.sandbox.server import Sandbox
from batches.sandbox.world import World
from batches.sync.run import sync
from batches.sync.thumbnails import items_without_thumbnails, make_thumbnails
from tests import worlds
from tests.factories import make_batch, make_connection

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_waiting")]


@pytest.fixture
def vendor(settings: Any) -> Iterator[Sandbox]:
    # Of the second event of the first video no picture can be made: the positions of the others must not shift.
    pictures = {f"evt_{number}" for number in range(8)} - {"evt_1"}
    with Sandbox(World({worlds.BATCH: worlds.batch(videos=2)}, pictures=pictures)) as sandbox:
        settings.PRIVATE_HOSTS = frozenset({sandbox.url.removeprefix("http://")})
        yield sandbox


@pytest.fixture
def batch(vendor: Sandbox) -> Batch:
    batch = make_batch(make_connection(base_url=vendor.url, key=vendor.key), external_id=worlds.BATCH)
    sync(request_sync(batch_id=batch.pk, by=None, background=False).pk)
    vendor.calls.clear()
    return batch


def run(batch: Batch) -> ThumbnailRun:
    done = make_thumbnails(request_thumbnails(batch_id=batch.pk, by=None).pk)
    assert done is not None
    return done


def pictures() -> list[str]:
    return [event.thumbnail_url.rsplit("/", 1)[-1] for event in Event.objects.in_order()]


def test_thumbnails_are_stored_by_index(batch: Batch) -> None:
    done = run(batch)
    assert (done.state, done.made, done.calls, done.position, done.total) == (RunState.DONE, 7, 2, 2, 2)
    assert pictures() == [f"evt_{number}.jpg" if number != 1 else "" for number in range(8)]


def test_thumbnails_are_only_made_if_missing(vendor: Sandbox, batch: Batch) -> None:
    Event.objects.filter(item__position=0).update(thumbnail_url="https://pictures.example/old.jpg")
    assert [item.external_id for item in items_without_thumbnails(batch.pk)] == ["video1"]
    run(batch)
    assert [call.path for call in vendor.calls] == ["/api/videos/video1/analyses/analysis-video1/generate-thumbnails"]
    assert pictures()[:4] == ["old.jpg"] * 4


def test_thumbnails_are_kept_by_a_later_sync(batch: Batch) -> None:
    run(batch)
    sync(request_sync(batch_id=batch.pk, by=None, background=False).pk)
    assert pictures().count("") == 1


def test_thumbnails_continue_after_a_missing_analysis(vendor: Sandbox, batch: Batch) -> None:
    with vendor.state.edit(worlds.BATCH) as data:
        del data["bulk"]["video0"]
    done = run(batch)
    assert (done.state, done.made) == (RunState.INCOMPLETE, 4)
    assert "404" in done.message


def test_thumbnails_continue_after_an_outage(vendor: Sandbox, batch: Batch) -> None:
    vendor.faults = Faults(first=["ok", "503", "503", "503", "503", "503", "503", "503"])
    done = run(batch)
    assert (done.state, done.position) == (RunState.WAITING, 1)
    vendor.faults = Faults()
    ThumbnailRun.objects.update(retry_at=timezone.now())
    again = make_thumbnails(done.pk)
    assert again is not None
    assert (again.state, again.position, again.total) == (RunState.DONE, 2, 2)


def test_thumbnails_explain_a_refused_key(vendor: Sandbox, batch: Batch) -> None:
    batch.connection.set_key("wrong-key-1234")
    batch.connection.save()
    done = run(batch)
    assert done.state == RunState.FAILED
    assert "401" in done.message
    assert len(vendor.calls) == 1
    batch.connection.refresh_from_db()
    assert batch.connection.refused_at is not None


def test_thumbnails_and_sync_each_request_piles(batch: Batch) -> None:
    assert PileRun.objects.get().state == RunState.QUEUED
    PileRun.objects.all().delete()
    run(batch)
    assert PileRun.objects.get().state == RunState.QUEUED
