"""The whole loop: from the videos of an account to a better prompt, and what it changed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from batches.compare.run import compare
from batches.models import Batch, BatchStart, ComparisonRun, Connection, SyncRun, VideoListing
from batches.sandbox.demo import build_world, make_drive
from batches.sandbox.server import Sandbox
from batches.tasks import run_listing, run_start, run_sync
from tests.e2e.conftest import allow_clips, sign_in
from tests.e2e.pages import sent
from tests.factories import make_connection, make_member

FIRST = "cars that brake"
BETTER = "cars that brake hard, cyclists and pedestrians who cross, parked vehicles, debris, cut-ins, red lights"
REVIEWED = 10


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, transactional_db: None) -> Iterator[Sandbox]:
    """Two drives; no picture of them is rendered."""
    world = build_world([make_drive(index, seconds=20.0) for index in range(2)], tmp_path)
    world.footage = None
    with Sandbox(world) as sandbox:
        allow_clips(sandbox.url, monkeypatch)
        yield sandbox


@pytest.fixture
def account(vendor: Sandbox) -> Connection:
    account = make_connection(base_url=vendor.url, name="Fleet West", key=vendor.key)
    make_member(account, "editor", "edda")
    return account


def analysed(page: Page, vendor: Sandbox) -> Batch:
    """Press the button of the page, and let the workers and the vendor do their part."""
    page.get_by_role("button", name="Analyse 2 videos").click()
    page.wait_for_url("**/starts/*/")
    run = BatchStart.objects.latest("pk")
    run_start.call(run.pk)
    vendor.state.fast_forward(60)
    run_sync.call(SyncRun.objects.latest("pk").pk)
    run.refresh_from_db()
    assert run.batch
    return run.batch


def test_a_better_prompt_comes_from_what_was_reviewed(
    page: Page, live_server: LiveServer, vendor: Sandbox, account: Connection
) -> None:
    sign_in(page, live_server.url, "edda", f"/connections/{account.pk}/videos/")
    page.locator("summary", has_text="Find folder").click()
    page.locator("[name=name]").filter(visible=True).fill("Fleet 2026")
    page.get_by_role("button", name="Find folder").click()
    expect(page.locator(".messages")).to_have_text("Found the folder Fleet 2026.")
    page.get_by_role("button", name="List the account's videos").click()
    expect(page.locator("#listing")).to_contain_text("Listing the account's videos")
    run_listing.call(VideoListing.objects.get().pk)
    expect(page.get_by_role("checkbox", name="Market Street")).to_be_visible()
    page.locator("select[name=folder]").select_option("Fleet 2026 (Personal)")
    page.get_by_role("button", name="Filter videos").click()
    for name in ("Market Street", "Bayshore Freeway"):
        page.get_by_role("checkbox", name=name).check()
    page.get_by_role("button", name="Analyse selected videos").click()
    page.locator("[name=prompt]").fill(FIRST)
    first = analysed(page, vendor)

    page.get_by_role("link", name="Open batch").click()
    page.goto(f"{live_server.url}/batches/{first.pk}/review/?approval=pending")
    card = page.locator("[data-deck] #card")
    for number in range(REVIEWED):
        shown = str(card.get_attribute("data-event"))
        page.keyboard.press("r" if number % 3 == 2 else "a")
        expect(card).not_to_have_attribute("data-event", shown)
    sent(page)
    page.goto(f"{live_server.url}/batches/{first.pk}/insights/")
    expect(page.locator("main")).to_contain_text(f"{REVIEWED} decided by people")

    page.goto(f"{live_server.url}/batches/{first.pk}/start/")
    page.locator("[name=prompt]").fill(BETTER)
    expect(page.locator("#start-effect ins").first).to_contain_text("hard, cyclists")
    second = analysed(page, vendor)
    assert compare(ComparisonRun.objects.get().pk)

    page.get_by_role("link", name="Compare").click()
    expect(page.get_by_role("region", name="Verdicts to copy")).to_contain_text("Copy")
    page.goto(f"{live_server.url}/batches/{second.pk}/prompts/")
    rows = page.locator(".prompts tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.filter(has_text="70")).to_contain_text(f"{REVIEWED}")
    assert (second.prompt, second.events.count() > 0) == (BETTER, True)
