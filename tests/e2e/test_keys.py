"""The one key table: what the help shows is what the page does, and each person can change it."""

import json

from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from batches.models import Action, Batch, KeyPreference
from tests.e2e.conftest import SEEN, sign_in
from tests.e2e.pages import approvals, open_deck, saved, sent


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
    assert page.locator(".help-group h3").all_text_contents() == ["Decide", "Move", "Play", "View"]
    rows = page.locator(".help-row").evaluate_all(
        "rows => rows.map(row => [row.children[0].textContent, [...row.querySelectorAll('kbd')].map(k =>"
        " k.textContent).join(' ')])"
    )
    assert dict(rows) == {
        "Approve": "A",
        "Reject": "R",
        "Mark as invalid": "I",
        "Add a reason after Reject or Invalid; set a severity": "1 … 9",
        "Close the reasons, the correction or the missed event": "Esc",
        "Correct label, category, severity, span, box; Enter approves with the changes": "D",
        "Set the start of the span to the playhead": "{",
        "Set the end of the span to the playhead": "}",
        "Mark an event that the AI missed: start at the playhead; again: its end": "O",
        "Repeat the last verdict, reason and note": ".",
        "Use the verdict of an earlier analysis": "E",
        "Undo my last verdict": "Z",
        "Redo": "Shift+Z",
        "Write a note; Enter adds it to your verdict, Esc leaves it": "N",
        "Write a comment on the moment on screen; Esc leaves it": "C",
        "Write a comment without the moment": "Shift+C",
        "Flag for a second look": "F",
        "Keep their verdict in a conflict": "T",
        "Keep your verdict in a conflict; confirm the verdict of a changed event": "Y",
        "Skip: it comes back at the end": "S",
        "Next event, without a verdict": "J →",
        "Previous event": "K ←",
        "Play or pause": "Space",
        "Back 2 s": "Shift+←",
        "Forward 2 s": "Shift+→",
        "Previous frame": "<",
        "Next frame": ">",
        "Slower": "[",
        "Faster": "]",
        "Loop the event or play the whole video": "L",
        "Enlarge, hide or show the vendor's boxes": "V",
        "Mute or unmute": "M",
        "Enter or leave full screen": "U",
        "Zoom in; the wheel zooms too": "+",
        "Zoom towards the pointer while held; a drag moves the picture": "Q",
        "Zoom out": "-",
        "Reset zoom": "0",
        "Brighter": "B",
        "More contrast": "Shift+B",
        "Copy the URL of this moment": "Shift+L",
        "Save the picture on screen": "P",
        "Copy the picture on screen with its time": "Shift+P",
        "Keyboard shortcuts": "?",
        "Find anything": "Ctrl+K",
        "Open the pile of near-identical events": "Enter",
        "Take the event out of its pile, or put it back": "X",
        "Search label and AI text in the grid": "/",
        "Switch to table": "G",
    }


def test_single_keys_can_be_switched_off_everywhere(page: Page, live_server: LiveServer, batch: Batch) -> None:
    open_help(page, live_server, batch)
    page.get_by_label("Use single-key shortcuts").uncheck()
    expect(page.locator(".help-status")).to_have_text("Saved.")
    page.get_by_role("button", name="Close").click()
    expect(page.locator(".verdict-approved kbd").first).to_be_hidden()
    page.keyboard.press("a")
    page.reload()
    page.keyboard.press("a")
    page.wait_for_timeout(300)
    assert Action.objects.count() == 0
    page.get_by_role("button", name="Keyboard shortcuts").click()
    page.get_by_label("Use single-key shortcuts").check()
    page.get_by_role("button", name="Close").click()
    page.keyboard.press("a")
    saved(page, 1)


def test_a_key_can_be_changed_and_is_kept_with_the_person(page: Page, live_server: LiveServer, batch: Batch) -> None:
    open_help(page, live_server, batch)
    change(page, "approve", "w")
    expect(page.locator("[data-change=approve]")).to_have_text("W")
    expect(page.locator(".help-status")).to_have_text("Saved.")
    page.get_by_role("button", name="Close").click()
    page.evaluate("localStorage.clear()")
    page.reload()
    expect(page.locator("[data-place]")).to_have_text("1 / 12")
    expect(page.locator("#card .verdict-approved kbd")).to_have_text("W")
    page.keyboard.press("a")
    page.keyboard.press("w")
    saved(page, 1)
    assert approvals(batch)[:2] == ["approved", "pending"]
    expect(page.locator("#card .verdict-approved kbd")).to_have_text("W")
    page.goto(f"{live_server.url}/batches/{batch.pk}/")
    page.locator(".tile-link").nth(1).focus()
    page.keyboard.press("w")
    saved(page, 2)


def test_a_key_that_is_used_already_is_refused_with_its_row(page: Page, live_server: LiveServer, batch: Batch) -> None:
    open_help(page, live_server, batch)
    change(page, "approve", "r")
    expect(page.locator(".help-status")).to_have_text("R is already used for: Reject.")
    change(page, "undo", "Shift+Z")
    expect(page.locator(".help-status")).to_have_text("Shift+Z is already used for: Redo.")
    change(page, "undo", "Escape")
    expect(page.locator("[data-change=undo]")).to_have_text("Z")
    expect(page.locator(".help")).to_be_visible()
    assert KeyPreference.objects.count() == 0


def test_keys_are_reset_to_defaults(page: Page, live_server: LiveServer, batch: Batch) -> None:
    open_help(page, live_server, batch)
    expect(page.locator(".help-status")).to_have_text("Click a key to change it.")
    change(page, "approve", "w")
    page.get_by_role("button", name="Reset to defaults").click()
    expect(page.locator("[data-change=approve]")).to_have_text("A")
    expect(page.locator(".help-status")).to_have_text("Saved.")
    page.reload()
    assert json.loads(page.locator("body").get_attribute("data-keys") or "") == {"single": True, "keys": {}}


def test_keys_that_cannot_be_saved_work_on_this_page(page: Page, live_server: LiveServer, batch: Batch) -> None:
    open_help(page, live_server, batch)
    page.route("**/keys/", lambda route: route.abort())
    change(page, "approve", "w")
    expect(page.locator(".help-status")).to_have_text("Not saved: The server does not answer.")
    page.get_by_role("button", name="Close").click()
    page.keyboard.press("w")
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
    page.wait_for_function(SEEN)
    page.evaluate(press, ["к", "KeyR"])
    page.evaluate(press, ["&", "Digit2"])
    sent(page)
    expect(page.locator("[data-reasons]")).to_be_hidden()
    page.wait_for_function(SEEN)
    page.evaluate(press, ["q", "KeyA"])  # AZERTY's Q lies where A is elsewhere: what is written on it counts
    page.wait_for_timeout(200)
    assert approvals(batch)[:2] == ["rejected", "pending"]
    assert batch.events.get(label="Finding 1").reason == "Nothing happens here"


def test_the_deck_fetches_htmx_for_the_first_search(page: Page, live_server: LiveServer, batch: Batch) -> None:
    open_deck(page, live_server, batch)
    expect(page.locator("[data-cards] > .card")).to_have_count(4)
    assert page.evaluate("typeof htmx") == "undefined"
    page.route("**/htmx*.js", lambda route: route.abort())
    page.keyboard.press("Control+k")
    expect(page.locator("#toast")).to_have_text("The server does not answer.")
    page.unroute("**/htmx*.js")
    page.locator("#finder-q").fill(batch.name)
    expect(page.locator("#finder-hits [aria-selected=true]")).to_contain_text(batch.name)
    assert page.evaluate("htmx.config.allowEval") is False
