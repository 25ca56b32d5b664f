"""Certificates: what is signed, what is refused, when one goes stale, and that nobody rewrites one."""

from itertools import product
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from batches.actions import certify, decide, undo
from batches.errors import Conflict, KeyReused, NotAllowed, NotCertifiable
from batches.models import Batch, Certificate, CertifiedPart, SyncRun
from batches.models.certificate import Method
from batches.models.random_rank import random_rank
from batches.statistics import Sample
from tests.factories import make_batch, make_member
from tests.reviews import fill, say

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def batch() -> Batch:
    return make_batch()


@pytest.fixture
def maya(batch: Batch) -> User:
    return make_member(batch.connection, name="maya")


def sign(batch: Batch, by: User, category: str | None = "Cut-in", **fields: Any) -> Certificate:
    fields = {"approved": 30, "rejected": 10, "idempotency_key": uuid4()} | fields
    return certify(batch_id=batch.pk, category=category, by=by, **fields)


def sampled(batch: Batch, by: User, category: str = "Cut-in") -> None:
    """Forty of sixty drawn, ten of these rejected."""
    events = fill(batch, category, 60)
    say(events[:30], "approved", by)
    say(events[30:40], "rejected", by)


def stale(batch: Batch, category: str | None = "Cut-in") -> bool:
    return Certificate.objects.filter(batch=batch).newest()[batch.pk, category].stale  # type: ignore[attr-defined]


def test_it_names_the_signer_and_the_scope(batch: Batch, maya: User) -> None:
    sampled(batch, maya)
    signed = sign(batch, maya)
    interval = Sample(30, 40, 60).interval
    assert (signed.method, signed.events, signed.approved, signed.rejected, signed.invalid, signed.by) == (
        Method.SAMPLE, 60, 30, 10, 0, maya
    )  # fmt: skip
    assert (signed.precision, signed.low, signed.high) == pytest.approx((0.75, interval.low, interval.high))
    (part,) = CertifiedPart.objects.all()
    drawn = sorted(random_rank(pk) for pk in batch.events.values_list("pk", flat=True))
    assert (part.category, part.upto, part.events) == ("Cut-in", drawn[39], 60)
    assert not stale(batch)


def test_the_whole_batch_weighs_its_categories(batch: Batch, maya: User) -> None:
    sampled(batch, maya)
    say(fill(batch, "Near miss", 20), "approved", maya, source="page")
    signed = sign(batch, maya, None, approved=50)
    assert (signed.category, signed.method, signed.events) == (None, Method.SAMPLE, 80)
    assert signed.precision == pytest.approx(0.75 * 0.75 + 0.25)
    assert not stale(batch, None)


def test_few_events_that_are_all_decided_are_enough(batch: Batch, maya: User) -> None:
    events = fill(batch, "Cut-in", 4)
    say(events[:3], "approved", maya, source="page")
    say(events[3:], "rejected", maya, source="page")
    signed = sign(batch, maya, approved=3, rejected=1)
    assert (signed.method, signed.low, signed.high) == (Method.CENSUS, 0.75, 0.75)


@pytest.mark.parametrize(
    ("drawn", "source", "why"),
    [
        (0, "sample", "No sampled verdicts yet in 1 of 1 categories: Cut-in."),
        (50, "page", "No sampled verdicts yet in 1 of 1 categories: Cut-in."),
        (29, "sample", "The sample has 29 approvals and rejections; 30 are needed."),
    ],
)
def test_too_little_is_refused_with_what_is_missing(
    batch: Batch, maya: User, drawn: int, source: str, why: str
) -> None:
    say(fill(batch, "Cut-in", 60)[:drawn], "approved", maya, source=source)
    with pytest.raises(NotCertifiable) as refusal:
        sign(batch, maya, approved=drawn, rejected=0)
    assert str(refusal.value) == why
    assert Certificate.objects.count() == 0


def test_certify_needs_a_sample_of_every_category(batch: Batch, maya: User) -> None:
    sampled(batch, maya)
    fill(batch, "Near miss", 1)
    with pytest.raises(NotCertifiable, match=r"No sampled verdicts yet in 1 of 2 categories: Near miss\."):
        sign(batch, maya, None)


