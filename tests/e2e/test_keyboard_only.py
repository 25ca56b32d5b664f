"""Without a mouse, enlarged, and by ear: the whole job by keys, each key once, at 200 %, and what is said aloud."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from batches.models import Batch, Event
from tests.e2e.conftest import sign_in
from tests.e2e.looks import findings
from tests.e2e.pages import DECIDE, approvals, open_deck, sent
from tests.factories import make_event

FOCUS_IN_CARD = "() => document.activeElement.closest('#card') !== null"
VIDEO = "document.querySelector('#card video')"


def title(page: Page, number: int) -> None:
    expect(page.locator("#card .facts-title")).to_have_text(f"Finding {number}")


def tab_to(page: Page, selector: str) -> None:
    """By Tab alone; fails where the focus never comes."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"Tab never comes to {selector}")


@pytest.mark.case("Y02")
def test_twenty_decisions_without_a_mouse(page: Page, live_server: LiveServer, batch: Batch) -> None:
    for number in range(12, 20):
        make_event(batch.items.get(), label=f"Finding {number + 1}", sequence=number)
    page.goto(f"{live_server.url}/login/")
    page.keyboard.type("maya")
    page.keyboard.press("Tab")
    page.keyboard.type("secret-enough")
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/")
    tab_to(page, ".desk-line a[href*='/review/']")
    page.keyboard.press("Enter")
    expect(page.locator("[data-place]")).to_have_text("1 / 20")
    for number in range(1, 21):
        title(page, number)
        assert page.evaluate(FOCUS_IN_CARD), f"the focus is lost at card {number}"
        page.keyboard.press("ari"[number % 3])
    expect(page.locator("[data-done]")).to_be_focused()
    sent(page)
    assert approvals(batch) == [("rejected", "invalid", "approved")[n % 3] for n in range(20)]
    tab_to(page, "[data-done] a")
    tab_to(page, ".skip-link, header a")  # round and out again: no trap


def test_tab_goes_through_a_card_and_out_of_it(page: Page, live_server: LiveServer, batch: Batch) -> None:
    open_deck(page, live_server, batch)
    for selector in (".strip a", "[data-talk-field]", "[data-note-field]", ".verdict-approved"):
        tab_to(page, f"#card {selector}")
    tab_to(page, "header a")


def test_three_keys_without_shortcuts_reach_approve(page: Page, live_server: LiveServer, batch: Batch) -> None:
    open_deck(page, live_server, batch)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the verdict")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Approve")).to_be_focused()
    page.keyboard.press("Enter")
    title(page, 2)
    sent(page)
    assert approvals(batch)[0] == "approved"


def test_each_key_does_what_the_table_says(page: Page, live_server: LiveServer, batch: Batch) -> None:
    open_deck(page, live_server, batch)
    expect(page.locator("#card video.playing")).to_be_visible(timeout=20_000)
    state = page.locator("#card [data-state-slot] .state")

    def video(condition: str) -> Callable[[], object]:
        return lambda: page.wait_for_function(f"() => {{ const v = {VIDEO}; return {condition}; }}")

    def position(number: int) -> Callable[[], object]:
        return lambda: title(page, number)

    def holds(selector: str) -> Callable[[], object]:
        return lambda: expect(page.locator(f"#card {selector}")).to_be_focused()

    def leave() -> None:
        page.keyboard.press("Escape")
        assert page.evaluate("document.activeElement.matches('input, textarea')") is False

    def after(check: Callable[[], object], then: Callable[[], object]) -> Callable[[], object]:
        return lambda: (check(), then())

    def flagged(on: str) -> Callable[[], object]:
        return lambda: expect(page.locator("#card [data-flag-button]")).to_have_attribute("aria-pressed", on)

    steps: list[tuple[str, Callable[[], object]]] = [
        ("Space", video("v.paused")),
        ("Space", video("!v.paused")),
        ("m", video("!v.muted")),
        ("m", video("v.muted")),
        ("]", video("v.playbackRate > 1")),
        ("[", video("v.playbackRate === 1")),
        ("l", lambda: expect(page.locator("#card [data-whole]")).to_have_attribute("aria-pressed", "true")),
        ("l", lambda: expect(page.locator("#card [data-whole]")).to_have_attribute("aria-pressed", "false")),
        (">", video("v.paused")),
        ("<", video("v.paused")),
        ("Shift+ArrowRight", video("v.currentTime > 2")),
        ("Shift+ArrowLeft", video("v.currentTime < 4")),
        ("n", after(holds("[data-note-field]"), leave)),
        ("c", after(holds("[data-talk-field]"), leave)),
        ("f", flagged("true")),
        ("f", flagged("false")),
        ("j", position(2)),
        ("k", position(1)),
        ("ArrowRight", position(2)),
        ("ArrowLeft", position(1)),
        ("s", position(2)),
        ("r", position(3)),
        ("1", lambda: expect(page.locator("[data-reasons]")).to_be_hidden()),
        ("i", position(4)),
        ("a", position(5)),
        (".", position(6)),
        ("z", position(5)),
        ("Shift+Z", lambda: (page.keyboard.press("k"), expect(state).to_have_attribute("data-state", "approved"))),
        ("?", lambda: expect(page.locator("dialog.help")).to_be_visible()),
        ("Escape", lambda: expect(page.locator("dialog.help")).to_have_count(0)),
        ("/", lambda: expect(page.locator("#q")).to_be_focused()),
    ]
    for key, happened in steps:
        page.keyboard.press(key)
        happened()
    sent(page)
    assert approvals(batch)[:6] == ["pending", "rejected", "invalid", "approved", "approved", "pending"]
    assert Event.objects.get(label="Finding 2").reason == batch.connection.reasons["rejected"][0]


