"""Sends people's unread notifications by email: what is due in one email, at most once."""

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from batches.models import Notification
from batches.notify.texts import detail, sentence, with_subjects

if TYPE_CHECKING:
    from django.contrib.auth.models import User

logger = logging.getLogger(__name__)

MAX_LISTED = 50  # notifications in one email
MAX_DETAIL = 300  # characters
MAX_PEOPLE = 200  # whose emails are enqueued at one time
GAP = timedelta(minutes=10)  # between two emails to the same person
LEASE = timedelta(minutes=5)  # an enqueued email that was not sent in this time is enqueued again
TRY_AGAIN = timedelta(minutes=30)  # after the mail server refused it
GIVE_UP = timedelta(days=3)


def due_people(now: datetime) -> list[int]:
    """The people whose emails are due. They are not due again before the lease ends."""
    recent = Notification.objects.filter(user=OuterRef("user"), mailed_at__gt=now - GAP)
    due = Notification.objects.filter(~Exists(recent), mail_at__lte=now).order_by("user")
    people = list(due.values_list("user", flat=True).distinct()[:MAX_PEOPLE])
    Notification.objects.filter(user__in=people, mail_at__lte=now).update(mail_at=now + LEASE)
    return people


def send_notifications(user_id: int) -> None:
    """Send this person's due notifications in one email. Safe to run twice: a notification is claimed before."""
    now = timezone.now()
    notifications = _claim(user_id, now)
    if not notifications:
        return
    user = notifications[0].user
    with override(_language_of(user)):
        subject, text = _subject(notifications), _text(notifications)
    headers = {"List-Unsubscribe": f"<{settings.PUBLIC_URL}/account/>", "Auto-Submitted": "auto-generated"}
    try:
        EmailMessage(subject, text, settings.DEFAULT_FROM_EMAIL, [user.email], headers=headers).send()
    except OSError:
        logger.exception("an email with notifications for user %s was not sent", user_id)
        recent = Notification.objects.filter(pk__in=[row.pk for row in notifications], created_at__gt=now - GIVE_UP)
        recent.update(mail_at=now + TRY_AGAIN, mailed_at=None)


def _claim(user_id: int, now: datetime) -> list[Notification]:
    """The due notifications that are unread and may still be seen, oldest first. None of them is due any more."""
    with transaction.atomic():
        due = Notification.objects.filter(user=user_id, mail_at__lte=now + LEASE).select_for_update()
        keys = list(due.values_list("pk", flat=True))
        Notification.objects.filter(pk__in=keys).update(mail_at=None)
        user = (
            get_user_model()
            .objects.filter(pk=user_id, is_active=True)
            .exclude(email="")
            .select_related("profile")
            .first()
        )
        if user is None or not settings.MAILERS:
            return []
        unread = with_subjects(Notification.objects.of(user).unread().filter(pk__in=keys)).order_by("pk")
        notifications = list(unread[:MAX_LISTED])
        Notification.objects.filter(pk__in=[row.pk for row in notifications]).update(mailed_at=now)
    for row in notifications:
        row.user = user
    return notifications


def _language_of(user: "User") -> str:
    profile = getattr(user, "profile", None)
    return (profile.language if profile else "") or settings.LANGUAGE_CODE


def _subject(notifications: list[Notification]) -> str:
    count = len(notifications)
    text = ngettext("{count} notification", "{count} notifications", count).format(count=count)
    return f"Reviewer: {_line(sentence(notifications[0]) if count == 1 else text, 150)}"


def _text(notifications: list[Notification]) -> str:
    every = _("All notifications: {url}").format(url=f"{settings.PUBLIC_URL}/notifications/")
    choose = _("Choose which emails you get, or none: {url}").format(url=f"{settings.PUBLIC_URL}/account/#mail")
    return "\n\n".join([*map(_paragraph, notifications), f"{every}\n{choose}\n"])


def _paragraph(notification: Notification) -> str:
    lines = [_line(sentence(notification), MAX_DETAIL), _line(detail(notification), MAX_DETAIL)]
    return "\n  ".join([*filter(None, lines), settings.PUBLIC_URL + notification.path])


def _line(text: str, characters: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= characters else f"{text[: characters - 1]}…"
