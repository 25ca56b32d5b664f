"""Writes notifications: each cause once for a person, and a newer one in place of an unread one of its kind."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from batches.models import MailWhen, Notification, NotificationKind, NotificationPreference

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MAIL_DELAY = timedelta(minutes=2)  # of an email at once, so that what follows soon is in it as well
DIGEST_HOUR = 8  # in the person's time zone
RETENTION = timedelta(days=90)
# A newer one replaces an unread one with the same of these.
SCOPES: dict[str, str] = {
    NotificationKind.ASSIGNMENT: "batch_id",
    NotificationKind.OPINIONS: "batch_id",
    NotificationKind.READY: "connection_id",
    NotificationKind.SYNC_FAILED: "connection_id",
    NotificationKind.KEY_REFUSED: "connection_id",
    NotificationKind.EXPIRING: "connection_id",
    NotificationKind.WEEKLY: "connection_id",
}
COUNTED = (
    NotificationKind.ASSIGNMENT, NotificationKind.READY, NotificationKind.SYNC_FAILED, NotificationKind.EXPIRING,
)  # fmt: skip
OF_BATCHES = (NotificationKind.READY, NotificationKind.EXPIRING)  # that count batches, each once


def write(people: "QuerySet[User]", counts: Mapping[int, int] | None = None, **fields: Any) -> None:
    """Notify these people of what the `fields` say; `counts`: of each person, where it is not 1.

    Whoever caused it is left out, and whoever was notified of this cause before.
    """
    about, now = Notification(**fields), timezone.now()
    _lock(about)
    notified = Notification.objects.filter(user=OuterRef("pk"), cause=about.cause)
    people = people.filter(~Exists(notified), is_active=True).exclude(pk=about.actor_id or 0).order_by("pk")
    rows = people.values_list("pk", "email", "profile__time_zone", "notification_preference__mail").distinct()
    mail_times = {
        pk: mail_time(NotificationPreference(mail=mail or {}).when(about.kind), zone or "UTC", now) if email else None
        for pk, email, zone, mail in rows
    }
    unread = _replace(about, list(mail_times), now)
    repeated = _already_counted(about, list(unread))
    Notification.objects.bulk_create(
        [
            Notification(
                **fields, user_id=pk, created_at=now,
                count=(0 if pk in repeated else (counts or {}).get(pk, 1))
                + (unread[pk].count if pk in unread and about.kind in COUNTED else 0),
                mail_at=min(filter(None, [mail_at, unread[pk].mail_at if pk in unread else None]), default=None),
            )
            for pk, mail_at in mail_times.items()
        ],
        ignore_conflicts=True,
    )  # fmt: skip


def retract(notifications: QuerySet[Notification]) -> None:
    """Take back what is no longer so: these notifications are not shown and not sent any more."""
    now = timezone.now()
    notifications.filter(replaced_at=None).update(replaced_at=now, read_at=now, mail_at=None)


def mail_time(when: str, zone: str, now: datetime) -> datetime | None:
    """When a notification of this moment is sent by email; None: never."""
    if when == MailWhen.NEVER or not settings.MAILERS:
        return None
    if when == MailWhen.NOW:
        return now + MAIL_DELAY
    local = now.astimezone(ZoneInfo(zone))
    digest = local.replace(hour=DIGEST_HOUR, minute=0, second=0, microsecond=0)
    return digest if digest > local else digest + timedelta(days=1)


def prune(now: datetime) -> None:
    """Delete notifications older than the retention."""
    Notification.objects.filter(created_at__lt=now - RETENTION).delete()


def _lock(about: Notification) -> None:
    """Until the commit, nobody else writes of the same kind and scope: two would each miss the other as unread.

    On SQLite the transaction has had the only write lock since its BEGIN.
    """
    scope = SCOPES.get(about.kind)
    if scope and connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            key = f"notification {about.kind} {getattr(about, scope)}"
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])


def _replace(about: Notification, people: list[int], now: datetime) -> dict[int, Notification]:
    """Replace the people's unread notifications of the same kind and scope. Returns them by person."""
    scope = SCOPES.get(about.kind)
    if scope is None:
        return {}
    same = Notification.objects.unread().filter(user__in=people, kind=about.kind, **{scope: getattr(about, scope)})
    unread = {row.user_id: row for row in same.order_by("pk")}
    retract(Notification.objects.filter(pk__in=[row.pk for row in unread.values()]))
    return unread


def _already_counted(about: Notification, people: list[int]) -> set[int]:
    """Those whose replaced notifications, since one of them was read, are about this batch too: its end has moved."""
    if about.kind not in OF_BATCHES:
        return set()
    same = Notification.objects.filter(kind=about.kind, connection=about.connection_id, user__in=people)
    read = same.filter(user=OuterRef("user"), pk__gt=OuterRef("pk"), read_at__isnull=False, replaced_at=None)
    return set(
        same.filter(~Exists(read), batch=about.batch_id, replaced_at__isnull=False).values_list("user", flat=True)
    )
