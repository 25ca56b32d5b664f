"""Signing in and out."""

import pytest
from django.conf import settings
from django.test import Client

from tests.factories import make_user

pytestmark = pytest.mark.django_db
SECRET = {"username": "maya", "password": "secret-enough"}


def test_signing_in_leads_to_the_batches() -> None:
    make_user("maya")
    assert Client().post("/login/", SECRET).headers["Location"] == "/batches/"


@pytest.mark.parametrize("wanted", ["//evil.example", "/\\evil.example", "https:evil.example", "\t//evil.example",
                                    "javascript:alert(1)", "https://evil.example/"])  # fmt: skip
def test_it_never_leads_to_another_site(wanted: str) -> None:
    make_user("maya")
    assert Client().post("/login/", {**SECRET, "next": wanted}).headers["Location"] == "/batches/"


def test_it_leads_back_to_where_one_was() -> None:
    make_user("maya")
    assert Client().post("/login/", {**SECRET, "next": "/batches/7/?q=x"}).headers["Location"] == "/batches/7/?q=x"


def test_a_wrong_password_is_said_without_saying_which_half_was_wrong() -> None:
    make_user("maya")
    for name in ("maya", "nobody"):
        answer = Client().post("/login/", {"username": name, "password": "wrong"})
        assert "Wrong user name or password. Try again." in answer.content.decode()


def test_ten_wrong_passwords_close_the_account_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "AXES_ENABLED", True)
    make_user("maya")
    client = Client()
    statuses = [client.post("/login/", {"username": "maya", "password": "wrong"}).status_code for _ in range(10)]
    assert statuses == [200] * 9 + [429]
    answer = client.post("/login/", SECRET)
    assert (answer.status_code, "Too many attempts" in answer.content.decode()) == (429, True)


def test_signing_out_is_a_post() -> None:
    client = Client()
    client.force_login(make_user("maya"))
    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/").headers["Location"] == "/login/"
    assert client.get("/batches/").status_code == 302
