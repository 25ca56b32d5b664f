"""Single sign-on against a real OpenID provider on loopback: who is linked, who is refused, which teams follow."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import Group, User
from django.test import Client
from oidc_provider_mock import User as Known
from oidc_provider_mock import app as provider_app
from werkzeug.serving import make_server

from batches.actions import invite, make_token, set_team_role
from batches.models import Connection, Membership
from tests.factories import make_member, make_user

ADDRESS = "/sso/sso/"


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """The address of the provider; `sign_in` says who its people are."""
    server = make_server("127.0.0.1", 0, provider_app(), threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def installed(provider: str, settings: Any, db: None) -> None:
    settings.OIDC_ROLE_CLAIM = "groups"
    settings.OIDC_NAME = "Fleet ID"
    app = {**settings.OIDC_PROVIDER, "name": "Fleet ID", "client_id": "reviewer", "secret": "s"}
    app["settings"] = {**app["settings"], "server_url": provider}
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}


def sign_in(provider: str, person: Known, client: Client | None = None) -> tuple[Client, Any]:
    """Go to the provider, be this person there, and come back."""
    client = client or Client()
    requests.put(f"{provider}/users/{person.sub}", json=person.claims, timeout=10).raise_for_status()
    other = client.post(ADDRESS).headers["Refresh"].removeprefix("0; url=")
    assert "code_challenge=" in other
    back = requests.post(other, {"sub": person.sub}, allow_redirects=False, timeout=10).headers["Location"]
    return client, client.get(back.removeprefix("http://testserver"))


def nia(**claims: Any) -> Known:
    return Known(sub="nia-1", claims={"email": "nia@fleet.example", "email_verified": True, **claims})


def signed_in_as(client: Client) -> str:
    page = client.get("/account/")
    return page.context["user"].username if page.status_code == 200 else ""


def test_the_sign_in_page_offers_it_beside_the_password() -> None:
    make_user()
    assert "Sign in with Fleet ID" in Client().get("/login/").content.decode()


def test_a_verified_address_opens_the_account_and_links_it_once(provider: str) -> None:
    user = make_user("nia", email="Nia@fleet.example")
    assert signed_in_as(sign_in(provider, nia())[0]) == "nia"
    User.objects.filter(pk=user.pk).update(email="")
    assert signed_in_as(sign_in(provider, nia(email="other@fleet.example"))[0]) == "nia"  # by its id from now on
    assert SocialAccount.objects.get().user == user
    user.refresh_from_db()
    assert user.check_password("secret-enough")  # the local password stays


def test_whoever_opened_the_invitation_is_out_when_its_owner_comes(provider: str, account: Connection) -> None:
    """A manager sees the link of an invitation and could wait in the account for the roles of its owner."""
    invited, address = invite(
        connection=account, role="viewer", email="nia@fleet.example", days=1, by=make_member(account, "manager")
    )
    other = Client()
    password = {"username": "nia", "password1": "Kilimanjaro-5895", "password2": "Kilimanjaro-5895"}
    assert other.post(f"/invite/{address}/", password).status_code == 302
    user = User.objects.get(username="nia")
    _, token = make_token(user=user, name="script", scope="read", days=1)
    Authenticator.objects.create(user=user, type="totp", data={})
    owner, _ = sign_in(provider, nia())
    user.refresh_from_db()
    assert (signed_in_as(owner), signed_in_as(other), user.has_usable_password()) == ("nia", "", False)
    assert Client(headers={"Authorization": f"Bearer {token}"}).get("/api/v1/batches/").status_code == 401
    assert Membership.objects.get(user=user).role == invited.role


@pytest.mark.parametrize(
    "claims", [{"email_verified": False}, {"email_verified": "true"}, {"email": "nia@other.example"}, {"email": None}]
)
def test_nobody_else_gets_in(provider: str, claims: dict[str, Any]) -> None:
    make_user("nia", email="nia@fleet.example")
    client, answer = sign_in(provider, nia(**claims))
    assert (answer.status_code, signed_in_as(client)) == (403, "")
    assert "Ask a manager or an administrator for an invitation." in answer.content.decode()
    assert (SocialAccount.objects.count(), User.objects.count()) == (0, 1)


def test_an_address_of_two_accounts_links_neither(provider: str) -> None:
    for name in ("nia", "nia2"):
        make_user(name)
    User.objects.update(email="nia@fleet.example")  # of before an address had one account
    assert sign_in(provider, nia())[1].status_code == 403


def test_an_open_sign_up_makes_no_third_account_of_an_address(provider: str, settings: Any) -> None:
    settings.OIDC_SIGN_UP = True
    for name in ("first", "second"):
        make_user(name)
    User.objects.update(email="nia@fleet.example")
    sign_in(provider, nia(preferred_username="nia"))
    assert User.objects.get(username="nia").email == ""


def test_an_unverified_address_of_somebody_elses_account_is_not_stored(provider: str, settings: Any) -> None:
    settings.OIDC_SIGN_UP = True
    make_user("first", email="nia@fleet.example")
    client, _ = sign_in(provider, nia(email_verified=False, preferred_username="nia"))
    assert (signed_in_as(client), User.objects.get(username="nia").email) == ("nia", "")


def test_the_account_in_use_is_linked_before_a_deactivated_one(provider: str) -> None:
    make_user("nia", email="nia@fleet.example", is_active=False)
    make_user("nia2", email="nia@fleet.example")
    assert signed_in_as(sign_in(provider, nia())[0]) == "nia2"


def test_a_deactivated_person_stays_out(provider: str) -> None:
    make_user("nia", email="nia@fleet.example", is_active=False)
    client, answer = sign_in(provider, nia())
    assert (answer.headers.get("Location"), signed_in_as(client)) == ("/account/inactive/", "")


def test_the_claim_gives_and_takes_teams_but_no_console(provider: str, account: Connection) -> None:
    user = make_user("nia", email="nia@fleet.example")
    night, other = Group.objects.create(name="night"), Group.objects.create(name="other")
    operators = Group.objects.create(name="operators")
    operators.permissions.add(1)
    user.groups.add(other)
    set_team_role(team=night, connection=account, role="reviewer")
    sign_in(provider, nia(groups=["night", "operators", "unknown", 7]))
    assert list(user.groups.all()) == [night]
    assert Membership.objects.get(user=user).role == "reviewer"
    sign_in(provider, nia(groups="nonsense"))
    assert (user.groups.count(), Membership.objects.count()) == (0, 0)


def test_an_open_sign_up_makes_an_account_without_rights(provider: str, settings: Any) -> None:
    settings.OIDC_SIGN_UP = True
    client, _ = sign_in(provider, nia(preferred_username="nia"))
    user = User.objects.get()
    assert (signed_in_as(client), user.email, user.has_usable_password()) == ("nia", "nia@fleet.example", False)
    assert (user.is_staff, user.is_superuser, Membership.objects.count()) == (False, False, 0)


def test_an_unverified_address_is_not_stored_with_a_new_account(provider: str, settings: Any) -> None:
    settings.OIDC_SIGN_UP = True
    sign_in(provider, nia(email_verified=False, preferred_username="nia"))
    assert User.objects.get().email == ""


@pytest.mark.parametrize("query", ["?code=invented&state=invented", "?error=access_denied&state=x", ""])
def test_an_answer_that_nobody_asked_for_signs_nobody_in(query: str) -> None:
    client = Client()
    assert client.get(f"{ADDRESS}callback/{query}").status_code in (401, 302, 403)
    assert signed_in_as(client) == ""


def test_going_there_needs_the_token_of_a_form() -> None:
    assert Client(enforce_csrf_checks=True).post(ADDRESS).status_code == 403
    assert Client().get(ADDRESS).headers["Location"] == "/login/"  # the provider is not told anything


def test_no_form_leads_to_another_site() -> None:
    """Chromium applies `form-action` to the redirects that answer a form, too."""
    answer = Client().post(ADDRESS)
    assert "form-action 'self'" in answer.headers["Content-Security-Policy"]
    assert (answer.status_code, "Location" in answer.headers) == (200, False)
