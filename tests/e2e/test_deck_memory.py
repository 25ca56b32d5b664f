"""A deck that stays open for a whole shift keeps nothing of the cards that were left."""

import re
from dataclasses import dataclass

from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from batches.models import Batch, Event, Item
from tests.e2e.conftest import sign_in
from tests.factories import make_event

KEPT = 14  # cards: ten behind, the one on screen, three ahead
CLIPS = 5  # two behind, the one on screen, two ahead
SETTLED, MORE = 15, 30  # verdicts until as many cards are kept as ever, and after that


@dataclass
class Held:
    nodes: int
    listeners: int


def held(page: Page) -> Held:
    """What the page still holds after the collection of garbage."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    counters = session.send("Memory.getDOMCounters")
    session.detach()
    return Held(counters["nodes"], counters["jsEventListeners"])


def approve(page: Page, first: int, last: int) -> None:
    for number in range(first, last + 1):
        expect(page.locator("#card .facts-title")).to_have_text(f"Sight {number}")
        page.keyboard.press("a")
    expect(page.locator("#card .facts-title")).to_have_text(f"Sight {last + 1}")
    expect(page.locator("#saved")).to_have_attribute("data-kind", "saved")
    expect(page.locator("article.card")).to_have_count(KEPT)
    expect(page.locator("article.card video[src]")).to_have_count(CLIPS)


def test_cards_that_were_left_are_let_go(page: Page, live_server: LiveServer, batch: Batch) -> None:
    item = Item.objects.get(batch=batch)
    for number in range(1, SETTLED + MORE + 10):
        make_event(item, label=f"Sight {number}", sequence=1_000_000 + number, start_s=1.0, end_s=2.0)
    sign_in(page, live_server.url, to=f"/batches/{batch.pk}/review/?approval=pending&q=Sight")
    approve(page, 1, SETTLED)
    settled = held(page)
    approve(page, SETTLED + 1, SETTLED + MORE)
    later = held(page)
    assert later.nodes < 1.05 * settled.nodes
    assert later.listeners < 1.05 * settled.listeners


def test_a_card_far_behind_plays_again(page: Page, live_server: LiveServer, batch: Batch) -> None:
    finding = Event.objects.filter(label="Finding 1")
    finding.update(start_s=60.0, end_s=62.0)
    sign_in(page, live_server.url, to=f"/batches/{batch.pk}/review/?approval=pending")
    why = page.locator("#card [data-note]", has_text="The event starts after the end of the clip")
    expect(why).to_be_visible()
    video = page.locator(f'article[data-event="{finding.get().pk}"] video')
    expect(video).to_have_class("playing")
    for number in range(2, 7):
        page.keyboard.press("j")
        expect(page.locator("#card .facts-title")).to_have_text(f"Finding {number}")
    expect(video).not_to_have_attribute("src", re.compile("."))
    expect(page.locator("article.card video[src]")).to_have_count(CLIPS)
    for number in range(5, 0, -1):
        page.keyboard.press("k")
        expect(page.locator("#card .facts-title")).to_have_text(f"Finding {number}")
    expect(video).to_have_class("playing")
    expect(video).to_have_js_property("paused", False)
    expect(why).to_be_visible()
