"""How long the rest takes, at the pace of the person at work."""

import re

import pytest
from playwright.sync_api import APIResponse, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from batches.models import Batch
from tests.e2e.conftest import sign_in
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


def test_the_review_does_not_wait_for_its_place_in_a_large_queue(
    page: Page, live_server: LiveServer, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reviewer.review.deck_queue.LARGE", 0)
    monkeypatch.setattr("reviewer.review.deck_queue.MAX_AHEAD", 5)
    held: list[tuple[Route, APIResponse]] = []
    page.route(re.compile(r"/queue/\?.*place="), lambda route: held.append((route, route.fetch())))
    sign_in(page, live_server.url, to=f"/batches/{batch.pk}/review/?approval=pending")
    expect(page.locator("[data-place]")).to_have_text("Counting …")
    page.keyboard.press("a")
    expect(page.locator("#card .facts-title")).to_have_text("Finding 2")
    route, counted_before = held[0]
    route.fulfill(response=counted_before)
    expect(page.locator("[data-place]")).to_have_text("2 / 12")
