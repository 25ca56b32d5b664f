"""One's own password: what ends with the old one."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from batches.actions import make_token
from batches.models import Connection, Link, Token
from tests.factories import make_batch, make_link, make_member

PASSWORD = "secret-enough"  # of the factories
NEW = {"old_password": PASSWORD, "new_password1": "entirely-new-42", "new_password2": "entirely-new-42"}


@pytest.fixture
def client(account: Connection) -> Client:
    person = make_member(account, "editor")
    made = Client()
    made.force_login(person)
    make_token(user=person, scope="read", name="a", days=1)
    make_link(make_batch(account), person)
    return made


def test_other_sessions_end_and_this_one_continues(client: Client) -> None:
    other = Client()
    other.force_login(Token.objects.get().user)
    assert client.post("/password/", NEW).status_code == 302
    assert (client.get("/batches/").status_code, other.get("/batches/").status_code) == (200, 302)
    assert (Token.objects.live().count(), Link.objects.live().count()) == (1, 1)


def test_tokens_and_links_end_where_the_person_says_so(client: Client) -> None:
    assert "Revoke my tokens (1)" in client.get("/password/").content.decode()
    client.post("/password/", {**NEW, "end_tokens": "1", "end_links": "1"})
    assert (Token.objects.live().count(), Link.objects.live().count()) == (0, 0)


@pytest.mark.parametrize("change", [
    {"old_password": "wrong"}, {"new_password2": "another"},
    dict.fromkeys(("new_password1", "new_password2"), "password12"),
    dict.fromkeys(("new_password1", "new_password2"), "short"),
])  # fmt: skip
def test_a_wrong_or_weak_password_changes_nothing(client: Client, change: dict[str, str]) -> None:
    answer = client.post("/password/", {**NEW, **change, "end_tokens": "1"})
    assert answer.status_code == 422
    assert Token.objects.live().count() == 1
    assert Token.objects.get().user.check_password(PASSWORD)


def test_guessing_the_current_password_is_limited(client: Client) -> None:
    statuses = [client.post("/password/", {**NEW, "old_password": "wrong"}).status_code for _ in range(21)]
    assert statuses == [422] * 20 + [429]


def test_the_list_says_which_tokens_nobody_uses(client: Client) -> None:
    assert "Unused for 90 days" not in client.get("/tokens/").content.decode()
    Token.objects.update(created_at=timezone.now() - timedelta(days=91))
    assert "Unused for 90 days" in client.get("/tokens/").content.decode()


def test_a_token_that_says_no_end_ends_within_a_year() -> None:
    assert Token().expires_at < timezone.now() + timedelta(days=367)
