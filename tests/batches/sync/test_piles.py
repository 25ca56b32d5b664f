"""Piles of a batch in the background: only pictures of neighbours are fetched, each once; failures are retried
later.
"""

from typing import Any

import cv2
import numpy as np
import pytest
import responses
from django.conf import settings
from django.db import connection
from django.utils import timezone

from batches.models import Batch, Event, PictureHash, PileRun
from batches.models.run import RunState
from batches.sync.piles import make_piles, want_piles
from batches.tasks import enqueue_piles, sweep
from tests.factories import make_batch, make_event, make_item

pytestmark = pytest.mark.django_db(transaction=True)
HOST = "https://media.example"


def jpeg(seed: int) -> bytes:
    rough = np.random.default_rng(seed).integers(0, 255, (9, 16), dtype=np.uint8)
    return cv2.imencode(".jpg", cv2.resize(rough, (320, 180)))[1].tobytes()


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "MEDIA_URL_ROOT", tmp_path)


@pytest.fixture
def host() -> Any:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as media:
        for seed in range(4):
            media.get(f"{HOST}/{seed}.jpg", body=jpeg(seed))
            media.get(f"{HOST}/{seed}-again.jpg", body=jpeg(seed))
        yield media


@pytest.fixture
def batch() -> Batch:
    return make_batch()


def make(batch: Batch, *pictures: str, **fields: Any) -> list[Event]:
    item = make_item(batch)
    return [make_event(item, thumbnail_url=f"{HOST}/{name}.jpg" if name else "", **fields) for name in pictures]


def run(batch: Batch) -> PileRun:
    want_piles(batch.pk)
    done = make_piles(PileRun.objects.get(batch=batch, state__in=["queued", "waiting"]).pk)
    assert done is not None
    return done


def piles() -> dict[int, int]:
    return dict(PictureHash.objects.filter(pile__isnull=False).values_list("event_id", "pile"))


def test_piles_hold_the_same_scene_only(batch: Batch, host: Any) -> None:
    first, second, again, bare = make(batch, "1", "2", "1-again", "")
    assert run(batch).state == RunState.DONE
    assert piles() == {first.pk: first.pk, again.pk: first.pk}
    assert PictureHash.objects.get(event=second).difference_hash is not None
    assert not PictureHash.objects.filter(event=bare).exists()


def test_piles_fetch_each_picture_of_a_neighbour_once(batch: Batch, host: Any) -> None:
    make(batch, "1", "1-again")
    make(batch, "2")
    make(batch, "3", label="alone of its words")
    run(batch)
    run(batch)
    assert sorted(call.request.url for call in host.calls) == [f"{HOST}/1-again.jpg", f"{HOST}/1.jpg"]


def test_piles_follow_changes_of_the_vendor(batch: Batch, host: Any) -> None:
    first, second, third = make(batch, "1", "1-again", "1")
    run(batch)
    assert piles() == dict.fromkeys([first.pk, second.pk, third.pk], first.pk)
    Event.objects.filter(pk=second.pk).update(thumbnail_url=f"{HOST}/2.jpg")
    run(batch)
    assert piles() == {first.pk: first.pk, third.pk: first.pk}
    Event.objects.filter(pk=third.pk).update(label="Something else")
    run(batch)
    assert piles() == {}
    Event.objects.filter(pk=third.pk).update(label="A car cuts in", gone_at=timezone.now())
    run(batch)
    assert piles() == {}


@pytest.mark.parametrize("status", [403, 404])
def test_piles_do_not_fetch_a_missing_picture_again(batch: Batch, host: Any, status: int) -> None:
    host.get(f"{HOST}/gone.jpg", status=status)
    make(batch, "1", "gone")
    assert run(batch).state == RunState.DONE
    assert run(batch).state == RunState.DONE
    assert piles() == {}
    assert [call.request.url for call in host.calls].count(f"{HOST}/gone.jpg") == 1


def test_piles_retry_a_failed_host_later(batch: Batch, host: Any) -> None:
    host.get(f"{HOST}/late.jpg", status=503)
    first, second, late = make(batch, "1", "1-again", "late")
    waiting = run(batch)
    assert (waiting.state, waiting.message) == (RunState.WAITING, "1 thumbnails could not be fetched yet.")
    assert piles() == {first.pk: first.pk, second.pk: first.pk}
    host.replace("GET", f"{HOST}/late.jpg", body=jpeg(1))
    PileRun.objects.update(retry_at=timezone.now())
    done = make_piles(waiting.pk)
    assert done is not None
    assert (done.state, done.position, done.total) == (RunState.DONE, 1, 1)
    assert piles() == dict.fromkeys([first.pk, second.pk, late.pk], first.pk)


def test_piles_stop_asking_a_host_that_is_down(batch: Batch, host: Any) -> None:
    for number in range(60):
        host.get(f"{HOST}/down{number}.jpg", status=503)
    make(batch, *[f"down{number}" for number in range(60)])
    assert run(batch).state == RunState.WAITING
    assert len(host.calls) == 20


def test_piles_start_again_if_requested_meanwhile(batch: Batch, host: Any) -> None:
    make(batch, "1", "1-again")
    late = []

    def meanwhile(request: Any) -> tuple[int, dict[str, str], bytes]:
        if not late:
            late.extend(make(batch, "2", "2-again"))
            want_piles(batch.pk)
            connection.close()  # of this thread, which fetches and otherwise has none
        return 200, {}, jpeg(3)

    host.add_callback("GET", f"{HOST}/slow.jpg", callback=meanwhile)
    make(batch, "slow", "3")
    assert run(batch).state == RunState.DONE
    assert PileRun.objects.count() == 1
    assert {late[0].pk, late[1].pk} <= piles().keys()


def test_piles_continue_after_a_kill(batch: Batch, host: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("batches.sync.piles.CHUNK_ITEMS", 1)
    make(batch, "1", "1-again")
    make(batch, "2", "2-again")
    want_piles(batch.pk)
    first = batch.items.order_by("position").first()
    assert first is not None
    PileRun.objects.update(after=first.position, position=1)
    done = make_piles(PileRun.objects.get().pk)
    assert done is not None
    assert (done.state, done.position, done.total) == (RunState.DONE, 2, 2)
    assert len(host.calls) == 2


def test_piles_have_one_run_per_batch_and_it_is_enqueued(batch: Batch) -> None:
    want_piles(batch.pk)
    want_piles(batch.pk)
    assert PileRun.objects.get().enqueued_at is None
    enqueue_piles(batch.pk)
    assert PileRun.objects.get().enqueued_at is not None
    PileRun.objects.update(enqueued_at=None)
    assert sweep() == 1


def test_piles_leave_a_claimed_run_alone(batch: Batch) -> None:
    want_piles(batch.pk)
    PileRun.objects.update(state=RunState.RUNNING, claim="elsewhere:1:0", heartbeat_at=timezone.now())
    assert make_piles(PileRun.objects.get().pk) is None


def test_piles_of_another_batch_stay(batch: Batch, host: Any) -> None:
    first, second = make(make_batch(), "1", "1-again")
    run(first.batch)
    make(batch, "1", "1-again", label="else")
    run(batch)
    assert piles()[second.pk] == first.pk
    assert len(piles()) == 4
