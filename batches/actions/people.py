"""What ends when a person is deactivated, so that nothing of it comes back with them."""

from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.utils import timezone

from batches.models import Link, Token


def end_access(user: User) -> None:
    """End the person's sessions, tokens and links."""
    now = timezone.now()
    for session in Session.objects.filter(expire_date__gt=now).iterator():
        if session.get_decoded().get(SESSION_KEY) == str(user.pk):
            session.delete()
    Token.objects.filter(user=user, revoked_at=None).update(revoked_at=now)
    Link.objects.filter(created_by=user, revoked_at=None).update(revoked_at=now, revoked_by=user)


def end_with_deactivation(instance: User, update_fields: Any = None, **kwargs: Any) -> None:
    """Before a person is saved: where they are deactivated, or activated again, what they had ends."""
    if instance.pk is None or (update_fields is not None and "is_active" not in update_fields):
        return
    before = User.objects.filter(pk=instance.pk).values_list("is_active", flat=True).first()
    if before is not None and before is not instance.is_active:
        end_access(instance)
