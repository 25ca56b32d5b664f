"""How long the rest takes, at the pace of the person at work."""

from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from batches.models import Batch
from tests.e2e.pages import open_deck


def test_the_deck_says_it_after_three_verdicts(page: Page, live_server: LiveServer, batch: Batch) -> None:
    open_deck(page, live_server, batch)
    for number, key in enumerate("aas", start=1):
        expect(page.locator("#card .facts-title")).to_have_text(f"Finding {number}")
        page.keyboard.press(key)
    expect(page.locator("[data-pace]")).to_have_text("")
    page.keyboard.press("r")
    expect(page.locator("[data-pace]")).to_have_text("< 1 min left")
    page.reload()
    expect(page.locator("[data-pace]")).to_have_text("< 1 min left")
