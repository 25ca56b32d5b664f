"""Scripts with a token each."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client

from batches.models import Batch, Connection, Event, Membership, Role, Scope, Token
from batches.models.token import new_text
from reviewer.api import auth
from tests.factories import make_batch, make_event, make_item, make_member

Caller = Callable[..., Client]


@pytest.fixture(autouse=True)
def nothing_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the process has taken of a count that the database no longer has."""
    monkeypatch.setattr(auth, "ALLOWANCE", auth.Allowance())


def make_token(user: User, scope: str = Scope.READ, **fields: Any) -> str:
    """A token whatever its owner's role is."""
    text, prefix, digest = new_text()
    Token.objects.create(user=user, name="test", scope=scope, prefix=prefix, digest=digest, **fields)
    return text


def caller(text: str) -> Client:
    return Client(headers={"Authorization": f"Bearer {text}", "Accept": "application/json"})


@pytest.fixture
def script(account: Connection) -> Caller:
    """`script("review")`: a client with such a token of somebody with that role."""

    def make(scope: str = Scope.READ, role: str = Role.EDITOR, user: User | None = None) -> Client:
        made = caller(make_token(user or make_member(account, role), scope))
        made.user = Token.objects.latest("id").user  # type: ignore[attr-defined]
        return made

    return make


@pytest.fixture
def batch(account: Connection) -> Batch:
    """Two items, three events."""
    batch = make_batch(account)
    first, second = make_item(batch), make_item(batch)
    make_event(first), make_event(first, severity="low", confidence=None), make_event(second)
    batch.refresh_from_db()
    return batch


@pytest.fixture
def event(batch: Batch) -> Event:
    return batch.events.order_by("id")[0]


def etag(event: Event) -> str:
    return f'"{event.version}-{event.fingerprint}"'


def verdict(event: Event, key: Any = None, **headers: str) -> dict[str, Any]:
    """Keyword arguments of a POST that approves the event as it is."""
    return {
        "data": {"approval": "approved"},
        "content_type": "application/json",
        "headers": {"If-Match": etag(event), "Idempotency-Key": str(key or uuid4()), **headers},
    }


def grant(user: User, connection: Connection, role: str) -> None:
    Membership.objects.create(user=user, connection=connection, role=role)
