"""A correction beside a verdict: one key, Enter, and the vendor's own value stays readable."""

import os
import re

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from batches.actions.check import ledger_problems
from batches.models import Batch, Event
from tests.e2e.pages import open_deck, sent


def test_d_corrects_enter_approves_and_z_takes_both_back(page: Page, live_server: LiveServer, batch: Batch) -> None:
    open_deck(page, live_server, batch)
    page.keyboard.press("d")
    strip = page.locator("#card [data-correction]")
    expect(strip.get_by_label("Label")).to_be_focused()
    strip.get_by_label("Label").fill("A van")
    page.keyboard.press("Escape")
    page.keyboard.press("4")
    expect(strip.get_by_label("Severity", exact=True)).to_have_value("critical")
    looks(page, "strip")
    strip.get_by_role("button", name="Save changes").click()
    expect(page.locator("#card .vendor-values")).to_contain_text("Finding 1")
    expect(page.locator("#card .facts-title")).to_have_text("A van")
    looks(page, "saved")
    page.keyboard.press("d")
    strip.get_by_label("Category").fill("Merge")
    page.keyboard.press("Enter")
    expect(page.locator("[data-place]")).to_have_text("2 / 12")
    sent(page)
    event = Event.objects.get(label="A van")
    assert (event.approval, event.category, event.severity) == ("approved", "Merge", "critical")
    page.keyboard.press("z")
    sent(page)
    event.refresh_from_db()
    assert (event.approval, event.category, event.label) == ("pending", "Cut-in", "A van")
    page.keyboard.press("z")
    sent(page)
    event.refresh_from_db()
    assert (event.label, event.corrections, list(ledger_problems())) == ("Finding 1", None, [])


def test_a_box_is_dragged_on_the_picture_and_saved(page: Page, live_server: LiveServer, batch: Batch) -> None:
    event = Event.objects.in_order().first()
    assert event is not None
    Event.objects.filter(pk=event.pk).update(box=[0.25, 0.25, 0.5, 0.5])
    open_deck(page, live_server, batch)
    page.wait_for_function("() => document.querySelector('#card video').readyState > 1")
    page.keyboard.press("d")
    corner = page.locator("#card .box rect").bounding_box()
    assert corner is not None
    page.mouse.move(corner["x"] + 2, corner["y"] + 2)
    page.mouse.down()
    page.mouse.move(corner["x"] + corner["width"] / 2, corner["y"] + corner["height"] / 2, steps=3)
    page.mouse.up()
    looks(page, "box")
    page.get_by_role("button", name="Move box").focus()
    page.keyboard.press("Shift+ArrowUp")
    page.get_by_role("button", name="Save changes").click()
    expect(page.locator("#card .vendor-values")).to_contain_text("50 % × 50 % at 25 %, 25 %")
    event.refresh_from_db()
    assert event.box == [pytest.approx(share, abs=0.03) for share in (0.5, 0.5, 0.25, 0.24)]
    page.keyboard.press("z")
    sent(page)
    expect(page.locator("#card .box")).to_have_attribute("data-shown", "")
    expect(page.locator("#card [name=correct_box]")).to_have_value("0.25 0.25 0.5 0.5")
    assert list(ledger_problems()) == []


def test_o_marks_start_and_end_enter_adds_and_z_takes_it_back(
    page: Page, live_server: LiveServer, batch: Batch
) -> None:
    open_deck(page, live_server, batch)
    page.wait_for_function("() => document.querySelector('#card video').readyState > 1")
    page.keyboard.press("o")
    panel = page.locator("[data-missed]")
    expect(panel.get_by_label("Start, s")).not_to_have_value("")
    page.keyboard.press("o")
    expect(panel.get_by_label("Label")).to_be_focused()
    page.keyboard.type("A bicycle")
    looks(page, "missed")
    page.keyboard.press("Enter")
    added_on_strip = page.locator("#card .strip-event.is-added")
    expect(added_on_strip).to_have_accessible_name(re.compile("Approved, added by a reviewer$"))
    expect(page.locator("#card .strip-event:not(.is-added)").first).to_have_accessible_name(re.compile("Pending$"))
    added = Event.objects.added().get()
    assert (added.label, added.approval, added.end_s is not None) == ("A bicycle", "approved", True)
    page.keyboard.press("z")
    sent(page)
    assert (Event.objects.for_review().count(), list(ledger_problems())) == (12, [])


def looks(page: Page, name: str) -> None:
    if folder := os.environ.get("LOOKS"):
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            for width in (1440, 390):
                page.set_viewport_size({"width": width, "height": 844})
                page.screenshot(path=f"{folder}/{name}-{scheme}-{width}.png")
        page.set_viewport_size({"width": 1280, "height": 720})
