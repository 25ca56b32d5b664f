"""A preset reason goes to the verdict just made: before it is sent, after it, or not at all."""

import pytest
from playwright.sync_api import Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from batches.actions.check import ledger_problems
from batches.models import Action, Batch, Connection, Decision, Event
from tests.e2e.conftest import sign_in
from tests.e2e.pages import DECIDE, open_deck, sent


def rows() -> list[tuple[str, str, str]]:
    return list(Decision.objects.order_by("id").values_list("event__label", "approval", "reason"))


def presets(batch: Batch) -> None:
    reject = "Too far away\nGlare"
    Connection.objects.filter(pk=batch.connection_id).update(reject_reasons=reject, invalid_reasons="Broken clip")


def idle(page: Page) -> None:
    expect(page.locator("#saved")).to_have_attribute("data-kind", "saved")


def test_a_digit_adds_the_reason_of_that_number(page: Page, live_server: LiveServer, batch: Batch) -> None:
    presets(batch)
    Connection.objects.update(invalid_reasons="Wrong severity")
    open_deck(page, live_server, batch)
    page.keyboard.press("r")
    chips = page.locator("[data-reason]:visible")
    assert chips.all_inner_texts() == ["1\nToo far away", "2\nGlare"]
    expect(page.locator("[data-reasons-about]")).to_have_text("Finding 1")
    page.keyboard.press("2")
    expect(page.locator("[data-reasons]")).to_be_hidden()
    expect(page.locator("#card .facts-title")).to_have_text("Finding 2")
    page.keyboard.press("i")
    assert chips.all_inner_texts() == ["1\nWrong severity"]
    page.keyboard.press("1")
    page.get_by_role("button", name="Correct it").click()
    expect(page.locator("#card .facts-title")).to_have_text("Finding 2")
    expect(page.locator("#card [data-correction]").get_by_label("Label")).to_be_focused()
    idle(page)
    result = dict(Event.objects.exclude(reason="").values_list("label", "reason"))
    assert result == {"Finding 1": "Glare", "Finding 2": "Wrong severity"}
    assert list(ledger_problems()) == []


def test_a_reason_to_a_saved_verdict_is_a_step_and_undone_with_it(
    page: Page, live_server: LiveServer, batch: Batch
) -> None:
    presets(batch)
    open_deck(page, live_server, batch)
    page.keyboard.press("r")
    idle(page)
    page.keyboard.press("1")
    expect(page.locator("#card .facts-title")).to_have_text("Finding 2")
    sent(page)
    assert rows() == [("Finding 1", "rejected", ""), ("Finding 1", "rejected", "Too far away")]
    page.keyboard.press("z")
    expect(page.locator("#card .facts-title")).to_have_text("Finding 1")
    sent(page)
    event = Event.objects.get(label="Finding 1")
    assert (event.approval, event.reason, event.version) == ("pending", "", 4)
    assert list(ledger_problems()) == []


def test_a_reason_to_a_verdict_nobody_tried_to_send_is_part_of_it(
    page: Page, live_server: LiveServer, batch: Batch
) -> None:
    presets(batch)
    open_deck(page, live_server, batch)
    page.route(DECIDE, lambda route: route.abort())
    page.keyboard.press("a")
    expect(page.locator("#card .facts-title")).to_have_text("Finding 2")
    expect(page.locator("#saved")).to_have_text("1 waiting")
    page.keyboard.press("r")
    page.keyboard.press("2")
    expect(page.locator("#saved")).to_have_text("2 waiting")
    page.unroute(DECIDE)
    idle(page)
    assert rows() == [("Finding 1", "approved", ""), ("Finding 2", "rejected", "Glare")]


def test_a_reason_to_a_verdict_whose_answer_was_lost_is_not_lost(
    page: Page, live_server: LiveServer, batch: Batch
) -> None:
    presets(batch)
    open_deck(page, live_server, batch)

    lost: list[str] = []

    def commit_but_lose_the_answer(route: Route) -> None:
        if not lost:
            lost.append(route.fetch().status_text)
        route.abort()

    page.on("dialog", lambda dialog: dialog.accept())
    page.route(DECIDE, commit_but_lose_the_answer)
    page.keyboard.press("r")
    while not lost:
        page.wait_for_timeout(20)
    page.keyboard.press("1")
    expect(page.locator("#saved")).to_have_text("2 waiting")
    page.wait_for_timeout(100)
    page.unroute(DECIDE)
    page.reload()
    idle(page)
    assert lost == ["OK"]
    assert rows() == [("Finding 1", "rejected", ""), ("Finding 1", "rejected", "Too far away")]


def test_a_refused_verdict_keeps_its_reason_for_a_retry(page: Page, live_server: LiveServer, batch: Batch) -> None:
    presets(batch)
    open_deck(page, live_server, batch)
    Event.objects.filter(label="Finding 1").update(fingerprint="f" * 32)
    page.keyboard.press("r")
    page.keyboard.press("2")
    expect(page.locator(".conflict")).to_have_count(1)
    expect(page.locator(".conflict-side").nth(1)).to_contain_text("Glare")
    page.get_by_role("button", name="Reject anyway").click()
    idle(page)
    assert rows() == [("Finding 1", "rejected", "Glare")]


