"""The card on a phone, on a phone on its side, and at 200 %: what is needed to decide is on screen."""

import pytest
from playwright.sync_api import Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from batches.models import Action, Batch, Event
from tests.e2e.pages import open_deck
from tests.e2e.touch import Finger

NEEDED = (".screen", ".facts-title", ".ai-text", "[data-play]", ".verdict-approved", ".verdict-rejected")
FIXED = (".screen", ".transport", ".strip", ".facts-title", ".severity", ".ai-text", ".verdict-approved")


def visible_part(node: Locator) -> str:
    """Empty where all of the element is within the window and nothing lies over its middle."""
    return node.evaluate("""node => {
      const {left, top, right, bottom} = node.getBoundingClientRect();
      if (left < 0 || top < 0 || right > innerWidth + 1 || bottom > innerHeight + 1) return "outside the window";
      const over = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
      return node.contains(over) || over.contains(node) ? "" : `below ${over.className}`;
    }""")


@pytest.mark.parametrize(("width", "height"), [(844, 390), (720, 450)])
def test_picture_title_analysis_and_verdicts_are_on_screen_together(
    page: Page, live_server: LiveServer, batch: Batch, width: int, height: int
) -> None:
    long = "The van cuts in from the right lane without signalling, and the vehicle behind it brakes hard."
    Event.objects.update(ai_text=long)
    page.set_viewport_size({"width": width, "height": height})
    open_deck(page, live_server, batch)
    results = {f"deck {name}": visible_part(page.locator(f"#card {name}")) for name in NEEDED}
    page.goto(f"{live_server.url}/events/{batch.events.order_by('pk')[0].pk}/")
    results |= {f"event {name}": visible_part(page.locator(f"#card {name}")) for name in NEEDED}
    assert {name: problem for name, problem in results.items() if problem} == {}


def test_what_decides_never_moves_from_card_to_card(page: Page, live_server: LiveServer, batch: Batch) -> None:
    Event.objects.update(ai_text="The van cuts in from the right lane.")
    differs = {"label": "A van cuts in from the right lane " * 5, "severity": "", "confidence": None, "category": "",
               "ai_text": "A van cuts in from the right lane, and the lorry behind brakes hard. " * 4}  # fmt: skip
    Event.objects.filter(label="Finding 2").update(**differs, unread_at="2026-05-04T12:00Z")
    open_deck(page, live_server, batch)
    for width, height in ((1440, 900), (720, 450), (640, 400), (390, 844)):  # the second and third: at 200 %
        page.set_viewport_size({"width": width, "height": height})
        layouts = []
        for key in "jk":
            layouts.append([page.locator(f"#card {name}").bounding_box() for name in FIXED])
            page.keyboard.press(key)
            expect(page.locator("[data-place]")).to_have_text("2 / 12" if key == "j" else "1 / 12")
        corners = [[(box["x"], box["y"]) for box in layout if box] for layout in layouts]
        assert corners[0] == corners[1], width
        assert len(corners[0]) == len(FIXED)


def test_the_next_card_starts_at_its_clip(phone: Page, live_server: LiveServer, batch: Batch) -> None:
    Event.objects.update(ai_text="The van cuts in. " * 200)
    open_deck(phone, live_server, batch)
    phone.evaluate("scrollTo(0, 400)")
    phone.wait_for_function("() => scrollY === 400")
    phone.get_by_role("button", name="Approve").tap()
    expect(phone.locator("#card .facts-title")).to_have_text("Finding 2")
    phone.wait_for_function("() => scrollY === 0")
    assert visible_part(phone.locator("#card .screen")) == ""


def test_a_swipe_beside_the_picture_stays_on_the_page(phone: Page, live_server: LiveServer, batch: Batch) -> None:
    open_deck(phone, live_server, batch)
    address = phone.url
    finger = Finger(phone)
    for start, end in [((20, 560), (300, 560)), ((370, 560), (60, 560))]:
        finger.send("touchStart", start)
        finger.send("touchMove", ((start[0] + end[0]) // 2, 560))
        finger.send("touchMove", end)
        finger.send("touchEnd")
    style = "node => [getComputedStyle(node).overscrollBehaviorX, getComputedStyle(node).touchAction]"
    assert phone.locator("html").evaluate(style)[0] == "none"
    assert phone.locator(".deck").evaluate(style)[1] == "pan-y pinch-zoom"
    expect(phone.locator("#card .facts-title")).to_have_text("Finding 1")
    assert phone.url == address
    assert Action.objects.count() == 0


def test_swipes_are_taught_once(phone: Page, live_server: LiveServer, batch: Batch) -> None:
    open_deck(phone, live_server, batch)
    lesson = phone.get_by_text("right approves, left rejects, up skips")
    expect(lesson).to_be_visible()
    phone.get_by_role("button", name="Got it").tap()
    expect(lesson).to_be_hidden()
    phone.reload()
    expect(phone.locator("[data-place]")).to_have_text("1 / 12")
    expect(lesson).to_be_hidden()


def test_icons_have_words_and_the_scrubber_the_width_of_a_phone(
    phone: Page, live_server: LiveServer, batch: Batch
) -> None:
    silent = """nodes => nodes.filter(node => node.checkVisibility() && !node.innerText.trim())
      .map(node => node.getAttribute("aria-label"))"""
    open_deck(phone, live_server, batch)
    assert phone.locator("#card .transport button, .deck-bar a").evaluate_all(silent) == []
    assert phone.locator("#card [data-scrub]").evaluate("node => node.offsetWidth") > 390 - 30
    phone.set_viewport_size({"width": 320, "height": 640})
    assert visible_part(phone.locator(".deck-bar [rel=next]")) == ""
    phone.goto(f"{live_server.url}/batches/{batch.pk}/")
    assert phone.locator(".batch-head-actions > a, .batch-head-actions summary").evaluate_all(silent) == []
