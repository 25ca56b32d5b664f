"""A connection's page, and the address at which its vendor's webhooks come in."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from batches.actions import set_vendor_webhook_secret
from batches.hooks.signature import sign
from batches.models import Connection, Poll, Schedule
from reviewer.views.connections import MAX_WEBHOOK_BYTES, MAX_WRONG_WEBHOOKS
from tests.factories import lose_right, make_batch, make_connection, make_member
from tests.reviewer.conftest import SignIn

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def labs(db: None) -> Connection:
    """A connection of TwelveLabs whose webhooks are signed with a secret."""
    connection = make_connection(vendor="twelvelabs", name="Labs")
    set_vendor_webhook_secret(connection=connection, secret="the-secret")
    return connection


@pytest.fixture
def edda(labs: Connection, sign_in: SignIn) -> Client:
    return sign_in(labs, "editor")


def address(connection: Connection) -> str:
    return f"/connections/{connection.pk}/"


def text(client: Client, connection: Connection) -> str:
    return client.get(address(connection)).content.decode()


def test_the_list_shows_what_one_edits_and_its_state(editor: Client, account: Connection, reviewer: Client) -> None:
    make_connection(name="another team's")
    rows = editor.get("/connections/").context["rows"]
    assert [(row.name, stop) for row, stop in rows] == [("Fleet West", "")]
    Connection.objects.update(paused=True)
    assert editor.get("/connections/").context["rows"][0][1].startswith("This connection is paused")
    assert reviewer.get("/connections/").context["rows"] == []


def test_a_pause_by_the_vendor_is_shown_on_every_page(edda: Client, labs: Connection) -> None:
    make_batch(labs)
    Connection.objects.update(wait_until=timezone.now() + timedelta(hours=2))
    phrase = "The vendor asked for a pause: calls resume on "
    for path in ("/connections/", address(labs), "/batches/"):
        assert phrase in edda.get(path).content.decode()
    assert "Paused by the vendor" in edda.get("/connections/").content.decode()
    Connection.objects.update(wait_until=timezone.now() - timedelta(seconds=1))
    assert phrase not in text(edda, labs)


def test_looking_and_finding_are_switched_by_an_editor(edda: Client, labs: Connection) -> None:
    assert edda.post(address(labs), {"do": "schedule", "watching": "on"}).status_code == 302
    schedule = Schedule.objects.get()
    assert (schedule.watching, schedule.discovering) == (True, False)


def test_a_look_at_the_page_writes_nothing(editor: Client, account: Connection) -> None:
    assert editor.get(address(account)).status_code == 200
    assert Schedule.objects.count() == 0


def test_what_is_looked_at_and_what_no_longer_is_are_shown_with_the_reason(edda: Client, labs: Connection) -> None:
    Poll.objects.create(batch=make_batch(labs, name="Going on"), message="Nothing new.")
    Poll.objects.create(
        batch=make_batch(labs, name="Over"), ended_at=timezone.now(), message="The vendor has finished."
    )
    context = edda.get(address(labs)).context
    assert [poll.batch.name for poll in context["polls"]] == ["Going on"]
    assert [poll.batch.name for poll in context["ended"]] == ["Over"]


@pytest.mark.parametrize(
    ("fields", "phrase"),
    [({"paused": True}, "This connection is paused"),
     ({"refused_at": timezone.now(), "refused_reason": "bad key"}, "The vendor refused this connection"),
     ({"key_hint": ""}, "This connection has no key")],
)  # fmt: skip
def test_a_stopped_connection_says_so_on_every_page(edda: Client, labs: Connection, fields: Any, phrase: str) -> None:
    batch = make_batch(labs)
    Connection.objects.update(**fields)
    for page in (address(labs), f"/batches/{batch.pk}/sync/", "/batches/"):
        assert phrase in edda.get(page).content.decode()


def test_the_secret_is_taken_and_never_shown(edda: Client, labs: Connection) -> None:
    edda.post(address(labs), {"do": "secret", "secret": "another-secret"})
    assert Schedule.objects.get().hook_secret == "another-secret"
    assert "another-secret" not in text(edda, labs)
    assert Schedule.objects.get().hook_key in text(edda, labs)


@pytest.mark.parametrize("sent", [{}, {"do": "explode"}])
def test_an_unknown_button_is_refused_with_a_message(edda: Client, labs: Connection, sent: Any) -> None:
    answer = edda.post(address(labs), sent)
    assert answer.status_code == 422
    assert "do: expected one of schedule, list, secret." in answer.text


@pytest.mark.parametrize("sent", [{"do": "secret", "secret": "x" * 201}, {"do": "secret", "secret": "\0"}])
def test_invalid_input_changes_nothing(edda: Client, labs: Connection, sent: Any) -> None:
    answer = edda.post(address(labs), sent)
    assert (answer.status_code, bool(answer.context["error"])) == (422, True)
    assert Schedule.objects.get().hook_secret == "the-secret"


def test_what_a_vendor_does_not_offer_cannot_be_asked_for(editor: Client, account: Connection) -> None:
    for do in ("list", "secret"):
        assert editor.post(address(account), {"do": do}).status_code == 422
    assert "cannot list batches" in text(editor, account)


def test_a_list_requested_by_hand_is_enqueued(edda: Client, labs: Connection) -> None:
    edda.post(address(labs), {"do": "list"})
    assert Schedule.objects.get().enqueued_at is not None


# ── what the vendor sends ──


def send(
    labs: Connection,
    body: bytes = b'{"type": "x"}',
    secret: str = "the-secret",
    path: str = "vendor-webhooks",
    **headers: str,
) -> int:
    signed = {"TL-Signature": sign([secret], body, int(timezone.now().timestamp()))} | headers
    schedule = Schedule.objects.get(connection=labs)
    response = Client(enforce_csrf_checks=True).post(
        f"/{path}/{labs.vendor}/{schedule.hook_key}/", body, content_type="application/json", headers=signed
    )
    return response.status_code


@pytest.mark.parametrize("path", ["vendor-webhooks", "hints"], ids=["", "the earlier address"])
def test_a_signed_message_needs_no_session_and_is_accepted(labs: Connection, path: str) -> None:
    assert send(labs, path=path) == 202
    assert Schedule.objects.get().webhook_at is not None


def test_a_wrong_one_is_refused_and_an_unknown_address_is_not_there(labs: Connection) -> None:
    assert send(labs, secret="wrong") == 403
    assert send(labs, **{"TL-Signature": ""}) == 403
    for vendor in (labs.vendor, "nomadic", "nobody"):
        address = f"/vendor-webhooks/{vendor}/{'0' * 32}/"
        assert Client().post(address, b"{}", content_type="text/plain").status_code == 404
    assert Schedule.objects.get().webhook_at is None


def test_a_large_one_is_turned_away_unread_and_so_is_a_flood(labs: Connection) -> None:
    assert send(labs, b"x" * (MAX_WEBHOOK_BYTES + 1)) == 413
    codes = [send(labs, secret="wrong") for _ in range(MAX_WRONG_WEBHOOKS + 1)]
    assert (codes[0], codes[-1]) == (403, 429)
    assert send(labs, secret="wrong") == 429
    assert send(labs) == 202, "what others forge takes nothing from the vendor"


def test_a_paused_connection_follows_no_hint_with_a_call(labs: Connection) -> None:
    watch = Poll.objects.create(batch=make_batch(labs))
    Connection.objects.update(paused=True)
    assert send(labs) == 202
    watch.refresh_from_db()
    assert watch.enqueued_at is None


@pytest.mark.parametrize("end", ["no member", "deactivated"])
def test_a_schedule_belongs_to_the_connection(labs: Connection, edda: Client, sign_in: SignIn, end: str) -> None:
    edda.post(address(labs), {"do": "schedule", "watching": "on", "discovering": "on"})
    lose_right(edda.user, end)  # type: ignore[attr-defined]
    schedule = Schedule.objects.get()
    assert (schedule.watching, schedule.discovering) == (True, True)
    other = sign_in(labs, "editor")
    assert "belong to the connection" in text(other, labs)
    other.post(address(labs), {"do": "schedule"})
    schedule.refresh_from_db()
    assert (schedule.watching, schedule.discovering) == (False, False)


def test_editors_of_another_connection_see_nothing(labs: Connection, sign_in: SignIn) -> None:
    assert sign_in(make_connection(), "editor").get(address(labs)).status_code == 404
    client = Client()
    client.force_login(make_member(labs, "reviewer"))
    assert client.get(address(labs)).status_code == 403
