"""Asking the vendor what more it knows of a file: one call, only when a reviewer asks."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from batches.models import Connection, Event, Item
from batches.sandbox.server import Sandbox
from batches.sandbox.world import World
from tests.factories import make_batch, make_connection, make_event, make_item
from tests.reviewer.conftest import SignIn
from tests.vendor_worlds import W_BATCH, job, w_batch


@pytest.fixture
def vendor(settings: Any) -> Iterator[Sandbox]:
    with Sandbox(World({}, wickson={W_BATCH: w_batch([job(0)])})) as sandbox:
        settings.PRIVATE_HOSTS = frozenset({sandbox.url.removeprefix("http://")})
        yield sandbox


@pytest.fixture
def event(db: None, vendor: Sandbox) -> Event:
    connection = make_connection(vendor="wickson", base_url=vendor.url, key=vendor.key)
    item = make_item(make_batch(connection), analysis_id="vec-000000", name="front.mp4")
    return make_event(item, timestamp="", start_s=None, end_s=None, label="front.mp4")


def test_a_reviewer_asks_and_reads_the_answer(vendor: Sandbox, event: Event, sign_in: SignIn) -> None:
    client = sign_in(event.batch.connection, "reviewer")
    page = f"/events/{event.pk}/"
    for address in (page, f"/batches/{event.batch_id}/review/"):
        assert "Request file details from Wickson" in client.get(address).content.decode()
    assert vendor.calls == []
    answer = client.post(f"{page}ask/")
    assert (answer.status_code, answer.headers["Location"]) == (302, page)
    for headers in ({}, {"HX-Request": "true", "HX-Target": "card"}):  # the page, and the card in the deck
        shown = client.get(page, headers=headers).content.decode()
        assert "A car drives on road 0." in shown
        assert "Ask Wickson" not in shown
    assert [call.path for call in vendor.calls] == ["/v1/media/vec-000000"]


def test_the_page_shows_what_the_vendor_refused(vendor: Sandbox, event: Event, sign_in: SignIn) -> None:
    Item.objects.update(analysis_id="vec-none")
    answer = sign_in(event.batch.connection, "reviewer").post(f"/events/{event.pk}/ask/")
    assert answer.status_code == 502
    assert "Media vec-none not found" in answer.content.decode()
    assert Item.objects.get().details == ""


def test_a_revoked_key_is_noted_and_asked_with_once(vendor: Sandbox, event: Event, sign_in: SignIn) -> None:
    connection = event.batch.connection
    connection.set_key("revoked")
    connection.save()
    client = sign_in(connection, "reviewer")
    for _ in range(2):
        assert client.post(f"/events/{event.pk}/ask/").status_code == 502
    assert len(vendor.calls) == 1
    assert Connection.objects.get().refused_at is not None


def test_a_file_of_which_nothing_was_made_costs_no_call(vendor: Sandbox, event: Event, sign_in: SignIn) -> None:
    Item.objects.update(analysis_id=None)
    client = sign_in(event.batch.connection, "reviewer")
    assert "Ask Wickson" not in client.get(f"/events/{event.pk}/").content.decode()
    assert client.post(f"/events/{event.pk}/ask/").status_code == 502
    assert vendor.calls == []


def test_a_vendor_without_details_is_not_offered(account: Connection, reviewer: Client) -> None:
    event = make_event(make_item(make_batch(account)))
    assert "about this file" not in reviewer.get(f"/events/{event.pk}/").content.decode()
    assert reviewer.post(f"/events/{event.pk}/ask/").status_code == 502


def test_a_vendor_without_video_says_so_without_a_call(vendor: Sandbox, event: Event, sign_in: SignIn) -> None:
    answer = sign_in(event.batch.connection, "viewer").post(f"/events/{event.pk}/clip/")
    assert (answer.status_code, answer.json()) == (404, {"error": "The vendor provides no video."})
    assert vendor.calls == []
