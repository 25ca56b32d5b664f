"""The review status of a batch: by hand, with its history."""

import pytest
from django.db import IntegrityError, transaction

from batches.actions import set_review_status
from batches.errors import NotAllowed
from batches.models import Notice, ReviewStatus, ReviewStep, Webhook
from tests.factories import make_batch, make_event, make_item, make_member

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_names_who_and_when_and_keeps_every_step() -> None:
    batch = make_batch()
    make_event(make_item(batch))
    maya = make_member(batch.connection, "reviewer", "maya")
    for status in (ReviewStatus.IN_PROGRESS, ReviewStatus.REVIEWED, ReviewStatus.REVIEWED):
        set_review_status(batch_id=batch.pk, status=status, by=maya)
    batch.refresh_from_db()
    steps = list(ReviewStep.objects.values_list("status", "by__username", "pending"))
    assert steps == [(2, "maya", 1), (1, "maya", 1)]
    last = ReviewStep.objects.first()
    assert last is not None
    assert (batch.review_status, batch.review_status_by, batch.review_status_updated_at) == (2, maya, last.created_at)
    assert (batch.review_stage.word, batch.sign_off_waits) == ("in_progress", True), "an event is pending"


def test_review_status_set_by_hand_notifies_webhooks() -> None:
    batch = make_batch()
    maya = make_member(batch.connection, "reviewer", "maya")
    Webhook.objects.create(
        connection=batch.connection, url="https://a.example/", events=["batch.reviewed"], created_by=maya
    )
    for status in (ReviewStatus.IN_PROGRESS, ReviewStatus.REVIEWED, ReviewStatus.REVIEWED):
        set_review_status(batch_id=batch.pk, status=status, by=maya)
    assert [(notice.event, notice.batch, notice.facts) for notice in Notice.objects.all()] == [
        ("batch.reviewed", batch, {"set_by": "maya"})
    ]


def test_only_reviewers_set_it_and_only_to_what_there_is() -> None:
    batch = make_batch()
    with pytest.raises(NotAllowed):
        set_review_status(batch_id=batch.pk, status=1, by=make_member(batch.connection, "viewer"))
    with pytest.raises(ValueError, match="7"):
        set_review_status(batch_id=batch.pk, status=7, by=make_member(batch.connection))
    assert ReviewStep.objects.count() == 0


def test_its_history_is_not_rewritten() -> None:
    batch = make_batch()
    set_review_status(batch_id=batch.pk, status=1, by=make_member(batch.connection))
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        ReviewStep.objects.update(status=2)
