"""Selection by keys and pointer, verdicts on all of it, progress, and one undo for the whole, in grid and table."""

import threading
from uuid import uuid4

import pytest
from django.db import connection
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from batches.actions import decide
from batches.actions.check import ledger_problems
from batches.bulk.run import run_bulk
from batches.models import Action, Batch, BulkRun, Event
from tests.e2e.conftest import sign_in
from tests.e2e.pages import approvals, sent
from tests.factories import make_member

LOOKS = {"grid": "/batches/{}/", "table": "/batches/{}/table/"}


def open_page(page: Page, live_server: LiveServer, batch: Batch, look: str = "grid") -> None:
    sign_in(page, live_server.url, to=LOOKS[look].format(batch.pk))
    expect(page.locator("[data-tiles] [data-event]")).to_have_count(12)
    page.locator("[data-open]").first.focus()


@pytest.mark.parametrize("look", list(LOOKS))
def test_keys_select_a_stretch_decide_it_and_undo_it_as_one(
    page: Page, live_server: LiveServer, batch: Batch, look: str
) -> None:
    open_page(page, live_server, batch, look)
    phrase = page.locator("[data-bulk-words]")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(phrase).to_have_text("1 selected")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Shift+X")
    expect(phrase).to_have_text("3 selected")
    expect(page.get_by_role("checkbox", name="Select Finding 3")).to_be_checked()
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("x")
    expect(phrase).to_have_text("3 selected")
    page.keyboard.press("r")
    expect(page.locator("[data-run-words]")).to_have_text("3 rejected.")
    assert approvals(batch) == ["pending"] + ["rejected"] * 3 + ["pending"] * 8
    expect(page.locator("#bulk")).to_be_hidden()
    page.keyboard.press("z")
    expect(page.locator("[data-run-words]")).to_have_text("3 undone.")
    assert approvals(batch) == ["pending"] * 12
    page.keyboard.press("Shift+Z")
    expect(page.locator("[data-run-words]")).to_have_text("3 redone.")
    expect(page.locator("[data-event]").nth(1).locator(".state")).to_have_text("Rejected")
    page.get_by_role("button", name="Undo").first.click()
    expect(page.locator("[data-run-words]")).to_have_text("3 undone.")
    assert (Action.objects.count(), list(ledger_problems())) == (4, [])


def test_pointer_and_escape(page: Page, live_server: LiveServer, batch: Batch) -> None:
    open_page(page, live_server, batch)
    page.get_by_role("checkbox", name="Select Finding 2").check()
    page.locator(".tile-link").nth(5).click(modifiers=["Shift"])
    expect(page.locator("[data-bulk-words]")).to_have_text("5 selected")
    page.keyboard.press("Escape")
    expect(page.locator("#bulk")).to_be_hidden()
    expect(page.locator("[data-pick]:checked")).to_have_count(0)
    page.get_by_role("checkbox", name="Select Finding 4").check()
    page.get_by_label("Reason for all selected events").fill("Too dark to see")
    page.locator("#bulk").get_by_role("button", name="Invalid").click()
    expect(page.locator("[data-run-words]")).to_have_text("1 marked as invalid.")
    assert (batch.events.get(reason="Too dark to see").label, approvals(batch).count("invalid")) == ("Finding 4", 1)


def test_what_a_colleague_decided_meanwhile_is_listed(page: Page, live_server: LiveServer, batch: Batch) -> None:
    open_page(page, live_server, batch)
    event = batch.events.get(label="Finding 2")
    decide(event_id=event.pk, version=1, fingerprint=event.fingerprint, approval="invalid", idempotency_key=uuid4(),
           by=make_member(batch.connection))  # fmt: skip
    page.keyboard.press("Control+a")
    expect(page.locator("[data-bulk-words]")).to_have_text("12 selected")
    page.keyboard.press("a")
    expect(page.locator("[data-run-words]")).to_have_text("11 approved.")
    page.get_by_text("1 left unchanged").click()
    expect(page.locator("[data-run-left] a")).to_have_text("Finding 2")
    expect(page.locator("[data-event]").nth(1).locator(".state")).to_have_text("Invalid")


