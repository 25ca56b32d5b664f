"""A correction beside a verdict: one key, Enter, and the vendor's own value stays readable."""

import re

from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from batches.actions.check import ledger_problems
from batches.models import Batch, Event, WatchedItem
from tests.e2e.pages import looks, open_deck, sent


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
    span_must_fit(page)
    strip.get_by_role("button", name="Save changes").click()
    expect(page.locator("#card .vendor-values")).to_contain_text("Finding 1")
    expect(page.locator("#card .facts-title")).to_have_text("A van")
    looks(page, "saved")
    page.keyboard.press("d")
    strip.get_by_label("Category").fill("Merge")
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")  # outside the fields, as after a digit
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
    page.keyboard.press("d")
    strip.get_by_label("Label").fill("A lorry")
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    sent(page)
    event.refresh_from_db()
    assert (event.approval, event.label) == ("approved", "A lorry"), "what is typed goes with the verdict"
    page.keyboard.press("d")
    page.keyboard.press("Escape")
    page.keyboard.press("4")
    page.keyboard.press("r")
    sent(page)
    rejected = Event.objects.get(approval="rejected")
    assert (rejected.severity, bool(rejected.corrections)) == ("critical", True)


def span_must_fit(page: Page) -> None:
    """A span that ends before its start, or after the clip, is refused while its values are still there."""
    page.wait_for_function("() => document.querySelector('#card video').readyState > 0")
    start, end = (page.locator(f"#card [name=correct_{name}_s]") for name in ("start", "end"))
    for field, value in ((start, "9"), (end, "999")):
        kept = field.input_value()
        field.fill(value)
        field.press("Enter")
        expect(end).to_be_focused()
        assert end.evaluate("node => node.validationMessage")
        field.fill(kept)
    start.fill("")
    start.press_sequentially("0,5")  # an English browser drops the comma of a field of numbers
    assert start.input_value() == "0,5"
    assert page.evaluate("document.querySelector('[data-correction]').checkValidity()")
    start.fill("1,234")
    assert not page.evaluate("document.querySelector('[data-correction]').checkValidity()")
    start.fill(start.evaluate("node => node.defaultValue"))


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
    watch_to_the_end(page, f"{live_server.url}/batches/{batch.pk}/watch/")


def watch_to_the_end(page: Page, address: str) -> None:
    """A video counts as watched once all of it has played, at any speed, with the findings or without."""
    page.goto(address)
    video = page.locator("#watch video")
    expect(page.locator("#watch video.playing")).to_be_visible()  # its first picture, before anybody plays it
    watched = page.get_by_role("button", name="Watched to the end")
    expect(watched).to_be_disabled()
    page.keyboard.press("h")
    expect(page.locator("#watch-findings")).to_be_hidden()
    looks(page, "watch")
    left_half_way(page)
    video.evaluate("(video) => { video.pause(); video.currentTime = 0; }")
    video.evaluate("(video) => { video.playbackRate = 8; return video.play(); }")
    expect(watched).to_be_enabled()
    expect(page.locator("[data-watched-hint]")).to_have_text("Watched whole: nothing missed.")
    page.keyboard.press("w")
    expect(page.get_by_text("Watched whole: nothing missed.").first).to_be_visible()
    expect(page.locator(".watch-head .meta, .empty h1")).to_contain_text(re.compile("1 of|Every video"))
    assert WatchedItem.objects.get().findings_hidden


def left_half_way(page: Page) -> None:
    """What was played is known in another browser, too: here one that remembers nothing."""
    playing = "() => document.querySelector('#watch video').currentTime > 1"
    page.locator("#watch video").evaluate("(video) => { video.playbackRate = 2; return video.play(); }")
    page.wait_for_function(playing)
    with page.expect_response("**/watched-parts/"):
        page.locator("#watch video").evaluate("(video) => video.pause()")
    page.evaluate("() => localStorage.clear()")
    page.reload()
    page.wait_for_function(playing)
    expect(page.locator("[data-watched-hint]")).to_contain_text(re.compile("Watched [1-9]"))
    page.keyboard.press("h")
