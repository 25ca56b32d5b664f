"""Marks a person's notifications as read, and stores which of them they want by email."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from batches.models import MailWhen, Notification, NotificationKind, NotificationPreference

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def read_notifications(*, by: "User", upto: int = 0, notification_id: int | None = None, kind: str = "") -> None:
    """Mark one notification of this person as read, or all up to an id, of one kind if it is given. What is read is
    not mailed any more.
    """
    unread = Notification.objects.unread().filter(user=by)
    unread = unread.filter(kind=kind) if kind else unread
    unread = unread.filter(pk=notification_id) if notification_id else unread.filter(pk__lte=upto)
    unread.update(read_at=timezone.now(), mail_at=None)


def save_notification_mail(*, by: "User", when: Mapping[str, str]) -> None:
    """Store when this person gets emails of each kind; what is due of a kind they never want is not sent.

    Raises ValueError.
    """
    if set(when) - set(NotificationKind.values) or set(when.values()) - set(MailWhen.values):
        raise ValueError(_("Choose for each kind one of {names}.").format(names=", ".join(MailWhen.values)))
    with transaction.atomic():
        NotificationPreference.objects.update_or_create(user=by, defaults={"mail": dict(when)})
        never = [kind for kind, value in when.items() if value == MailWhen.NEVER]
        Notification.objects.filter(user=by, kind__in=never).update(mail_at=None)
