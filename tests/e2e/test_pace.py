"""How long the rest takes, at the pace of the person at work."""

from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from batches.models import Batch
from tests.e2e.pages import open_deck


def test_the_deck_says_it_after_enough_verdicts(page: Page, live_server: LiveServer, batch: Batch) -> None:
    open_deck(page, live_server, batch)
    for number in range(1, 10):
        expect(page.locator("#card .facts-title")).to_have_text(f"Finding {number}")
        page.keyboard.press("a")
    expect(page.locator("#card .facts-title")).to_have_text("Finding 10")
    expect(page.locator("[data-pace]")).to_have_text("")
    page.keyboard.press("r")
    expect(page.locator("[data-pace]")).to_have_text("< 1 min left")
    page.reload()
    expect(page.locator("[data-pace]")).to_have_text("< 1 min left")
