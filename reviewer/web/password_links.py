"""The tokens of links that lead to a new password."""

from datetime import UTC
from typing import Any

from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.utils.http import base36_to_int
from django.utils.timezone import make_naive

from batches.actions.people import access_ended_key
from batches.models import Tally


class PasswordLinkTokens(PasswordResetTokenGenerator):
    """Django's own; those from before the person was deactivated or activated stay invalid."""

    def check_token(self, user: Any, token: str | None) -> bool:
        if not super().check_token(user, token):
            return False
        made_at = base36_to_int(str(token).partition("-")[0])
        ended = Tally.objects.current(access_ended_key(user))
        return ended is None or made_at >= self._num_seconds(make_naive(ended.counted_at, UTC))


password_link_tokens = PasswordLinkTokens()
