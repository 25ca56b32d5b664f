"""A connection's settings: what a manager changes, and where its key may not go."""

from collections.abc import Iterator

import pytest
import responses
from django.conf import settings
from django.test import Client

from batches.models import Connection, Role
from tests.factories import make_connection
from tests.reviewer.conftest import SignIn

OWNER = {"valid": True, "email": "ana@example.org"}
HERE, THERE = "http://127.0.0.1:1", "http://127.0.0.1:2"


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch) -> Iterator[responses.RequestsMock]:
    monkeypatch.setattr(settings, "PRIVATE_HOSTS", frozenset({"127.0.0.1:1", "127.0.0.1:2"}))
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        for base in (HERE, THERE):
            mock.post(f"{base}/api/keys/verify", json=OWNER)
        yield mock


@pytest.fixture
def manager(account: Connection, sign_in: SignIn) -> Client:
    return sign_in(account, Role.MANAGER)


def save(client: Client, connection: Connection, **fields: str) -> int:
    values = {"name": connection.name, "base_url": HERE, "reject_reasons": "Too dark", "free_values": "1"} | fields
    return client.post(f"/connections/{connection.pk}/settings/", values).status_code


def test_a_manager_changes_all_but_the_vendor(manager: Client, account: Connection) -> None:
    key = account.api_key
    assert save(manager, account, name="Fleet East", paused="1", vendor="wickson", free_values="") == 302
    account.refresh_from_db()
    assert (account.name, account.vendor, account.paused, account.free_values) == ("Fleet East", "nomadic", True, False)
    assert (account.reasons, account.api_key) == ({"rejected": ["Too dark"], "invalid": []}, key)


def test_a_new_key_is_checked_stored_and_never_shown(
    manager: Client, account: Connection, vendor: responses.RequestsMock
) -> None:
    Connection.objects.update(refused_at=account.created_at, refused_reason="expired")
    assert save(manager, account, api_key="brand-new-key") == 302
    account.refresh_from_db()
    assert (account.api_key, account.account, account.refused_at) == ("brand-new-key", "ana@example.org", None)
    page = manager.get(f"/connections/{account.pk}/settings/").content.decode()
    assert ("brand-new-key" in page, "ends in -key" in page) == (False, True)


def test_a_stored_key_never_follows_the_address(
    manager: Client, account: Connection, vendor: responses.RequestsMock
) -> None:
    key = account.api_key
    assert save(manager, account, base_url=THERE) == 422
    assert save(manager, account, base_url=f"{HERE}/v2") == 302
    account.refresh_from_db()
    assert (account.base_url, account.api_key, len(vendor.calls)) == (f"{HERE}/v2", key, 0)
    assert save(manager, account, base_url=THERE, api_key="there-key") == 302
    assert [call.request.url for call in vendor.calls] == [f"{THERE}/api/keys/verify"]
    account.refresh_from_db()
    assert (account.base_url, account.api_key) == (THERE, "there-key")


def test_a_key_of_another_account_is_confirmed_first(
    manager: Client, account: Connection, vendor: responses.RequestsMock
) -> None:
    Connection.objects.update(account="someone@example.org")
    assert save(manager, account, api_key="other-key") == 422
    account.refresh_from_db()
    assert (account.account, account.key_hint) == ("someone@example.org", account.api_key[-4:])
    assert save(manager, account, api_key="other-key", other_account="1") == 302
    account.refresh_from_db()
    assert account.account == "ana@example.org"


def test_a_wrong_setting_changes_nothing(manager: Client, account: Connection, vendor: responses.RequestsMock) -> None:
    make_connection(name="Taken")
    vendor.replace(responses.POST, f"{HERE}/api/keys/verify", status=401, json={"detail": "no"})
    before = Connection.objects.filter(pk=account.pk).values().get()
    for fields in ({"name": "Taken"}, {"name": ""}, {"api_key": "wrong-key"}, {"base_url": "http://10.0.0.1/"},
                   {"base_url": f"{HERE}/?a=b"}, {"base_url": "file:///etc", "api_key": "x"},
                   {"reject_reasons": "r\n" * 10}, {"name": "a\0b"}):  # fmt: skip
        assert save(manager, account, **fields) == 422, fields
    assert Connection.objects.filter(pk=account.pk).values().get() == before
