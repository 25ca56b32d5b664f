"""What goes wrong on a long day: another person at the keyboard, two tabs, no network, clips that fail."""

from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from batches.models import Action, Batch, Decision, Event, UserSession
from tests.e2e.conftest import Vendor, enter_password, sign_in
from tests.e2e.pages import DECIDE, conflict, open_deck, sent
from tests.factories import make_event, make_item


def decisions() -> list[tuple[str, str, str]]:
    return list(Decision.objects.order_by("id").values_list("event__label", "approval", "action__user__username"))


def test_a_verdict_of_another_person_waits_for_its_author(page: Page, live_server: LiveServer, batch: Batch) -> None:
    open_deck(page, live_server, batch)
    page.on("dialog", lambda dialog: dialog.accept())
    other = page.context.new_page()
    UserSession.objects.all().delete()
    enter_password(other, live_server.url, "edda", to="/batches/")
    page.keyboard.press("a")
    expect(page.locator("#saved")).to_have_text("1 waiting for you; edda is signed in")
    expect(page.locator("#card .facts-title")).to_have_text("Finding 2")
    other.reload()
    expect(other.locator("#saved")).to_be_hidden()
    assert decisions() == []
    UserSession.objects.all().delete()
    enter_password(page, live_server.url, "maya", to=f"/batches/{batch.pk}/")
    expect(page.locator("#saved")).to_have_text("saved")
    assert decisions() == [("Finding 1", "approved", "maya")]


def test_z_after_a_refusal_takes_nothing_else_back(page: Page, live_server: LiveServer, batch: Batch) -> None:
    conflict(page, live_server, batch)
    page.keyboard.press("z")
    expect(page.locator(".conflict")).to_have_count(0)
    expect(page.locator("#card .facts-title")).to_have_text("Finding 1")
    badge = page.locator("#card [data-state-slot] .state")
    expect(badge).to_have_attribute("data-state", "rejected")
    expect(badge).not_to_have_attribute("data-unsaved", "")
    sent(page)
    assert decisions() == [("Finding 1", "rejected", "jonas")]


def test_two_tabs_of_one_person_send_each_verdict_once(page: Page, live_server: LiveServer, batch: Batch) -> None:
    open_deck(page, live_server, batch)
    page.route(DECIDE, lambda route: route.abort())
    page.keyboard.press("a")
    expect(page.locator("#saved")).to_have_text("1 waiting")
    other = page.context.new_page()
    other.goto(f"{live_server.url}/batches/{batch.pk}/review/?approval=pending")
    for tab in (page, other):
        expect(tab.locator("#saved")).to_have_text("saved")
    expect(other.locator("#card")).to_be_visible()
    other.keyboard.press("j")
    expect(other.locator("#card .facts-title")).to_have_text("Finding 2")
    other.keyboard.press("r")
    sent(other)
    assert decisions() == [("Finding 1", "approved", "maya"), ("Finding 2", "rejected", "maya")]


def test_a_card_that_cannot_be_fetched_comes_when_the_network_is_back(
    page: Page, live_server: LiveServer, batch: Batch
) -> None:
    page.route("**/events/*/", lambda route: route.abort())
    open_deck(page, live_server, batch)
    page.keyboard.press("a")
    expect(page.locator("#toast")).to_have_text("The next card cannot be loaded yet. Trying again.")
    page.keyboard.press("r")
    page.unroute("**/events/*/")
    expect(page.locator("#card .facts-title")).to_have_text("Finding 2")
    sent(page)
    assert decisions() == [("Finding 1", "approved", "maya")]


def test_a_failed_clip_resumes_at_the_same_second(
    page: Page, live_server: LiveServer, batch: Batch, vendor: Vendor
) -> None:
    sign_in(page, live_server.url, to=f"/events/{Event.objects.get(label='Finding 1').pk}/")
    expect(page.locator("#card video.playing")).to_be_visible()
    page.keyboard.press("Space")
    page.evaluate("""() => {
      const video = document.querySelector("#card video");
      video.currentTime = 4.5;
      video.dispatchEvent(new Event("error"));
    }""")
    page.wait_for_function("() => document.querySelector('#card video').src.includes('signature=2')")
    page.wait_for_function("() => document.querySelector('#card video').currentTime === 4.5")
    assert vendor.signed == 2


