"""What is done on the picture itself: a box is dragged, a frame is drawn on."""

import json
import re

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from batches.actions.check import ledger_problems
from batches.models import Batch, Comment, Event
from tests.e2e.pages import looks, open_deck, sent


def test_boxes_and_drawings_are_made_on_the_picture(page: Page, live_server: LiveServer, batch: Batch) -> None:
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
    draw(page)


def draw(page: Page) -> None:
    page.get_by_role("button", name="Draw on the frame").click()
    field = page.locator("#card [data-talk-field]")
    expect(field).to_have_value(re.compile("^00:"))
    screen = page.locator("#card .screen").bounding_box()
    assert screen is not None
    across, down = screen["x"] + screen["width"] / 2, screen["y"] + screen["height"] / 2
    for tool in ("Arrow", "Freehand"):
        page.get_by_role("button", name=tool, exact=True).click()
        page.mouse.move(across, down)
        page.mouse.down()
        page.mouse.move(across + 60, down + 40, steps=4)
        page.mouse.up()
    expect(page.locator("#card .screen > .drawing path")).to_have_count(2)
    page.get_by_role("button", name="Remove last shape").click()
    looks(page, "drawing")
    field.press("End")
    page.keyboard.type("this lorry")
    page.keyboard.press("Enter")
    expect(page.locator("#card .screen > .drawing")).to_have_count(0)
    link = page.locator("#card .drawing-link")
    expect(link.locator("path")).to_have_count(1)
    link.click()
    expect(page.locator("#card .screen > .drawing path")).to_have_count(1)
    looks(page, "drawn")
    page.locator("#card .screen").click()  # plays
    expect(page.locator("#card .screen > .drawing")).to_have_count(0)
    shapes = json.loads(Comment.objects.get().drawing or "")["shapes"]
    assert [(shape["kind"], shape["points"][0]) for shape in shapes] == [("arrow", [0.5, 0.5])]
