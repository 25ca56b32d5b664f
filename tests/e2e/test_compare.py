"""From two batches to verdicts: compare, take over what is the same, and the rest one by one with one key."""

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from batches.models import Batch, Connection, Event, PictureHash
from tests.batches.compare.scene import make_scene
from tests.e2e.conftest import sign_in
from tests.e2e.pages import sent


def test_what_was_decided_before_is_proposed_and_taken_over(page: Page, live_server: LiveServer,
    account: Connection) -> None:  # fmt: skip
    scene = make_scene(account, same="rejected", moved="approved", changed="invalid")
    address = f"/batches/{scene.later.pk}/compare/"
    sign_in(page, live_server.url, "maya", f"{address}?with={scene.earlier.pk}")
    offers = page.get_by_role("region", name="Verdicts to copy")
    expect(offers.get_by_role("button", name="Copy 1 verdict")).to_have_count(3)
    offers.get_by_role("listitem").filter(has_text="Same").get_by_role("button").click()
    expect(offers).to_contain_text("You copied 1 verdict")
    assert Event.objects.get(pk=scene.events["new same"].pk).approval == "rejected"
    offers.get_by_role("button", name="Undo").click()
    expect(offers).to_contain_text("Undone.")
    assert Batch.objects.get(pk=scene.later.pk).counts["pending"] == 4

    page.get_by_role("link", name="Review disagreements").click()
    card = page.locator("#card")
    expect(card.get_by_role("heading", level=1)).to_have_text("a moved thing")
    expect(card.locator(".proposal")).to_contain_text("33 % overlap")
    expect(page.locator("[data-place]")).to_have_text("1 / 3")
    page.keyboard.press("e")
    expect(card.get_by_role("heading", level=1)).to_have_text("other words")
    expect(card.locator(".beside")).to_contain_text("In First pass: a changed thing")
    page.keyboard.press("k")
    expect(card.get_by_role("heading", level=1)).to_have_text("a moved thing")
    expect(card.get_by_role("button", name="Use this verdict")).to_have_count(0)
    page.keyboard.press("j")
    expect(page.locator("#saved")).to_contain_text("saved")
    moved = Event.objects.get(pk=scene.events["new moved"].pk)
    assert (moved.approval, moved.reason, moved.note) == ("approved", "Not what was asked for", "note on moved")
    card.get_by_role("button", name="Use this verdict").click()
    expect(card.get_by_role("heading", level=1)).to_have_text("a new thing")
    expect(card.locator(".proposal")).to_have_count(0)
    page.keyboard.press("e")  # nothing is proposed: nothing is decided
    expect(page.locator("#saved")).to_contain_text("saved")
    assert Event.objects.get(pk=scene.events["new changed"].pk).approval == "invalid"
    assert Event.objects.get(pk=scene.events["new new"].pk).approval == "pending"


def test_a_proposal_is_taken_over_for_its_own_event_not_for_its_pile(page: Page, live_server: LiveServer,
    account: Connection) -> None:  # fmt: skip
    scene = make_scene(account, same="approved", moved="rejected")
    same, moved, changed = (scene.events[f"new {kind}"] for kind in ("same", "moved", "changed"))
    for event in (same, moved, changed):
        PictureHash.objects.create(event=event, batch=scene.later, picture="0" * 32, difference_hash=1, pile=same.pk)
    sign_in(page, live_server.url, to=f"/batches/{scene.later.pk}/review/?approval=pending")
    title, count = page.locator("#card .facts-title"), page.locator("#card [data-pile-count]")
    expect(title).to_have_text("a same thing")
    expect(count).to_have_text("3")
    page.keyboard.press("e")
    expect(title).to_have_text("a moved thing")
    expect(count).to_have_text("2")
    page.get_by_role("button", name="Use this verdict").click()
    expect(title).to_have_text("other words")
    expect(count).to_have_count(0)
    sent(page)
    text = Event.objects.filter(batch=scene.later).order_by("start_s").values_list("approval", "note")
    assert list(text[:3]) == [("approved", "note on same"), ("rejected", "note on moved"), ("pending", "")]


@pytest.mark.parametrize("width", [390, 1440])
def test_the_strips_fit_the_screen(page: Page, live_server: LiveServer, account: Connection, width: int) -> None:
    scene = make_scene(account, same="rejected")
    page.set_viewport_size({"width": width, "height": 900})
    sign_in(page, live_server.url, "vera", f"/batches/{scene.later.pk}/compare/?with={scene.earlier.pk}")
    expect(page.locator(".bar-of")).to_have_count(8)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    box = page.locator(".bar-of.match-moved").last.bounding_box()
    assert box is not None
    assert box["width"] > 0
