"""Authentication and scopes of tokens. Roles are checked in `reviewer.access`, as for the pages."""

import hashlib
from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.core.cache import cache
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied, Throttled
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from batches.models import Scope, Token

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from rest_framework.views import APIView

ANY = frozenset(Scope)
READ = frozenset({Scope.READ})
MEDIA = frozenset({Scope.READ, Scope.REVIEW})
REVIEW = frozenset({Scope.REVIEW})
META = frozenset({Scope.META})
NONE: frozenset[Scope] = frozenset()

MAX_FAILURES, COOL_OFF_SECONDS = 20, 60
REFUSED = "The token is wrong, expired or revoked."
TOO_MANY = "Too many wrong tokens."


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer TOKEN`."""

    def authenticate(self, request: Request) -> "tuple[User, Token] | None":
        sent = self.sent(request)
        if sent is None:
            return None
        # Failures count by address and by token, so that nobody can lock out the token of another address.
        by_ip = str(request.META.get("REMOTE_ADDR", ""))
        by_token = f"{by_ip} {sent[:16]}"
        if _failures(by_token) >= MAX_FAILURES:
            raise Throttled(COOL_OFF_SECONDS, TOO_MANY)
        token = Token.objects.opened_by(sent)
        if token is None:
            _count(by_token)
            if _count(by_ip) > MAX_FAILURES:
                raise Throttled(COOL_OFF_SECONDS, TOO_MANY)
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


def _cache_key(text: str) -> str:
    return f"token-failures:{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()}"


def _failures(text: str) -> int:
    return int(cache.get(_cache_key(text), 0))


def _count(text: str) -> int:
    cache.add(_cache_key(text), 0, COOL_OFF_SECONDS)
    return cache.incr(_cache_key(text))


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


class TokenRateThrottle(SimpleRateThrottle):
    """`API_RATE` for each token or person, counted separately in each web process."""

    scope = "api"

    def get_rate(self) -> str:
        return str(settings.API_RATE)

    def get_cache_key(self, request: Request, view: "APIView") -> str:
        token = token_of(request)
        who = f"token{token.pk}" if token else f"user{request.user.pk}"
        return f"pace:{who}"
