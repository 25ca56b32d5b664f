"""Managers invite people and give roles; whoever has the address joins once."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from django.utils import timezone

from batches.actions.people import set_active
from batches.models import Connection, Invitation, Membership
from tests.factories import make_connection, make_member, make_user
from tests.reviewer.conftest import SignIn

ACCOUNT = {"username": "nia", "password1": "Kilimanjaro-5895", "password2": "Kilimanjaro-5895"}


@pytest.fixture
def manager(account: Connection, sign_in: SignIn) -> Client:
    return sign_in(account, "manager")


def invite(manager: Client, account: Connection, **changed: Any) -> str:
    """The path of the new invitation."""
    sent = {"do": "invite", "role": "reviewer", "days": 7, "email": ""} | changed
    page = manager.post(f"/connections/{account.pk}/people/", sent).content.decode()
    return re.search(r'value="http://[^/]+(/invite/[^"]+)"', page)[1]  # type: ignore[index]


def role_of(name: str) -> str:
    return Membership.objects.get(user__username=name).role


def test_an_invited_stranger_makes_an_account_and_is_in(manager: Client, account: Connection) -> None:
    address, stranger = invite(manager, account), Client()
    assert address.split("/")[2] not in str(Invitation.objects.values())
    assert "Fleet West" in stranger.get(address).content.decode()
    assert stranger.post(address, ACCOUNT).headers["Location"] == "/batches/"
    assert role_of("nia") == "reviewer"
    assert stranger.get("/batches/").status_code == 200
    assert Client().post(address, ACCOUNT | {"username": "second"}).status_code == 404
    assert not User.objects.filter(username="second").exists()


def test_a_forged_address_of_mail_is_not_taken(manager: Client, account: Connection) -> None:
    address = invite(manager, account, email="nia@fleet.example")
    Client().post(address, ACCOUNT | {"email": "boss@fleet.example"})
    assert User.objects.get(username="nia").email == "nia@fleet.example"


def test_an_address_with_an_account_gets_no_second_one(manager: Client, account: Connection) -> None:
    owner = make_user("owner", email="Nia@fleet.example")
    address = invite(manager, account, email="nia@fleet.example")
    refused = Client().post(address, ACCOUNT)
    assert (refused.status_code, User.objects.filter(username="nia").exists()) == (422, False)
    assert "has an account already. Sign in with it to accept." in refused.content.decode()
    set_active(user=owner, active=False)
    assert Client().post(address, ACCOUNT).status_code == 302


def test_the_mail_holds_the_address(manager: Client, account: Connection) -> None:
    address = invite(manager, account, email="nia@fleet.example")
    [message] = mail.outbox
    assert message.to == ["nia@fleet.example"]
    assert address in message.body


def test_somebody_with_an_account_accepts_with_one_press(manager: Client, account: Connection) -> None:
    address, client = invite(manager, account, role="viewer"), Client()
    client.force_login(make_user("omar"))
    assert "Accept as omar" in client.get(address).content.decode()
    client.post(address)
    assert role_of("omar") == "viewer"


def test_an_invitation_lowers_nobodys_role(manager: Client, account: Connection) -> None:
    address, client = invite(manager, account, role="viewer"), Client()
    client.force_login(make_member(account, "editor", "edda"))
    client.post(address)
    assert role_of("edda") == "editor"


@pytest.mark.parametrize("change", ["revoked", "expired", "maker demoted", "maker deactivated", "maker activated again",
                                    "wrong password"])  # fmt: skip
def test_what_ends_an_invitation(manager: Client, account: Connection, change: str) -> None:
    address = invite(manager, account)
    person = manager.user  # type: ignore[attr-defined]
    match change:
        case "revoked":
            sent = {"do": "revoke", "invitation": Invitation.objects.get().pk}
            assert manager.post(f"/connections/{account.pk}/people/", sent).status_code == 302
        case "expired":
            Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
        case "maker demoted":
            Membership.objects.filter(user=person).update(role="editor")
        case "maker deactivated":
            User.objects.filter(pk=person.pk).update(is_active=False)
        case "maker activated again":
            for active in (False, True):
                set_active(user=person, active=active)
    expected = 422 if change == "wrong password" else 404
    answer = Client().post(address, ACCOUNT | ({"password2": "x"} if change == "wrong password" else {}))
    assert (answer.status_code, User.objects.filter(username="nia").exists()) == (expected, False)


def test_a_manager_changes_and_ends_roles_of_members_only(manager: Client, account: Connection) -> None:
    member, other = make_member(account, "viewer"), make_member(make_connection(), "viewer")
    page = f"/connections/{account.pk}/people/"
    assert manager.post(page, {"do": "role", "user": member.pk, "role": "editor"}).status_code == 302
    assert Membership.objects.get(user=member).role == "editor"
    manager.post(page, {"do": "role", "user": member.pk, "role": ""})
    assert not Membership.objects.filter(user=member).exists()
    assert manager.post(page, {"do": "role", "user": other.pk, "role": "manager"}).status_code == 404
    assert manager.post(page, {"do": "role", "user": member.pk, "role": "owner"}).status_code == 422


def test_mail_that_is_only_printed_is_not_called_sent(manager: Client, account: Connection, settings: Any) -> None:
    sent = {"do": "invite", "role": "viewer", "days": 7, "email": "nia@fleet.example"}
    assert "Sent to nia@fleet.example." in manager.post(f"/connections/{account.pk}/people/", sent).text
    settings.MAIL_IS_PRINTED = True
    page = manager.post(f"/connections/{account.pk}/people/", sent).text
    assert "reach nobody" in page
    assert "Sent to" not in page
    assert "reach nobody" in Client().get("/password/reset/sent/").text
    assert "reach nobody" in manager.get("/account/").text


def test_nobody_below_a_manager_invites(editor: Client, account: Connection) -> None:
    sent = {"do": "invite", "role": "viewer", "days": 7}
    assert editor.post(f"/connections/{account.pk}/people/", sent).status_code == 403
    assert Invitation.objects.count() == 0
