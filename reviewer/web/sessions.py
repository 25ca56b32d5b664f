"""Sessions in the database under a digest of their id: neither the database nor a copy of it signs anybody in."""

from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from django.contrib.auth import SESSION_KEY, logout
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from batches.models import UserSession
from reviewer.web.client import client_ip

BEGAN, SEEN = "began", "seen"  # epoch seconds, in a session
ADDRESS, AGENT = "address", "agent"  # of the sign-in
LONGEST = 14 * 24 * 3600  # seconds of a session, used or not
SEEN_AGAIN = 3600  # a session in use costs one write an hour


def stored_key(session_key: str) -> str:
    """What is stored of an id; an id is random and needs no salt. As long as the column: 160 bits in 40 hex digits."""
    return sha256(f"session:{session_key}".encode()).hexdigest()[:40]


class SessionStore(DatabaseStore):
    @classmethod
    def get_model_class(cls) -> type[UserSession]:
        return UserSession

    def _get_session_from_db(self) -> Any:
        stored = stored_key(self.session_key or "")
        session = self.model.objects.filter(session_key=stored, expire_date__gt=timezone.now()).first()
        if session is None:
            self._session_key = None
        return session

    def exists(self, session_key: str) -> bool:
        return super().exists(stored_key(session_key))

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        session: Any = super().create_model_instance(data)
        session.session_key = stored_key(session.session_key)
        session.user_id = data.get(SESSION_KEY)
        session.ip_address, session.user_agent = data.get(ADDRESS), data.get(AGENT, "")
        session.began_at, session.seen_at = _moment(data.get(BEGAN)), _moment(data.get(SEEN))
        return session

    def delete(self, session_key: str | None = None) -> None:
        if key := session_key or self.session_key:
            super().delete(stored_key(key))


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def begin_session(request: HttpRequest | None, **kwargs: Any) -> None:
    """After a sign-in."""
    if request is not None:
        request.session[BEGAN] = request.session[SEEN] = timezone.now().timestamp()
        request.session[ADDRESS] = client_ip(request)
        request.session[AGENT] = request.headers.get("User-Agent", "")[:300].replace("\0", "")


class SessionExpiryMiddleware:
    """A session ends SESSION_COOKIE_AGE after its last use, and LONGEST after the sign-in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.user.is_authenticated:
            now = timezone.now().timestamp()
            if now - request.session.setdefault(BEGAN, now) > LONGEST:
                logout(request)
            elif now - request.session.get(SEEN, 0) > SEEN_AGAIN:
                request.session[SEEN] = now
        return self.get_response(request)
