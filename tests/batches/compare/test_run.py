"""A comparison reads both batches, continues after a kill, writes only changes, and starts again after a sync."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from batches.actions import add_missed, decide, link_videos, match_by_name, request_comparison
from batches.clip_length import seconds_of
from batches.compare.run import compare
from batches.models import Comparison, ComparisonRun, EventPair, Item, SyncRun, VideoPair
from batches.tasks import compare_again, sweep
from tests.batches.compare.scene import Scene, make_scene
from tests.factories import make_batch, make_connection, make_event, make_item, make_member

pytestmark = pytest.mark.django_db(transaction=True)

NONE_ADDED = {"found": 0, "missed": 0}


@pytest.fixture
def scene() -> Scene:
    return make_scene(make_connection())


def test_compare_stores_the_match_of_each_finding(scene: Scene) -> None:
    assert scene.matches() == {
        "same": ("a same thing", "a same thing"),
        "moved": ("a moved thing", "a moved thing"),
        "changed": ("a changed thing", "other words"),
        "vanished": ("a vanished thing", None),
        "new": (None, "a new thing"),
    }
    assert scene.comparison.counts == {"same": 1, "moved": 1, "changed": 1, "new": 1, "vanished": 1, **NONE_ADDED}
    video = VideoPair.objects.get()
    assert (video.known_by, video.events, video.differing) == ("id", 5, 4)
    assert list(EventPair.objects.filter(match="moved").values_list("overlap", flat=True)) == [33]


def test_compare_orders_batches_by_age(scene: Scene) -> None:
    assert (scene.comparison.earlier, scene.comparison.later) == (scene.earlier, scene.later)
    run = request_comparison(batch=scene.earlier, other=scene.later, by=scene.person, background=False)
    assert run.comparison == scene.comparison
    assert request_comparison(batch=scene.later, other=scene.earlier, by=scene.person) == run


def test_compare_again_writes_nothing(scene: Scene) -> None:
    before = set(EventPair.objects.values_list("pk", flat=True))
    other = make_item(scene.earlier, external_id="v2"), make_item(scene.later, external_id="v2")
    make_event(other[1])
    scene.again()
    assert before < set(EventPair.objects.values_list("pk", flat=True))
    assert scene.comparison.counts["new"] == 2


def test_compare_matches_changes_again(scene: Scene) -> None:
    vanished = scene.events["old vanished"]
    make_event(scene.new_video, start_s=vanished.start_s, end_s=vanished.end_s, label=vanished.label)
    assert scene.again().counts == {"same": 2, "moved": 1, "changed": 1, "new": 1, "vanished": 0, **NONE_ADDED}
    assert EventPair.objects.count() == 5


@pytest.mark.parametrize("after", [1, 2, 3, 4, 5, 6, 7, 8])
def test_compare_continues_after_a_kill(monkeypatch: pytest.MonkeyPatch, scene: Scene, after: int) -> None:
    monkeypatch.setattr("batches.compare.run.CHUNK_VIDEOS", 1)
    for number in range(3):
        for batch in (scene.earlier, scene.later):
            make_event(make_item(batch, external_id=f"more{number}"))
    run = request_comparison(batch=scene.earlier, other=scene.later, by=scene.person, background=False)
    left = after

    def killer(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal left
        if sql.startswith('UPDATE "batches_comparisonrun"'):
            left -= 1
            if left < 0:
                raise KeyboardInterrupt
        return execute(sql, params, many, context)

    with connection.execute_wrapper(killer), pytest.raises(KeyboardInterrupt):
        compare(run.pk)
    ComparisonRun.objects.filter(pk=run.pk).update(heartbeat_at=timezone.now() - timezone.timedelta(hours=1))
    ended = compare(run.pk)
    assert ended is not None
    assert (ended.state, ended.position, ended.total) == ("done", 4, 4)
    assert Comparison.objects.get().counts == {
        "same": 4,
        "moved": 1,
        "changed": 1,
        "new": 1,
        "vanished": 1,
        **NONE_ADDED,
    }
    assert EventPair.objects.count() == 8


def test_compare_is_requested_once_by_a_sync_with_changes(scene: Scene) -> None:
    compare_again()
    assert ComparisonRun.objects.filter(state="queued").count() == 0
    now = timezone.now()
    SyncRun.objects.create(batch=scene.later, state="done", finished_at=now)  # brought nothing
    compare_again()
    assert ComparisonRun.objects.filter(state="queued").count() == 0
    SyncRun.objects.create(batch=scene.later, state="done", finished_at=now, events_created=1)
    sweep()
    compare_again()
    assert ComparisonRun.objects.exclude(state="done").count() <= 1
    assert ComparisonRun.objects.count() == 2


def test_compare_ignores_categories_of_other_vendors() -> None:
    person = make_member(make_connection())
    first, second = make_batch(make_connection()), make_batch(make_connection(vendor="twelvelabs"))
    make_event(make_item(first, name="Cam 1.mp4"), category="near miss", label="A car cuts in")
    make_event(make_item(second, name="cam-1"), category="risk_event", label="A car cuts in")
    compare(request_comparison(batch=first, other=second, by=person, background=False).pk)
    assert Comparison.objects.get().counts["same"] == 1
    assert VideoPair.objects.get().known_by == "name"


def test_compare_proposes_nothing_between_files_of_two_sites() -> None:
    connection = make_connection(vendor="open")
    person = make_member(connection)
    batches = [make_batch(connection), make_batch(connection)]
    for batch, name in zip(batches, ("site1/RCNX0001.MP4", "site2/RCNX0001.MP4"), strict=True):
        event = make_event(make_item(batch, external_id=name, name=name), start_s=1, end_s=4, label="deer")
        if batch == batches[0]:
            decide(
                event_id=event.pk,
                version=1,
                fingerprint=event.fingerprint,
                approval="approved",
                by=person,
                idempotency_key=uuid4(),
            )
    compare(request_comparison(batch=batches[0], other=batches[1], by=person, background=False).pk)
    assert not VideoPair.objects.exists()
    assert not EventPair.objects.proposals().exists()


def test_matches_by_name_are_undone_all_at_once_and_stay_undone(scene: Scene) -> None:
    for number in range(2):
        for batch in (scene.earlier, scene.later):
            make_event(make_item(batch, external_id=f"{batch.pk}-{number}", name=f"north {number}.mp4"))
    scene.again()
    pairs = VideoPair.objects.order_by("known_by").values_list("known_by", flat=True)
    assert list(pairs.all()) == ["id", "name", "name"]
    match_by_name(comparison=scene.comparison, allowed=False, by=scene.person)
    assert list(pairs.all()) == ["id"]
    assert scene.again().counts["same"] == 1
    assert list(pairs.all()) == ["id"]
    match_by_name(comparison=scene.comparison, allowed=True, by=scene.person)
    assert scene.again().counts["same"] == 3


def test_compare_inside_a_batch_uses_decided_events() -> None:
    connection = make_connection()
    person, batch = make_member(connection), make_batch(connection)
    video = make_item(batch)
    now = timezone.now()
    make_event(video, start_s=0, end_s=4, gone_at=now, decided_at=now, decided_by=person, approval="rejected")
    make_event(video, start_s=30, end_s=34, gone_at=now)  # nobody decided it
    make_event(video, start_s=1, end_s=5)
    make_event(make_item(batch))  # a video that was not analysed again
    compare(request_comparison(batch=batch, other=batch, by=person, background=False).pk)
    assert list(EventPair.objects.values_list("match", flat=True)) == ["moved"]


def test_compare_inside_a_batch_has_what_people_added_before() -> None:
    batch = make_batch()
    person, video = make_member(batch.connection), make_item(batch)

    def add(start: int) -> None:
        values = {"label": "A bicycle", "start_s": start, "end_s": start + 4}
        add_missed(item_id=video.pk, values=values, by=person, idempotency_key=uuid4())

    add(0)
    add(60)
    make_event(video, start_s=30, end_s=34, gone_at=timezone.now())
    make_event(video, start_s=0, end_s=4, label="A bicycle")
    add(90)  # on what the second analysis found
    compare(request_comparison(batch=batch, other=batch, by=person, background=False).pk)
    rows = EventPair.objects.values_list("match", "earlier__start_s")
    assert list(rows) == [("found", 0.0), ("missed", 60.0)]


def test_compare_keeps_an_editors_link(scene: Scene) -> None:
    stranger = make_item(scene.later, name="renamed.mp4")
    make_event(stranger, start_s=60, end_s=64, label="a vanished thing")
    link_videos(comparison=scene.comparison, earlier_id=scene.old_video.pk, later_id=stranger.pk, by=scene.person)
    scene.again()
    scene.again()
    video = VideoPair.objects.get()
    assert (video.later, video.known_by, video.linked_by) == (stranger, "person", scene.person)
    assert scene.comparison.counts == {"same": 1, "moved": 0, "changed": 0, "new": 0, "vanished": 3, **NONE_ADDED}


@pytest.mark.parametrize("swapped", [True, False])
def test_link_to_a_video_of_another_batch_is_refused(scene: Scene, swapped: bool) -> None:
    ids = (scene.new_video.pk, scene.old_video.pk) if swapped else (scene.old_video.pk, make_item().pk)
    with pytest.raises(Item.DoesNotExist):
        link_videos(comparison=scene.comparison, earlier_id=ids[0], later_id=ids[1], by=scene.person)
    assert VideoPair.objects.get().known_by == "id"


def test_compare_removes_videos_that_no_longer_match(scene: Scene) -> None:
    Item.objects.filter(pk=scene.new_video.pk).update(external_id="else", name="else.mp4")
    assert set(scene.again().counts.values()) == {0}
    assert EventPair.objects.count() == VideoPair.objects.count() == 0


@pytest.mark.parametrize("videos", [1, 20])
def test_compare_queries_grow_with_chunks_only(scene: Scene, videos: int) -> None:
    for number in range(videos):
        for batch in (scene.earlier, scene.later):
            item = make_item(batch, external_id=f"w{number}")
            for start in range(3):
                make_event(item, start_s=start * 9.0, end_s=start * 9.0 + 3, label=f"thing {start}")
    scene.again()
    run = request_comparison(batch=scene.earlier, other=scene.later, by=scene.person, background=False)
    with CaptureQueriesContext(connection) as queries:
        compare(run.pk)
    assert len([query for query in queries if "batches_" in query["sql"]]) == 28


@pytest.mark.parametrize(
    ("raw", "seconds"),
    [
        ('{"task": {"video_source": {"system_metadata": {"duration": 61.5}}}}', 61.5),
        ('{"task": {"video_source": {"system_metadata": {"duration": "61"}}}}', None),
        ('{"task": null, "asset": {"duration": 9}}', 9.0),
        ('{"task": null, "duration": 3}', None), ("", None), ('{"a": 1}', None), ('["duration", 1]', None),
    ],
)  # fmt: skip
def test_seconds_of_reads_the_length_of_a_video(raw: str, seconds: float | None) -> None:
    assert seconds_of(raw) == seconds