@pytest.mark.parametrize("path", ["review/?approval=pending", "", "table/"])
def test_at_200_percent_nothing_is_cut_off(browser: Browser, live_server: LiveServer, batch: Batch, path: str) -> None:
    """A window of 1440 × 900 at 200 % is 720 × 450 of its pixels."""
    context = browser.new_context(
        viewport={"width": 720, "height": 450}, device_scale_factor=2, reduced_motion="reduce"
    )
    page = context.new_page()
    sign_in(page, live_server.url, to=f"/batches/{batch.pk}/{path}")
    expect(page.locator("#card, [data-event]").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 720
    assert findings(page) == []
    if path.startswith("review"):
        for name in ("Approve", "Reject", "Invalid", "Skip", "Undo"):
            expect(page.locator("#card").get_by_role("button", name=name).first).to_be_in_viewport(ratio=1)
        page.locator("#card").get_by_role("button", name="Reject").click()
        title(page, 2)
    context.close()


COLLECT_ANNOUNCEMENTS = """() => {
  window.announced = [];
  const listen = new MutationObserver((changes) => {
    for (const { target } of changes) {
      const element = target.closest ? target : target.parentElement;
      const region = element.closest("[role=status], [role=alert], [aria-live]");
      if (region && !region.hidden && region.textContent.trim()) window.announced.push(region.textContent.trim());
    }
  });
  listen.observe(document.body, { subtree: true, childList: true, characterData: true });
}"""


@pytest.mark.case("Y04")
def test_saving_refusals_and_bulk_verdicts_are_announced(page: Page, live_server: LiveServer, batch: Batch) -> None:
    def announces(text: str) -> None:
        page.wait_for_function("text => window.announced.some((announced) => announced.includes(text))", arg=text)

    open_deck(page, live_server, batch)
    page.evaluate(COLLECT_ANNOUNCEMENTS)
    page.route(DECIDE, lambda route: route.fulfill(status=503, body="away"))
    page.keyboard.press("a")
    announces("1 waiting")
    page.unroute(DECIDE)
    announces("saved")
    title(page, 2)
    Event.objects.filter(label="Finding 2").update(fingerprint="f" * 32)
    page.keyboard.press("a")
    announces("1 refused")
    page.keyboard.press("k")
    announces("Finding 2")
    page.goto(f"{live_server.url}/batches/{batch.pk}/?approval=pending")
    page.locator("[data-open]").nth(3).focus()
    page.evaluate(COLLECT_ANNOUNCEMENTS)
    for key in ("x", "j", "x", "i"):
        page.keyboard.press(key)
    announces("2 selected")
    announces("2 marked as invalid.")
