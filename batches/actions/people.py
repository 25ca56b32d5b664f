"""What ends when a person is deactivated, so that nothing of it comes back with them."""

from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.utils import timezone

from batches.models import Link, Token


def end_access(user: User) -> None:
    """End the person's sessions, tokens and links."""
    for session in Session.objects.filter(expire_date__gt=timezone.now()).iterator():
        if session.get_decoded().get(SESSION_KEY) == str(user.pk):
            session.delete()
    end_tokens(user)
    end_links(user)


def end_tokens(user: User) -> int:
    """Revoke all tokens of the person. Returns their number."""
    return Token.objects.filter(user=user, revoked_at=None).update(revoked_at=timezone.now())


def end_links(user: User) -> int:
    """Revoke all links that the person made. Returns their number."""
    return Link.objects.filter(created_by=user, revoked_at=None).update(revoked_at=timezone.now(), revoked_by=user)


def end_with_deactivation(instance: User, update_fields: Any = None, **kwargs: Any) -> None:
    """Before a person is saved: where they are deactivated, or activated again, what they had ends."""
    if instance.pk is None or (update_fields is not None and "is_active" not in update_fields):
        return
    before = User.objects.filter(pk=instance.pk).values_list("is_active", flat=True).first()
    if before is not None and before is not instance.is_active:
        end_access(instance)
