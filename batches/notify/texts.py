"""Notifications as sentences, for the page and for emails."""

from collections.abc import Callable

from django.db.models import QuerySet
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from batches.languages import date_text
from batches.models import Notification, NotificationKind
from batches.models.notification import NotificationQuerySet
from batches.stored_texts import in_language


def with_subjects(notifications: NotificationQuerySet) -> QuerySet[Notification]:
    """With what their sentences name."""
    subjects = notifications.select_related("actor", "batch", "connection", "comment", "event")
    return subjects.defer("batch__raw", "connection__api_key")


def sentence(notification: Notification) -> str:
    return SENTENCES[notification.kind](notification)


def detail(notification: Notification) -> str:
    """What follows the sentence: a comment's text, or why something failed."""
    return notification.comment.text if notification.comment else in_language(notification.message)


def _batch(notification: Notification) -> str:
    return notification.batch.title if notification.batch else _("a batch")


def _actor(notification: Notification) -> str:
    return notification.actor.get_username() if notification.actor else _("Somebody")


def _assigned(notification: Notification) -> str:
    text = ngettext(
        "{count} event assigned to you in {batch}", "{count} events assigned to you in {batch}", notification.count
    )
    return text.format(count=_count(notification), batch=_batch(notification))


def _ready(notification: Notification) -> str:
    if notification.count > 1:
        text = _("{count} batches of {connection} are ready for review")
        return text.format(count=_count(notification), connection=notification.connection.name)
    return _("{batch} is ready for review").format(batch=_batch(notification))


def _sync_failed(notification: Notification) -> str:
    if notification.count > 1:
        text = _("{count} syncs of {connection} failed, the last of {batch}")
        name, batch = notification.connection.name, _batch(notification)
        return text.format(count=_count(notification), connection=name, batch=batch)
    return _("The sync of {batch} failed").format(batch=_batch(notification))


def _expiring(notification: Notification) -> str:
    vendor = notification.connection.get_vendor_display()
    if notification.count > 1:
        text = _("The results of {count} batches of {connection} leave {vendor} soon")
        name = notification.connection.name
        return text.format(count=_count(notification), connection=name, vendor=vendor)
    batch, until = _batch(notification), notification.batch.expires_at if notification.batch else None
    if until is None:
        return _("The results of {batch} leave {vendor} soon").format(batch=batch, vendor=vendor)
    day = date_text(until, "j F Y")
    return _("The results of {batch} leave {vendor} on {day}").format(batch=batch, vendor=vendor, day=day)


def _weekly(notification: Notification) -> str:
    name = notification.connection.name
    if notification.week is None:
        return _("The week of {connection}").format(connection=name)
    day = date_text(notification.week, "j F Y")
    return _("The week of {connection}, from {day}").format(connection=name, day=day)


def _count(notification: Notification) -> str:
    return str(number_format(notification.count, force_grouping=True))


def _mention(notification: Notification) -> str:
    text = _("{person} mentions you in {batch}: {event}")
    return text.format(person=_actor(notification), batch=_batch(notification), event=notification.event)


def _opinions(notification: Notification) -> str:
    text = _("{person} asks for second opinions in {batch}")
    return text.format(person=_actor(notification), batch=_batch(notification))


def _key_refused(notification: Notification) -> str:
    return _("The key of {connection} was refused").format(connection=notification.connection.name)


SENTENCES: dict[str, Callable[[Notification], str]] = {
    NotificationKind.MENTION: _mention,
    NotificationKind.ASSIGNMENT: _assigned,
    NotificationKind.READY: _ready,
    NotificationKind.OPINIONS: _opinions,
    NotificationKind.SYNC_FAILED: _sync_failed,
    NotificationKind.KEY_REFUSED: _key_refused,
    NotificationKind.EXPIRING: _expiring,
    NotificationKind.WEEKLY: _weekly,
}
