"""The one key table: what the help shows is what the page does, and each person can change it."""

import json

from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from batches.models import Action, Batch, KeyPreference
from tests.e2e.conftest import sign_in
from tests.e2e.pages import approvals, saved, sent


def open_help(page: Page, live_server: LiveServer, batch: Batch) -> None:
    sign_in(page, live_server.url, to=f"/batches/{batch.pk}/review/")
    expect(page.locator("[data-place]")).to_have_text("1 / 12")
    page.keyboard.press("?")


def change(page: Page, command: str, key: str) -> None:
    page.locator(f"[data-change={command}]").click()
    expect(page.locator(".help-ask")).to_have_text("Press a key")
    page.keyboard.press(key)


def test_help_shows_every_key_of_the_page(page: Page, live_server: LiveServer, batch: Batch) -> None:
    open_help(page, live_server, batch)
    rows = page.locator(".help-row").evaluate_all(
        "rows => rows.map(row => [row.children[0].textContent, [...row.querySelectorAll('kbd')].map(k => k.textContent).join(' ')])"
    )
    assert dict(rows) == {
        "These keys": "?",
        "Approve": "A",
        "Reject": "R",
        "Invalid": "I",
        "Right after reject or invalid: its reason": "1 … 9",
        "The last verdict again, with reason and note": ".",
        "Take over the verdict that an earlier analysis proposes": "E",
        "Undo my last verdict": "Z",
        "Redo what I undid": "Shift+Z",
        "Write a note, Esc to come back": "N",
        "Write a comment, Esc to come back": "C",
        "Flag for a second look": "F",
        "Play or pause": "Space",
        "Two seconds back": "Shift+←",
        "Two seconds on": "Shift+→",
        "A frame back": "<",
        "A frame on": ">",
        "Slower": "[",
        "Faster": "]",
        "Loop the span, or play the whole video": "L",
        "The vendor's boxes, or the clip": "V",
        "Sound on or off": "M",
        "Somebody was faster: keep theirs": "T",
        "Somebody was faster: keep yours; changed since decided: it still holds": "Y",
        "Skip; it comes back at the end": "S",
        "Search label and AI text, in the tiles": "/",
        "Next, without a verdict": "J →",
        "Back": "K ←",
        "On to the table": "G",
        "Fan out a pile of near-identical events": "Enter",
        "Take the focused event out of the pile, or put it back": "X",
    }


def test_single_keys_can_be_switched_off_everywhere(page: Page, live_server: LiveServer, batch: Batch) -> None:
    open_help(page, live_server, batch)
    page.get_by_label("Single keys are on").uncheck()
    expect(page.locator(".help-said")).to_have_text("Kept.")
    page.get_by_role("button", name="Close").click()
    expect(page.locator(".verdict-approved kbd").first).to_be_hidden()
    page.keyboard.press("a")
    page.reload()
    page.keyboard.press("a")
    page.wait_for_timeout(300)
    assert Action.objects.count() == 0
    page.get_by_role("button", name="Keyboard shortcuts").click()
    page.get_by_label("Single keys are on").check()
    page.get_by_role("button", name="Close").click()
    page.keyboard.press("a")
    saved(page, 1)


def test_a_key_can_be_changed_and_is_kept_with_the_person(page: Page, live_server: LiveServer, batch: Batch) -> None:
    open_help(page, live_server, batch)
    change(page, "approve", "q")
    expect(page.locator("[data-change=approve]")).to_have_text("Q")
    expect(page.locator(".help-said")).to_have_text("Kept.")
    page.get_by_role("button", name="Close").click()
    page.evaluate("localStorage.clear()")
    page.reload()
    expect(page.locator("[data-place]")).to_have_text("1 / 12")
    expect(page.locator("#card .verdict-approved kbd")).to_have_text("Q")
    page.keyboard.press("a")
    page.keyboard.press("q")
    saved(page, 1)
    assert approvals(batch)[:2] == ["approved", "pending"]
    expect(page.locator("#card .verdict-approved kbd")).to_have_text("Q")
    page.goto(f"{live_server.url}/batches/{batch.pk}/")
    page.locator(".tile-link").nth(1).focus()
    page.keyboard.press("q")
    saved(page, 2)


def test_a_key_that_is_taken_is_refused_with_whose_it_is(page: Page, live_server: LiveServer, batch: Batch) -> None:
    open_help(page, live_server, batch)
    change(page, "approve", "r")
    expect(page.locator(".help-said")).to_have_text("R is taken: Reject.")
    change(page, "undo", "Shift+Z")
    expect(page.locator(".help-said")).to_have_text("Shift+Z is taken: Redo what I undid.")
    change(page, "undo", "Escape")
    expect(page.locator("[data-change=undo]")).to_have_text("Z")
    expect(page.locator(".help")).to_be_visible()
    assert KeyPreference.objects.count() == 0


def test_all_keys_as_usual_again(page: Page, live_server: LiveServer, batch: Batch) -> None:
    open_help(page, live_server, batch)
    change(page, "approve", "q")
    page.get_by_role("button", name="All keys as usual").click()
    expect(page.locator("[data-change=approve]")).to_have_text("A")
    expect(page.locator(".help-said")).to_have_text("Kept.")
    page.reload()
    assert json.loads(page.locator("body").get_attribute("data-keys") or "") == {"single": True, "keys": {}}


def test_what_cannot_be_kept_is_said_and_works_on_this_page(page: Page, live_server: LiveServer, batch: Batch) -> None:
    open_help(page, live_server, batch)
    page.route("**/keys/", lambda route: route.abort())
    change(page, "approve", "q")
    expect(page.locator(".help-said")).to_have_text("Not kept: The server does not answer.")
    page.get_by_role("button", name="Close").click()
    page.keyboard.press("q")
    saved(page, 1)


def test_held_keys_and_keys_with_control_decide_nothing(page: Page, live_server: LiveServer, batch: Batch) -> None:
    sign_in(page, live_server.url, to=f"/batches/{batch.pk}/review/")
    expect(page.locator("[data-place]")).to_have_text("1 / 12")
    for keys in ("Control+z", "Alt+a", "Meta+i", "Shift+A"):
        page.keyboard.press(keys)
    page.keyboard.down("a")
    for _ in range(5):
        page.keyboard.down("a")
    page.keyboard.up("a")
    saved(page, 1)
    assert approvals(batch)[:2] == ["approved", "pending"]


def test_letters_of_another_script_work_by_their_place(page: Page, live_server: LiveServer, batch: Batch) -> None:
    sign_in(page, live_server.url, to=f"/batches/{batch.pk}/review/")
    expect(page.locator("[data-place]")).to_have_text("1 / 12")
    press = "([key, code]) => document.body.dispatchEvent(new KeyboardEvent('keydown', {key, code, bubbles: true}))"
    page.evaluate(press, ["к", "KeyR"])
    page.evaluate(press, ["&", "Digit2"])
    sent(page)
    expect(page.locator("[data-reasons]")).to_be_hidden()
    page.evaluate(press, ["q", "KeyA"])  # AZERTY's Q lies where A is elsewhere: what is written on it counts
    page.wait_for_timeout(200)
    assert approvals(batch)[:2] == ["rejected", "pending"]
    assert batch.events.get(label="Finding 1").reason == "Nothing happens here"
