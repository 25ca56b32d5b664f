"""The main job in a real browser: from signing in to the file with what was approved."""

import csv
import io

from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from batches.models import Action, Batch, Event
from tests.e2e.conftest import Vendor, enter_password, sign_in
from tests.e2e.pages import approvals, saved


def test_ten_events_are_decided_with_keys_and_the_approved_ones_downloaded(
    page: Page, live_server: LiveServer, batch: Batch
) -> None:
    enter_password(page, live_server.url)
    page.get_by_role("link", name="Night freeway", exact=True).click()
    expect(page.locator(".tile")).to_have_count(12)
    page.locator("#review-link").click()
    card = page.locator("#card")
    for number, key in enumerate("aaraiaaraa", start=1):
        expect(card.locator(".facts-title")).to_have_text(f"Finding {number}")
        expect(page.locator("[data-place]")).to_have_text(f"{number} / 12")
        page.keyboard.press(key)
    expect(card.locator(".facts-title")).to_have_text("Finding 11")
    saved(page, 10)
    expect(card.locator(".strip .state-approved")).to_have_count(7)
    texts_by_name = {"a": "approved", "r": "rejected", "i": "invalid"}
    assert approvals(batch) == [texts_by_name[key] for key in "aaraiaaraa"] + ["pending"] * 2

    page.keyboard.press("g")  # on to the table, and on to the grid
    page.wait_for_url("**/table/**")
    expect(page.locator("[data-look=table][aria-current]")).to_be_visible()
    page.keyboard.press("g")
    expect(page.locator(".tile")).to_have_count(2)
    page.goto(f"{live_server.url}/batches/{batch.pk}/")
    page.get_by_label("Approved 7").check()
    expect(page.locator(".tile")).to_have_count(7)
    assert page.url.endswith("?approval=approved")
    page.reload()
    page.locator("summary", has_text="Download").click()
    with page.expect_download() as download:
        page.get_by_role("group", name="Events").get_by_role("button", name="CSV", exact=True).click()
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_text())))
    assert [row["Label"] for row in rows] == [f"Finding {n}" for n in (1, 2, 4, 6, 7, 9, 10)]


def test_the_clip_moves_within_its_span(page: Page, live_server: LiveServer, batch: Batch, vendor: Vendor) -> None:
    sign_in(page, live_server.url, to=f"/batches/{batch.pk}/review/")
    expect(page.locator("#card video.playing")).to_be_visible()
    moment = "() => document.querySelector('#card video').currentTime"
    page.wait_for_function("() => document.querySelector('#card video').currentTime > 1.2")
    assert 1.0 <= page.evaluate(moment) <= 6.2
    page.keyboard.press("Space")
    assert page.evaluate("document.querySelector('#card video').paused")
    page.evaluate("document.querySelector('#card video').currentTime = 5.8")
    page.keyboard.press("Space")
    page.wait_for_function("() => document.querySelector('#card video').currentTime < 3")
    assert vendor.signed == 1


def test_a_dead_clip_is_signed_again_once(page: Page, live_server: LiveServer, batch: Batch, vendor: Vendor) -> None:
    vendor.broken = 1
    sign_in(page, live_server.url, to=f"/events/{Event.objects.first().pk}/")
    expect(page.locator("#card video.playing")).to_be_visible()
    assert vendor.signed == 2


def test_a_clip_that_stays_dead_says_why(page: Page, live_server: LiveServer, batch: Batch, vendor: Vendor) -> None:
    vendor.broken = 99
    sign_in(page, live_server.url, to=f"/events/{Event.objects.first().pk}/")
    expect(page.locator("[data-note]")).to_contain_text("The clip cannot be played")
    assert vendor.signed == 2


def test_a_clip_that_is_being_prepared_plays_once_it_is_there(
    page: Page, live_server: LiveServer, batch: Batch, vendor: Vendor
) -> None:
    vendor.prepares = True
    sign_in(page, live_server.url, to=f"/events/{Event.objects.first().pk}/")
    expect(page.locator("[data-note]")).to_contain_text("The clip is being prepared")
    vendor.prepares = False
    expect(page.locator("#card video.playing")).to_be_visible()
    expect(page.locator("[data-note]")).to_be_hidden()


