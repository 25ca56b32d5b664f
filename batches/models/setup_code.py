"""The code with which the first administrator of a new installation makes an account."""

import hashlib
import secrets
from datetime import timedelta

from django.db import models
from django.utils import timezone

LIFE = timedelta(days=7)
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # without signs that look alike
GROUPS, GROUP = 4, 4  # 79 random bits


def new_code() -> str:
    """`K7QF-9M2X-TR4D-8WPA`."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(GROUP)) for _ in range(GROUPS))


def digest_of_code(text: str) -> str:
    """The stored digest. Spaces, hyphens and small letters make no difference."""
    signs = "".join(sign for sign in text.upper() if sign.isalnum())
    return hashlib.sha256(f"setup:{signs}".encode("utf-8", "replace")).hexdigest()


class SetupCodeQuerySet(models.QuerySet["SetupCode"]):
    def live(self) -> "SetupCodeQuerySet":
        return self.filter(created_at__gt=timezone.now() - LIFE)


class SetupCode(models.Model):
    """One for each start of a server without people; the first account ends all of them."""

    digest = models.CharField(max_length=64, primary_key=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = SetupCodeQuerySet.as_manager()

    def __str__(self) -> str:
        return f"setup code of {self.created_at:%Y-%m-%d %H:%M}"
