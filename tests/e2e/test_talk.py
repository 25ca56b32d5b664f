"""Comments: one key, names completed, sent like a verdict, resolved, withdrawn, and never lost."""

import re

from playwright.sync_api import Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from batches.models import Batch, Comment, Conversation, Event, Notification
from tests.e2e.conftest import sign_in
from tests.e2e.pages import open_deck, sent
from tests.factories import make_event

COMMENT = "**/events/*/comment/"


def comments() -> list[tuple[str, str, str]]:
    return list(Comment.objects.values_list("event__label", "kind", "text"))


def test_c_writes_names_are_completed_and_esc_comes_back(page: Page, live_server: LiveServer, batch: Batch) -> None:
    open_deck(page, live_server, batch)
    field = page.locator("#card [data-talk-field]")
    page.keyboard.press("Shift+C")
    expect(field).to_be_focused()
    page.keyboard.type("Is this one real, @ed")
    expect(page.locator("[role=option]")).to_have_text(["@edda"])
    page.keyboard.press("Enter")
    expect(field).to_have_value("Is this one real, @edda ")
    page.keyboard.type("or rain?")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("Look at 00:04.")
    page.keyboard.press("Enter")
    step = page.locator("#card .talk-step")
    expect(step.locator("[data-unsent]")).to_have_count(0)
    expect(step.locator(".talk-text")).to_have_text("Is this one real, @edda or rain?\nLook at 00:04.")
    sent(page)
    assert comments() == [("Finding 1", "say", "Is this one real, @edda or rain?\nLook at 00:04.")]
    assert list(Notification.objects.values_list("user__username", "read_at")) == [("edda", None)]
    page.wait_for_function("() => document.querySelector('#card video').readyState > 0")
    page.keyboard.press("c")
    expect(field).to_have_value(re.compile(r"^00:\d\d\.\d $"))
    page.keyboard.press("Escape")
    expect(field).to_have_value("")
    page.keyboard.press("c")
    page.keyboard.type("a z r")
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    expect(page.locator("#card .facts-title")).to_have_text("Finding 2")
    sent(page)
    assert Event.objects.get(label="Finding 1").approval == "approved"


def test_escape_closes_the_names_before_the_field(page: Page, live_server: LiveServer, batch: Batch) -> None:
    open_deck(page, live_server, batch)
    page.keyboard.press("Shift+C")
    page.keyboard.type("@")
    expect(page.locator("[role=option]")).to_have_text(["@edda", "@maya", "@vera"])
    page.keyboard.press("ArrowDown")
    expect(page.locator("[role=option][aria-selected=true]")).to_have_text("@maya")
    page.keyboard.press("Escape")
    expect(page.locator("[role=option]")).to_have_count(0)
    expect(page.locator("#card [data-talk-field]")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#card [data-talk-field]")).not_to_be_focused()


def test_a_comment_survives_a_reload_and_a_lost_answer_makes_one(
    page: Page, live_server: LiveServer, batch: Batch
) -> None:
    open_deck(page, live_server, batch)
    page.on("dialog", lambda dialog: dialog.accept())
    lost: list[str] = []

    def commit_but_lose_the_answer(route: Route) -> None:
        if lost:
            return route.continue_()
        lost.append(route.fetch().status_text)
        return route.abort()

    page.route(COMMENT, commit_but_lose_the_answer)
    page.keyboard.press("Shift+C")
    page.keyboard.type("Too dark for me")
    page.keyboard.press("Enter")
    expect(page.locator("#saved")).to_have_text("1 waiting")
    expect(page.locator("#card [data-unsent] .talk-text")).to_have_text("Too dark for me")
    kept = page.evaluate("JSON.stringify({...localStorage})")
    assert "Finding" not in kept
    page.reload()
    expect(page.locator("#saved")).to_have_text("saved")
    expect(page.locator("#card .talk-step")).to_have_count(1)
    assert comments() == [("Finding 1", "say", "Too dark for me")]


def test_a_talk_is_resolved_reopened_and_ones_own_comment_withdrawn(
    page: Page, live_server: LiveServer, batch: Batch
) -> None:
    event = Event.objects.get(label="Finding 3")
    sign_in(page, live_server.url, to=f"/events/{event.pk}/")
    for text in ("First", "Second"):
        page.get_by_label("Comment on this event").fill(text)
        page.get_by_role("button", name="Send the comment").click()
        expect(page.locator(".talk-step .talk-text").last).to_have_text(text)
        sent(page)
    page.get_by_role("button", name="Resolve").click()
    expect(page.locator(".talk-head")).to_contain_text("resolved")
    page.get_by_role("button", name="Reopen").click()
    expect(page.locator(".talk-head")).to_contain_text("unresolved")
    page.get_by_role("button", name="Withdraw").first.click()
    expect(page.locator(".talk-step").first).to_contain_text("Withdrawn by its author.")
    sent(page)
    talk = Conversation.objects.get(event=event)
    assert (talk.comments, talk.unresolved) == (1, True)
    assert Comment.objects.get(text="First")
    page.goto(f"{live_server.url}/batches/{batch.pk}/")
    expect(page.locator(".tile .marks")).to_have_text("1 comment")
    page.get_by_label("Unresolved comments 1").check()
    expect(page.locator(".tile")).to_have_count(1)


def test_who_is_mentioned_sees_it_in_the_header(page: Page, live_server: LiveServer, batch: Batch) -> None:
    open_deck(page, live_server, batch)
    page.keyboard.press("Shift+C")
    page.keyboard.type("@edda please look.")
    page.keyboard.press("Enter")
    sent(page)
    page.goto("about:blank")  # nothing under way may set a cookie again
    page.context.clear_cookies()
    sign_in(page, live_server.url, "edda")
    page.get_by_role("link", name="Notifications: 1 unread").click()
    expect(page.locator(".notification .talk-text")).to_have_text("@edda please look.")
    page.locator(".notification-open").click()
    expect(page.locator(".facts-title")).to_have_text("Finding 1")
    expect(page.get_by_role("link", name="Notifications", exact=True)).to_be_visible()


def test_history_and_note_are_fresh_when_one_comes_back(page: Page, live_server: LiveServer, batch: Batch) -> None:
    for number in (13, 14):
        make_event(batch.items.get(), label=f"Finding {number}", sequence=number, vendor_approval="approved")
    sign_in(page, live_server.url, to=f"/batches/{batch.pk}/review/?approval=approved")
    expect(page.locator("[data-place]")).to_have_text("1 / 2")
    page.keyboard.press("n")
    page.keyboard.type("hidden by a truck")
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    expect(page.locator("#card .facts-title")).to_have_text("Finding 14")
    sent(page)
    page.keyboard.press("k")
    expect(page.locator("#card .facts-title")).to_have_text("Finding 13")
    expect(page.locator("#card [data-fresh=note]")).to_contain_text("hidden by a truck")
    expect(page.locator("#card .history li").first).to_contain_text("Rejected by maya")
    expect(page.locator("#card [data-state-slot]")).to_contain_text("by maya")
    expect(page.locator("#card [data-fresh=vendor]")).to_contain_text("Vendor's approval: Approved")
    page.keyboard.press("z")
    expect(page.locator("#card [data-fresh=vendor]")).to_be_empty()
