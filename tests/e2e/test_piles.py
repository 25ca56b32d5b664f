"""Near-identical events in the deck and the grid: one card, fanned out, one taken out, decided together, undone
together.
"""

import pytest
from playwright.sync_api import Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from batches.models import Action, Batch, Decision, Event, PictureHash
from tests.e2e.conftest import sign_in
from tests.e2e.looks import findings
from tests.e2e.pages import sent


def approvals(batch: Batch) -> list[str]:
    return list(Event.objects.filter(batch=batch).order_by("sequence").values_list("approval", flat=True))


@pytest.fixture
def piled(batch: Batch) -> Batch:
    """Findings 2 to 5 are one pile, 8 and 9 another: twelve events in eight cards."""
    events = list(Event.objects.filter(batch=batch).order_by("sequence"))
    for pile in (events[1:5], events[7:9]):
        for event in pile:
            PictureHash.objects.create(event=event, batch=batch, picture="0" * 32, difference_hash=1, pile=pile[0].pk)
    return batch


@pytest.fixture
def deck(page: Page, live_server: LiveServer, piled: Batch) -> Page:
    sign_in(page, live_server.url, to=f"/batches/{piled.pk}/review/?approval=pending")
    expect(page.locator("[data-place]")).to_have_text("1 / 8")
    return page


def title(page: Page, phrase: str) -> None:
    expect(page.locator("#card .facts-title")).to_have_text(phrase)


def at_the_pile(page: Page) -> None:
    page.keyboard.press("j")
    title(page, "Finding 2")
    expect(page.locator("#card [data-pile-count]")).to_have_text("4")


def test_a_pile_is_one_card_decided_and_undone_together(deck: Page, piled: Batch) -> None:
    expect(deck.locator("[data-piles]")).to_have_text("12 events in 8 cards")
    at_the_pile(deck)
    deck.keyboard.press("a")
    title(deck, "Finding 6")
    expect(deck.locator("[data-place]")).to_have_text("3 / 8")
    sent(deck)
    assert approvals(piled) == ["pending", *["approved"] * 4, *["pending"] * 7]
    assert (Action.objects.count(), Decision.objects.count()) == (1, 4)
    deck.keyboard.press("z")
    title(deck, "Finding 2")
    sent(deck)
    assert approvals(piled) == ["pending"] * 12
    expect(deck.locator("#card [data-pile-count]")).to_have_text("4")
    deck.keyboard.press("r")
    deck.keyboard.press("1")
    title(deck, "Finding 6")
    sent(deck)
    assert approvals(piled)[1:5] == ["rejected"] * 4
    reasons = set(Event.objects.filter(approval="rejected").values_list("reason", flat=True))
    assert len(reasons) == 1
    assert reasons != {""}


def test_a_reason_added_after_the_pile_was_saved_is_on_all_of_them_and_undone_with_it(deck: Page, piled: Batch) -> None:
    at_the_pile(deck)
    deck.keyboard.press("r")
    expect(deck.locator("[data-reasons]")).to_be_visible()
    deck.locator("[data-reasons]").hover()
    sent(deck)
    deck.locator("[data-reasons-of=rejected] [data-reason]").first.click()
    sent(deck)
    reasons = list(Event.objects.filter(approval="rejected").values_list("reason", flat=True))
    assert (len(reasons), len(set(reasons)), "" in reasons) == (4, 1, False)
    deck.keyboard.press("z")
    sent(deck)
    assert approvals(piled) == ["pending"] * 12
    deck.keyboard.press("Shift+Z")
    sent(deck)
    assert list(Event.objects.filter(approval="rejected").values_list("reason", flat=True)) == reasons
    deck.reload()
    deck.keyboard.press("z")
    sent(deck)
    assert approvals(piled) == ["pending"] * 12


