"""The review status of a batch: by hand, with its history, proposed by what is pending."""

import pytest
from django.db import IntegrityError, transaction

from batches.actions import set_review_status
from batches.errors import NotAllowed
from batches.models import Batch, Notice, ReviewStatus, ReviewStep, Webhook
from batches.models.batch import REVIEW_PROPOSED, REVIEW_STAGE
from tests.factories import make_batch, make_event, make_item, make_member

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_says_who_and_when_and_keeps_every_step() -> None:
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
    assert batch.review_stage.word == "reviewed"


def test_review_status_set_by_hand_notifies_webhooks() -> None:
    batch = make_batch()
    maya = make_member(batch.connection, "reviewer", "maya")
    Webhook.objects.create(
        connection=batch.connection, url="https://a.example/", events=["batch.reviewed"], created_by=maya
    )
    for status in (ReviewStatus.IN_PROGRESS, ReviewStatus.REVIEWED, ReviewStatus.REVIEWED):
        set_review_status(batch_id=batch.pk, status=status, by=maya)
    assert [(one.event, one.batch, one.facts) for one in Notice.objects.all()] == [
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


@pytest.mark.parametrize(
    ("by_hand", "pending", "approved", "stage", "proposed"),
    [
        (None, 0, 0, 0, None),
        (None, 3, 0, 0, None),
        (None, 2, 1, 1, None),
        (None, 0, 3, 2, 2),
        (0, 2, 1, 0, None),
        (0, 0, 3, 0, 2),
        (1, 0, 3, 1, 2),
        (1, 1, 3, 1, None),
        (2, 0, 3, 2, None),
        (2, 1, 3, 2, 1),
    ],
)
def test_review_status_by_hand_wins_over_the_events(
    by_hand: int | None, pending: int, approved: int, stage: int, proposed: int | None
) -> None:
    batch = make_batch()
    if by_hand is not None:
        set_review_status(batch_id=batch.pk, status=by_hand, by=make_member(batch.connection))
    Batch.objects.update(pending=pending, approved=approved)
    batch.refresh_from_db()
    assert (batch.review_stage, batch.proposed_status) == (stage, proposed)
    assert Batch.objects.annotate(stage=REVIEW_STAGE).get().stage == stage
    assert Batch.objects.filter(REVIEW_PROPOSED).exists() == (proposed is not None)
