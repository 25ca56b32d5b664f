"""Who a token speaks for, when it is dead, and what guessing brings."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.utils import timezone

from batches.models import Batch, Connection, Event, Token
from reviewer.api import auth
from tests.factories import make_member, make_user
from tests.reviewer.api.conftest import Caller, caller, make_token, verdict

HERE = "/api/v1/batches/"


def test_a_token_sees_what_its_owner_sees(script: Caller, batch: Batch) -> None:
    assert [result["id"] for result in script().get(HERE).json()["results"]] == [batch.pk]
    stranger = caller(make_token(make_user()))
    assert stranger.get(HERE).json()["results"] == []
    assert stranger.get(f"{HERE}{batch.pk}/").status_code == 404


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer rev_000000000000_" + "x" * 43},
        {"Authorization": "Bearer rev_é_x"},
        {"Authorization": "Basic dXNlcjpwYXNz"},
        {"Authorization": "Bearer " + "x" * 10_000},
    ],
)
def test_without_a_valid_token_everything_is_401(db: None, headers: dict[str, str]) -> None:
    answer = Client(headers=headers).get(HERE)
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert "/tokens/" in answer.json()["detail"] or "Authorization: Bearer" in answer.json()["detail"]
    assert list(answer.json()) == ["detail"]


@pytest.mark.case("A08")
def test_dead_tokens_open_nothing(account: Connection) -> None:
    user, past = make_member(account, "editor"), timezone.now() - timedelta(seconds=1)
    texts = [make_token(user, expires_at=past), make_token(user, revoked_at=past), make_token(user)]
    assert [caller(text).get(HERE).status_code for text in texts] == [401, 401, 200]
    type(user).objects.filter(pk=user.pk).update(is_active=False)  # by whatever way: saving would also revoke it
    assert caller(texts[2]).get(HERE).status_code == 401


def test_a_role_that_was_taken_away_takes_its_tokens_with_it(script: Caller, event: Event) -> None:
    client = script("review", "reviewer")
    client.user.memberships.update(role="viewer")  # type: ignore[attr-defined]
    assert client.post(f"/api/v1/events/{event.pk}/decisions/", **verdict(event)).status_code == 403
    client.user.memberships.all().delete()  # type: ignore[attr-defined]
    assert client.post(f"/api/v1/events/{event.pk}/decisions/", **verdict(event)).status_code == 404


@pytest.mark.case("T03")
def test_the_database_holds_no_token(account: Connection) -> None:
    text = make_token(make_member(account))
    with database.cursor() as cursor:
        cursor.execute("SELECT * FROM batches_token")
        row = "".join(map(str, cursor.fetchone()))
    assert text[17:] not in row
    assert text[4:16] in row


@pytest.mark.case("T03")
def test_guessing_at_a_token_is_slowed_down_and_stops_nobody(
    account: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auth, "COOL_OFF", timedelta(hours=1))  # longer than these requests take anywhere
    text = make_token(make_member(account, "viewer"))
    wrong = text[:-1] + ("a" if text[-1] != "a" else "b")
    statuses = [caller(wrong).get(HERE).status_code for _ in range(120)]
    assert statuses == [401] * 20 + [429] * 100
    assert int(caller(wrong).get(HERE).headers["Retry-After"]) > 0
    assert caller(text).get(HERE).status_code == 200  # its owner works at the same address
    elsewhere = Client(REMOTE_ADDR="198.51.100.7", headers={"Authorization": f"Bearer {wrong}"})
    assert elsewhere.get(HERE).status_code == 401


def test_wrong_tokens_and_calls_count_over_all_processes(
    account: Connection, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.API_RATE = "40/min"
    client = caller(make_token(make_member(account)))
    statuses = []
    for _ in range(60):
        monkeypatch.setattr(auth, "ALLOWANCE", auth.Allowance())  # as in a process that has just started
        statuses.append(client.get(HERE).status_code)
    assert statuses == [200] * 20 + [429] * 40  # each has taken a share of two calls


def test_use_is_noted_to_the_minute(account: Connection) -> None:
    text = make_token(make_member(account))
    assert Token.objects.get().last_used_at is None
    caller(text).get(HERE)
    used = Token.objects.get().last_used_at
    assert used is not None
    caller(text).get(HERE)
    assert Token.objects.get().last_used_at == used


@pytest.mark.case("T06")
def test_a_token_is_no_session(script: Caller, batch: Batch) -> None:
    client = script("review")
    assert client.get(f"/batches/{batch.pk}/").status_code == 401
    assert client.get("/tokens/").status_code == 401
    assert client.get("/admin/", headers={"Accept": "text/html"}).status_code == 302


def test_a_session_works_on_the_same_site_and_only_with_its_csrf_token(
    account: Connection, event: Event, sign_in: Any
) -> None:
    signed_in = sign_in(account, "reviewer")
    assert signed_in.get(HERE).status_code == 200
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(signed_in.user)
    address = f"/api/v1/events/{event.pk}/decisions/"
    assert strict.post(address, **verdict(event)).status_code == 403
    strict.get("/tokens/")
    answer = strict.post(address, **verdict(event, **{"X-CSRFToken": strict.cookies["csrftoken"].value}))
    assert answer.status_code == 200
    event.refresh_from_db()
    assert event.approval == "approved"


def test_a_person_has_a_pace(script: Caller, settings: Any, batch: Batch) -> None:
    settings.API_RATE = "3/min"
    client = script()
    assert [client.get(HERE).status_code for _ in range(4)] == [200, 200, 200, 429]
    assert script().get(HERE).status_code == 200


def test_what_is_answered_is_kept_by_nobody(script: Caller, batch: Batch) -> None:
    answer = script().get(HERE)
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert not [name for name in answer.headers if name.lower().startswith("access-control")]
