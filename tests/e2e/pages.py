"""What several browser journeys do and wait for on our pages."""

import os
import threading
from collections.abc import Callable
from uuid import uuid4

from django.db import connection
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from batches import actions
from batches.models import Action, Batch, Event
from tests.e2e.conftest import sign_in
from tests.factories import make_member

EMPTY = "() => Object.keys(localStorage).every((key) => !key.startsWith('outbox:'))"
DECIDE = "**/events/*/decide/"


def open_deck(page: Page, server: LiveServer, batch: Batch) -> None:
    sign_in(page, server.url, to=f"/batches/{batch.pk}/review/?approval=pending")
    expect(page.locator("[data-place]")).to_have_text("1 / 12")


def meanwhile(act: Callable[[], object]) -> None:
    """Something is done beside the browser of a test."""

    def act_and_close() -> None:
        act()
        connection.close()

    thread = threading.Thread(target=act_and_close, daemon=True)
    thread.start()
    thread.join()


def conflict(page: Page, live_server: LiveServer, batch: Batch) -> Event:
    """Somebody rejects the event while it is on screen; then its reviewer approves it."""
    open_deck(page, live_server, batch)
    event = Event.objects.get(label="Finding 1")
    other = make_member(batch.connection, "reviewer", "jonas")

    seen = {"event_id": event.pk, "version": 1, "fingerprint": event.fingerprint}
    meanwhile(lambda: actions.decide(**seen, approval="rejected", by=other, idempotency_key=uuid4()))
    page.keyboard.press("a")
    expect(page.locator(".conflict")).to_have_count(1)
    return event


def approvals(batch: Batch) -> list[str]:
    return list(Event.objects.filter(batch=batch).order_by("sequence").values_list("approval", flat=True))


def saved(page: Page, count: int) -> None:
    """All of them are in the database, and the header says so only then."""
    expect(page.locator("#saved")).to_have_attribute("data-kind", "saved")
    expect(page.locator("#saved")).to_contain_text("saved")
    assert Action.objects.count() == count


def sent(page: Page) -> None:
    """The outbox is empty: the server has answered for everything."""
    page.wait_for_function(EMPTY)


def looks(page: Page, name: str) -> None:
    """Pictures of the page in every look, where LOOKS names a folder for them."""
    if folder := os.environ.get("LOOKS"):
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            for width in (1440, 390):
                page.set_viewport_size({"width": width, "height": 844})
                page.screenshot(path=f"{folder}/{name}-{scheme}-{width}.png")
        page.set_viewport_size({"width": 1280, "height": 720})
