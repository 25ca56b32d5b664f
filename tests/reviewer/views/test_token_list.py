"""One's own tokens: made within one's rights, shown once, revoked."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from batches.models import Connection, Role, Token
from batches.models.role import STAFF_EDIT
from tests.factories import allow, make_batch, make_link, make_member, make_user
from tests.reviewer.api.conftest import caller


def make(client: Client, **changes: Any) -> Any:
    return client.post("/tokens/", {"name": "nightly", "scope": "read", "days": 30, **changes})


def test_a_token_is_shown_once_and_works(reviewer: Client) -> None:
    answer = make(reviewer, scope="review")
    token, text = answer.context["made"]
    assert answer.content.decode().count(text) == 1
    assert (token.user, token.scope, token.name) == (reviewer.user, "review", "nightly")  # type: ignore[attr-defined]
    assert abs(token.expires_at - timezone.now() - timedelta(days=30)) < timedelta(minutes=1)
    assert "no-store" in answer.headers["Cache-Control"]
    page = reviewer.get("/tokens/").content.decode()
    assert (text in page, f"rev_{token.prefix}…" in page) == (False, True)
    assert caller(text).get("/api/v1/batches/").status_code == 200
    batch = make_batch(Connection.objects.get())
    refused = caller(text).get(f"/api/v1/batches/{batch.pk}/events.csv")
    assert (refused.status_code, "Downloads over the API need the scope Read." in page) == (403, True)


@pytest.mark.parametrize(
    ("role", "scopes"),
    [
        (Role.VIEWER, ["read"]),
        (Role.REVIEWER, ["read", "review"]),
        (Role.EDITOR, ["read", "review", "meta", "start"]),
    ],
)
def test_nobody_gives_a_token_more_than_they_have(
    account: Connection, sign_in: Any, role: str, scopes: list[str]
) -> None:
    client = sign_in(account, role)
    assert client.get("/tokens/").context["scopes"] == scopes
    for scope in ("read", "review", "meta", "start"):
        assert make(client, scope=scope).status_code == (200 if scope in scopes else 422)
    assert sorted(Token.objects.values_list("scope", flat=True)) == sorted(scopes)


def test_staff_read_and_edit_as_they_may_and_strangers_nothing(db: None, sign_in: Any) -> None:
    staff = sign_in(is_staff=True)
    assert staff.get("/tokens/").context["scopes"] == ["read"]
    allow(staff.user, STAFF_EDIT)
    assert staff.get("/tokens/").context["scopes"] == ["read", "meta", "start"]
    stranger = sign_in()
    assert stranger.get("/tokens/").context["scopes"] == []
    assert make(stranger).status_code == 422
    assert Token.objects.count() == 0


@pytest.mark.parametrize(
    "changes", [{"days": 0}, {"days": 3651}, {"days": "x"}, {"scope": "all"}, {"name": ""}, {"name": "\0"}]
)
def test_invalid_input_is_refused_and_explained(reviewer: Client, changes: dict[str, Any]) -> None:
    answer = make(reviewer, **changes)
    name = next(iter(changes))
    assert (answer.status_code, answer.context["error"].split(":")[0]) == (422, name)
    assert Token.objects.count() == 0


def test_a_revoked_token_is_dead_at_once_and_stays_on_the_list(reviewer: Client) -> None:
    token, text = make(reviewer).context["made"]
    assert reviewer.post(f"/tokens/{token.pk}/revoke/").status_code == 302
    assert caller(text).get("/api/v1/batches/").status_code == 401
    first = Token.objects.get().revoked_at
    reviewer.post(f"/tokens/{token.pk}/revoke/")
    assert (Token.objects.get().revoked_at, Token.objects.get().state) == (first, "revoked")


def test_nobody_sees_or_revokes_the_tokens_of_others(reviewer: Client, editor: Client) -> None:
    token, text = make(reviewer).context["made"]
    assert token.prefix not in editor.get("/tokens/").content.decode()
    assert editor.post(f"/tokens/{token.pk}/revoke/").status_code == 404
    assert caller(text).get("/api/v1/batches/").status_code == 200


def test_support_revokes_and_reads_no_digest(account: Connection, db: None) -> None:
    admin = Client()
    admin.force_login(make_user(is_staff=True, is_superuser=True))
    make_member(account, name="rita")
    client = Client()
    client.force_login(account.memberships.get().user)
    token, text = make(client).context["made"]
    pages = [admin.get("/admin/batches/token/"), admin.get(f"/admin/batches/token/{token.pk}/change/")]
    for page in pages:
        assert (page.status_code, token.digest in page.content.decode()) == (200, False)
    admin.post("/admin/batches/token/", {"action": "revoke", "_selected_action": [token.pk]})
    assert caller(text).get("/api/v1/batches/").status_code == 401


def test_tokens_and_links_come_in_pages(reviewer: Client, account: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reviewer.filters.named.PAGE_ROWS", 2)
    for name in ("nightly", "weekly", "monthly"):
        make(reviewer, name=name)
        make_link(make_batch(account), name=name, by=reviewer.user)  # type: ignore[attr-defined]
    for address, key in (("/tokens/", "tokens"), ("/links/", "page")):
        page = reviewer.get(address).context[key]
        assert [row.name for row in page.rows] == ["monthly", "weekly"]
        assert [row.name for row in reviewer.get(address, {"after": page.more}).context[key].rows] == ["nightly"]
        assert [row.name for row in reviewer.get(address, {"name": "NIGHT"}).context[key].rows] == ["nightly"]
