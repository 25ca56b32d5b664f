"""What is done on the picture itself: a box is dragged, a frame is drawn on."""

import json
import re

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from batches.actions.check import ledger_problems
from batches.models import Batch, Comment, Connection, Event, EventPayload
from tests.e2e.pages import looks, open_deck, sent


def test_boxes_and_drawings_are_made_on_the_picture(page: Page, live_server: LiveServer, batch: Batch) -> None:
    event = Event.objects.in_order().first()
    assert event is not None
    Event.objects.filter(pk=event.pk).update(box=[0.25, 0.25, 0.5, 0.5])
    track = '{"boxes": [[0, 0, 0, 0.5, 0.5], [20, 0.5, 0.5, 0.5, 0.5]]}'
    EventPayload.objects.update_or_create(event=event, defaults={"sdk": track, "raw": track})
    open_deck(page, live_server, batch)
    page.wait_for_function("() => document.querySelector('#card video').readyState > 1")
    moving_box(page)
    held_zoom(page)
    next_card(page)
    copied_still(page)
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
    box_on_a_still(page, f"{live_server.url}/events/{event.pk}/")


def moving_box(page: Page) -> None:
    """Between two of the vendor's boxes the box is where the object must be."""
    page.keyboard.press("Space")
    for second in (3, 5):
        page.locator("#card video").evaluate("(video, second) => { video.currentTime = second }", second)
        expect(page.locator("#card .box rect")).to_have_attribute("x", f"{320 * second / 40:g}")
    page.keyboard.press("Space")


def held_zoom(page: Page) -> None:
    """The key zooms to where the pointer is, a drag pans, the release of that key returns."""
    screen = page.locator("#card .screen")
    frame = screen.bounding_box()
    assert frame is not None
    view = "node => node.style.getPropertyValue('--view')"
    page.mouse.move(frame["x"] + 200, frame["y"] + 100)
    page.keyboard.down("q")
    expect(screen).to_have_attribute("data-zoomed", "")
    assert screen.evaluate(view) == "translate(-400px, -200px) scale(3)"
    page.mouse.down()
    page.mouse.move(frame["x"] + 260, frame["y"] + 140, steps=3)
    page.mouse.up()
    assert screen.evaluate(view) == "translate(-340px, -160px) scale(3)"
    page.keyboard.press("Shift")  # of another key
    expect(screen).to_have_attribute("data-zoomed", "")
    page.keyboard.up("q")
    expect(screen).not_to_have_attribute("data-zoomed", "")


def next_card(page: Page) -> None:
    """It keeps the light of its video, and is shown with its title: full screen ends with its card."""
    page.keyboard.press("b")
    page.keyboard.press("u")
    page.wait_for_function("() => document.fullscreenElement")
    page.keyboard.press("j")
    expect(page.locator("[data-place]")).to_have_text("2 / 12")
    page.wait_for_function("() => !document.fullscreenElement")
    expect(page.locator("#card .screen")).to_have_attribute("data-lit", "")
    page.keyboard.press("0")
    page.keyboard.press("k")
    expect(page.locator("[data-place]")).to_have_text("1 / 12")
    expect(page.locator("#card .screen")).not_to_have_attribute("data-lit", "")


