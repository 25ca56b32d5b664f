"""A flag for a second look: one key, kept in the outbox like a verdict, found again by the filter."""

from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from batches.models import Action, Batch, Event
from tests.e2e.conftest import sign_in
from tests.e2e.pages import open_deck, sent


def flagged() -> list[str]:
    return list(Event.objects.filter(flagged_at__isnull=False).values_list("label", flat=True))


def test_f_flags_and_f_takes_it_away(page: Page, live_server: LiveServer, batch: Batch) -> None:
    open_deck(page, live_server, batch)
    button = page.locator("#card [data-flag-button]")
    page.keyboard.press("f")
    expect(button).to_have_text("Flagged for a second look")
    sent(page)
    expect(button).not_to_have_attribute("data-unsaved", "")
    assert flagged() == ["Finding 1"]
    page.reload()
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(page.locator("[data-place]")).to_have_text("1 / 12")
    page.keyboard.press("f")
    expect(button).to_have_text("Flag")
    sent(page)
    assert (flagged(), Action.objects.count()) == ([], 0)


def test_a_flag_and_a_verdict_on_one_event_both_arrive(page: Page, live_server: LiveServer, batch: Batch) -> None:
    open_deck(page, live_server, batch)
    page.route("**/flag/", lambda route: route.abort())
    for key in "fa":
        page.keyboard.press(key)
    expect(page.locator("#saved")).to_have_text("2 waiting")
    page.unroute("**/flag/")
    expect(page.locator("#saved")).to_have_text("saved")
    assert flagged() == ["Finding 1"]
    assert Event.objects.get(label="Finding 1").approval == "approved"


def test_the_grid_marks_and_filters_what_is_flagged(page: Page, live_server: LiveServer, batch: Batch) -> None:
    sign_in(page, live_server.url, to=f"/events/{Event.objects.get(label='Finding 4').pk}/")
    page.get_by_role("button", name="Flag").click()
    sent(page)
    page.goto(f"{live_server.url}/batches/{batch.pk}/")
    page.get_by_label("Flagged for a second look 1").check()
    expect(page.locator(".tile")).to_have_count(1)
    expect(page.locator(".tile .marks")).to_have_text("second look")
    assert page.url.endswith("?flagged=1")
