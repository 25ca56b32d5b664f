"""Invitations: a role on a connection for whoever opens an address, once and for a while."""

from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from batches.actions.limits import INVITATIONS, spend
from batches.actions.roles import set_role
from batches.errors import Conflict, NotAllowed
from batches.languages import date_text
from batches.models import Connection, Invitation, Membership, Profile, Role
from batches.models.people import MAX_DAYS

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def invite(*, connection: Connection, role: str, email: str, days: int, by: "User") -> tuple[Invitation, str]:
    """The invitation and its token, which is shown once. Raises NotAllowed, ValueError, TooMany."""
    if not 1 <= days <= MAX_DAYS:
        raise ValueError(_("An invitation is valid for 1 to {max_days} days.").format(max_days=MAX_DAYS))
    rights = Membership.rights_of(by, connection.pk)
    if not (rights.can_manage and rights.may_give(role)):
        raise NotAllowed(_("Only managers of the connection can invite people."))
    spend(INVITATIONS, by, Invitation.objects.live().filter(created_by=by))
    invitation = Invitation(
        connection=connection, role=role, email=email, created_by=by, expires_at=timezone.now() + timedelta(days=days)
    )
    token = invitation.take_token()
    invitation.save()
    return invitation, token


def send_invitation(*, invitation: Invitation, address: str) -> None:
    """Send the address to where the invitation is for. Raises OSError where the mail server does not take it."""
    with override(_language_of(invitation.email) or get_language()):
        text = _("{by} invites you to review what AI found in video, as {role} of {connection}.") + "\n\n"
        text += _("Open this link to create an account, or to sign in with an existing one:") + "\n{address}\n\n"
        text += _("It works once, until {until} UTC.") + "\n"
        text = text.format(
            by=invitation.created_by.get_full_name() or invitation.created_by.get_username(),
            role=Role(invitation.role).word, connection=invitation.connection.name, address=address,
            until=date_text(invitation.expires_at.astimezone(UTC), "j F Y, H:i"),
        )  # fmt: skip
        subject = _("An invitation to the reviewer")
    send_mail(subject, text, settings.DEFAULT_FROM_EMAIL, [invitation.email])


def _language_of(email: str) -> str:
    """What the person with this address chose; empty for strangers, who are written to as whoever invites them."""
    language = Profile.objects.filter(user__email__iexact=email).order_by("pk").values_list("language", flat=True)
    return language.first() or ""


def accept_invitation(*, invitation: Invitation, user: "User") -> None:
    """Give the role, once. A higher role that the person has stays. Raises Conflict where somebody was faster."""
    with transaction.atomic():
        open_still = Invitation.objects.live().filter(pk=invitation.pk)
        if not open_still.update(accepted_at=timezone.now(), accepted_by=user):
            raise Conflict(_("This invitation has been used or revoked."))
        held = Membership.objects.filter(user=user, connection=invitation.connection_id).values_list("role", flat=True)
        if not held or Role(held[0]).rank < Role(invitation.role).rank:
            set_role(user=user, connection=invitation.connection, role=invitation.role)


def revoke_invitation(*, invitation: Invitation) -> None:
    Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None).update(revoked_at=timezone.now())
