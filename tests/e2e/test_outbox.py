"""A verdict is never lost and never called saved too early, whatever the network, the server or the session does."""

from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from batches import actions
from batches.models import Action, Batch, Decision, Event, UserSession
from tests.e2e.conftest import enter_password
from tests.e2e.pages import DECIDE, conflict, looks, meanwhile, open_deck, sent


@pytest.mark.case("K04")
def test_a_server_that_is_away_gets_the_verdicts_when_it_is_back(
    page: Page, live_server: LiveServer, batch: Batch
) -> None:
    open_deck(page, live_server, batch)
    page.route(DECIDE, lambda route: route.fulfill(status=503, headers={"Retry-After": "1"}, body="busy"))
    page.keyboard.press("a")
    expect(page.locator("#saved")).to_have_text("1 waiting")
    expect(page.locator("#card .facts-title")).to_have_text("Finding 2")
    page.keyboard.press("r")
    expect(page.locator("#saved")).to_have_text("2 waiting")
    assert Action.objects.count() == 0
    page.unroute(DECIDE)
    expect(page.locator("#saved")).to_have_text("saved")
    assert list(Decision.objects.order_by("id").values_list("event__label", "approval")) == [
        ("Finding 1", "approved"),
        ("Finding 2", "rejected"),
    ]


@pytest.mark.case("K04")
def test_verdicts_survive_a_reload(page: Page, live_server: LiveServer, batch: Batch) -> None:
    open_deck(page, live_server, batch)
    page.on("dialog", lambda dialog: dialog.accept())
    page.route(DECIDE, lambda route: route.abort())
    for title in ("Finding 1", "Finding 2"):
        expect(page.locator("#card .facts-title")).to_have_text(title)
        page.keyboard.press("a")
    expect(page.locator("#saved")).to_have_text("2 waiting")
    page.unroute(DECIDE)
    page.reload()
    sent(page)  # the word "saved" may be gone before a slow page has loaded
    assert Decision.objects.count() == 2
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('outbox:'))") == []


def test_an_answer_that_never_came_is_asked_for_again_with_the_same_key(
    page: Page, live_server: LiveServer, batch: Batch
) -> None:
    open_deck(page, live_server, batch)
    lost: list[str] = []

    def commit_but_lose_the_answer(route: Route) -> None:
        if lost:
            return route.continue_()
        route.fetch()
        lost.append(route.request.post_data or "")
        return route.abort()

    page.route(DECIDE, commit_but_lose_the_answer)
    page.keyboard.press("a")
    expect(page.locator("#saved")).to_have_text("saved")
    assert Decision.objects.count() == 1
    assert len(lost) == 1


def test_nothing_the_vendor_wrote_is_stored_in_the_browser(page: Page, live_server: LiveServer, batch: Batch) -> None:
    open_deck(page, live_server, batch)
    page.route(DECIDE, lambda route: route.abort())
    page.keyboard.press("a")
    expect(page.locator("#saved")).to_have_text("1 waiting")
    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert "Finding" not in kept
    assert "car cuts in" not in kept


def test_a_session_that_ended_keeps_the_verdicts_until_sign_in(
    page: Page, live_server: LiveServer, batch: Batch
) -> None:
    open_deck(page, live_server, batch)
    UserSession.objects.all().delete()
    page.keyboard.press("a")
    link = page.get_by_role("link", name="Sign in again: 1 waiting")
    expect(link).to_be_visible()
    assert Decision.objects.count() == 0
    link.click()
    page.get_by_label("User name").fill("maya")
    page.get_by_label("Password").fill("secret-enough")
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#saved")).to_have_text("saved")
    assert Decision.objects.get().event.label == "Finding 1"


def test_somebody_elses_outbox_is_not_sent(page: Page, live_server: LiveServer, batch: Batch) -> None:
    open_deck(page, live_server, batch)
    UserSession.objects.all().delete()
    page.keyboard.press("a")
    expect(page.get_by_role("link", name="Sign in again: 1 waiting")).to_be_visible()
    enter_password(page, live_server.url, "edda", to=f"/batches/{batch.pk}/")
    page.wait_for_timeout(500)
    assert Decision.objects.count() == 0


def test_a_conflict_shows_both_sides_and_theirs_can_stay(page: Page, live_server: LiveServer, batch: Batch) -> None:
    event = conflict(page, live_server, batch)
    box = page.locator(".conflict")
    expect(box.locator("h2")).to_have_text("Finding 1")
    expect(box.locator(".conflict-side").nth(0)).to_contain_text("Rejectedjonas")
    expect(box.locator(".conflict-side").nth(1)).to_contain_text("Approved")
    expect(page.locator("#saved")).to_contain_text("1 refused: The event has changed")
    expect(page.locator("#card .facts-title")).to_have_text("Finding 2")
    page.reload()
    expect(page.locator(".conflict h2")).to_have_text(f"Event {event.pk}")
    page.get_by_role("button", name="Keep theirs").click()
    expect(page.locator(".conflict")).to_have_count(0)
    event.refresh_from_db()
    assert (event.approval, event.version) == ("rejected", 2)


def test_in_a_conflict_mine_can_be_put_knowingly(page: Page, live_server: LiveServer, batch: Batch) -> None:
    event = conflict(page, live_server, batch)
    page.get_by_role("button", name="Approve anyway").click()
    expect(page.locator("#saved")).to_have_text("saved")
    event.refresh_from_db()
    assert (event.approval, event.version, event.decided_by) == ("approved", 3, User.objects.get(username="maya"))
    correct_in_conflict(page)


def correct_in_conflict(page: Page) -> None:
    """Both sides show their values; what was entered is put over theirs, which keep the other fields."""
    event = Event.objects.get(label="Finding 2")
    seen = {"event_id": event.pk, "version": 1, "fingerprint": event.fingerprint}
    theirs = {"label": "A lorry", "severity": "low"}
    jonas = User.objects.get(username="jonas")
    meanwhile(lambda: actions.correct(**seen, values=theirs, by=jonas, idempotency_key=uuid4()))
    page.keyboard.press("d")
    page.locator("#card [name=correct_label]").fill("A van")
    page.get_by_role("button", name="Save changes").click()
    expect(page.locator(".conflict-side").nth(0)).to_contain_text("Label: A lorrySeverity: low")
    expect(page.locator(".conflict-side").nth(1)).to_contain_text("Yours, not savedLabel: A van")
    looks(page, "conflict")
    page.get_by_role("button", name="Save anyway").click()
    expect(page.locator("#saved")).to_have_text("saved")
    sent(page)
    event.refresh_from_db()
    assert (event.label, event.severity) == ("A van", "low")


def test_a_second_verdict_on_the_same_event_waits_for_the_first(
    page: Page, live_server: LiveServer, batch: Batch
) -> None:
    open_deck(page, live_server, batch)
    page.route(DECIDE, lambda route: route.abort())
    page.keyboard.press("a")
    expect(page.locator("#card .facts-title")).to_have_text("Finding 2")
    page.keyboard.press("k")
    expect(page.locator("#card .facts-title")).to_have_text("Finding 1")
    page.keyboard.press("r")
    expect(page.locator("#saved")).to_have_text("2 waiting")
    page.unroute(DECIDE)
    expect(page.locator("#saved")).to_have_text("saved")
    steps = Decision.objects.order_by("id").values_list("approval", "version")
    assert list(steps) == [("approved", 2), ("rejected", 3)]
