"""Rows of hostile text in the tables of what people did and made."""

from uuid import uuid4

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.utils import timezone

from batches.models import (
    Action,
    AdditionRun,
    AssignmentChange,
    BulkRun,
    Certificate,
    Comment,
    Comparison,
    ComparisonRun,
    Delivery,
    Event,
    Invitation,
    MetadataEdit,
    Notification,
    Opinion,
    Poll,
    RecallCertificate,
    ReviewStep,
    SavedView,
    Schedule,
    VideoListing,
    WatchAssignment,
    WatchedItem,
    WatchedParts,
    Webhook,
)
from batches.models.certificate import Method
from tests.factories import (
    make_batch,
    make_export,
    make_link,
)
from tests.hostile import TEXT


def make_work(event: Event, by: User, text: str = TEXT) -> None:
    """A row of hostile text in each table of what people did and made."""
    batch, connection = event.batch, event.batch.connection
    action, who = Action.objects.latest("pk"), {"batch": batch, "by": by}
    make_link(batch, by, name=text[:80])
    make_export(batch, by, message=text)
    BulkRun.objects.create(batch=batch, action=action, approval="approved", message=text, note=text)
    AdditionRun.objects.create(connection=connection, idempotency_key=uuid4(), texts=[text], message=text)
    VideoListing.objects.create(connection=connection, message=text)
    comparison = Comparison.objects.create(earlier=make_batch(connection), later=batch, created_by=by)
    ComparisonRun.objects.create(comparison=comparison, batch=batch, message=text)
    Opinion.objects.create(
        action=action, event=event, user=by, number=1, version=1, fingerprint="x", approval="approved", note=text
    )
    comment = Comment.objects.create(event=event, author=by, text=text, idempotency_key=uuid4())
    AssignmentChange.objects.create(**who, events=1, people=[text], query=text, idempotency_key=uuid4())
    ReviewStep.objects.create(**who, status=1, pending=1)
    MetadataEdit.objects.create(batch=batch, user=by, kind="edit", source=text[:20], idempotency_key=uuid4())
    WatchedItem.objects.create(**who, item=event.item, idempotency_key=uuid4())
    WatchedParts.objects.create(item=event.item, by=who["by"], parts=text)
    WatchAssignment.objects.create(**who, item=event.item, user=who["by"])
    share = {"low": 0.1, "high": 0.9, "idempotency_key": uuid4()}
    counts = {"events": 1, "approved": 1, "rejected": 0, "invalid": 0, "after_action": 1, "moved": 0}
    Certificate.objects.create(**who, **share, **counts, category=text[:255], method=Method.values[0], precision=0.5)
    RecallCertificate.objects.create(**who, **share, videos=1, sampled=1, hits=1, missed=0, recall=0.5)
    hook = Webhook.objects.create(connection=connection, url=f"https://x/{text}", created_by=by, secret="x")
    Delivery.objects.create(webhook=hook, batch=batch, event="batch.ready", body=text, problem=text[:300])
    Schedule.objects.create(connection=connection, message=text[:500])
    Poll.objects.create(batch=batch, message=text[:500])
    Notification.objects.create(
        user=by, kind="mention", connection=connection, batch=batch, comment=comment, message=text[:300], cause="x"
    )
    invitation = Invitation(connection=connection, role="viewer", created_by=by, expires_at=timezone.now())
    invitation.take_token()
    invitation.save()
    SavedView.objects.create(connection=connection, owner=by, name=text[:80], query=text)
    LogEntry.objects.create(user=by, action_flag=2, object_repr=text[:200], change_message=text)
