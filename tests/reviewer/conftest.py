"""Clients of people with each role on one connection."""

from collections.abc import Callable
from threading import BoundedSemaphore

import pytest
from django.core.cache import caches
from django.test import Client

from batches.models import Connection, Role
from reviewer.web import metrics, streams
from tests.factories import make_connection, make_member, make_user

SignIn = Callable[..., Client]


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ids come again in the next test; what the cache holds under them is of the last one. Tests close no download.

    The figures of requests begin anew: a scrape that lists all addresses that earlier tests asked for takes seconds.
    """
    caches["addresses"].clear()
    metrics.REQUESTS.clear()
    monkeypatch.setattr(streams, "OPEN_SLOTS", BoundedSemaphore(1000))
    monkeypatch.setattr(streams, "OF_A_PERSON", 1000)
    monkeypatch.setattr(streams, "OF_ALL", 1000)


@pytest.fixture
def account(db: None) -> Connection:
    return make_connection(name="Fleet West")


@pytest.fixture
def sign_in() -> SignIn:
    """`sign_in(connection, "reviewer")`; without a connection somebody who is a member of nothing."""

    def client(connection: Connection | None = None, role: str = Role.REVIEWER, **fields: object) -> Client:
        user = make_member(connection, role) if connection else make_user(**fields)
        made = Client()
        made.force_login(user)
        made.user = user  # type: ignore[attr-defined]
        return made

    return client


@pytest.fixture
def reviewer(account: Connection, sign_in: SignIn) -> Client:
    return sign_in(account, Role.REVIEWER)


@pytest.fixture
def editor(account: Connection, sign_in: SignIn) -> Client:
    return sign_in(account, Role.EDITOR)


@pytest.fixture
def viewer(account: Connection, sign_in: SignIn) -> Client:
    return sign_in(account, Role.VIEWER)
