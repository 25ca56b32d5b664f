"""Connections made in the page, the ways to bring a first batch in, and the sample."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from batches.actions.limits import KEY_CHECKS
from batches.models import Batch, Connection, Decision, Event, Membership, Tally
from batches.models.tally import tally_key
from batches.sandbox.server import Sandbox
from batches.sync.vendors.nomadic import Nomadic
from tests.factories import make_member, make_user
from tests.html import compact
from tests.vendor_worlds import TL_BATCH, all_vendors


@pytest.fixture
def administrator(db: None) -> Client:
    client = Client()
    client.user = make_user("root", is_staff=True, is_superuser=True)  # type: ignore[attr-defined]
    client.force_login(client.user)  # type: ignore[attr-defined]
    return client


@pytest.fixture
def vendor(settings: Any) -> Iterator[Sandbox]:
    with Sandbox(all_vendors(items=2)) as sandbox:
        settings.PRIVATE_HOSTS = frozenset({sandbox.url.removeprefix("http://"), "127.0.0.1:9"})
        yield sandbox


def answer(sandbox: Sandbox, **changed: str) -> dict[str, str]:
    return {"vendor": "nomadic", "name": "Fleet West", "base_url": sandbox.url, "api_key": sandbox.key} | changed


def test_the_vendors_address_and_a_free_name_are_filled_in(administrator: Client) -> None:
    Connection.objects.create(vendor="nomadic", name="NomadicML")
    page = administrator.get("/connections/new/").content.decode()
    assert Nomadic.default_base_url in page
    assert 'value="NomadicML 2"' in page
    assert 'name="api_key"' not in administrator.get("/connections/new/?vendor=open").content.decode()


def test_a_new_connection_is_checked_and_its_maker_manages_it(administrator: Client, vendor: Sandbox) -> None:
    response = administrator.post("/connections/new/?vendor=nomadic", answer(vendor))
    connection = Connection.objects.get()
    assert response.headers["Location"] == f"/connections/{connection.pk}/first/"
    assert (connection.api_key, bool(connection.account), bool(connection.verified_at)) == (vendor.key, True, True)
    assert Membership.objects.get().role == "manager"
    assert vendor.key not in administrator.get(f"/connections/{connection.pk}/").content.decode()


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"api_key": "wrong"}, "401"),
        ({"base_url": "http://169.254.169.254/"}, "Nothing was saved."),
        ({"name": "Taken"}, "A connection with this name already exists."),
        ({"name": ""}, "This field is required."),
    ],
)
def test_what_is_wrong_saves_nothing(
    administrator: Client, vendor: Sandbox, changed: dict[str, str], sentence: str
) -> None:
    Connection.objects.create(vendor="open", name="Taken")
    response = administrator.post("/connections/new/?vendor=nomadic", answer(vendor, **changed))
    assert (response.status_code, Connection.objects.count()) == (422, 1)
    assert sentence in response.content.decode()


def test_a_key_is_saved_unchecked_only_on_request(administrator: Client, vendor: Sandbox) -> None:
    address = "/connections/new/?vendor=nomadic"
    away = answer(vendor, base_url="http://127.0.0.1:9")
    response = administrator.post(address, away)
    assert "Save the key without checking it" in response.content.decode()
    assert administrator.post(address, away | {"unchecked": "1"}).status_code == 302
    assert Connection.objects.get().verified_at is None


def test_a_key_is_checked_while_it_is_typed_and_nothing_is_stored(administrator: Client, vendor: Sandbox) -> None:
    page = administrator.post("/connections/check/", answer(vendor)).content.decode()
    assert "The key belongs to" in compact(page.encode())
    assert "401" in administrator.post("/connections/check/", answer(vendor, api_key="x")).content.decode()
    assert administrator.post("/connections/check/", answer(vendor, api_key="")).status_code == 200
    assert Connection.objects.count() == 0
    calls = len(vendor.calls)
    Tally.objects.filter(key=tally_key(KEY_CHECKS.noun, administrator.user.pk)).update(count=1000)  # type: ignore[attr-defined]
    assert administrator.post("/connections/check/", answer(vendor)).status_code == 429
    assert len(vendor.calls) == calls


def test_a_connection_for_files_needs_no_key(administrator: Client) -> None:
    administrator.post("/connections/new/?vendor=open", {"vendor": "open", "name": "Detector"})
    connection = Connection.objects.get()
    assert (connection.vendor, connection.base_url, connection.key_hint) == ("open", "", "")
    page = administrator.get(f"/connections/{connection.pk}/first/").content.decode()
    assert "Import a file" in page
    assert "Paste batch IDs" not in page


def test_a_batch_is_picked_from_the_vendors_list(administrator: Client, vendor: Sandbox) -> None:
    base_url = f"{vendor.url}/v1.3"
    administrator.post("/connections/new/?vendor=twelvelabs", answer(vendor, vendor="twelvelabs", base_url=base_url))
    connection = Connection.objects.get()
    address = f"/connections/{connection.pk}/first/"
    assert TL_BATCH not in administrator.get(address).content.decode()
    page = administrator.get(address, headers={"HX-Request": "true", "HX-Target": "vendor-batches"}).content.decode()
    assert TL_BATCH in page
    assert "<html" not in page
    added = administrator.post("/batches/", {"connection": connection.pk, "text": TL_BATCH})
    batch = Batch.objects.get()
    assert added.headers["Location"] == f"/batches/{batch.pk}/sync/"
    assert f'href="/batches/{batch.pk}/"' in administrator.get(f"{address}?list").content.decode()


def test_every_empty_page_has_the_button_for_those_who_may(administrator: Client) -> None:
    stranger = Client()
    stranger.force_login(make_user())
    for address in ("/batches/", "/connections/", "/imports/"):
        assert 'href="/connections/new/' in administrator.get(address).content.decode(), address
        assert 'href="/connections/new/' not in stranger.get(address).content.decode(), address


def test_the_sample_is_loaded_decided_removed_and_loaded_again(administrator: Client) -> None:
    batch_page = administrator.post("/sample/").headers["Location"]
    batch = Batch.objects.get()
    assert (batch_page, batch.events.count(), batch.pending) == (f"/batches/{batch.pk}/", 12, 12)
    event = batch.events.order_by("pk").first()
    assert event is not None
    verdict = {"key": uuid4().hex, "version": 1, "fingerprint": event.fingerprint, "approval": "approved"}
    administrator.post(f"/events/{event.pk}/decide/", verdict)
    assert Decision.objects.count() == 1
    assert administrator.post("/sample/").headers["Location"] == batch_page
    administrator.post(f"/connections/{batch.connection_id}/sample/")
    assert administrator.get(batch_page).status_code == 404
    assert administrator.get("/batches/").context["rows"] == []
    assert Event.objects.filter(approval="approved").count() == Decision.objects.count() == 1
    administrator.post("/sample/")
    assert administrator.get(batch_page).status_code == 200


def test_only_the_sample_can_be_removed(administrator: Client, account: Connection) -> None:
    assert administrator.post(f"/connections/{account.pk}/sample/").status_code == 403
    editor = Client()
    administrator.post("/sample/")
    sample = Connection.objects.get(is_sample=True)
    editor.force_login(make_member(sample, "editor"))
    assert editor.post(f"/connections/{sample.pk}/sample/").status_code == 403