def test_empty_and_invalid_samples_cannot_be_certified(batch: Batch, maya: User) -> None:
    with pytest.raises(NotCertifiable, match="There are no events"):
        sign(batch, maya)
    say(fill(batch, "Cut-in", 2), "invalid", maya)
    with pytest.raises(NotCertifiable, match="All sampled events are invalid"):
        sign(batch, maya, approved=0, rejected=0)


def test_a_changed_sample_must_be_checked_again(batch: Batch, maya: User) -> None:
    sampled(batch, maya)
    with pytest.raises(Conflict, match="The sample has changed"):
        sign(batch, maya, approved=29)
    assert Certificate.objects.count() == 0


def test_the_same_key_signs_once_and_only_the_same(batch: Batch, maya: User) -> None:
    sampled(batch, maya)
    key = uuid4()
    assert sign(batch, maya, idempotency_key=key) == sign(batch, maya, idempotency_key=key)
    with pytest.raises(KeyReused):
        sign(batch, maya, None, idempotency_key=key)
    assert Certificate.objects.count() == 1


def test_only_a_reviewer_signs(batch: Batch, maya: User) -> None:
    sampled(batch, maya)
    with pytest.raises(NotAllowed):
        sign(batch, make_member(batch.connection, "viewer"))
    with pytest.raises(Batch.DoesNotExist):
        certify(batch_id=0, category=None, approved=1, rejected=1, by=maya, idempotency_key=uuid4())


@pytest.mark.parametrize("category", ["Cut-in", None])
def test_a_new_verdict_on_an_event_of_the_sample_makes_it_stale(batch: Batch, maya: User, category: str | None) -> None:
    sampled(batch, maya)
    sign(batch, maya, category)
    first = batch.events.filter(approval="approved").first()
    assert first is not None
    decide(
        event_id=first.pk,
        version=first.version,
        fingerprint=first.fingerprint,
        approval="rejected",
        by=maya,
        idempotency_key=uuid4(),
    )
    assert stale(batch, category)
    sign(batch, maya, category, approved=29, rejected=11)
    assert not stale(batch, category)


def test_certify_is_stale_after_an_undo_in_the_sample_only(batch: Batch, maya: User) -> None:
    sampled(batch, maya)
    sign(batch, maya)
    beyond = sorted(batch.events.filter(decided_at=None), key=lambda event: random_rank(event.pk))
    say(beyond[:1], "approved", maya)
    say(fill(batch, "Near miss", 2), "approved", maya)
    assert not stale(batch)
    for _ in range(4):  # the three just made, and the last of the sample
        undo(batch_id=batch.pk, by=maya, idempotency_key=uuid4())
    assert stale(batch)


@pytest.mark.parametrize(
    ("field", "gone_stale"), [("events_created", True), ("events_gone", True), ("events_updated", False)]
)
def test_a_sync_that_brings_or_takes_events_makes_it_stale(
    batch: Batch, maya: User, field: str, gone_stale: bool
) -> None:
    SyncRun.objects.create(batch=batch, events_created=60, state="done", finished_at=timezone.now())
    sampled(batch, maya)
    sign(batch, maya)
    run = SyncRun.objects.create(batch=batch, state="done", finished_at=timezone.now())
    assert not stale(batch)
    SyncRun.objects.filter(pk=run.pk).update(**{field: 1})
    assert stale(batch) is gone_stale


def test_nobody_rewrites_or_removes_a_certificate(batch: Batch, maya: User) -> None:
    sampled(batch, maya)
    sign(batch, maya)
    rows = [Certificate.objects.all(), CertifiedPart.objects.all()]
    verbs = [lambda some: some.update(events=1), lambda some: some._raw_delete("default")]
    for some, verb in product(rows, verbs):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            verb(some)


def test_the_latest_of_each_is_what_counts(batch: Batch, maya: User) -> None:
    sampled(batch, maya)
    sign(batch, maya)
    newer = sign(batch, maya)
    whole = sign(batch, maya, None)
    assert Certificate.objects.newest() == {(batch.pk, "Cut-in"): newer, (batch.pk, None): whole}