def test_undo_brings_the_event_back(page: Page, live_server: LiveServer, batch: Batch) -> None:
    sign_in(page, live_server.url, to=f"/batches/{batch.pk}/review/?approval=pending")
    title = page.locator("#card .facts-title")
    for number, key in enumerate("ar", start=1):
        expect(title).to_have_text(f"Finding {number}")
        page.keyboard.press(key)
    expect(title).to_have_text("Finding 3")
    page.keyboard.press("z")
    expect(title).to_have_text("Finding 2")
    saved(page, 3)
    assert approvals(batch)[:3] == ["approved", "pending", "pending"]
    expect(page.locator("#card .state").first).to_have_attribute("data-state", "pending")
    page.keyboard.press("i")
    saved(page, 4)
    assert approvals(batch)[:3] == ["approved", "invalid", "pending"]


def test_the_end_says_what_was_achieved_and_skipped_cards_come_back(
    page: Page, live_server: LiveServer, batch: Batch
) -> None:
    sign_in(page, live_server.url, to=f"/batches/{batch.pk}/review/?approval=pending")
    title = page.locator("#card .facts-title")
    expect(page.locator("[data-place]")).to_have_text("1 / 12")
    page.keyboard.press("s")
    for number in range(2, 13):
        expect(title).to_have_text(f"Finding {number}")
        page.keyboard.press("a")
    expect(title).to_have_text("Finding 1")
    page.keyboard.press("r")
    expect(page.locator("[data-done]")).to_be_visible()
    expect(page.locator("[data-session]")).to_have_text("In this session: 11 approved, 1 rejected.")
    saved(page, 12)
    expect(page.locator("[data-done] [data-count=approved]")).to_have_text("11")


def test_keys_in_a_text_field_are_text(page: Page, live_server: LiveServer, batch: Batch) -> None:
    sign_in(page, live_server.url, to=f"/batches/{batch.pk}/review/")
    expect(page.locator("[data-place]")).to_have_text("1 / 12")
    page.keyboard.press("n")
    page.keyboard.type("a rainy iris, zoomed")
    expect(page.locator("#card [data-note-field]")).to_have_value("a rainy iris, zoomed")
    page.keyboard.press("Control+a")
    assert Action.objects.count() == 0
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    saved(page, 1)
    assert Event.objects.get(label="Finding 1").note == "a rainy iris, zoomed"


def test_the_tiles_of_the_grid_take_the_same_keys(page: Page, live_server: LiveServer, batch: Batch) -> None:
    sign_in(page, live_server.url, to=f"/batches/{batch.pk}/")
    page.keyboard.press("j")
    for key in "ari":
        page.keyboard.press(key)
    saved(page, 3)
    assert approvals(batch)[:4] == ["approved", "rejected", "invalid", "pending"]
    expect(page.locator(".tile .state[data-unsaved]")).to_have_count(0)
    expect(page.locator(".batch-head [data-count=pending]")).to_have_text("9")
    page.keyboard.press("z")
    saved(page, 4)
    assert approvals(batch)[:4] == ["approved", "rejected", "pending", "pending"]


def test_a_tile_plays_its_clip_while_the_pointer_rests_on_it(page: Page, live_server: LiveServer, batch: Batch) -> None:
    sign_in(page, live_server.url, to=f"/batches/{batch.pk}/")
    page.locator(".tile-picture").first.hover()
    expect(page.locator(".tile video.playing")).to_have_count(1)
    page.mouse.move(5, 5)
    expect(page.locator(".tile video")).to_have_count(0)


def test_no_clip_starts_by_itself_where_the_system_asks_for_less_motion(
    page: Page, live_server: LiveServer, batch: Batch, vendor: Vendor
) -> None:
    page.emulate_media(reduced_motion="reduce")
    sign_in(page, live_server.url, to=f"/batches/{batch.pk}/")
    page.locator(".tile-picture").first.hover()
    page.wait_for_timeout(600)
    expect(page.locator(".tile video")).to_have_count(0)
    assert vendor.signed == 0


def test_a_viewer_looks_but_no_key_decides(page: Page, live_server: LiveServer, batch: Batch) -> None:
    sign_in(page, live_server.url, "vera", to=f"/batches/{batch.pk}/review/")
    expect(page.locator("[data-place]")).to_have_text("1 / 12")
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)
    page.keyboard.press("a")
    page.keyboard.press("j")
    expect(page.locator("#card .facts-title")).to_have_text("Finding 2")
    assert Action.objects.count() == 0
