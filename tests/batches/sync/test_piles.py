"""Piles of a batch in the background: only neighbours are looked at, each picture once, and what fails comes later."""

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


def test_the_same_scene_is_piled_and_another_is_not(batch: Batch, host: Any) -> None:
    one, other, again, bare = make(batch, "1", "2", "1-again", "")
    assert run(batch).state == RunState.DONE
    assert piles() == {one.pk: one.pk, again.pk: one.pk}
    assert PictureHash.objects.get(event=other).difference_hash is not None
    assert not PictureHash.objects.filter(event=bare).exists()


def test_a_picture_is_looked_at_once_and_only_where_there_is_a_neighbour(batch: Batch, host: Any) -> None:
    make(batch, "1", "1-again")
    make(batch, "2")
    make(batch, "3", label="alone of its words")
    run(batch)
    run(batch)
    assert sorted(call.request.url for call in host.calls) == [f"{HOST}/1-again.jpg", f"{HOST}/1.jpg"]


def test_a_pile_follows_what_the_vendor_changes(batch: Batch, host: Any) -> None:
    one, two, three = make(batch, "1", "1-again", "1")
    run(batch)
    assert piles() == dict.fromkeys([one.pk, two.pk, three.pk], one.pk)
    Event.objects.filter(pk=two.pk).update(thumbnail_url=f"{HOST}/2.jpg")
    run(batch)
    assert piles() == {one.pk: one.pk, three.pk: one.pk}
    Event.objects.filter(pk=three.pk).update(label="Something else")
    run(batch)
    assert piles() == {}
    Event.objects.filter(pk=three.pk).update(label="A car cuts in", gone_at=timezone.now())
    run(batch)
    assert piles() == {}


@pytest.mark.parametrize("status", [403, 404])
def test_a_picture_that_is_gone_is_not_piled_and_not_asked_for_again(batch: Batch, host: Any, status: int) -> None:
    host.get(f"{HOST}/gone.jpg", status=status)
    make(batch, "1", "gone")
    assert run(batch).state == RunState.DONE
    assert run(batch).state == RunState.DONE
    assert piles() == {}
    assert [call.request.url for call in host.calls].count(f"{HOST}/gone.jpg") == 1


def test_a_host_that_does_not_answer_is_asked_later_and_the_rest_is_piled(batch: Batch, host: Any) -> None:
    host.get(f"{HOST}/late.jpg", status=503)
    one, two, late = make(batch, "1", "1-again", "late")
    waiting = run(batch)
    assert (waiting.state, waiting.message) == (RunState.WAITING, "1 thumbnails could not be fetched yet.")
    assert piles() == {one.pk: one.pk, two.pk: one.pk}
    host.replace("GET", f"{HOST}/late.jpg", body=jpeg(1))
    PileRun.objects.update(retry_at=timezone.now())
    done = make_piles(waiting.pk)
    assert done is not None
    assert (done.state, done.position, done.total) == (RunState.DONE, 1, 1)
    assert piles() == dict.fromkeys([one.pk, two.pk, late.pk], one.pk)


def test_a_host_that_is_down_is_not_asked_for_every_picture(batch: Batch, host: Any) -> None:
    for number in range(60):
        host.get(f"{HOST}/down{number}.jpg", status=503)
    make(batch, *[f"down{number}" for number in range(60)])
    assert run(batch).state == RunState.WAITING
    assert len(host.calls) == 20


def test_asked_for_while_it_runs_it_starts_over_at_its_end(batch: Batch, host: Any) -> None:
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


def test_a_killed_run_goes_on_behind_what_is_done(batch: Batch, host: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("batches.sync.piles.ITEMS", 1)
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


def test_there_is_one_run_a_batch_and_somebody_rings_for_it(batch: Batch) -> None:
    want_piles(batch.pk)
    want_piles(batch.pk)
    assert PileRun.objects.get().enqueued_at is None
    enqueue_piles(batch.pk)
    assert PileRun.objects.get().enqueued_at is not None
    PileRun.objects.update(enqueued_at=None)
    assert sweep() == 1


def test_a_run_in_other_hands_is_left_alone(batch: Batch) -> None:
    want_piles(batch.pk)
    PileRun.objects.update(state=RunState.RUNNING, claim="elsewhere:1:0", heartbeat_at=timezone.now())
    assert make_piles(PileRun.objects.get().pk) is None


def test_another_batch_keeps_its_piles(batch: Batch, host: Any) -> None:
    one, two = make(make_batch(), "1", "1-again")
    run(one.batch)
    make(batch, "1", "1-again", label="else")
    run(batch)
    assert piles()[two.pk] == one.pk
    assert len(piles()) == 4
