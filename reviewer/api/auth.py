"""Who a script speaks for, and what its token may do. A role is checked in `reviewer.access`, as for the pages."""

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

FAILURES, COOL_OFF = 20, 60  # wrong tokens, seconds
REFUSED = "The token is wrong, expired or revoked."
TOO_MANY = "Too many wrong tokens."


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer TOKEN`."""

    def authenticate(self, request: Request) -> "tuple[User, Token] | None":
        sent = self.sent(request)
        if sent is None:
            return None
        # Guesses count by where they come from and at which token they aim: nobody can lock out somebody else's.
        from_there = str(request.META.get("REMOTE_ADDR", ""))
        at_this = f"{from_there} {sent[:16]}"
        if _failures(at_this) >= FAILURES:
            raise Throttled(COOL_OFF, TOO_MANY)
        token = Token.objects.opened_by(sent)
        if token is None:
            _count(at_this)
            if _count(from_there) > FAILURES:
                raise Throttled(COOL_OFF, TOO_MANY)
            raise AuthenticationFailed(REFUSED)
        token.note_use(timezone.now())
        return token.user, token

    def sent(self, request: Request) -> str | None:
        """The token in the headers; None where there is none at all. Raises AuthenticationFailed."""
        header = request.headers.get("Authorization", "")
        if not header:
            return None
        scheme, _, text = header.partition(" ")
        if scheme.lower() != "bearer":
            raise AuthenticationFailed("Send the token as: Authorization: Bearer TOKEN.")
        return text.strip()

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def _place(text: str) -> str:
    return f"token-failures:{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()}"


def _failures(text: str) -> int:
    return int(cache.get(_place(text), 0))


def _count(text: str) -> int:
    cache.add(_place(text), 0, COOL_OFF)
    return cache.incr(_place(text))


class KeyAuthentication(TokenAuthentication):
    """As the vendor's SDK sends its key: the same one as `Authorization: Bearer` and as `X-API-Key`, or one of them."""

    def sent(self, request: Request) -> str | None:
        bearer, key = super().sent(request), request.headers.get("X-API-Key")
        if bearer and key and bearer != key:
            raise AuthenticationFailed("Authorization and X-API-Key hold different keys.")
        return bearer or key or None


def person(request: Request) -> "User":
    """Who asks. `Scoped` has seen to it that there is somebody."""
    return cast("User", request.user)


def token_of(request: Request) -> Token | None:
    """The token they came with; None for a session."""
    return cast("Token | None", request.auth)


class Scoped(BasePermission):
    """Signed in, and if by token, one whose scope covers the verb: `scopes` of the view, by method."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        if not request.user.is_authenticated:
            return False
        token = token_of(request)
        if token is None or not hasattr(view, (request.method or "").lower()):
            return True  # a session; or a method that is refused as such
        method = "GET" if request.method == "HEAD" else request.method
        scopes: frozenset[Scope] = getattr(view, "scopes", {}).get(method, ANY)
        if token.scope not in scopes:
            needed = " or ".join(sorted(scopes)) or "a signed-in person"
            raise PermissionDenied(f"This token has the scope {token.scope}; this call needs {needed}.")
        return True


class TokenRateThrottle(SimpleRateThrottle):
    """`API_RATE` for each token or person, counted in each web process by itself."""

    scope = "api"

    def get_rate(self) -> str:
        return str(settings.API_RATE)

    def get_cache_key(self, request: Request, view: "APIView") -> str:
        token = token_of(request)
        who = f"token{token.pk}" if token else f"user{request.user.pk}"
        return f"pace:{who}"
