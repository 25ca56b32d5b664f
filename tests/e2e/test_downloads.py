"""Several batches as one file, made in the background, with columns picked in an order."""

import threading
from pathlib import Path

from django.db import connection
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from batches.models import ExportRun
from reviewer.downloads.tasks import make_export
from tests.e2e.conftest import sign_in
from tests.factories import make_batch, make_connection, make_event, make_item, make_member


def work() -> None:
    """A worker takes its turn, as another process would."""

    def turn() -> None:
        make_export(ExportRun.objects.get().pk)
        connection.close()

    thread = threading.Thread(target=turn, daemon=True)
    thread.start()
    thread.join()


def test_ticked_batches_become_one_file_with_the_columns_in_the_order_they_were_pressed(
    page: Page, live_server: LiveServer, transactional_db: None
) -> None:
    account = make_connection(name="Fleet West")
    make_member(account, "viewer", "vic")
    for name in ("Night", "Morning", "Noon"):
        make_event(make_item(make_batch(account, name=name, external_id=name)), label=name, severity="high")
    sign_in(page, live_server.url, "vic", to="/batches/")
    page.get_by_text("Download batches").click()
    for name in ("Night", "Noon"):
        page.get_by_label(f"Select {name}").check()
    page.get_by_role("button", name="Download selected").click()
    expect(page.get_by_role("heading", name="2 batches")).to_be_visible()
    field = page.get_by_label("Columns: documented, sdk, full, or names")
    page.get_by_text("Choose and order columns").click()
    for name in ("Severity", "Batch ID", "Label", "Batch ID"):
        page.locator(f"[data-column='{name}']:visible").click()
    expect(field).to_have_value("Severity, Label")
    expect(page.get_by_role("button", name="2 Label", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("button", name="Batch ID", exact=True)).to_have_attribute("aria-pressed", "false")
    rows = page.get_by_label("Rows and format")
    rows.select_option("items.csv")
    expect(page.locator("[data-column]:visible").last).to_have_text("Gone Upstream")
    rows.select_option("events.csv")
    page.get_by_role("button", name="Prepare in background").click()
    expect(page.get_by_text("Queued")).to_be_visible()
    work()
    with page.expect_download() as coming:
        page.get_by_role("link", name="Download", exact=True).click()
    assert Path(coming.value.path()).read_text().splitlines() == ["Severity,Label", "high,Noon", "high,Night"]
