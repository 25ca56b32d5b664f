"""The review status of a batch: what counts as reviewed, and that the rule is the same in Python and in SQL."""

from itertools import product
from typing import Any

import pytest
from django.utils import timezone

from batches.models import Batch, Consensus, Event
from batches.models.review_status import SIGN_OFF_WAITS, ReviewStatus, review_stage, sign_off_needed
from tests.factories import change_upstream, make_batch, make_event, make_item, make_member

pytestmark = pytest.mark.django_db


def made(by_hand: int | None = None, *, pending: int = 0, decided: int = 0, **fields: Any) -> Batch:
    """A batch with such events; those that nobody decided and the vendor approved make no difference."""
    batch = make_batch(**{"state": "completed"} | fields)
    by = make_member(batch.connection)
    item, now = make_item(batch), timezone.now()
    make_event(item, vendor_approval="approved")
    for _ in range(pending):
        make_event(item)
    for _ in range(decided):
        make_event(item, vendor_approval=None, approval="rejected", decided_by=by, decided_at=now)
    if by_hand is not None:
        Batch.objects.filter(pk=batch.pk).update(
            review_status=by_hand, review_status_by=by, review_status_updated_at=now
        )
    return Batch.objects.get(pk=batch.pk)


@pytest.mark.parametrize(
    ("by_hand", "pending", "decided", "state", "stage", "needs_sign_off", "waits"),
    [
        (None, 0, 0, "completed", 0, False, False),  # all approved at the vendor, opened by nobody
        (None, 3, 0, "completed", 0, False, False),
        (None, 2, 1, "completed", 1, False, False),
        (None, 0, 3, "completed", 2, True, False),
        (None, 0, 3, "processing", 1, False, False),  # more may come
        (0, 2, 1, "completed", 0, False, False),
        (1, 0, 3, "completed", 1, True, False),
        (2, 0, 3, "completed", 2, False, False),
        (2, 0, 0, "completed", 2, False, False),  # somebody looked and signed off what the vendor approved
        (2, 1, 3, "completed", 1, False, True),
        (2, 0, 3, "waiting", 1, False, True),
    ],
)
def test_reviewed_needs_people_no_pending_event_and_a_finished_vendor(
    by_hand: int | None, pending: int, decided: int, state: str, stage: int, needs_sign_off: bool, waits: bool
) -> None:
    batch = made(by_hand, pending=pending, decided=decided, state=state)
    assert (batch.review_stage, batch.needs_sign_off, batch.sign_off_waits) == (stage, needs_sign_off, waits)
    assert (batch.reviewed_since is not None) is (stage == ReviewStatus.REVIEWED)


def test_a_batch_with_an_event_that_needs_another_look_is_not_reviewed() -> None:
    batch = made(decided=2)
    assert batch.review_stage == ReviewStatus.REVIEWED
    change_upstream(batch.events.filter(decided_at__isnull=False)[0])
    batch = Batch.objects.get(pk=batch.pk)
    assert (batch.review_stage, batch.needs_sign_off) == (ReviewStatus.IN_PROGRESS, False)


def test_a_batch_that_its_vendor_deleted_runs_no_longer() -> None:
    assert made(decided=1, state="processing", gone_at=timezone.now()).review_stage == ReviewStatus.REVIEWED


def test_a_second_opinion_is_a_start() -> None:
    batch = made(pending=1, opinions_wanted=2)
    Consensus.objects.create(event=batch.events.get(approval="pending"), batch=batch, wanted=2, given=1)
    assert batch.review_stage == ReviewStatus.IN_PROGRESS


def test_the_rule_is_the_same_in_python_and_in_sql() -> None:
    facts = product([None, 0, 1, 2], [0, 1], [0, 1], ["completed", "processing", "unknown"], [None, timezone.now()])
    for by_hand, pending, decided, state, gone_at in facts:
        made(by_hand, pending=pending, decided=decided, state=state, gone_at=gone_at)
    for event in Event.objects.filter(approval="pending")[::2]:
        Consensus.objects.create(event=event, batch=event.batch, wanted=2, given=1)
    needed = set(Batch.objects.filter(sign_off_needed()).values_list("pk", flat=True))
    waiting = set(Batch.objects.filter(SIGN_OFF_WAITS).values_list("pk", flat=True))
    stages = dict(Batch.objects.annotate(stage=review_stage()).values_list("pk", "stage"))
    assert set(stages.values()) == set(ReviewStatus)
    for batches in (Batch.objects.all(), Batch.objects.for_list()):
        for batch in batches:
            assert batch.review_stage == stages[batch.pk]
            assert (batch.needs_sign_off, batch.sign_off_waits) == (batch.pk in needed, batch.pk in waiting)
