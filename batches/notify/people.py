"""What people and webhooks are notified of, in the transaction in which it happens or by the job that sees it."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import uuid4

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from batches.models import (
    Assignment,
    AssignmentChange,
    Batch,
    Comment,
    Connection,
    HookEvent,
    Notification,
    NotificationKind,
    Role,
    RunState,
    SyncRun,
)
from batches.models.batch import RESULTS_MISSING, expires_soon
from batches.notify.notices import note, note_connection
from batches.notify.write import retract, write
from batches.sync.records import FINAL_STATES

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MAX_EXPIRING = 200  # batches at one time


def members(connection_id: int, role: Role) -> "QuerySet[User]":
    """The members of a connection with this role or a higher one."""
    return get_user_model().objects.filter(memberships__connection=connection_id, memberships__role__in=role.and_above)


def notify_mentioned(comment: Comment, people: "Iterable[User]") -> None:
    event, names = comment.event, sorted(person.username for person in people)
    if not names:
        return
    batch = event.batch
    write(
        get_user_model().objects.filter(username__in=names), kind=NotificationKind.MENTION,
        connection_id=batch.connection_id, batch_id=batch.pk, event_id=event.pk, comment=comment,
        actor_id=comment.author_id, cause=f"comment-{comment.pk}",
    )  # fmt: skip
    url = f"{settings.PUBLIC_URL}/events/{event.pk}/"
    facts = {"event": event.pk, "label": event.label, "text": comment.text, "url": url}
    note(HookEvent.MENTIONED, batch.pk, **facts, people=names, by=comment.author.get_username())


def withdraw_mentions(comment_id: int) -> None:
    retract(Notification.objects.filter(comment=comment_id))


def notify_assigned(change: AssignmentChange) -> None:
    """Notify those who got events by this change; nobody is notified of events that they no longer have."""
    batch = change.batch
    without = ~Exists(Assignment.objects.filter(batch=batch, user=OuterRef("user")))
    assigned = Notification.objects.unread().filter(batch=batch, kind=NotificationKind.ASSIGNMENT)
    retract(assigned.filter(without))
    if not change.people:
        return
    given = Assignment.objects.filter(batch=batch, change=change).order_by()
    counts = dict(given.values_list("user").annotate(Count("pk")))
    write(
        get_user_model().objects.filter(pk__in=counts), counts, kind=NotificationKind.ASSIGNMENT,
        connection_id=batch.connection_id, batch_id=batch.pk, actor_id=change.by_id, cause=f"assignment-{change.pk}",
    )  # fmt: skip
    if counts:
        note(HookEvent.ASSIGNED, batch.pk, events=sum(counts.values()), people=change.people,
             by=change.by.get_username())  # fmt: skip


def notify_opinions_wanted(batch: Batch, by: "User") -> None:
    write(
        members(batch.connection_id, Role.REVIEWER), kind=NotificationKind.OPINIONS,
        connection_id=batch.connection_id, batch_id=batch.pk, actor_id=by.pk, cause=f"opinions-{uuid4()}",
    )  # fmt: skip
    note(HookEvent.OPINIONS, batch.pk, reviewers_per_event=batch.opinions_wanted, by=by.get_username())


def notify_ready(batch_id: int, requested_by: int | None) -> None:
    """Notify reviewers once that the vendor has finished the batch and all of it is here. In a transaction.

    Whoever requested this sync sees its result on the page.
    """
    finished = Batch.objects.filter(pk=batch_id, ready_noted=False, state__in=FINAL_STATES)
    if not (finished.exists() and finished.update(ready_noted=True)):
        return
    batch = Batch.objects.only("connection", "pending").get(pk=batch_id)
    write(
        members(batch.connection_id, Role.REVIEWER), kind=NotificationKind.READY, connection_id=batch.connection_id,
        batch_id=batch_id, actor_id=requested_by, cause=f"ready-{batch_id}",
    )  # fmt: skip
    note(HookEvent.READY, batch_id, pending=batch.pending)


def notify_sync_failed(run_id: int) -> None:
    """Notify editors of a sync that failed. Where the vendor refused the key, they are notified of that instead."""
    failed = SyncRun.objects.filter(pk=run_id, state=RunState.FAILED, batch__connection__refused_at=None)
    run = failed.select_related("batch").defer("batch__raw").first()
    if run is None:
        return
    write(
        members(run.batch.connection_id, Role.EDITOR), kind=NotificationKind.SYNC_FAILED,
        connection_id=run.batch.connection_id, batch_id=run.batch_id, message=run.message[:300],
        cause=f"sync-{run_id}",
    )  # fmt: skip
    note(HookEvent.SYNC_FAILED, run.batch_id, sync=run_id, message=run.message)


def notify_key_refused(connection: Connection, reason: str, now: datetime) -> None:
    write(
        members(connection.pk, Role.EDITOR), kind=NotificationKind.KEY_REFUSED, connection_id=connection.pk,
        message=reason[:300], cause=f"key-{connection.pk}-{now.isoformat()}",
    )  # fmt: skip
    note_connection(HookEvent.KEY_REFUSED, connection.pk, reason=reason)


def notify_expiring(now: datetime) -> None:
    """Notify reviewers of batches whose results leave the vendor soon and that are not reviewed or not all here."""
    unfinished, noted = Q(pending__gt=0) | RESULTS_MISSING, Q(expiry_noted__isnull=False, expiry_noted=F("expires_at"))
    expiring = Batch.objects.filter(expires_soon(now), unfinished, archived_at=None, connection__removed_at=None)
    for pk in expiring.exclude(noted).order_by("pk").values_list("pk", flat=True)[:MAX_EXPIRING]:
        with transaction.atomic():
            # Without the other tables, whose conditions PostgreSQL would not check again after waiting for the row.
            if Batch.objects.filter(pk=pk).exclude(noted).update(expiry_noted=F("expires_at")):
                _notify_expiring(Batch.objects.only("connection", "expires_at", "pending").get(pk=pk))


def _notify_expiring(batch: Batch) -> None:
    assert batch.expires_at
    write(
        members(batch.connection_id, Role.REVIEWER), kind=NotificationKind.EXPIRING,
        connection_id=batch.connection_id, batch_id=batch.pk, cause=f"expiring-{batch.pk}-{batch.expires_at:%Y-%m-%d}",
    )  # fmt: skip
    note(HookEvent.EXPIRING, batch.pk, expires_at=batch.expires_at.isoformat(), pending=batch.pending)
