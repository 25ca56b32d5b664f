"""The first administrator: made in the page with the code that the server prints, once."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from batches.actions import issue_setup_code
from batches.actions.setup import WRONG_CODES
from batches.models import SetupCode
from tests.factories import make_user

pytestmark = pytest.mark.django_db
ANSWER = {"username": "ada", "email": "", "password1": "Lovelace-1815", "password2": "Lovelace-1815"}


def send(code: str, **changed: str) -> tuple[Client, int]:
    client = Client()
    return client, client.post("/setup/", ANSWER | {"code": code} | changed).status_code


def test_the_code_makes_one_administrator_who_is_signed_in() -> None:
    code = issue_setup_code()
    client, status = send(code.lower().replace("-", " "))
    assert (status, User.objects.get().is_superuser) == (302, True)
    assert client.get("/connections/new/").status_code == 200
    assert SetupCode.objects.count() == 0
    assert (send(code)[1], User.objects.count()) == (404, 1)


def test_the_database_does_not_hold_the_code() -> None:
    code = issue_setup_code()
    assert code.replace("-", "").lower() not in SetupCode.objects.get().digest.lower()


@pytest.mark.parametrize("code", ["", "AAAA-AAAA-AAAA-AAAA", "é"])
def test_a_wrong_code_makes_nobody(code: str) -> None:
    issue_setup_code()
    assert (send(code)[1], User.objects.count()) == (422, 0)


def test_a_code_ends_after_a_week() -> None:
    code = issue_setup_code()
    SetupCode.objects.update(created_at=timezone.now() - timedelta(days=8))
    assert (send(code)[1], User.objects.count()) == (422, 0)


def test_guessing_codes_is_limited_over_all_addresses() -> None:
    code = issue_setup_code()
    for number in range(WRONG_CODES):
        assert send(f"WRONG-{number}")[1] == 422
    assert (send(code)[1], User.objects.count()) == (429, 0)


def test_a_weak_or_mistyped_password_is_named_beside_its_field() -> None:
    code = issue_setup_code()
    client = Client()
    page = client.post("/setup/", ANSWER | {"code": code, "password2": "other"}).content.decode()
    assert "The passwords do not match." in page
    assert "Lovelace" not in page
    assert send(code, password1="short", password2="short")[1] == 422
    assert User.objects.count() == 0


def test_the_sign_in_page_leads_to_the_set_up_only_before_the_first_account() -> None:
    assert Client().get("/login/").headers["Location"] == "/setup/"
    make_user()
    assert Client().get("/login/").status_code == 200


def test_the_command_prints_a_code_only_before_the_first_account(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("setup_code")
    assert send(capsys.readouterr().out)[1] == 302
    with pytest.raises(CommandError, match="createsuperuser"):
        call_command("setup_code")
