"""Tokens for scripts. Only the beginning and a digest are stored, so a copy of the database gives no access."""

import hashlib
import hmac
import re
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.admin import display
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from batches.database_errors import best_effort
from batches.models.role import Role

_FORM = re.compile(r"rev_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
MAX_DAYS = 366
UNUSED = timedelta(days=90)  # after which its owner is asked whether it is still needed
_USED_AGAIN = timedelta(minutes=1)  # a busy script costs one write a minute, not one a call


def longest_life() -> datetime:
    """When a token that is made now ends at the latest."""
    return timezone.now() + timedelta(days=MAX_DAYS)


class Scope(models.TextChoices):
    """What a token may do at most; the role of its owner stands above it."""

    READ = "read", _("Read: batches, events, media")
    REVIEW = "review", _("Review: read, decide and undo")
    META = "meta", _("Metadata: see batches and edit their metadata")
    START = "start", _("Start: see batches and start new ones")

    @property
    def role(self) -> Role:
        """The least role that may do what the scope allows."""
        return {Scope.READ: Role.VIEWER, Scope.REVIEW: Role.REVIEWER}.get(self, Role.EDITOR)


class TokenQuerySet(models.QuerySet["Token"]):
    def live(self) -> "TokenQuerySet":
        """Tokens that are neither revoked nor expired, of people who may sign in."""
        return self.filter(expires_at__gt=timezone.now(), revoked_at__isnull=True, user__is_active=True)

    def opened_by(self, text: str) -> "Token | None":
        """The live token of this text, with its owner. One query."""
        match = _FORM.fullmatch(text)
        if match is None:
            return None
        token = self.live().filter(prefix=match[1]).select_related("user").first()
        # Compared even without such a token, so that the time does not reveal which prefixes exist.
        right = hmac.compare_digest(token.digest if token else "0" * 64, digest_of(match[1], match[2]))
        return token if right else None


class Token(models.Model):
    """The right to act in somebody's name, within a scope."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=80, help_text="Purpose of the token.")
    scope = models.CharField(max_length=10, choices=Scope)
    prefix = models.CharField(
        max_length=12, unique=True, help_text="The characters after rev_; also the salt of the digest."
    )
    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(default=longest_life, help_text="At most 366 days after its creation.")
    last_used_at = models.DateTimeField(null=True, blank=True, help_text="Last use, rounded to the minute.")
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = TokenQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [models.CheckConstraint(condition=Q(scope__in=Scope.values), name="token_scope_known")]

    def __str__(self) -> str:
        return f"rev_{self.prefix}… ({self.name})"

    @property
    @display(description=_("state"))
    def state(self) -> str:
        """`live`, `revoked` or `expired`."""
        if self.revoked_at:
            return "revoked"
        return "expired" if self.expires_at <= timezone.now() else "live"

    @property
    def labels(self) -> dict[str, str]:
        """`scope` and `state` in the reader's language."""
        labels = {
            "read": pgettext("scope", "read"),
            "review": pgettext("scope", "review"),
            "meta": pgettext("scope", "meta"),
            "start": pgettext("scope", "start"),
            "live": pgettext("token", "live"),
            "revoked": pgettext("token", "revoked"),
            "expired": pgettext("token", "expired"),
        }
        return {"scope": labels[self.scope], "state": labels[self.state]}

    @property
    def is_unused(self) -> bool:
        """Whether it is live, and nobody has used it for long."""
        return self.state == "live" and (self.last_used_at or self.created_at) < timezone.now() - UNUSED

    def note_use(self, now: datetime) -> None:
        """Remember that it was used."""
        if self.last_used_at is None or now - self.last_used_at > _USED_AGAIN:
            with best_effort():
                type(self).objects.filter(pk=self.pk).update(last_used_at=now)


def new_text() -> tuple[str, str, str]:
    """The text of a new token with its prefix and digest. 256 random bits: there is nothing to guess."""
    prefix, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    return f"rev_{prefix}_{secret}", prefix, digest_of(prefix, secret)


def digest_of(prefix: str, secret: str) -> str:
    """64 hex digits."""
    return hmac.new(prefix.encode(), secret.encode(), hashlib.sha256).hexdigest()