def test_all_that_match_run_in_the_background_with_progress(
    page: Page, live_server: LiveServer, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("batches.actions.bulk.MAX_EVENTS_IN_REQUEST", 4)
    monkeypatch.setattr("batches.bulk.run.CHUNK_EVENTS", 4)
    Event.objects.filter(label="Finding 1").update(severity="low", severity_rank=1)
    open_page(page, live_server, batch, "table")
    page.get_by_label("High 11").check()
    expect(page.locator("[data-event]")).to_have_count(11)
    page.keyboard.press("Control+a")
    expect(page.locator("[data-bulk-words]")).to_have_text("11 selected")
    page.keyboard.press("Control+a")
    expect(page.locator("[data-bulk-words]")).to_have_text("All 11 matching events selected")
    page.keyboard.press("a")
    expect(page.locator("[data-run-words]")).to_have_text("Approving: 0 of 11")
    page.keyboard.press("z")
    expect(page.locator("#toast")).to_contain_text("still running")
    page.reload()
    expect(page.locator("[data-run-words]")).to_have_text("Approving: 0 of 11")
    work()
    expect(page.locator("[data-run-words]")).to_have_text("11 approved.")
    expect(page.locator("[data-event]").first.locator(".state")).to_have_text("Approved")
    expect(page.locator("[data-count=approved]").first).to_have_text("11")
    page.locator("[data-run-undo]").click()
    expect(page.locator("[data-run-words]")).to_have_text("Undoing: 0 of 11")
    sent(page)
    work()
    expect(page.locator("[data-run-words]")).to_have_text("11 undone.")
    assert approvals(batch) == ["pending"] * 12


def work() -> None:
    """The worker, which is no part of the test's server, in a thread with a connection of its own."""

    def run_queued() -> None:
        run_bulk(BulkRun.objects.get(state="queued").pk)
        connection.close()

    worker = threading.Thread(target=run_queued, daemon=True)
    worker.start()
    worker.join()


def test_the_keys_go_round_and_a_head_sorts(page: Page, live_server: LiveServer, batch: Batch) -> None:
    open_page(page, live_server, batch)
    page.keyboard.press("g")
    expect(page.locator("[data-place]")).to_have_text("1 / 12")
    page.keyboard.press("g")
    page.wait_for_url("**/table/?approval=pending")
    page.locator("[data-sort='-severity']").click()
    page.wait_for_url("**/table/?approval=pending&sort=-severity")
    expect(page.locator("[aria-sort=descending]")).to_have_text("Severity")
    expect(page.locator("select[name=sort]")).to_have_value("-severity")
    page.locator("[data-open]").nth(3).focus()
    page.keyboard.press("i")
    sent(page)
    assert batch.events.get(approval="invalid").label == "Finding 9"
    page.keyboard.press("g")
    page.wait_for_url(f"**/batches/{batch.pk}/?approval=pending&sort=-severity")


def test_after_a_bulk_tiles_and_counts_agree(page: Page, live_server: LiveServer, batch: Batch) -> None:
    sign_in(page, live_server.url, to=f"/batches/{batch.pk}/?approval=pending")
    tiles, matching = page.locator("[data-tiles] [data-event]"), page.locator("#facets [role=status] b")
    expect(tiles).to_have_count(12)
    page.locator("[data-open]").first.focus()
    page.keyboard.press("a")
    expect(matching).to_have_text("11")
    stale = page.locator("[data-stale]")
    expect(stale).to_be_visible()
    stale.get_by_role("button", name="Update list").click()
    expect(tiles).to_have_count(11)
    expect(stale).to_be_hidden()
    page.locator("[data-open]").first.focus()
    page.keyboard.press("Control+a")
    page.keyboard.press("r")
    expect(page.locator("[data-run-words]")).to_have_text("11 rejected.")
    expect(tiles).to_have_count(0)
    expect(matching).to_have_text("0")
    expect(page.locator("[data-run-undo]")).to_be_visible()