def test_one_is_taken_out_and_comes_next_by_itself(deck: Page, piled: Batch) -> None:
    at_the_pile(deck)
    deck.keyboard.press("Enter")
    fan = deck.locator("#card .pile-fan")
    expect(fan).to_be_visible()
    expect(fan.locator("[data-pile-event]")).to_have_count(4)
    deck.keyboard.press("ArrowRight")
    deck.keyboard.press("ArrowRight")
    deck.keyboard.press("x")
    expect(deck.locator("#card [data-pile-count]")).to_have_text("3")
    expect(fan.locator("[data-split][aria-pressed=true]")).to_have_count(1)
    deck.keyboard.press("x")
    expect(deck.locator("#card [data-pile-count]")).to_have_text("4")
    deck.keyboard.press("x")
    deck.keyboard.press("Escape")
    expect(fan).to_be_hidden()
    deck.keyboard.press("r")
    title(deck, "Finding 4")
    expect(deck.locator("#card [data-pile]")).to_have_count(0)
    sent(deck)
    assert approvals(piled)[1:5] == ["rejected", "rejected", "pending", "rejected"]
    deck.keyboard.press("a")
    title(deck, "Finding 6")
    sent(deck)
    assert approvals(piled)[1:5] == ["rejected", "rejected", "approved", "rejected"]
    deck.keyboard.press("z")
    deck.keyboard.press("z")
    title(deck, "Finding 2")
    sent(deck)
    assert approvals(piled) == ["pending"] * 12


def test_one_is_decided_alone_and_the_rest_after_it(deck: Page, piled: Batch) -> None:
    at_the_pile(deck)
    deck.keyboard.press("Enter")
    deck.locator("#card [data-show-alone]").first.click()  # the card's own picture: the others become the next pile
    deck.keyboard.press("i")
    title(deck, "Finding 3")
    expect(deck.locator("#card [data-pile-count]")).to_have_text("3")
    deck.keyboard.press("Enter")
    deck.locator("#card [data-show-alone]").nth(2).click()
    title(deck, "Finding 5")
    deck.keyboard.press("a")
    title(deck, "Finding 6")
    deck.keyboard.press("k")
    deck.keyboard.press("k")
    title(deck, "Finding 3")
    deck.keyboard.press("r")
    sent(deck)
    assert approvals(piled)[1:5] == ["invalid", "rejected", "rejected", "approved"]


def test_changed_events_are_left_out_and_shown_next(deck: Page, piled: Batch) -> None:
    at_the_pile(deck)
    Event.objects.filter(label="Finding 4").update(fingerprint="f" * 32)
    deck.keyboard.press("a")
    expect(deck.locator("#toast")).to_have_text(
        "1 event of the pile was decided or changed meanwhile and left out. It comes next."
    )
    assert approvals(piled)[1:5] == ["approved", "approved", "pending", "approved"]
    title(deck, "Finding 6")
    deck.keyboard.press("s")
    title(deck, "Finding 4")
    deck.keyboard.press("a")
    sent(deck)
    assert approvals(piled)[3] == "approved"


def test_piles_survive_a_reload_and_can_be_switched_off(deck: Page, piled: Batch) -> None:
    at_the_pile(deck)
    deck.reload()
    title(deck, "Finding 2")
    expect(deck.locator("#card [data-pile-count]")).to_have_text("4")
    switch = deck.locator("[data-piles]")
    switch.click()
    expect(switch).to_have_text("12 events in 12 cards")
    expect(switch).to_have_attribute("aria-pressed", "false")
    expect(deck.locator("#card [data-pile]")).to_have_count(0)
    expect(deck.locator("[data-place]")).to_have_text("2 / 12")
    deck.keyboard.press("a")
    title(deck, "Finding 3")
    sent(deck)
    assert approvals(piled)[1:5] == ["approved", "pending", "pending", "pending"]
    switch.click()
    expect(deck.locator("#card [data-pile-count]")).to_have_text("3")


def test_a_pile_decided_offline_is_sent_as_one_after_a_reload(deck: Page, piled: Batch) -> None:
    at_the_pile(deck)
    deck.route("**/decide/", lambda route: route.abort())
    deck.keyboard.press("a")
    title(deck, "Finding 6")
    expect(deck.locator("#saved")).to_contain_text("1 waiting")
    deck.unroute("**/decide/")
    deck.reload()
    sent(deck)
    assert approvals(piled)[1:5] == ["approved"] * 4
    assert Action.objects.count() == 1


# ── the grid ──


@pytest.fixture
def grid(page: Page, live_server: LiveServer, piled: Batch) -> Page:
    sign_in(page, live_server.url, to=f"/batches/{piled.pk}/")
    expect(page.locator("[data-piles]")).to_have_text("12 events in 8 cards")
    return page


def tile(page: Page, number: int) -> Locator:
    event = Event.objects.get(label=f"Finding {number}")
    return page.locator(f'[data-tiles] [data-event="{event.pk}"]')


def focus(page: Page, number: int) -> None:
    tile(page, number).locator("[data-open]").focus()


