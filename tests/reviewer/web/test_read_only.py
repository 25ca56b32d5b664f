"""A database that takes no writes is read on: what reading would note is left out, and the page says so."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from batches.actions import make_token
from batches.models import Connection, Lease, Scope, Tally
from batches.models.tally import tally_key
from reviewer.web.sign_in import FIRST_DELAY, FREE
from tests.clock import Clock
from tests.factories import make_batch, make_event, make_item, make_link, make_user
from tests.reviewer.conftest import SignIn

pytestmark = pytest.mark.django_db(transaction=True)
SWITCHES = {
    "sqlite": ("PRAGMA query_only=1", "PRAGMA query_only=0"),
    "postgresql": [f"SET SESSION CHARACTERISTICS AS TRANSACTION READ {mode}" for mode in ("ONLY", "WRITE")],
}
NOTICE = "The database is read-only at the moment"


@contextmanager
def read_only() -> Iterator[None]:
    for_all, for_none = SWITCHES[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(for_all)
        try:
            yield
        finally:
            cursor.execute(for_none)


@pytest.mark.case("K05")
def test_reading_goes_on_while_nothing_can_be_written(clock: Clock, account: Connection, sign_in: SignIn) -> None:
    """The session's last use, a lease of the deck, the last use of a token and of a link, and what is counted."""
    batch = make_batch(account)
    event = make_event(make_item(batch))
    page = sign_in(account)
    page.raise_request_exception = False
    _, text = make_token(user=page.user, name="script", scope=Scope.READ, days=1)  # type: ignore[attr-defined]
    script = Client(headers={"Authorization": f"Bearer {text}"})
    _, token = make_link(batch)
    verdict = {"key": uuid4(), "version": event.version, "fingerprint": event.fingerprint, "approval": "approved"}
    clock.go(minutes=61)
    asked = [
        (page, f"/batches/{batch.pk}/review/"), (page, "/events/review/"), (page, f"/batches/{batch.pk}/events.csv"),
        (script, f"/api/v1/batches/{batch.pk}/"), (script, f"/api/v1/batches/{batch.pk}/events.csv"),
        (Client(), f"/d/{token}/"),
    ]  # fmt: skip
    with read_only():
        answers = [client.get(address) for client, address in asked]
        refused = page.post(f"/events/{event.pk}/decide/", verdict, headers={"Accept": "application/json"})
    assert [answer.status_code for answer in answers] == [200] * len(asked)
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "2")
    assert f"/events/{event.pk}/" in answers[0].content.decode()
    if connection.vendor == "postgresql":  # SQLite is asked for the rights of its file
        assert NOTICE in answers[0].content.decode()
        assert NOTICE not in page.get("/events/review/").content.decode()
    assert page.get(asked[0][1]).status_code == 200
    assert Lease.objects.count() == 1


@pytest.mark.case("K05")
def test_a_session_that_must_be_stored_is_a_matter_of_the_database(clock: Clock, reviewer: Client) -> None:
    """400 would tell a browser that its verdict was refused for good."""
    reviewer.raise_request_exception = False
    clock.go(minutes=61)
    with read_only():
        answer = reviewer.post("/tokens/1/")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")


@pytest.mark.once
def test_a_file_that_cannot_be_written_is_said_and_hosts_stay_ready(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, reviewer: Client
) -> None:
    """Each host has the same database: without any of them nobody could read."""
    monkeypatch.setattr("batches.checks.sqlite_folder", lambda: tmp_path)
    monkeypatch.setattr("os.access", lambda path, mode: path != tmp_path)  # root may anything
    monkeypatch.setitem(connection.settings_dict, "NAME", str(tmp_path / "reviewer.sqlite3"))
    assert NOTICE in reviewer.get("/tokens/").content.decode()
    ready = reviewer.get("/readyz")
    assert (ready.status_code, ready.json()["ready"], ready.json()["read_only"]) == (200, True, True)


def test_limits_hold_in_each_process_while_they_cannot_be_stored(clock: Clock) -> None:
    key, hour = tally_key("somebody"), timedelta(hours=1)
    with read_only():
        assert [Tally.objects.add(key, hour).count for _ in range(3)] == [1, 2, 3]
        assert 0 < Tally.objects.add(key, hour).seconds_left <= 3600
        clock.go(hours=1)
        assert Tally.objects.add(key, hour).count == 1
    assert Tally.objects.add(key, hour).count == 1
    assert not Tally.objects.filter(ends_at__lt=timezone.now()).exists()


@pytest.mark.case("K05")
def test_guessing_waits_as_long_while_failures_cannot_be_stored(clock: Clock) -> None:
    """Whether a password is right shows although nobody can sign in: then the session cannot be stored."""
    make_user("maya")

    def attempt(password: str) -> int:
        client = Client(raise_request_exception=False)
        return client.post("/login/", {"username": "maya", "password": password}).status_code

    assert attempt("wrong") == 200
    with read_only():
        assert [attempt("wrong") for _ in range(FREE)] == [200] * (FREE - 1) + [429]
        assert attempt("secret-enough") == 429
    assert attempt("secret-enough") == 429
    clock.go(seconds=FIRST_DELAY)
    assert attempt("secret-enough") == 302
    assert [attempt("wrong") for _ in range(FREE + 1)] == [200] * FREE + [429]
