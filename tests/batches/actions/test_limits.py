"""What one person may make in an hour and have at once, counted in the database."""

from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from batches import actions
from batches.actions import limits
from batches.actions.bulk import spend_run
from batches.errors import TooMany
from batches.models import Action, Batch, BulkRun, ExportRun, Link, Tally, Token
from tests.clock import Clock
from tests.factories import make_batch, make_connection, make_event, make_item, make_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(batch: Batch) -> User:
    return make_member(batch.connection, "editor")


@pytest.fixture
def batch() -> Batch:
    return make_batch(make_connection())


def order(batch: Batch, by: User) -> ExportRun:
    return actions.request_export(
        batches=[batch], by=by, idempotency_key=uuid4(), file="events.csv", query="", name="a.csv", total=1
    )  # fmt: skip


def test_a_person_has_five_background_downloads_at_once(batch: Batch, editor: User) -> None:
    for _ in range(5):
        order(batch, editor)
    with pytest.raises(TooMany) as refusal:
        order(batch, editor)
    assert refusal.value.retry_after > 0
    assert ExportRun.objects.count() == 5
    order(batch, make_member(batch.connection, "viewer"))
    ExportRun.objects.update(state="failed", finished_at=timezone.now())
    order(batch, editor)


def test_an_hour_ends(batch: Batch, editor: User, clock: Clock) -> None:
    for number in range(limits.TOKENS.an_hour + 1):
        if number < limits.TOKENS.an_hour:
            actions.make_token(user=editor, scope="read", name="a", days=1)
        else:
            with pytest.raises(TooMany):
                actions.make_token(user=editor, scope="read", name="a", days=1)
    clock.go(minutes=61)
    Token.objects.all().delete()
    actions.make_token(user=editor, scope="read", name="a", days=1)


def test_what_is_repeated_with_its_key_is_not_counted_again(batch: Batch, editor: User) -> None:
    key = uuid4()
    for _ in range(3):
        actions.make_link(
            batch=batch, by=editor, idempotency_key=key, name="a", file="events.csv", columns="documented", query=""
        )  # fmt: skip
    assert (Link.objects.count(), Tally.objects.get().count) == (1, 1)


def test_comments_are_limited(batch: Batch, editor: User, monkeypatch: pytest.MonkeyPatch) -> None:
    event = make_event(make_item(batch))
    monkeypatch.setattr("batches.actions.comments.COMMENTS", limits.Limit("comments", 2))
    for number in range(2):
        actions.comment(event_id=event.pk, by=editor, idempotency_key=uuid4(), text=f"text {number}")
    with pytest.raises(TooMany):
        actions.comment(event_id=event.pk, by=editor, idempotency_key=uuid4(), text="one more")


def test_a_person_has_five_unfinished_runs_of_verdicts(batch: Batch, editor: User) -> None:
    spend_run(editor)
    for _ in range(5):
        action = Action.objects.create(idempotency_key=uuid4(), kind="decide", user=editor, batch=batch, request="")
        BulkRun.objects.create(batch=batch, action=action, requested_by=editor)
    with pytest.raises(TooMany):
        spend_run(editor)
    spend_run(make_member(batch.connection, "editor"))
