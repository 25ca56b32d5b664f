"""Authentication and scopes of tokens. Roles are checked in `reviewer.access`, as for the pages."""

from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied, Throttled
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle, SimpleRateThrottle

from batches.models import Scope, Tally, Token
from batches.models.tally import tally_key
from reviewer.web.client import network_of
from reviewer.web.limits import spend_request

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.http import HttpRequest
    from rest_framework.views import APIView

ANY = frozenset(Scope)
READ = frozenset({Scope.READ})
MEDIA = frozenset({Scope.READ, Scope.REVIEW})
REVIEW = frozenset({Scope.REVIEW})
META = frozenset({Scope.META})
START = frozenset({Scope.START})
NONE: frozenset[Scope] = frozenset()

MAX_FAILURES, COOL_OFF = 20, timedelta(minutes=1)
BLOCKS = 20  # shares of a rate that processes take: with a rate of 600 one write for 30 calls
MAX_ALLOWANCES = 10_000  # tokens and people that a process remembers
REFUSED = "The token is wrong, expired or revoked. Make another one on the page /tokens/."
TOO_MANY = "Too many wrong tokens."


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer TOKEN`."""

    def authenticate(self, request: Request) -> "tuple[User, Token] | None":
        sent = self.sent(request)
        if sent is None:
            return None
        # The right token always opens: it cannot be guessed, and others at its owner's address may try.
        token = Token.objects.opened_by(sent)
        if token is None:
            tally = Tally.objects.add(tally_key("wrong token", network_of(cast("HttpRequest", request))), COOL_OFF)
            if tally.count > MAX_FAILURES:
                raise Throttled(round(tally.seconds_left), TOO_MANY)
            raise AuthenticationFailed(REFUSED)
        token.note_use(timezone.now())
        return token.user, token

    def sent(self, request: Request) -> str | None:
        """The token in the headers; None if there is none. Raises AuthenticationFailed."""
        header = request.headers.get("Authorization", "")
        if not header:
            return None
        scheme, _, text = header.partition(" ")
        if scheme.lower() != "bearer":
            raise AuthenticationFailed("Send the token as: Authorization: Bearer TOKEN.")
        return text.strip()

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class KeyAuthentication(TokenAuthentication):
    """The headers of the vendor's SDK: the key as `Authorization: Bearer`, as `X-API-Key`, or the same key as both."""

    def sent(self, request: Request) -> str | None:
        bearer, key = super().sent(request), request.headers.get("X-API-Key")
        if bearer and key and bearer != key:
            raise AuthenticationFailed("Authorization and X-API-Key hold different keys.")
        return bearer or key or None


def person(request: Request) -> "User":
    """The person who asks. `Scoped` guarantees that there is one."""
    return cast("User", request.user)


def token_of(request: Request) -> Token | None:
    """The token of the request; None for a session."""
    return cast("Token | None", request.auth)


class Scoped(BasePermission):
    """Signed in; a token must have one of the scopes that the view's `scopes` gives for the method."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        if not request.user.is_authenticated:
            return False
        token = token_of(request)
        if token is None or not hasattr(view, (request.method or "").lower()):
            return True  # a session, or a method that the view does not have
        method = "GET" if request.method == "HEAD" else request.method
        scopes: frozenset[Scope] = getattr(view, "scopes", {}).get(method, ANY)
        if token.scope not in scopes:
            needed = " or ".join(sorted(scopes)) or "a signed-in person"
            raise PermissionDenied(f"This token has the scope {token.scope}; this call needs {needed}.")
        return True


class Allowance:
    """Calls that a process has taken from a shared count and not used yet, so that not every call is a write."""

    def __init__(self) -> None:
        self._left: dict[str, tuple[int, datetime]] = {}
        self._lock = Lock()

    def take(self, key: str, limit: int, period: timedelta) -> float:
        """Count one call. Returns the seconds to wait where `limit` calls are used up in this period, else 0."""
        with self._lock:
            left, ends_at = self._left.get(key, (0, timezone.now()))
            if left > 0 and timezone.now() < ends_at:  # below zero where the limit was passed
                self._left[key] = left - 1, ends_at
                return 0.0
            if len(self._left) > MAX_ALLOWANCES:
                self._left.clear()
            block = max(1, limit // BLOCKS)
            tally = Tally.objects.add(key, period, block)
            self._left[key] = min(block, limit - tally.count + block) - 1, tally.ends_at
            return tally.seconds_left if tally.count - block >= limit else 0.0


ALLOWANCE = Allowance()


class TokenRateThrottle(BaseThrottle):
    """`API_RATE` for each token or person, over all processes."""

    waits = 0.0

    def allow_request(self, request: Request, view: "APIView") -> bool:
        token = token_of(request)
        who = f"token{token.pk}" if token else f"user{request.user.pk}"
        limit, seconds = SimpleRateThrottle.parse_rate(cast("Any", self), str(settings.API_RATE))
        self.waits = ALLOWANCE.take(tally_key("pace", who), limit or 1, timedelta(seconds=seconds or 60))
        return not self.waits

    def wait(self) -> float:
        return self.waits


class AddressThrottle(BaseThrottle):
    """The limits of `reviewer.web.limits` for a token's owner. The middleware has counted requests of a session."""

    def allow_request(self, request: Request, view: "APIView") -> bool:
        match = request.resolver_match
        if token_of(request) and match:
            spend_request(request.method, match.view_name, person(request))
        return True
