"""Sessions in the database under a digest of their id: neither the database nor a copy of it signs anybody in."""

from hashlib import sha256
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.utils import timezone


def stored_key(session_key: str) -> str:
    """What is stored of an id; an id is random and needs no salt. As long as the column: 160 bits in 40 hex digits."""
    return sha256(f"session:{session_key}".encode()).hexdigest()[:40]


class SessionStore(DatabaseStore):
    def _get_session_from_db(self) -> Any:
        stored = stored_key(self.session_key or "")
        session = self.model.objects.filter(session_key=stored, expire_date__gt=timezone.now()).first()
        if session is None:
            self._session_key = None
        return session

    def exists(self, session_key: str) -> bool:
        return super().exists(stored_key(session_key))

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        session = super().create_model_instance(data)
        session.session_key = stored_key(session.session_key)
        return session

    def delete(self, session_key: str | None = None) -> None:
        if key := session_key or self.session_key:
            super().delete(stored_key(key))
