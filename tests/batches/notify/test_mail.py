"""Emails with notifications: when each kind is due, once, and only what is unread and may be seen."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail

from batches.actions import read_notifications, save_notification_mail
from batches.models import Connection, Notification, NotificationKind, NotificationPreference, Profile
from batches.notify.mail import due_people, send_notifications
from batches.notify.write import mail_time, write
from tests.clock import Clock
from tests.factories import make_batch, make_connection, make_member

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.fixture
def connection() -> Connection:
    return make_connection(name="fleet")


@pytest.fixture
def maya(connection: Connection) -> User:
    maya = make_member(connection, "editor", "maya")
    maya.email = "maya@example.org"
    maya.save()
    NotificationPreference.objects.create(user=maya, mail=dict.fromkeys(NotificationKind.values, "now"))
    return maya


def notify(connection: Connection, kind: str = "sync_failed", cause: str = "1", **fields: Any) -> None:
    people = User.objects.filter(memberships__connection=connection)
    batch = make_batch(connection, name=f"Batch {cause}")
    write(people, kind=kind, connection_id=connection.pk, batch_id=batch.pk, cause=cause, **fields)


@pytest.mark.parametrize(
    ("when", "zone", "due"),
    [
        ("now", "UTC", NOON + timedelta(minutes=2)),
        ("daily", "UTC", datetime(2026, 11, 30, 8, tzinfo=UTC)),
        ("daily", "America/Los_Angeles", datetime(2026, 11, 29, 16, tzinfo=UTC)),
        ("never", "UTC", None),
    ],
)
def test_a_kind_is_due_at_once_or_in_the_morning(when: str, zone: str, due: datetime | None) -> None:
    assert mail_time(when, zone, NOON) == due


def test_nothing_is_due_without_a_mail_server(settings: Any) -> None:
    settings.MAILERS = {}
    assert mail_time("now", "UTC", NOON) is None


def test_due_notifications_are_one_email(connection: Connection, maya: User, clock: Clock) -> None:
    notify(connection, message="No\nanswer.")
    notify(connection, kind="key_refused", cause="2")
    assert due_people(clock.now) == []
    clock.go(minutes=3)
    assert due_people(clock.now) == [maya.pk]
    assert due_people(clock.now) == []  # it is enqueued
    for _ in range(2):
        send_notifications(maya.pk)
    (email,) = mail.outbox
    assert (email.subject, email.to) == ("Reviewer: 2 notifications", ["maya@example.org"])
    batch = Notification.objects.get(cause="1").batch_id
    assert f"The sync of Batch 1 failed\n  No answer.\n  http://127.0.0.1:8000/batches/{batch}/sync/\n" in email.body
    assert "The key of fleet was refused" in email.body
    assert "/account/#mail" in email.body


def test_a_person_gets_an_email_every_ten_minutes_at_most(connection: Connection, maya: User, clock: Clock) -> None:
    notify(connection)
    clock.go(minutes=3)
    due_people(clock.now)
    send_notifications(maya.pk)
    notify(connection, kind="key_refused", cause="2")
    clock.go(minutes=3)
    assert due_people(clock.now) == []
    clock.go(minutes=8)
    assert due_people(clock.now) == [maya.pk]


@pytest.mark.parametrize("end", ["read", "membership", "inactive", "address", "preference"])
def test_what_is_read_hidden_or_unwanted_is_not_sent(
    connection: Connection, maya: User, clock: Clock, end: str
) -> None:
    notify(connection)
    clock.go(minutes=3)
    due_people(clock.now)
    match end:
        case "read":
            read_notifications(by=maya, upto=Notification.objects.get().pk)
        case "membership":
            maya.memberships.all().delete()
        case "inactive":
            User.objects.filter(pk=maya.pk).update(is_active=False)
        case "address":
            User.objects.filter(pk=maya.pk).update(email="")
        case "preference":
            save_notification_mail(by=maya, when={"sync_failed": "never"})
    send_notifications(maya.pk)
    assert mail.outbox == []
    clock.go(minutes=20)
    assert due_people(clock.now) == []


def test_an_email_that_the_server_refuses_is_sent_later(
    connection: Connection, maya: User, settings: Any, clock: Clock
) -> None:
    notify(connection)
    clock.go(minutes=3)
    due_people(clock.now)
    working = settings.MAILERS
    settings.MAILERS = {"default": {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": {"host": "127.0.0.1", "port": 9},
    }}  # fmt: skip
    send_notifications(maya.pk)
    settings.MAILERS = working
    clock.go(minutes=20)
    assert due_people(clock.now) == []
    clock.go(minutes=11)
    assert due_people(clock.now) == [maya.pk]
    send_notifications(maya.pk)
    assert len(mail.outbox) == 1


def test_by_default_notifications_come_once_a_day(connection: Connection, maya: User) -> None:
    NotificationPreference.objects.all().delete()
    Profile.objects.create(user=maya, time_zone="Asia/Tokyo")
    notify(connection)
    due = Notification.objects.get().mail_at
    assert due is not None
    assert (due.hour, due.minute) == (23, 0)


def test_a_newer_notification_keeps_the_time_of_the_email(connection: Connection, maya: User) -> None:
    notify(connection)
    first = Notification.objects.get().mail_at
    notify(connection, cause="2")
    latest = Notification.objects.unread().get()
    assert (latest.count, latest.mail_at) == (2, first)


def test_an_unknown_time_of_emails_is_refused(maya: User) -> None:
    for when in ({"mention": "hourly"}, {"weather": "now"}):
        with pytest.raises(ValueError, match="Choose"):
            save_notification_mail(by=maya, when=when)
