"""An empty installation: from the setup code to the first verdict, every click counted; then an invited person's."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from playwright.sync_api import Locator, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from batches.actions import issue_setup_code
from batches.models import Connection, Event, SyncRun
from batches.sandbox.server import Sandbox
from batches.sync.run import sync
from tests.worlds import BATCH, batch

MOST_CLICKS = 8


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch, transactional_db: None) -> Iterator[Sandbox]:
    with Sandbox({BATCH: batch(videos=1, events=2)}) as sandbox:
        monkeypatch.setattr(settings, "PRIVATE_HOSTS", frozenset({sandbox.url.removeprefix("http://")}))
        yield sandbox


def test_eight_clicks_lead_from_nothing_to_the_first_verdict(
    page: Page, live_server: LiveServer, vendor: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    clicks: list[str] = []
    click = Locator.click
    monkeypatch.setattr(Locator, "click", lambda locator: (clicks.append(str(locator)), click(locator)))
    code = issue_setup_code()

    page.goto(live_server.url)
    page.get_by_label("Setup code").fill(code)
    page.get_by_label("User name").fill("ada")
    page.get_by_label("Password, at least 10 characters").fill("Lovelace-1815")
    page.get_by_label("Password again").fill("Lovelace-1815")
    late: list[Route] = []  # a quick typist is done before the page's scripts are there
    page.route("**/htmx.min*.js", lambda route: late.append(route))
    page.get_by_role("button", name="Create administrator").click()

    page.get_by_label("API URL").fill(vendor.url)  # filled in with the vendor's own; here it is a stand-in
    page.get_by_label("API key of NomadicML").press_sequentially("wrong")
    late[0].continue_()
    page.unroute_all()
    expect(page.locator("#key-state")).to_contain_text("401")
    page.get_by_label("API key of NomadicML").fill(vendor.key)
    expect(page.locator("#key-state")).to_contain_text("The key belongs to")
    page.get_by_role("button", name="Save connection").click()

    page.get_by_label("IDs or viewer URLs").fill(BATCH)
    page.get_by_role("button", name="Add and sync").click()
    sync(SyncRun.objects.get().pk)
    page.get_by_role("link", name="Review", exact=True).click()

    expect(page.locator("#card")).to_contain_text("Car 0 cuts in")
    page.get_by_role("button", name="Approve").click()
    expect(page.locator("#saved")).to_contain_text("saved")
    assert Event.objects.filter(approval="approved").count() == 1
    assert len(clicks) <= MOST_CLICKS
    invite_and_review(page, live_server)


def invite_and_review(page: Page, live_server: LiveServer) -> None:
    """The administrator invites somebody, who makes an account and reviews what is left."""
    page.goto(f"{live_server.url}/connections/{Connection.objects.get().pk}/people/")
    page.get_by_role("button", name="Invite", exact=True).click()
    invitation = urlsplit(page.get_by_label("Invitation link").input_value()).path
    page.goto("about:blank")  # nothing under way may set a cookie again
    page.context.clear_cookies()
    page.goto(live_server.url + invitation)
    page.get_by_label("User name").fill("grace")
    page.get_by_label("Password, at least 10 characters").fill("Hopper-1906")
    page.get_by_label("Password again").fill("Hopper-1906")
    page.get_by_role("button", name="Create account").click()
    page.get_by_role("link", name="Review", exact=True).click()
    expect(page.locator("#card")).to_contain_text("Car 1 cuts in")
    page.get_by_role("button", name="Reject").click()
    expect(page.locator("#saved")).to_contain_text("saved")
    assert Event.objects.get(approval="rejected").decided_by == User.objects.get(username="grace")
