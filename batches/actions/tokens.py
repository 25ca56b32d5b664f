"""Creates and revokes tokens for scripts."""

from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from batches.actions.limits import TOKENS, spend
from batches.errors import NotAllowed
from batches.models import Membership, Rights, Role, Scope, Token
from batches.models.token import MAX_DAYS, new_text

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def scopes_for(user: "User") -> list[Scope]:
    """The scopes this person may give a token: never more than their own rights."""
    if not user.is_active:
        return []
    roles = map(Role, Membership.objects.filter(user=user).values_list("role", flat=True))
    rights = Rights.of(max(roles, key=lambda role: role.rank, default=None), user)
    return [scope for scope in Scope if rights.allow(scope.role)]


def make_token(*, user: "User", scope: str, name: str, days: int) -> tuple[Token, str]:
    """Create a token of this person. Returns it with its text, which is not stored and cannot be shown again.

    `days`: 1 to MAX_DAYS until it expires. Raises ValueError for other days or scopes, NotAllowed if the person has
    that right on no connection, TooMany.
    """
    if not 1 <= days <= MAX_DAYS:
        raise ValueError(
            _("A token is valid for 1 to {max_days} days, not {days}.").format(max_days=MAX_DAYS, days=days)
        )
    if Scope(scope) not in scopes_for(user):
        raise NotAllowed(
            _("{person} has no connection with the rights for a {scope} token.").format(
                person=user.get_username(), scope=scope
            )
        )
    spend(TOKENS, user, Token.objects.live().filter(user=user))
    text, prefix, digest = new_text()
    expires = timezone.now() + timedelta(days=days)
    token = Token.objects.create(
        user=user, name=name.strip()[:80] or scope, scope=scope, prefix=prefix, digest=digest, expires_at=expires
    )
    return token, text


def revoke_token(*, token: Token) -> None:
    """Revoke the token at once. Safe to repeat."""
    Token.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=timezone.now())
