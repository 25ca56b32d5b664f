"""The admin console: keys go in and never come out, the ledger is to look at, staff give nobody more than they have."""

from typing import Any
from uuid import uuid4

import pytest
from django.contrib.admin import site
from django.contrib.auth.models import Permission
from django.test import Client

from batches.actions import decide
from batches.models import Connection, Decision, SyncRun
from batches.sandbox.server import Sandbox
from tests import worlds
from tests.factories import make_batch, make_connection, make_event, make_member, make_user

pytestmark = pytest.mark.django_db

PAGES = sorted(model._meta.model_name or "" for model in site._registry if model._meta.app_label == "batches")


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(make_user("root", is_staff=True, is_superuser=True))
    return client


def connection_form(**fields: Any) -> dict[str, Any]:
    inline = {"memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0"}
    return {"vendor": "nomadic", "name": "fleet", "base_url": "https://api-prod.nomadicml.com",
        "new_key": ""} | inline | fields  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.case("T04")
def test_every_list_opens_and_shows_no_key(admin: Client, page: str) -> None:
    event = make_event()
    key = event.batch.connection.api_key
    by = make_member(event.batch.connection)
    decide(
        event_id=event.pk, version=1, fingerprint=event.fingerprint, approval="approved", by=by, idempotency_key=uuid4()
    )
    answer = admin.get(f"/admin/batches/{page}/")
    assert answer.status_code == 200
    assert key not in answer.content.decode()


def test_a_key_is_taken_and_only_its_end_is_shown(admin: Client) -> None:
    admin.post("/admin/batches/connection/add/", connection_form(new_key="nai_secret_key_wxyz"))
    connection = Connection.objects.get()
    assert connection.api_key == "nai_secret_key_wxyz"
    page = admin.get(f"/admin/batches/connection/{connection.pk}/change/").content.decode()
    assert "nai_secret" not in page
    assert "ends in wxyz" in page


@pytest.mark.case("T04")
def test_admin_empty_key_keeps_the_stored_one(admin: Client) -> None:
    connection = make_connection(name="fleet", base_url="https://api-prod.nomadicml.com", key="nai_old_key_1234")
    address = f"/admin/batches/connection/{connection.pk}/change/"
    admin.post(address, connection_form(name="renamed"))
    connection.refresh_from_db()
    assert (connection.name, connection.api_key) == ("renamed", "nai_old_key_1234")
    admin.post(address, connection_form(base_url="https://api.elsewhere.example"))
    connection.refresh_from_db()
    assert (connection.base_url, connection.api_key, connection.key_hint) == ("https://api.elsewhere.example", "", "")


@pytest.mark.parametrize("url",
    ["http://127.0.0.1:5432", "http://10.1.2.3", "file:///etc/passwd", "https://u:p@x.example"])  # fmt: skip
@pytest.mark.case("S06")
def test_an_address_inside_the_house_is_refused(admin: Client, url: str) -> None:
    answer = admin.post("/admin/batches/connection/add/", connection_form(base_url=url, new_key="k" * 12))
    assert answer.status_code == 200
    assert "errorlist" in answer.content.decode()
    assert not Connection.objects.exists()


def test_verify_names_the_owner_of_the_key(admin: Client, settings: Any) -> None:
    with Sandbox({}) as sandbox:
        settings.PRIVATE_HOSTS = frozenset({sandbox.url.removeprefix("http://")})
        good = make_connection(name="good", base_url=sandbox.url, key=sandbox.key)
        bad = make_connection(name="bad", base_url=sandbox.url, key="nai_wrong_key")
        body = {"action": "verify", "_selected_action": [good.pk, bad.pk]}
        page = admin.post("/admin/batches/connection/", body, follow=True).content.decode()
    assert "Good: the key belongs to owner@example.com." in page
    assert "nai_wrong_key" not in page
    bad.refresh_from_db()
    assert bad.refused_at is not None


def test_sync_now_asks_for_a_sync(admin: Client) -> None:
    batch = make_batch(external_id=worlds.BATCH)
    admin.post("/admin/batches/batch/", {"action": "sync_now", "_selected_action": [batch.pk]})
    assert SyncRun.objects.get().batch == batch


@pytest.mark.parametrize("verb", ["add", "change", "delete"])
def test_nobody_rewrites_the_ledger(admin: Client, verb: str) -> None:
    event = make_event()
    by = make_member(event.batch.connection)
    decide(
        event_id=event.pk, version=1, fingerprint=event.fingerprint, approval="approved", by=by, idempotency_key=uuid4()
    )
    row = Decision.objects.get()
    path = "add/" if verb == "add" else f"{row.pk}/{verb}/"
    assert admin.post(f"/admin/batches/decision/{path}", {"approval": "rejected", "post": "yes"}).status_code == 403
    assert Decision.objects.get().approval == "approved"


def test_staff_give_nobody_more_than_they_have(client: Client) -> None:
    clerk = make_user("clerk", is_staff=True)
    clerk.user_permissions.add(*Permission.objects.filter(codename__in=["change_user", "view_user"]))
    boss, ana = make_user("boss", is_superuser=True), make_user("ana")
    client.force_login(clerk)
    assert client.get(f"/admin/auth/user/{boss.pk}/change/").status_code == 302, "a superuser is not theirs to change"
    body = {"username": "ana", "is_superuser": "on", "is_staff": "on", "is_active": "on", "last_login_0": "",
            "last_login_1": "",
            "date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}  # fmt: skip
    client.post(f"/admin/auth/user/{ana.pk}/change/", body)
    ana.refresh_from_db()
    assert (ana.is_superuser, ana.is_staff) == (False, False)


@pytest.mark.parametrize("who", ["viewer", "reviewer", "editor"])
def test_members_do_not_enter(client: Client, who: str) -> None:
    client.force_login(make_member(make_connection(), who))
    assert client.get("/admin/").status_code == 302


def test_admin_only_file_detectors_need_no_address(admin: Client) -> None:
    for vendor in ("nomadic", "open"):
        admin.post("/admin/batches/connection/add/", connection_form(vendor=vendor, name=vendor, base_url=""))
    assert list(Connection.objects.values_list("vendor", "base_url")) == [("open", "")]
