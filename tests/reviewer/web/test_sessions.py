"""Sessions: what the database holds of them opens nothing, and a new password ends all the others."""

import json
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from batches.models import Schedule, Webhook
from batches.models import UserSession as Session
from tests.clock import Clock
from tests.factories import make_connection, make_user
from tests.reviewer.conftest import SignIn

pytestmark = pytest.mark.django_db


def opens(key: str) -> bool:
    client = Client()
    client.cookies["sessionid"] = key
    return client.get("/batches/").status_code == 200


def test_a_stored_session_signs_nobody_in() -> None:
    client = Client()
    client.force_login(make_user())
    key = client.cookies["sessionid"].value
    stored = Session.objects.get().session_key
    assert opens(key)
    assert stored != key
    assert not opens(stored)
    client.post("/logout/")
    assert not opens(key)
    assert not Session.objects.filter(session_key=stored).exists()


def test_a_new_password_ends_the_other_sessions_at_once() -> None:
    user = make_user(is_staff=True)
    current, other = Client(), Client()
    for client in (current, other):
        client.force_login(user)
    form = {"old_password": "secret-enough", "new_password1": "hexagonal-lemon", "new_password2": "hexagonal-lemon"}
    assert current.post("/password/", form).status_code == 302
    assert (current.get("/batches/").status_code, other.get("/batches/").status_code) == (200, 302)


@pytest.mark.parametrize("change", [{"is_active": False}, {"password": "!"}])
def test_a_change_of_the_person_ends_their_sessions_at_once(change: dict[str, Any]) -> None:
    user, client = make_user(is_staff=True), Client()
    client.force_login(user)
    assert client.get("/batches/").status_code == 200
    User.objects.filter(pk=user.pk).update(**change)
    assert client.get("/batches/").status_code == 302


def test_a_session_signs_in_the_person_it_was_signed_for() -> None:
    """Its content is signed; the column beside it, with which the person is read, is not."""
    user, other, client = make_user(is_staff=True), make_user(is_staff=True), Client()
    client.force_login(user)
    for column in (other.pk, None):
        Session.objects.update(user=column)
        assert client.get("/batches/").wsgi_request.user.pk == user.pk


@pytest.mark.parametrize("password", ["short-one", "8362917455", "aaaaaaaaaa", "q1w2e3r4t5", "a_viewer11"])
def test_a_weak_password_is_refused(password: str) -> None:
    user, client = make_user("a_viewer1", is_staff=True), Client()
    client.force_login(user)
    form = {"old_password": "secret-enough", "new_password1": password, "new_password2": password}
    answer = client.post("/password/", form)
    assert answer.status_code == 422
    assert answer.context["form"].errors
    user.refresh_from_db()
    assert user.check_password("secret-enough")


@pytest.mark.parametrize("address", ["/login/", "/healthz", "/nowhere/", "/d/x/", "/api/v1/batches/"])
def test_pages_ask_for_no_device(address: str) -> None:
    assert "camera=()" in Client().get(address).headers["Permissions-Policy"]


@pytest.mark.parametrize("kind", ["json", "jsonl", "xml"])
@pytest.mark.case("T04")
def test_dumpdata_writes_no_secret(kind: str) -> None:
    connection = make_connection(key="nai_canary_key")
    hook = Webhook(connection=connection, url="https://hooks.example/", secret="whsec_canary", created_by=make_user())
    hook.old_secret = "whsec_canary_old"
    hook.save()
    schedule = Schedule.objects.create(connection=connection, hook_secret="hook_canary")
    client = Client()
    client.force_login(hook.created_by)
    written: Any = StringIO()
    call_command("dumpdata", format=kind, stdout=written)
    text = written.getvalue()
    assert "https://hooks.example/" in text
    assert "canary" not in text
    assert schedule.hook_key not in text
    assert client.cookies["sessionid"].value not in text
    if kind == "json":
        assert {row["fields"]["api_key"] for row in json.loads(text) if row["model"] == "batches.connection"} == {""}


def test_a_session_ends_without_use_and_after_two_weeks_in_any_case(clock: Clock, sign_in: SignIn, db: None) -> None:
    idle, used = sign_in(), sign_in()
    for _ in range(6):
        clock.go(days=2)
        assert used.get("/batches/").status_code == 200
    assert idle.get("/batches/").status_code == 302
    clock.go(days=2, minutes=1)
    assert used.get("/batches/").status_code == 302


def test_a_session_in_use_costs_a_write_an_hour(clock: Clock, sign_in: SignIn, db: None) -> None:
    client = sign_in()
    with CaptureQueriesContext(connection) as queries:
        client.get("/tokens/")
        clock.go(minutes=61)
        client.get("/tokens/"), client.get("/tokens/")
    writes = [query["sql"] for query in queries if "UPDATE" in query["sql"] and "batches_usersession" in query["sql"]]
    assert len(writes) == 1
