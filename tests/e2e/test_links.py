"""A link's address goes from the page that shows it once to the clipboard."""

import requests
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from batches.models import Batch
from tests.e2e.conftest import sign_in


def test_the_address_of_a_new_link_is_copied(page: Page, live_server: LiveServer, batch: Batch) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    sign_in(page, live_server.url, to=f"/batches/{batch.pk}/links/")
    page.get_by_label("Name", exact=True).fill("weekly")
    page.get_by_role("button", name="Create link").click()
    page.get_by_role("button", name="Copy").click()
    expect(page.locator("#toast")).to_have_text("Copied.")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.locator("#link-address").input_value()
    path = copied[copied.index("/d/") :]
    assert requests.get(live_server.url + path, timeout=5).text.count("Finding ") == 12
