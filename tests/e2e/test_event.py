"""One event by its address: the deck's card and keys, without a queue."""

from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from batches.models import Batch, Event
from tests.e2e.conftest import sign_in
from tests.e2e.pages import sent


def test_an_event_is_decided_repeated_undone_and_redone_on_its_own_page(
    page: Page, live_server: LiveServer, batch: Batch
) -> None:
    event = Event.objects.get(label="Finding 3")
    sign_in(page, live_server.url, to=f"/events/{event.pk}/")
    page.keyboard.press(".")
    expect(page.locator("#toast")).to_have_text("Nothing to repeat yet: decide an event first.")
    for key, then in [
        ("r", "rejected"),
        ("a", "approved"),
        ("z", "rejected"),
        ("z", "pending"),
        ("Shift+Z", "rejected"),
    ]:
        page.keyboard.press(key)
        expect(page.locator("#card")).to_have_attribute("data-approval", then)
        sent(page)
        event.refresh_from_db()
        assert event.approval == then
    expect(page.locator("#card .facts-title")).to_have_text("Finding 3")
    page.reload()
    page.keyboard.press("z")
    expect(page.locator("#card")).to_have_attribute("data-approval", "pending")
    page.keyboard.press("d")
    page.keyboard.press("Escape")  # leaves the field; the correction stays open
    page.keyboard.press("3")
    page.keyboard.press("Enter")
    expect(page.locator("#card")).to_have_attribute("data-approval", "approved")
    sent(page)
    event.refresh_from_db()
    assert event.severity == "high"
