"""A whole review by finger, on a phone and on a page enlarged to 200 %."""

import json
import re

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from batches.actions.check import ledger_problems
from batches.models import Batch, Comment, Event
from tests.e2e.pages import approvals, looks, open_deck, sent
from tests.e2e.touch import Finger, point_in

PLAYS = "() => document.querySelector('#card video').readyState > 1"
DOUBLED = {"width": 640, "height": 400}  # a window of 1280 × 800 at 200 %


def tap(page: Page, name: str) -> None:
    page.get_by_role("button", name=re.compile(f"^{name}")).filter(visible=True).first.tap()


def test_everything_is_decided_corrected_and_marked_by_finger(
    phone: Page, live_server: LiveServer, batch: Batch
) -> None:
    open_deck(phone, live_server, batch)
    finger, title = Finger(phone), phone.locator("#card .facts-title")
    correct(phone, finger)
    expect(title).to_have_text("Finding 2")
    mark_missed(phone, finger)
    draw(phone, finger)
    phone.set_viewport_size(DOUBLED)  # type: ignore[arg-type]
    tap(phone, "Reject")
    expect(title).to_have_text("Finding 3")
    tap(phone, "Undo")
    expect(title).to_have_text("Finding 2")
    phone.locator("#card [data-correct]").tap()
    phone.locator("#card [data-correction]").get_by_label("Category").fill("Merge")
    tap(phone, "Approve with changes")
    sent(phone)
    assert Event.objects.get(label="Finding 2").category == "Merge"
    assert (approvals(batch)[:3], list(ledger_problems())) == (["approved", "approved", "approved"], [])


def correct(page: Page, finger: Finger) -> None:
    """Label, severity, the end of the span and a box, approved with one tap."""
    page.wait_for_function(PLAYS)
    event = Event.objects.get(label=page.locator("#card .facts-title").text_content())
    page.locator("#card [data-correct]").tap()
    strip = page.locator("#card [data-correction]")
    strip.get_by_label("Label").fill(f"A van, {event.pk}")
    strip.get_by_role("button", name="4").tap()
    end = page.locator("#card [data-span]").bounding_box()
    assert end is not None
    finger.drag(40, 0, start=(round(end["x"] + end["width"]), round(end["y"] + end["height"] / 2)))
    strip.get_by_role("button", name="Draw box").tap()
    finger.drag(40, 30, start=point_in(page.locator("#card .box rect")))
    finger.drag(30, 20, start=point_in(page.locator("#card .box rect"), 1, 1))
    finger.drag(200, 0, start=point_in(page.locator("#card .screen"), 0.1, 0.9))  # beside the box: no swipe, no verdict
    looks(page, "touch-strip")
    strip.get_by_role("button", name="Approve with changes").tap()
    sent(page)
    corrected = Event.objects.get(pk=event.pk)
    assert (corrected.label, corrected.severity, corrected.approval) == (f"A van, {event.pk}", "critical", "approved")
    assert event.end_s is not None
    assert (corrected.end_s or 0) > event.end_s
    assert corrected.box is not None
    assert corrected.box[0] > 0.36
    assert corrected.box[2] > 0.31


def mark_missed(page: Page, finger: Finger) -> None:
    page.wait_for_function(PLAYS)
    page.locator("[data-mark-missed]").filter(visible=True).tap()
    panel = page.locator("[data-missed]")
    for height in (600, 844):  # beside the transport, also where the window is low
        page.set_viewport_size({"width": 390, "height": height})
        buttons, over = page.locator("#card .transport").bounding_box(), panel.bounding_box()
        assert buttons is not None
        assert over is not None
        assert buttons["y"] + buttons["height"] <= over["y"]
    panel.get_by_label("Label").fill("A bicycle")
    panel.get_by_role("button", name="2").tap()
    panel.get_by_role("button", name="Draw box").tap()
    finger.drag(-40, -30, start=point_in(page.locator("#card .box rect")))
    looks(page, "touch-missed")
    panel.get_by_role("button", name="Add missed event").tap()
    expect(page.locator("#card .strip-event.is-added")).to_have_count(1)
    sent(page)
    added = Event.objects.added().get()
    assert (added.label, added.approval, added.end_s is not None) == ("A bicycle", "approved", True)
    assert added.box is not None
    assert added.box[2:] == [pytest.approx(0.3), pytest.approx(0.3)]
    expect(page.locator("#card .box")).not_to_have_attribute("data-shown", "")


def draw(page: Page, finger: Finger) -> None:
    opener, screen = page.get_by_role("button", name="Draw on the frame"), page.locator("#card .screen")
    shapes = screen.locator("> .drawing path")
    opener.tap()
    expect(page.locator("#card [data-talk-field]")).not_to_be_focused()  # a keyboard would cover the tools
    finger.drag(60, 40, start=point_in(screen))
    expect(shapes).to_have_count(1)
    page.locator("#card [data-drawing]").get_by_role("button", name="Cancel").tap()
    expect(shapes).to_have_count(0)
    opener.tap()
    tap(page, "Box")
    finger.drag(60, 40, start=point_in(screen))
    expect(shapes).to_have_count(1)
    for part in (screen, page.locator("#card [data-drawing]"), page.get_by_role("button", name="Send the comment")):
        expect(part).to_be_in_viewport(ratio=0.99)
    shown, header = screen.bounding_box(), page.locator(".topbar").bounding_box()
    assert shown
    assert header
    assert shown["y"] > header["height"] - 1  # not behind it
    looks(page, "touch-drawing")
    page.get_by_role("button", name="Send the comment").tap()
    expect(page.locator("#card .drawing-link path")).to_have_count(1)
    (shape,) = json.loads(Comment.objects.get().drawing or "")["shapes"]
    assert (shape["kind"], shape["points"][0]) == ("box", [pytest.approx(0.5, abs=0.02)] * 2)
