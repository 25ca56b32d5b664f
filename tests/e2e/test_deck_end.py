"""The end of a deck leads on: sign off, and the next batch that has work."""

from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from batches.models import Batch, Event
from tests.e2e.conftest import sign_in
from tests.e2e.pages import sent
from tests.factories import make_batch, make_event, make_item


def test_the_end_signs_off_and_leads_to_the_next_batch(page: Page, live_server: LiveServer, batch: Batch) -> None:
    Event.objects.exclude(label="Finding 12").update(approval="approved", vendor_approval="approved")
    Batch.objects.update(pending=1, approved=11)
    make_event(make_item(make_batch(batch.connection, name="Night freeway, second week")), label="Another van")
    sign_in(page, live_server.url, to=f"/batches/{batch.pk}/review/?approval=pending")
    expect(page.locator("[data-place]")).to_have_text("1 / 1")
    page.keyboard.press("a")
    sent(page)
    page.get_by_role("button", name="Sign off batch").click()
    expect(page.get_by_text("Signed off by maya")).to_be_visible()
    batch.refresh_from_db()
    assert (batch.signed_off, batch.sign_off_waits) == (True, False)
    page.get_by_role("link", name="Next batch: Night freeway, second week, 1 pending").click()
    expect(page.locator("#card .facts-title")).to_have_text("Another van")