def test_reasons_wait_for_the_next_verdict_or_escape(page: Page, live_server: LiveServer, batch: Batch) -> None:
    presets(batch)
    page.clock.install()
    open_deck(page, live_server, batch)
    page.keyboard.press("1")
    page.keyboard.press("r")
    panel = page.locator("[data-reasons]")
    expect(page.locator("#reasons-title")).to_have_text("Why rejected: Finding 1?")
    page.clock.fast_forward(10_000)
    page.keyboard.press("j")
    expect(page.locator("#card .facts-title")).to_have_text("Finding 3")
    expect(page.locator("#reasons-title")).to_have_text("Why rejected: Finding 1?")
    page.keyboard.press("1")
    expect(panel).to_be_hidden()
    page.keyboard.press("i")
    expect(page.locator("#reasons-title")).to_have_text("Why invalid: Finding 3?")
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    page.keyboard.press("1")
    page.keyboard.press("r")
    expect(panel).to_be_visible()
    page.keyboard.press("a")
    expect(panel).to_be_hidden()
    page.keyboard.press("1")
    idle(page)
    sent(page)
    assert rows() == [
        ("Finding 1", "rejected", ""), ("Finding 1", "rejected", "Too far away"),
        ("Finding 3", "invalid", ""), ("Finding 4", "rejected", ""), ("Finding 5", "approved", ""),
    ]  # fmt: skip


@pytest.mark.parametrize("size", [(1440, 900), (390, 844)])
def test_reasons_cover_neither_player_nor_strip(
    page: Page, live_server: LiveServer, batch: Batch, size: tuple[int, int]
) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    open_deck(page, live_server, batch)
    page.keyboard.press("r")
    expect(page.locator("#card .facts-title")).to_have_text("Finding 2")
    page.locator("[data-reasons]").wait_for()
    panel = page.locator("[data-reasons]").bounding_box()
    assert panel
    for part in ("[data-player]", ".strip", ".verdict-bar"):
        other = page.locator(f"#card {part}").bounding_box()
        assert other
        beside = other["x"] + other["width"] <= panel["x"] or panel["x"] + panel["width"] <= other["x"]
        apart = other["y"] + other["height"] <= panel["y"] or panel["y"] + panel["height"] <= other["y"]
        assert beside or apart, (part, other, panel)


def test_the_reason_used_most_stands_first(page: Page, live_server: LiveServer, batch: Batch) -> None:
    presets(batch)
    open_deck(page, live_server, batch)
    page.keyboard.press("r")
    page.keyboard.press("2")
    idle(page)
    page.reload()
    page.keyboard.press("r")
    page.locator("[data-reasons]").wait_for()
    assert page.locator("[data-reason]:visible").all_inner_texts() == ["1\nGlare", "2\nToo far away"]


def test_a_reason_can_be_clicked(page: Page, live_server: LiveServer, batch: Batch) -> None:
    presets(batch)
    event = Event.objects.get(label="Finding 3")
    sign_in(page, live_server.url, to=f"/events/{event.pk}/")
    page.get_by_role("button", name="Reject").click()
    chip = page.get_by_role("button", name="Glare")
    chip.click()
    expect(page.locator("[data-reasons]")).to_be_hidden()
    sent(page)
    event.refresh_from_db()
    assert (event.approval, event.reason) == ("rejected", "Glare")


def test_dot_repeats_verdict_reason_and_note(page: Page, live_server: LiveServer, batch: Batch) -> None:
    presets(batch)
    open_deck(page, live_server, batch)
    page.keyboard.press(".")
    expect(page.locator("#toast")).to_have_text("Nothing to repeat yet: decide an event first.")
    page.locator("#card [data-note-field]").fill("seen from afar...")
    page.locator("#card [data-note-field]").press("Escape")
    page.keyboard.press("r")
    page.keyboard.press("1")
    for number in (2, 3):
        expect(page.locator("#card .facts-title")).to_have_text(f"Finding {number}")
        page.keyboard.press(".")
    expect(page.locator("#card .facts-title")).to_have_text("Finding 4")
    idle(page)
    sent(page)
    result = set(Event.objects.exclude(approval="pending").values_list("label", "approval", "reason", "note"))
    text = ("rejected", "Too far away", "seen from afar...")
    assert result == {(f"Finding {number}", *text) for number in (1, 2, 3)}
    assert Action.objects.filter(batch=batch).count() <= 4


def test_enter_in_a_note_saves_it_and_decides_nothing(page: Page, live_server: LiveServer, batch: Batch) -> None:
    open_deck(page, live_server, batch)
    note = page.locator("#card [data-note-field]")
    page.keyboard.press("n")
    note.fill("no near miss at all")
    note.press("Enter")
    expect(page.locator("#toast")).to_have_text("Note kept. It will be saved with your verdict on this event.")
    expect(page.locator("#card .facts-title")).to_have_text("Finding 1")
    assert Decision.objects.count() == 0
    page.keyboard.press("r")
    expect(page.locator("#card .facts-title")).to_have_text("Finding 2")
    idle(page)
    page.keyboard.press("k")
    expect(page.locator("#card .facts-title")).to_have_text("Finding 1")
    note.fill("the van is parked")
    note.press("Enter")
    expect(page.locator("#toast")).to_have_text("Note added to your verdict.")
    sent(page)
    event = Event.objects.get(label="Finding 1")
    assert (event.approval, event.note) == ("rejected", "the van is parked")
    assert list(ledger_problems()) == []


def test_a_draft_note_survives_a_reload_until_it_is_saved(page: Page, live_server: LiveServer, batch: Batch) -> None:
    open_deck(page, live_server, batch)
    field = page.locator("#card [data-note-field]")
    field.fill("seen from afar")
    page.reload()
    expect(page.locator("[data-place]")).to_have_text("1 / 12")
    expect(field).to_have_value("seen from afar")
    page.keyboard.press("a")
    expect(page.locator("#card .facts-title")).to_have_text("Finding 2")
    sent(page)
    assert Event.objects.get(label="Finding 1").note == "seen from afar"
    assert page.evaluate("Object.keys(sessionStorage).filter(name => name.startsWith('draft:'))") == []
