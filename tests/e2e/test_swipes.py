"""Touch on the picture of the deck: right approves, left rejects, up skips; anything else decides nothing."""

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from batches.models import Action, Batch
from tests.e2e.pages import approvals, open_deck, sent
from tests.e2e.touch import MIDDLE, Finger


def test_each_way_means_one_thing(phone: Page, live_server: LiveServer, batch: Batch) -> None:
    open_deck(phone, live_server, batch)
    finger, title = Finger(phone), phone.locator("#card .facts-title")
    for number, (x, y) in enumerate([(130, 5), (-130, 10), (10, -110), (120, 30)], start=1):
        expect(title).to_have_text(f"Finding {number}")
        finger.drag(x, y)
    expect(title).to_have_text("Finding 5")
    sent(phone)
    assert approvals(batch)[:5] == ["approved", "rejected", "pending", "approved", "pending"]


def test_what_is_short_slanting_downwards_or_with_two_fingers_decides_nothing(
    phone: Page, live_server: LiveServer, batch: Batch
) -> None:
    open_deck(phone, live_server, batch)
    finger = Finger(phone)
    for x, y in [(40, 0), (100, -100), (5, 60), (0, -40)]:
        finger.drag(x, y)
    finger.send("touchStart", MIDDLE)
    finger.send("touchStart", MIDDLE, (250, 200))
    finger.send("touchMove", (320, 180), (380, 200))
    finger.send("touchEnd")
    phone.wait_for_timeout(300)
    expect(phone.locator("#card .facts-title")).to_have_text("Finding 1")
    expect(phone.locator(".swipe-hint")).to_have_count(0)
    assert Action.objects.count() == 0


@pytest.mark.parametrize(("motion", "follows"), [("no-preference", "130px 0px"), ("reduce", "")])
def test_it_says_what_letting_go_will_do_and_moves_only_where_motion_is_welcome(
    phone: Page, live_server: LiveServer, batch: Batch, motion: str, follows: str
) -> None:
    phone.emulate_media(reduced_motion=motion)  # type: ignore[arg-type]
    open_deck(phone, live_server, batch)
    finger = Finger(phone)
    finger.drag(130, 0, up=False)
    expect(phone.locator("#card .swipe-hint")).to_have_text("Approve")
    position = phone.locator("#card .screen").evaluate("screen => screen.style.translate")
    assert position.removesuffix(" 0px") == follows.removesuffix(" 0px")
    finger.send("touchCancel")
    expect(phone.locator(".swipe-hint")).to_have_count(0)
    assert phone.locator("#card .screen").evaluate("screen => screen.style.translate") == ""
    assert Action.objects.count() == 0


def test_after_a_swipe_to_the_left_a_reason_can_be_tapped(phone: Page, live_server: LiveServer, batch: Batch) -> None:
    open_deck(phone, live_server, batch)
    finger = Finger(phone)
    finger.drag(-130, 0)
    box = phone.get_by_role("button", name="Nothing happens here").bounding_box()
    assert box
    finger.send("touchStart", (round(box["x"]) + 20, round(box["y"]) + 10))
    finger.send("touchEnd")
    expect(phone.locator("[data-reasons]")).to_be_hidden()
    sent(phone)
    response = batch.events.get(label="Finding 1")
    assert (response.approval, response.reason) == ("rejected", "Nothing happens here")


def test_a_viewer_swipes_in_vain(phone: Page, live_server: LiveServer, batch: Batch) -> None:
    batch.connection.memberships.filter(user__username="maya").update(role="viewer")
    open_deck(phone, live_server, batch)
    Finger(phone).drag(130, 0)
    phone.wait_for_timeout(200)
    expect(phone.locator("#card .facts-title")).to_have_text("Finding 1")
    assert Action.objects.count() == 0
