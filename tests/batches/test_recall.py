"""Recall: what the AI found of all that is in the videos watched whole, with an interval that covers the truth."""

import random
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction

from batches.actions import add_missed, certify_recall, record_watched, undo
from batches.actions.certify_recall import refusal_of
from batches.errors import Conflict, KeyReused, NotAllowed, NotCertifiable
from batches.models import Batch, Event, Item, RecallCertificate, WatchedItem
from batches.recall import Coverage, Recall, measure_recall, watch_order
from batches.statistics import Interval, clustered, more_clusters
from tests.factories import make_batch, make_event, make_item, make_member

DRAWS = 10_000


def test_the_interval_covers_the_truth_in_93_to_97_of_100_draws() -> None:
    """Videos differ: each has its own number of events and its own share of found ones."""
    rng = random.Random(7)
    videos = []
    for _ in range(300):
        share, events = rng.betavariate(4.8, 3.2), rng.choice((0, 1, 2, 3, 4, 5, 6, 8, 12))
        videos.append((sum(rng.random() < share for _ in range(events)), events))
    truth = sum(hits for hits, _ in videos) / sum(size for _, size in videos)
    covered = 0
    for _ in range(DRAWS):
        interval = clustered(rng.sample(videos, 25), len(videos)).interval
        covered += interval.low <= truth <= interval.high
    assert 0.93 <= covered / DRAWS <= 0.97


def test_too_few_videos_say_little_and_all_of_them_say_everything() -> None:
    assert clustered([], 10).value is None
    assert clustered([(0, 0)], 10).value is None
    assert clustered([(1, 2)], 10).interval == Interval(0.0, 1.0)
    assert clustered([(1, 2), (2, 2)], 2).interval == Interval(0.75, 0.75)
    alike = clustered([(2, 2)] * 8, 100).interval
    assert (alike.high, 0.5 < alike.low < 0.75) == (1.0, True)


def test_more_videos_are_asked_for_until_the_interval_is_narrow() -> None:
    few = [(2, 4), (4, 4), (3, 4), (1, 4), (4, 4)]
    assert 0 < more_clusters(few, 5_000) <= 4_995
    assert more_clusters(few, 40) == 35
    assert more_clusters([(9, 10), (10, 10)] * 500, 10_000) == 0


@pytest.fixture
def batch() -> Batch:
    """Four videos, each with an approved finding."""
    made = make_batch()
    for _ in range(4):
        make_event(make_item(made), vendor_approval="approved")
    return made


@pytest.fixture
def reviewer(batch: Batch) -> Any:
    return make_member(batch.connection)


def decide_all(by: Any) -> None:
    Event.objects.filter(origin=None).update(decided_at="2026-05-04T12:00Z", decided_by=by, approval="approved")


def watch(item: Item, by: Any, **fields: Any) -> WatchedItem:
    return record_watched(item_id=item.pk, by=by, idempotency_key=uuid4(), **fields)


@pytest.mark.django_db
def test_the_sample_ends_before_the_first_video_that_nobody_watched(batch: Batch, reviewer: Any) -> None:
    decide_all(reviewer)
    first, second, third, _ = watch_order(batch.pk)
    assert measure_recall(batch.pk)[1] == []
    watch(first, reviewer)
    watch(third, reviewer)
    coverage, (everything, *_) = measure_recall(batch.pk)
    assert (coverage.videos, coverage.watched, coverage.sampled, everything.clusters) == (4, 2, 1, [(1, 1)])
    watch(second, reviewer)
    add_missed(item_id=second.pk, values={"category": "Near miss"}, by=reviewer, idempotency_key=uuid4())
    coverage, recalls = measure_recall(batch.pk)
    assert (coverage.sampled, recalls[0].hits, recalls[0].missed) == (3, 3, 1)
    assert {recall.category: (recall.hits, recall.missed) for recall in recalls[1:]} == {
        "Cut-in": (3, 0), "Near miss": (0, 1),
    }  # fmt: skip
    undo(batch_id=batch.pk, by=reviewer, idempotency_key=uuid4())
    assert measure_recall(batch.pk)[1][0].missed == 0


@pytest.mark.django_db
def test_an_undecided_finding_and_an_unplayable_video_do_not_count(batch: Batch, reviewer: Any) -> None:
    decide_all(reviewer)
    first, second, third, _ = watch_order(batch.pk)
    make_event(second)
    watch(first, reviewer, playable=False)
    watch(second, reviewer)
    watch(third, reviewer)
    coverage, recalls = measure_recall(batch.pk)
    assert (coverage.videos, coverage.watched, coverage.undecided, coverage.sampled, recalls) == (3, 2, 1, 0, [])


@pytest.mark.django_db
def test_watching_is_recorded_once_for_good_and_by_reviewers_only(batch: Batch, reviewer: Any) -> None:
    item, other = batch.items.all()[:2]
    key = uuid4()
    rows = [record_watched(item_id=item.pk, by=reviewer, idempotency_key=key) for _ in range(2)]
    assert (rows[0], WatchedItem.objects.count()) == (rows[1], 1)
    with pytest.raises(KeyReused):
        record_watched(item_id=other.pk, by=reviewer, idempotency_key=key)
    with pytest.raises(NotAllowed):
        watch(item, make_member(batch.connection, "viewer"))
    for change in (lambda: WatchedItem.objects.update(playable=False), WatchedItem.objects.all().delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_a_small_sample_of_a_category_says_so() -> None:
    coverage = Coverage(videos=40, watched=12, sampled=12, undecided=0)
    small = Recall("Fog", [(1, 2)] * 4 + [(0, 0)] * 8, 40)
    assert refusal_of(coverage, small) == "The sample has 8 events of this category; 10 are the least."
    assert refusal_of(coverage, Recall("Fog", [(1, 2)] * 5 + [(0, 0)] * 7, 40)) == ""
    assert refusal_of(Coverage(12, 12, 12, 0), Recall("Fog", [(1, 2)], 12)) == ""


@pytest.mark.django_db
def test_a_certificate_is_what_was_measured_and_goes_stale(batch: Batch, reviewer: Any) -> None:
    decide_all(reviewer)
    seen: dict[str, Any] = {"batch_id": batch.pk, "category": None, "by": reviewer, "hits": 4, "missed": 0}
    with pytest.raises(NotCertifiable, match="4 are the least"):
        certify_recall(**seen, idempotency_key=uuid4())
    for item in watch_order(batch.pk):
        watch(item, reviewer)
    with pytest.raises(Conflict, match="changed meanwhile"):
        certify_recall(**seen | {"hits": 3}, idempotency_key=uuid4())
    with pytest.raises(NotAllowed):
        certify_recall(**seen | {"by": make_member(batch.connection, "viewer")}, idempotency_key=uuid4())
    key = uuid4()
    signed = [certify_recall(**seen, idempotency_key=key) for _ in range(2)]
    assert signed[0] == signed[1]
    assert (str(signed[0]), signed[0].counted) == ("100% (100% to 100%)", (4, 4, 4, 0))
    with pytest.raises(KeyReused):
        certify_recall(**seen | {"category": "Cut-in"}, idempotency_key=key)
    assert certify_recall(**seen | {"category": "Cut-in"}, idempotency_key=uuid4()).counted == (4, 4, 4, 0)
    with pytest.raises(NotCertifiable, match="no such events"):
        certify_recall(**seen | {"category": "Fog"}, idempotency_key=uuid4())
    with pytest.raises(DatabaseError), transaction.atomic():
        RecallCertificate.objects.update(missed=1)
