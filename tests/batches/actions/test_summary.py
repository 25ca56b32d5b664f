"""How a review came out, as metadata: on demand, or by itself once every event has a verdict."""

from uuid import uuid4

import pytest
from django.contrib.auth.models import User

from batches.actions import choose_summary, decide, publish_summary, set_review_status
from batches.actions.summary import publish_due, summary_names, summary_of
from batches.errors import BadMetadata, NotAllowed
from batches.models import Batch, Event, MetadataEdit, MetadataEntry, ReviewStatus, SummaryChoice
from batches.models.batch_metadata import SUMMARY_NAMES
from tests.factories import lose_right, make_batch, make_event, make_item, make_member

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def batch() -> Batch:
    """Three pending events."""
    made = make_batch()
    item = make_item(made)
    for _ in range(3):
        make_event(item)
    return Batch.objects.get(pk=made.pk)


@pytest.fixture
def edda(batch: Batch) -> User:
    return make_member(batch.connection, "editor", "edda")


def verdict(event: Event, approval: str, by: User) -> None:
    decide(
        event_id=event.pk,
        version=event.version,
        fingerprint=event.fingerprint,
        approval=approval,
        by=by,
        idempotency_key=uuid4(),
    )


def finish(batch: Batch, by: User) -> str:
    """Every event decided; when the last one was."""
    for event, approval in zip(batch.events.order_by("id"), ["approved", "rejected", "rejected"], strict=True):
        verdict(event, approval, by)
    batch.refresh_from_db()
    return Event.objects.latest("decided_at").decided_at.isoformat(timespec="seconds")


def ours() -> dict[str, object]:
    return dict(MetadataEntry.objects.values_list("name", "value"))


def test_summary_names_the_last_verdict_only_if_complete(batch: Batch, edda: User) -> None:
    verdict(batch.events.order_by("id")[0], "approved", edda)
    batch.refresh_from_db()
    assert summary_of(batch) == {"pending": 2, "approved": 1, "rejected": 0, "invalid": 0, "reviewed_at": "N/A"}


def test_it_goes_out_under_the_keys_that_were_chosen(batch: Batch, edda: User) -> None:
    at = finish(batch, edda)
    names = {"approved": "ok", "rejected": "bad", "invalid": " ", "pending": "", "reviewed_at": "done_at"}
    choose_summary(connection=batch.connection, names=names, automatic=False, by=edda)
    publish_summary(batch_id=batch.pk, by=edda)
    assert ours() == {"ok": 1, "bad": 2, "done_at": at}
    assert summary_names(batch.connection_id) == {"approved": "ok", "rejected": "bad", "reviewed_at": "done_at"}
    assert summary_names(make_batch().connection_id) == SUMMARY_NAMES
    assert (MetadataEdit.objects.get().kind, publish_due()) == ("summary", 0)


def test_summary_is_published_after_each_review(batch: Batch, edda: User) -> None:
    choose_summary(connection=batch.connection, names=SUMMARY_NAMES, automatic=True, by=edda)
    assert publish_due() == 0, "not reviewed yet"
    at = finish(batch, edda)
    assert (publish_due(), publish_due()) == (1, 0)
    assert ours() == {
        "review_approved": 1,
        "review_rejected": 2,
        "review_invalid": 0,
        "review_pending": 0,
        "reviewed_at": at,
    }
    verdict(batch.events.order_by("id")[0], "invalid", edda)
    assert publish_due() == 1
    assert (ours()["review_approved"], ours()["review_invalid"]) == (0, 1)


def test_summary_is_published_after_a_sign_off(batch: Batch, edda: User) -> None:
    finish(batch, edda)
    choose_summary(connection=batch.connection, names=SUMMARY_NAMES, automatic=True, by=edda)
    step = set_review_status(batch_id=batch.pk, status=ReviewStatus.REVIEWED, by=edda)
    assert step is not None
    assert (publish_due(), publish_due()) == (1, 0)
    assert (ours()["review_pending"], ours()["reviewed_at"]) == (0, step.created_at.isoformat(timespec="seconds"))


def test_summary_waits_while_a_signed_off_batch_has_pending_events(batch: Batch, edda: User) -> None:
    choose_summary(connection=batch.connection, names=SUMMARY_NAMES, automatic=True, by=edda)
    set_review_status(batch_id=batch.pk, status=ReviewStatus.REVIEWED, by=edda)
    assert (publish_due(), summary_of(Batch.objects.get(pk=batch.pk))["reviewed_at"]) == (0, "N/A")
    finish(batch, edda)
    assert publish_due() == 1


def test_summary_of_earlier_reviews_is_not_published(batch: Batch, edda: User) -> None:
    finish(batch, edda)
    choose_summary(connection=batch.connection, names=SUMMARY_NAMES, automatic=True, by=edda)
    assert (publish_due(), ours()) == (0, {})


@pytest.mark.parametrize("end", ["no member", "reviewer now", "deactivated"])
def test_it_stops_when_its_owner_is_no_longer_an_editor(batch: Batch, edda: User, end: str) -> None:
    choose_summary(connection=batch.connection, names=SUMMARY_NAMES, automatic=True, by=edda)
    finish(batch, edda)
    lose_right(edda, end)
    assert (publish_due(), ours(), SummaryChoice.objects.get().automatic_since) == (0, {}, None)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ({"approved": "a", "rejected": "a"}, "have the same key"),
        ({}, "at least one key"),
        ({"approved": "k" * 256}, "255"),
    ],
)
def test_keys_that_cannot_be_are_refused(batch: Batch, edda: User, names: dict[str, str], message: str) -> None:
    with pytest.raises(BadMetadata, match=message):
        choose_summary(connection=batch.connection, names=names, automatic=False, by=edda)
    assert SummaryChoice.objects.count() == 0


def test_only_an_editor_chooses_and_publishes(batch: Batch) -> None:
    rita = make_member(batch.connection, "reviewer")
    with pytest.raises(NotAllowed):
        choose_summary(connection=batch.connection, names=SUMMARY_NAMES, automatic=False, by=rita)
    with pytest.raises(NotAllowed):
        publish_summary(batch_id=batch.pk, by=rita)
    assert MetadataEdit.objects.count() == 0
