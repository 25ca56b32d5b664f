"""How long the rest takes, at the pace of the person at work."""

from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from batches.models import Batch
from tests.e2e.pages import open_deck

WORDS = """async ([gaps, left]) => {
  const { Pace } = await import("/static/js/deck/time_left.js");
  sessionStorage.clear();
  const pace = new Pace("test");
  let now = 1e12;
  pace.verdict(now);
  for (const gap of gaps) pace.verdict((now += gap * 1000));
  return [pace.words(left), new Pace("test").words(left)];
}"""


def words(page: Page, gaps: list[float], left: int) -> str:
    said, after_a_reload = page.evaluate(WORDS, [gaps, left])
    assert said == after_a_reload
    return str(said)


def test_the_guess_is_the_middle_pace_times_what_is_left(page: Page, live_server: LiveServer, batch: Batch) -> None:
    open_deck(page, live_server, batch)
    assert words(page, [], 100) == ""
    assert words(page, [4], 100) == ""
    assert words(page, [3, 2], 100) == "≈ 5 min left"
    assert words(page, [1, 60, 2], 280) == "≈ 9 min left"
    assert words(page, [2, 600, 2, 7200], 300) == "≈ 10 min left"
    assert words(page, [2, 2], 10) == "< 1 min left"
    assert words(page, [30, 30, 30], 1204) == "≈ 10 h left"
    assert words(page, [2, 2], 0) == ""
    assert words(page, [100] * 40 + [6] * 29, 100) == "≈ 10 min left"


def test_the_deck_says_it_after_three_verdicts(page: Page, live_server: LiveServer, batch: Batch) -> None:
    open_deck(page, live_server, batch)
    for number, key in enumerate("aas", start=1):
        expect(page.locator("#card .facts-title")).to_have_text(f"Finding {number}")
        page.keyboard.press(key)
    expect(page.locator("[data-pace]")).to_have_text("")
    page.keyboard.press("r")
    expect(page.locator("[data-pace]")).to_have_text("< 1 min left")
    page.reload()
    expect(page.locator("[data-pace]")).to_have_text("< 1 min left")
