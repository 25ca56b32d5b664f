"""No verdict key is dropped in silence: each decides, or is shown as not taken."""

import re

from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from batches.models import Batch, Decision
from tests.e2e.conftest import SEEN, sign_in
from tests.e2e.pages import open_deck, sent


def test_each_key_of_a_burst_decides_or_is_counted(page: Page, live_server: LiveServer, batch: Batch) -> None:
    open_deck(page, live_server, batch)
    page.wait_for_function(SEEN)
    page.keyboard.type("aaaaaaaa", delay=30)
    count = page.locator("[data-early-verdicts]")
    expect(count).to_have_text(re.compile(r"^[1-7] pressed too early$"))
    page.wait_for_timeout(300)
    sent(page)
    number = int(count.inner_text().split()[0])
    assert Decision.objects.count() + number == 8
    expect(page.locator("#card .facts-title")).to_have_text(f"Finding {9 - number}")
    expect(page.locator("[data-too-early]")).to_have_count(0)


def test_undo_shows_ten_earlier_cards_without_fetching(page: Page, live_server: LiveServer, batch: Batch) -> None:
    open_deck(page, live_server, batch)
    for number in range(1, 12):
        expect(page.locator("#card .facts-title")).to_have_text(f"Finding {number}")
        page.keyboard.press("a")
    expect(page.locator("#card .facts-title")).to_have_text("Finding 12")
    sent(page)
    assert page.locator("[data-cards] > .card").count() >= 11
    expect(page.locator("[data-early-verdicts]")).to_be_hidden()
    moved = page.evaluate("""() => new Promise((resolve) => {
        const shown = [];
        const press = () => {
            document.dispatchEvent(new KeyboardEvent("keydown", {key: "z", bubbles: true}));
            setTimeout(() => {
                shown.push(document.querySelector("#card .facts-title").textContent);
                if (shown.length < 10) press(); else resolve(shown);
            });
        };
        press();
    })""")
    assert moved == [f"Finding {number}" for number in range(11, 1, -1)]


def test_a_verdict_key_with_read_access_says_so(page: Page, live_server: LiveServer, batch: Batch) -> None:
    sign_in(page, live_server.url, "vera", to=f"/batches/{batch.pk}/review/?approval=pending")
    expect(page.locator("[data-place]")).to_have_text("1 / 12")
    page.keyboard.press("a")
    expect(page.locator("#toast")).to_have_text("You have read access only.")
