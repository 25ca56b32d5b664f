"""Rows for tests: each function makes one thing that is valid by itself; whatever a test is about, it passes."""

from datetime import timedelta
from itertools import count
from typing import Any
from uuid import uuid4

from django.contrib.auth.models import Permission, User
from django.db.models import F
from django.utils import timezone

from batches.models import Batch, Connection, Event, EventPayload, ExportRun, Item, Link, Membership, Vendor
from batches.models.event import POSITIONS_PER_ITEM
from batches.models.severity import Severity

_numbers = count(1)


def make_user(name: str = "", **fields: Any) -> User:
    return User.objects.create_user(name or f"user{next(_numbers)}", password="secret-enough", **fields)


def allow(user: User, *permissions: str) -> User:
    """Give permissions by name: `batches.change_connection`."""
    for permission in permissions:
        app, _, codename = permission.partition(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    return user


def make_connection(**fields: Any) -> Connection:
    number = next(_numbers)
    fields = {"vendor": Vendor.NOMADIC, "name": f"account {number}", "base_url": "http://127.0.0.1:1"} | fields
    key = fields.pop("key", f"key-{number:08}")
    connection = Connection(**fields)
    connection.set_key(key)
    connection.save()
    return connection


def make_member(connection: Connection, role: str = "reviewer", name: str = "") -> User:
    user = make_user(name)
    Membership.objects.create(user=user, connection=connection, role=role)
    return user


def lose_right(user: User, end: str) -> None:
    """The person is `no member` of anything any more, a `reviewer now`, or `deactivated`."""
    if end == "no member":
        user.memberships.all().delete()  # type: ignore[attr-defined]
    elif end == "reviewer now":
        user.memberships.update(role="reviewer")  # type: ignore[attr-defined]
    else:
        User.objects.filter(pk=user.pk).update(is_active=False)


def make_batch(connection: Connection | None = None, **fields: Any) -> Batch:
    fields = {"external_id": f"batch{next(_numbers)}", "prompt": "near misses", "batch_type": "ask"} | fields
    return Batch.objects.create(connection=connection or make_connection(), **fields)


def remove_batch(batch: Batch) -> None:
    now, by = timezone.now(), make_user()
    Batch.objects.filter(pk=batch.pk).update(archived_at=now, archived_by=by, removed_at=now, removed_by=by)


def make_item(batch: Batch | None = None, **fields: Any) -> Item:
    number = next(_numbers)
    fields = {"external_id": f"video{number}", "position": number, "name": f"Drive {number}.mp4",
              "answered": True, "state": "completed", "status": "completed",
              "analysis_id": f"analysis{number}"} | fields  # fmt: skip
    return Item.objects.create(batch=batch or make_batch(), **fields)


def make_event(item: Item | None = None, **fields: Any) -> Event:
    """An event for review; the batch's counters follow, as they do in the product."""
    item, number = item or make_item(), next(_numbers)
    payload = {"sdk": fields.pop("sdk", "{}"), "raw": fields.pop("raw", "{}")}
    fields = {"identity": f"id:e{number}:0", "external_id": f"e{number}", "fingerprint": f"{number:032x}",
              "digest": f"{number:032x}", "raw_index": 0, "sequence": item.position * POSITIONS_PER_ITEM + number,
              "start_s": 4.0, "end_s": 7.5, "timestamp": "00:04-00:07", "category": "Cut-in", "label": "A car cuts in",
              "severity": "high", "confidence": 0.9, "vendor_approval": "pending",
              "raw_approval": "pending"} | fields  # fmt: skip
    fields.setdefault("severity_rank", Severity.of(fields["severity"]))
    fields.setdefault("approval", fields["vendor_approval"] or "pending")
    event = Event.objects.create(batch=item.batch, item=item, **fields)
    EventPayload.objects.create(event=event, **payload)
    if event.for_review:
        Batch.objects.filter(pk=item.batch_id).update(**{event.approval: F(event.approval) + 1})
    return event


def change_upstream(event: Event, **fields: Any) -> Event:
    """What a sync leaves where the vendor changed an event that a person had decided."""
    now = Event.objects.get(pk=event.pk)
    fields = {"fingerprint": "f" * 32, "changed_since": True, "approval": "pending"} | fields
    Event.objects.filter(pk=event.pk).update(**fields)
    if now.for_review:
        batch = Batch.objects.filter(pk=now.batch_id)
        batch.update(**{now.approval: F(now.approval) - 1})
        batch.update(**{fields["approval"]: F(fields["approval"]) + 1})
    return Event.objects.get(pk=event.pk)


def make_link(batch: Batch, by: User | None = None, **fields: Any) -> tuple[Link, str]:
    """A live link of a reviewer, and its token."""
    fields = {"idempotency_key": uuid4(), "name": "weekly", "file": "events.csv",
              "expires_at": timezone.now() + timedelta(days=1)} | fields  # fmt: skip
    link = Link(batch=batch, created_by=by or make_member(batch.connection), **fields)
    token = link.take_token()
    link.save()
    return link, token


def make_export(batch: Batch, by: User | None = None, **fields: Any) -> ExportRun:
    fields = {"idempotency_key": uuid4(), "file": "events.csv", "name": "weekly", "batches": [batch.pk]} | fields
    return ExportRun.objects.create(batch=batch, requested_by=by or make_member(batch.connection), **fields)
