"""Records events for webhooks in the transaction in which they happen, so that both commit or roll back together."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from batches.models import Action, Batch, Decision, HookEvent, Notice, ReviewStatus, Webhook
from batches.models.review_status import review_stage


def note(event: HookEvent, batch_id: int, /, **facts: Any) -> None:
    """Record an event of a batch, with facts (JSON data), for every webhook that subscribes to such events."""
    _write(_listening(event, batch_id), event, batch_id, facts=facts)


def note_connection(event: HookEvent, connection_id: int, /, **facts: Any) -> None:
    """Record an event of a connection that is about no batch."""
    _write(_subscribed(event, Webhook.objects.filter(connection=connection_id)), event, None, facts=facts)


@contextmanager
def noting_decisions(action: Action) -> Iterator[None]:
    """Record the decisions that the action writes inside the block, in one row per webhook."""
    hooks = _listening(HookEvent.DECIDED, action.batch_id)
    after = _newest(action) if hooks else 0
    yield
    if hooks and (upto := _newest(action)) > after:
        _write(hooks, HookEvent.DECIDED, action.batch_id, action=action, after=after, upto=upto)


def note_review(batch_id: int, **sign_off: Any) -> None:
    """Record that the batch became reviewed; once, until it no longer is. A sign-off is recorded in any case."""
    batches = Batch.objects.filter(pk=batch_id)
    stage, noted = batches.annotate(stage=review_stage()).values_list("stage", "reviewed_noted").get()
    is_reviewed = stage == ReviewStatus.REVIEWED
    if is_reviewed and (sign_off or not noted):
        note(HookEvent.REVIEWED, batch_id, **sign_off)
    if is_reviewed != noted:
        batches.update(reviewed_noted=is_reviewed)


def _write(hooks: list[int], event: HookEvent, batch_id: int | None, **about: Any) -> None:
    now = timezone.now()
    Notice.objects.bulk_create(
        Notice(webhook_id=hook, batch_id=batch_id, event=event, created_at=now, **about) for hook in hooks
    )


def _listening(event: HookEvent, batch_id: int) -> list[int]:
    return _subscribed(event, Webhook.objects.filter(connection__batches=batch_id))


def _subscribed(event: HookEvent, hooks: QuerySet[Webhook]) -> list[int]:
    return [pk for pk, events in hooks.order_by("pk").values_list("pk", "events") if event in events]


def _newest(action: Action) -> int:
    return Decision.objects.filter(action=action).order_by("-pk").values_list("pk", flat=True).first() or 0
