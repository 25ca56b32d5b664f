"""Undo and redo without an end, across reloads: the ledger knows, not the page."""

import re

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from batches.actions.check import ledger_problems
from batches.models import Batch
from tests.e2e.conftest import sign_in
from tests.e2e.pages import approvals, open_deck, sent


def decide(page: Page, keys: str) -> None:
    for number, key in enumerate(keys, start=1):
        expect(page.locator("#card .facts-title")).to_have_text(f"Finding {number}")
        page.keyboard.press(key)
    expect(page.locator("#card .facts-title")).to_have_text(f"Finding {len(keys) + 1}")
    sent(page)


def test_undo_and_redo_go_back_and_forth(page: Page, live_server: LiveServer, batch: Batch) -> None:
    open_deck(page, live_server, batch)
    title = page.locator("#card .facts-title")
    decide(page, "ari")
    for number in (3, 2, 1):
        page.keyboard.press("z")
        expect(title).to_have_text(f"Finding {number}")
    sent(page)
    assert approvals(batch)[:3] == ["pending"] * 3
    for number in (1, 2):
        page.keyboard.press("Shift+Z")
        expect(title).to_have_text(f"Finding {number}")
    sent(page)
    expect(page.locator("#card [data-state]").first).to_have_attribute("data-state", "rejected")
    assert approvals(batch)[:3] == ["approved", "rejected", "pending"]
    page.keyboard.press("z")
    sent(page)
    page.keyboard.press("Shift+Z")
    sent(page)
    page.keyboard.press("Shift+Z")
    expect(title).to_have_text("Finding 3")
    sent(page)
    assert approvals(batch)[:3] == ["approved", "rejected", "invalid"]
    assert list(ledger_problems()) == []


def test_after_a_reload_the_ledger_still_knows(page: Page, live_server: LiveServer, batch: Batch) -> None:
    open_deck(page, live_server, batch)
    title = page.locator("#card .facts-title")
    decide(page, "ar")
    for key, number in (("z", 2), ("z", 1), ("Shift+Z", 1), ("Shift+Z", 2), ("z", 2), ("Shift+Z", 2)):
        page.reload()
        expect(page.locator("[data-place]")).to_contain_text("/ ")
        page.keyboard.press(key)
        sent(page)
        expect(title).to_have_text(f"Finding {number}")
    assert approvals(batch)[:3] == ["approved", "rejected", "pending"]
    assert list(ledger_problems()) == []


def test_what_still_waits_is_undone_and_redone_in_order(page: Page, live_server: LiveServer, batch: Batch) -> None:
    open_deck(page, live_server, batch)
    page.route("**/decide/", lambda route: route.abort())
    page.keyboard.press("r")
    for key in ("z", "Shift+Z", "z", "Shift+Z"):
        page.keyboard.press(key)
    expect(page.locator("#saved")).to_have_text("5 waiting")
    page.unroute("**/decide/")
    expect(page.locator("#saved")).to_have_text("saved")
    assert approvals(batch)[0] == "rejected"
    assert list(ledger_problems()) == []


def test_a_new_verdict_ends_what_could_be_redone(page: Page, live_server: LiveServer, batch: Batch) -> None:
    open_deck(page, live_server, batch)
    decide(page, "a")
    page.keyboard.press("z")
    expect(page.locator("#card .facts-title")).to_have_text("Finding 1")
    page.keyboard.press("i")
    expect(page.locator("#card .facts-title")).to_have_text("Finding 2")
    sent(page)
    page.keyboard.press("Shift+Z")
    expect(page.locator("#toast")).to_have_text("You have nothing to redo in this batch.")
    assert approvals(batch)[0] == "invalid"


def test_the_tiles_undo_and_redo_too(page: Page, live_server: LiveServer, batch: Batch) -> None:
    sign_in(page, live_server.url, to=f"/batches/{batch.pk}/")
    page.keyboard.press("j")
    for key in ("a", "r", "z", "z", "Shift+Z"):
        page.keyboard.press(key)
    sent(page)
    expect(page.locator(".tile [data-state]").first).to_have_attribute("data-state", "approved")
    assert approvals(batch)[:2] == ["approved", "pending"]


@pytest.mark.parametrize("reloaded", [False, True], ids=["of many", "after a reload"])
def test_a_verdict_right_after_an_undo_that_only_the_server_knows_is_about_what_it_left(
    page: Page, live_server: LiveServer, batch: Batch, reloaded: bool
) -> None:
    sign_in(page, live_server.url, to=f"/batches/{batch.pk}/")
    page.keyboard.press("j")
    if reloaded:
        page.keyboard.press("a")
        sent(page)
        page.reload()
        page.keyboard.press("j")
    steps = re.compile("/(bulk|undo)/$")
    page.route(steps, lambda route: route.abort())
    for key in ("z", "r") if reloaded else ("x", "a", "z", "r"):
        page.keyboard.press(key)
    expect(page.locator("#saved")).to_have_text("2 waiting" if reloaded else "3 waiting")
    page.unroute(steps)
    expect(page.locator("#saved")).to_have_text("saved")
    assert approvals(batch)[:2] == ["rejected", "pending"]
    expect(page.locator(".tile [data-state]").first).to_have_attribute("data-state", "rejected")
    assert list(ledger_problems()) == []