def test_an_event_whose_clip_cannot_be_played_comes_last(page: Page, live_server: LiveServer, batch: Batch) -> None:
    gone = make_event(make_item(batch, position=1), label="Without a clip", sequence=0)
    phrase = "The vendor no longer has this video."
    page.route(f"**/events/{gone.pk}/clip/", lambda route: route.fulfill(status=502, json={"error": phrase}))
    sign_in(page, live_server.url, to=f"/batches/{batch.pk}/review/?approval=pending")
    put_off = """(id) => Object.entries(sessionStorage)
      .some(([name, kept]) => name.startsWith("queue:") && JSON.parse(kept).skipped.includes(id))"""
    page.wait_for_function(put_off, arg=gone.pk)
    for number in range(1, 13):
        expect(page.locator("#card .facts-title")).to_have_text(f"Finding {number}")
        page.keyboard.press("j")
    expect(page.locator("#card .facts-title")).to_have_text("Without a clip")
    expect(page.locator("#card [data-note]")).to_have_text(phrase)


def test_a_span_behind_the_end_of_its_clip_plays_the_whole_clip_and_says_so(
    page: Page, live_server: LiveServer, batch: Batch
) -> None:
    event = Event.objects.get(label="Finding 1")
    Event.objects.filter(pk=event.pk).update(start_s=60.0, end_s=62.0)
    sign_in(page, live_server.url, to=f"/events/{event.pk}/")
    expect(page.locator("[data-note]")).to_contain_text("The event starts after the end of the clip")
    page.wait_for_function("() => document.querySelector('#card video').duration > 19")
    expect(page.locator("[data-clock]")).to_contain_text("/ 00:20")


def test_a_host_that_cannot_jump_is_named_instead_of_playing_another_moment(
    page: Page, live_server: LiveServer, batch: Batch, vendor: Vendor
) -> None:
    vendor.ranges = False
    Event.objects.filter(label="Finding 1").update(start_s=12.3, end_s=14.1)
    sign_in(page, live_server.url, to=f"/events/{Event.objects.get(label='Finding 1').pk}/")
    text = "This host does not support seeking; the clip starts at 00:00. The event begins at 00:12."
    expect(page.locator("#card [data-note]")).to_have_text(text)
    page.wait_for_function("() => document.querySelector('#card video').currentTime > 0.3")
    expect(page.locator("#card [data-note]")).to_be_visible()


def test_a_clip_that_redirects_to_a_host_that_is_not_allowed_says_so(
    page: Page, live_server: LiveServer, batch: Batch, vendor: Vendor
) -> None:
    vendor.redirect = f"http://localhost:{vendor.server_port}/clip.mp4"
    sign_in(page, live_server.url, to=f"/events/{Event.objects.get(label='Finding 1').pk}/")
    text = "The clip's host redirects to another host, which this installation does not allow."
    expect(page.locator("#card [data-note]")).to_have_text(text)


def test_the_end_is_not_called_done_while_verdicts_wait(page: Page, live_server: LiveServer, batch: Batch) -> None:
    keep_one(batch)
    sign_in(page, live_server.url, to=f"/batches/{batch.pk}/review/?approval=pending")
    expect(page.locator("[data-place]")).to_have_text("1 / 1")
    page.route(DECIDE, lambda route: route.abort())
    page.keyboard.press("a")
    title = page.locator("#done-title")
    expect(title).to_have_text("1 verdict is waiting to be saved")
    page.route(DECIDE, lambda route: route.fulfill(status=422, json={"error": "note: too long."}))  # the newest rules
    expect(title).to_have_text("1 verdict was not saved")
    page.unroute(DECIDE)
    page.get_by_role("button", name="Dismiss").click()
    expect(page.locator("#card .facts-title")).to_have_text("Finding 1")  # it was not saved: it comes back
    expect(page.locator("#card")).to_have_attribute("data-approval", "pending")
    assert Action.objects.count() == 0


def keep_one(batch: Batch) -> None:
    """All but one event are approved by the vendor."""
    Event.objects.filter(batch=batch).exclude(label="Finding 1").update(approval="approved", vendor_approval="approved")
    Batch.objects.update(pending=1, approved=11)


def test_the_end_says_that_nothing_is_pending_once_it_is_so(page: Page, live_server: LiveServer, batch: Batch) -> None:
    keep_one(batch)
    sign_in(page, live_server.url, to=f"/batches/{batch.pk}/review/?approval=pending")
    expect(page.locator("[data-place]")).to_have_text("1 / 1")
    page.keyboard.press("a")
    expect(page.locator("#done-title")).to_have_text("No pending events left")


def test_counts_beside_the_filters_follow_the_verdicts(page: Page, live_server: LiveServer, batch: Batch) -> None:
    sign_in(page, live_server.url, to=f"/batches/{batch.pk}/")
    expect(page.get_by_label("Pending 12")).to_be_visible()
    page.keyboard.press("j")
    for key in "aar":
        page.keyboard.press(key)
    expect(page.get_by_label("Pending 9")).to_be_visible()
    expect(page.get_by_label("Approved 2")).to_be_visible()
    expect(page.get_by_label("maya 3")).to_be_visible()
