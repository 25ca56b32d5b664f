"""What a person has beside roles: profile and sessions, and what ends when they are deactivated."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from batches.actions.links import end_links
from batches.models import Invitation, Link, Profile, RevokedWhy, Tally, Token, UserSession, Webhook
from batches.models.tally import tally_key

ADDRESS_TAKEN = _("Another active account has this email address.")


def save_profile(*, user: User, first_name: str, last_name: str, **shown: str) -> None:
    """`shown`: the fields of a Profile."""
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(first_name=first_name, last_name=last_name)
        Profile.objects.update_or_create(user=user, defaults=shown)


def what_ends(user: User) -> dict[str, int]:
    """What the person has that ends when they are deactivated, each with its number."""
    return {
        "sessions": UserSession.objects.filter(user=user, expire_date__gt=timezone.now()).count(),
        "tokens": Token.objects.live().filter(user=user).count(),
        "links": Link.objects.live().filter(created_by=user).count(),
        "webhooks": Webhook.objects.filter(created_by=user, paused_at=None).count(),
    }


def end_access(user: User) -> None:
    """End the person's sessions, tokens, links, password links and open invitations.

    Their webhooks pause at the next delivery.
    """
    end_sessions(user)
    end_tokens(user)
    end_links(creator=user.pk, why=RevokedWhy.ACCESS)
    life = timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
    Tally.objects.add(access_ended_key(user), life, from_now=True)
    Invitation.objects.filter(created_by=user, accepted_at=None, revoked_at=None).update(revoked_at=timezone.now())


def give_to_owner(user: User) -> bool:
    """The email address of the account is proven to be this person's. Returns whether an invitation made the account:
    then somebody else may have opened it, and password, sessions and tokens end.
    """
    made = Q(accepted_at__lt=user.date_joined + timedelta(minutes=1), email__iexact=user.email)
    if not Invitation.objects.filter(made, accepted_by=user).exists():
        return False
    user.set_unusable_password()
    user.save(update_fields=["password"])
    end_sessions(user)
    end_tokens(user)
    return True


def access_ended_key(user: User) -> str:
    """Of the tally that says when the person's access last ended, for as long as a password link lives."""
    return tally_key("access ended", user.pk)


def end_sessions(user: User, *, key: str = "", but: str = "") -> int:
    """End the person's sessions: one, all, or all but one, by the stored key. Returns their number."""
    sessions = UserSession.objects.filter(user=user).exclude(session_key=but)
    return (sessions.filter(session_key=key) if key else sessions).delete()[0]


def end_tokens(user: User) -> int:
    """Revoke all tokens of the person. Returns their number."""
    return Token.objects.filter(user=user, revoked_at=None).update(revoked_at=timezone.now())


def set_active(*, user: User, active: bool) -> None:
    """Deactivate the person or activate them again; either ends all access they had.

    Raises ValidationError if another account has the email address by now.
    """
    user.is_active = active
    user.save(update_fields=["is_active"])


def has_account(email: str, *, but: User | None = None) -> bool:
    """Whether the email address has an active account; `but`: other than this person's."""
    people = User.objects.filter(email__iexact=email, is_active=True)
    return email != "" and (people.exclude(pk=but.pk) if but else people).exists()


def refuse_second_account(instance: User, update_fields: Any = None, **kwargs: Any) -> None:
    """Before a person is saved, on whatever way: an email address has one active account. With a second one, single
    sign-on would not know whose it is. Raises ValidationError.
    """
    if update_fields is not None and not {"email", "is_active"} & set(update_fields):
        return
    now = (instance.email.casefold(), instance.is_active)
    before = User.objects.filter(pk=instance.pk).values_list("email", "is_active").first()
    if before and (before[0].casefold(), before[1]) == now:
        return  # two that already have the same address can still be worked with
    if instance.is_active and has_account(instance.email, but=instance):
        raise ValidationError({"email": ADDRESS_TAKEN})


def end_with_deactivation(instance: User, update_fields: Any = None, **kwargs: Any) -> None:
    """Before a person is saved: where they are deactivated, or activated again, what they had ends."""
    if instance.pk is None or (update_fields is not None and "is_active" not in update_fields):
        return
    before = User.objects.filter(pk=instance.pk).values_list("is_active", flat=True).first()
    if before is not None and before is not instance.is_active:
        end_access(instance)