def copied_still(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("() => document.querySelector('#card video').pause()")
    page.keyboard.press("Shift+P")
    expect(page.locator(".toast").last).to_contain_text(re.compile(r"Copied: .* \d\d:\d\d\.\d"))
    copied = page.evaluate(
        """async () => {
          const [item] = await navigator.clipboard.read();
          const picture = await createImageBitmap(await item.getType("image/png"));
          return [picture.width, picture.height, await (await item.getType("text/plain")).text()];
        }"""
    )
    at = page.evaluate("() => document.querySelector('#card video').currentTime")
    assert copied[:2] == [320, 180]
    minutes, seconds = copied[2].split()[-1].split(":")
    assert 0 <= at - int(minutes) * 60 - float(seconds) < 0.11


def box_on_a_still(page: Page, address: str) -> None:
    """A vendor that gives pictures only: the box lies over the still, and is drawn and moved there."""
    still = '<svg xmlns="http://www.w3.org/2000/svg" width="320" height="180"><rect width="99%" height="99%"/></svg>'
    page.route("**/thumbnail/", lambda route: route.fulfill(body=still, content_type="image/svg+xml"))
    Connection.objects.update(vendor="wickson")
    Event.objects.update(thumbnail_url="https://media.example/a.jpg")
    page.goto(address)
    expect(page.locator("#card .box")).to_have_attribute("data-shown", "")
    page.keyboard.press("d")
    looks(page, "still")
    middle = page.locator("#card .box rect").bounding_box()
    assert middle is not None
    page.mouse.move(middle["x"] + middle["width"] / 2, middle["y"] + middle["height"] / 2)
    page.mouse.down()
    page.mouse.move(middle["x"], middle["y"], steps=3)
    page.mouse.up()
    page.get_by_role("button", name="Save changes").click()
    expect(page.locator("#card .vendor-values")).to_contain_text("50 % × 50 % at 25 %, 25 %")
    sent(page)
    box = Event.objects.get(pk=address.split("/")[-2]).box
    assert box == [pytest.approx(share, abs=0.03) for share in (0, 0, 0.5, 0.5)]
    draw_on_a_still(page)
    page.locator("[data-mark-missed]").filter(visible=True).click()
    panel = page.locator("[data-missed]")
    for key in ("ArrowRight", "ArrowDown", "Shift+ArrowRight"):
        panel.get_by_role("button", name="Draw box").press(key)
    expect(panel.locator("[name=correct_box]")).to_have_value("0.36 0.36 0.31 0.3")


def draw_on_a_still(page: Page) -> None:
    page.get_by_role("button", name="Draw on the frame").click()
    screen = page.locator("#card .screen").bounding_box()
    assert screen is not None
    page.mouse.move(screen["x"] + screen["width"] / 2, screen["y"] + screen["height"] / 2)
    page.mouse.down()
    page.mouse.move(screen["x"] + screen["width"] / 4, screen["y"] + screen["height"] / 4, steps=3)
    page.mouse.up()
    page.locator("#card [data-talk-field]").fill("this car")
    page.keyboard.press("Enter")
    link = page.get_by_role("link", name="Show the drawing on the picture")
    link.click()
    expect(page.locator("#card .screen > .drawing path")).to_have_count(1)
    looks(page, "drawn still")
    drawing = json.loads(Comment.objects.order_by("-id")[0].drawing or "")
    assert (drawing["at"], drawing["shapes"][0]["points"][0]) == (None, [0.5, 0.5])


def draw(page: Page) -> None:
    page.get_by_role("button", name="Draw on the frame").click()
    field = page.locator("#card [data-talk-field]")
    expect(field).to_have_value(re.compile("^00:"))
    screen = page.locator("#card .screen").bounding_box()
    assert screen is not None
    across, down = screen["x"] + screen["width"] / 2, screen["y"] + screen["height"] / 2
    page.get_by_role("button", name="Arrow", exact=True).click()
    page.mouse.move(across, down)
    page.mouse.down()
    page.mouse.move(across + 60, down + 40, steps=4)
    page.mouse.up()
    by_keys = page.get_by_role("button", name="Box", exact=True)
    for key in ("ArrowRight", "ArrowRight", "Shift+ArrowDown"):
        by_keys.press(key)
    shapes = page.locator("#card .screen > .drawing path")
    expect(shapes).to_have_count(2)
    page.get_by_role("button", name="Freehand", exact=True).press("ArrowUp")
    expect(shapes).to_have_count(3)
    page.get_by_role("button", name="Remove last shape").click()
    looks(page, "drawing")
    field.press("End")
    page.keyboard.type("this lorry")
    page.keyboard.press("Enter")
    expect(page.locator("#card .screen > .drawing")).to_have_count(0)
    link = page.locator("#card .drawing-link")
    expect(link.locator("path")).to_have_count(2)
    link.click()
    expect(shapes).to_have_count(2)
    looks(page, "drawn")
    page.locator("#card .screen").click()  # plays
    expect(page.locator("#card .screen > .drawing")).to_have_count(0)
    arrow, box = json.loads(Comment.objects.get().drawing or "")["shapes"]
    assert (arrow["kind"], arrow["points"][0]) == ("arrow", [0.5, 0.5])
    assert box == {"kind": "box", "points": [[0.42, 0.4], [0.62, 0.62]]}
