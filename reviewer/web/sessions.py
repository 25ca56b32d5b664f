"""Sessions in the database under a digest of their id: neither the database nor a copy of it signs anybody in."""

from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from django.contrib.auth import SESSION_KEY, logout
from django.contrib.auth.middleware import AuthenticationMiddleware, get_user
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import OperationalError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from batches.database_errors import is_unavailable, refuses_writes
from batches.models import UserSession
from batches.models.prepared import prepared
from reviewer.web.client import client_ip

if TYPE_CHECKING:
    from django.contrib.auth.models import User

BEGAN, SEEN = "began", "seen"  # epoch seconds, in a session
ADDRESS, AGENT = "address", "agent"  # of the sign-in
LONGEST = 14 * 24 * 3600  # seconds of a session, used or not
SEEN_AGAIN = 3600  # a session in use costs one write an hour


def stored_key(session_key: str) -> str:
    """What is stored of an id; an id is random and needs no salt. As long as the column: 160 bits in 40 hex digits."""
    return sha256(f"session:{session_key}".encode()).hexdigest()[:40]


@prepared
def _live_session(key: str, now: datetime) -> QuerySet[UserSession]:
    """The session with its person, their profile and their keys."""
    sessions = UserSession.objects.filter(session_key=key, expire_date__gt=now)
    return sessions.select_related("user__profile", "user__key_preference")


class SessionStore(DatabaseStore):
    person: "User | None" = None  # whose session was read
    is_only_seen = False  # whether nothing is lost if the session is not stored

    @classmethod
    def get_model_class(cls) -> type[UserSession]:
        return UserSession

    def _get_session_from_db(self) -> Any:
        stored = stored_key(self.session_key or "")
        session = next(iter(_live_session(stored, timezone.now())), None)
        if session is None:
            self._session_key = None
        else:
            self.person = session.user
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

    def save(self, must_create: bool = False) -> None:
        """Raises OperationalError where the database cannot work, which Django takes for a session that was deleted: a
        verdict would be refused for good instead of sent again.
        """
        try:
            super().save(must_create)
        except UpdateError as error:
            if self.is_only_seen and refuses_writes(error):
                return
            if is_unavailable(error):
                raise OperationalError("the session cannot be stored") from error
            raise

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


# Set while the person of a request is looked up: Django asks the backend by number, which would read the row again.
person_of_session: ContextVar["User | None"] = ContextVar("person_of_session", default=None)


class SessionPersonMiddleware(AuthenticationMiddleware):
    """Django's own, with the person that was read with the session."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: _person(request))  # type: ignore[assignment]


def _person(request: HttpRequest) -> Any:
    request.session.get(SESSION_KEY)  # reads the session
    token = person_of_session.set(getattr(request.session, "person", None))
    try:
        return get_user(request)
    finally:
        person_of_session.reset(token)


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
                is_only_seen = request.method in ("GET", "HEAD") and not request.session.modified
                request.session.is_only_seen = is_only_seen  # type: ignore[attr-defined]
                request.session[SEEN] = now
        return self.get_response(request)