def seen(page: Page, count: int) -> None:
    expect(page.locator("[data-tiles] [data-event]:visible")).to_have_count(count)


def test_in_the_grid_a_pile_is_one_tile_decided_and_undone_together(grid: Page, piled: Batch) -> None:
    seen(grid, 8)
    expect(tile(grid, 2).locator("[data-stack]")).to_have_text("4 near-identical")
    focus(grid, 2)
    grid.keyboard.press("r")
    sent(grid)
    expect(tile(grid, 6).locator("[data-open]")).to_be_focused()
    assert approvals(piled) == ["pending", *["rejected"] * 4, *["pending"] * 7]
    assert (Action.objects.count(), Decision.objects.count()) == (1, 4)
    seen(grid, 8)
    for key, then in (("z", "pending"), ("Shift+Z", "rejected")):
        grid.keyboard.press(key)
        expect(tile(grid, 2).locator("[data-open]")).to_be_focused()
        sent(grid)
        assert approvals(piled)[1:5] == [then] * 4
        seen(grid, 8)


def test_in_the_grid_a_pile_is_fanned_out_and_each_decided_alone(grid: Page, piled: Batch) -> None:
    focus(grid, 2)
    grid.keyboard.press("p")
    seen(grid, 11)
    expect(tile(grid, 2).locator("[data-stack]")).to_have_attribute("aria-expanded", "true")
    focus(grid, 4)
    grid.keyboard.press("a")
    sent(grid)
    assert approvals(piled)[1:5] == ["pending", "pending", "approved", "pending"]
    tile(grid, 2).locator("[data-stack]").click()
    seen(grid, 9)  # what is in another state hides behind none
    expect(tile(grid, 4)).to_be_visible()
    expect(tile(grid, 2).locator("[data-stack]")).to_have_text("3 near-identical")
    focus(grid, 2)
    grid.keyboard.press("i")
    sent(grid)
    assert approvals(piled)[1:5] == ["invalid", "invalid", "approved", "invalid"]


def test_in_the_grid_a_selected_tile_is_its_whole_pile(grid: Page, piled: Batch) -> None:
    focus(grid, 1)
    grid.keyboard.press("x")
    focus(grid, 2)
    grid.keyboard.press("Shift+X")
    expect(grid.locator("[data-bulk-words]")).to_have_text("5 selected")
    grid.keyboard.press("x")
    expect(grid.locator("[data-bulk-words]")).to_have_text("1 selected")


def test_in_the_grid_piles_are_switched_off_for_good_and_what_changed_stands_by_itself(
    grid: Page, piled: Batch
) -> None:
    Event.objects.filter(label="Finding 4").update(fingerprint="f" * 32)
    focus(grid, 2)
    grid.keyboard.press("a")
    sent(grid)
    assert approvals(piled)[1:5] == ["approved", "approved", "pending", "approved"]
    expect(tile(grid, 4)).to_be_visible()
    grid.locator("[data-piles]").click()
    seen(grid, 12)
    grid.reload()
    seen(grid, 12)
    focus(grid, 8)
    grid.keyboard.press("a")
    sent(grid)
    assert approvals(piled)[7:9] == ["approved", "pending"]


@pytest.mark.parametrize("colours", ["dark", "light"])
def test_a_fanned_out_pile_has_no_accessibility_finding_and_fits(deck: Page, colours: str) -> None:
    deck.emulate_media(color_scheme=colours, reduced_motion="reduce")  # type: ignore[arg-type]
    at_the_pile(deck)
    deck.keyboard.press("Enter")
    deck.keyboard.press("ArrowRight")
    deck.keyboard.press("x")
    expect(deck.locator("#card [data-out]")).to_have_count(1)
    assert findings(deck) == []
    deck.set_viewport_size({"width": 360, "height": 800})
    assert findings(deck) == []
    deck.wait_for_function("document.documentElement.scrollWidth === 360")


@pytest.mark.parametrize("colours", ["dark", "light"])
def test_stacked_and_fanned_tiles_have_no_accessibility_finding_and_fit(grid: Page, colours: str) -> None:
    grid.emulate_media(color_scheme=colours, reduced_motion="reduce")  # type: ignore[arg-type]
    focus(grid, 8)
    grid.keyboard.press("p")
    seen(grid, 9)
    assert findings(grid) == []
    grid.set_viewport_size({"width": 360, "height": 800})
    assert findings(grid) == []
    grid.wait_for_function("document.documentElement.scrollWidth === 360")
