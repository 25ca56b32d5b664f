"""Notifications as sentences, for the page and for emails."""

from collections.abc import Callable

from django.db.models import QuerySet

from batches.models import Notification, NotificationKind
from batches.models.notification import NotificationQuerySet


def with_subjects(notifications: NotificationQuerySet) -> QuerySet[Notification]:
    """With what their sentences name."""
    subjects = notifications.select_related("actor", "batch", "connection", "comment", "event")
    return subjects.defer("batch__raw", "connection__api_key")


def sentence(notification: Notification) -> str:
    return SENTENCES[notification.kind](notification)


def detail(notification: Notification) -> str:
    """What follows the sentence: a comment's text, or why something failed."""
    return notification.comment.text if notification.comment else notification.message


def _batch(notification: Notification) -> str:
    return notification.batch.title if notification.batch else "a batch"


def _actor(notification: Notification) -> str:
    return notification.actor.get_username() if notification.actor else "Somebody"


def _assigned(notification: Notification) -> str:
    count = notification.count
    return f"{count:,} event{'' if count == 1 else 's'} assigned to you in {_batch(notification)}"


def _ready(notification: Notification) -> str:
    if notification.count > 1:
        return f"{notification.count:,} batches of {notification.connection.name} are ready for review"
    return f"{_batch(notification)} is ready for review"


def _sync_failed(notification: Notification) -> str:
    if notification.count > 1:
        return (
            f"{notification.count:,} syncs of {notification.connection.name} failed, the last of {_batch(notification)}"
        )
    return f"The sync of {_batch(notification)} failed"


def _expiring(notification: Notification) -> str:
    vendor = notification.connection.get_vendor_display()
    if notification.count > 1:
        return f"The results of {notification.count:,} batches of {notification.connection.name} leave {vendor} soon"
    until = notification.batch.expires_at if notification.batch else None
    return f"The results of {_batch(notification)} leave {vendor}{f' on {until:%-d %B %Y}' if until else ' soon'}"


def _weekly(notification: Notification) -> str:
    week = f", from {notification.week:%-d %B %Y}" if notification.week else ""
    return f"The week of {notification.connection.name}{week}"


SENTENCES: dict[str, Callable[[Notification], str]] = {
    NotificationKind.MENTION: lambda row: f"{_actor(row)} mentions you in {_batch(row)}: {row.event}",
    NotificationKind.ASSIGNMENT: _assigned,
    NotificationKind.READY: _ready,
    NotificationKind.OPINIONS: lambda row: f"{_actor(row)} asks for second opinions in {_batch(row)}",
    NotificationKind.SYNC_FAILED: _sync_failed,
    NotificationKind.KEY_REFUSED: lambda row: f"The key of {row.connection.name} was refused",
    NotificationKind.EXPIRING: _expiring,
    NotificationKind.WEEKLY: _weekly,
}
