"""A detector's file, from the upload to its first event, in a real browser."""

from pathlib import Path

from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from batches.models import Connection, Event
from tests.e2e.conftest import sign_in
from tests.e2e.looks import findings

ROWS = "".join(
    f"camera {n % 3},{n}.5,{n + 2},{'cut-in' if n % 2 else 'near miss'},0.{n + 10},Finding"
    f" {n},{'approved' if n < 4 else ''}\n"
    for n in range(12)
)
CSV = (
    f"film,start,end,category,score,label,approval\n{ROWS}camera 1,9,3,near miss,0.4,Backwards,\n,1,2,near miss,0.4,No"
    " video,\n"
)


def test_a_detectors_file_is_mapped_checked_and_imported(
    page: Page, live_server: LiveServer, account: Connection, tmp_path: Path
) -> None:
    Connection.objects.filter(pk=account.pk).update(vendor="open")
    file = tmp_path / "detections-june.csv"
    file.write_text(CSV)
    page.emulate_media(reduced_motion="reduce")  # before the colours change: nothing is measured half-way
    sign_in(page, live_server.url, "edda", to="/batches/")
    page.get_by_role("link", name="Add batches").click()
    page.get_by_label("CSV or JSON with results").set_input_files(file)
    assert findings(page) == []
    page.get_by_role("button", name="Check file").click()
    expect(page.get_by_text("Choose the column that names the video.")).to_be_visible()
    page.get_by_label("Video (required)").select_option("film")
    page.get_by_role("button", name="Apply mapping").click()
    page.locator("[name=map-label]").select_option("category")
    page.get_by_role("button", name="Import 12 events").click()  # not applied: it is shown first
    expect(page.get_by_text("nothing is imported yet")).to_be_visible()
    expect(page.locator("[name=map-label]")).to_have_value("category")
    page.locator("[name=map-label]").select_option("label")
    page.get_by_label("Frames per second").press("Enter")  # applies, and imports nothing
    expect(page.get_by_role("button", name="Import 12 events")).to_be_visible()
    expect(page.locator("[name=map-label]")).to_have_value("label")
    expect(page.get_by_text("detections-june.csv line 14 column end")).to_be_visible()
    expect(page.get_by_role("row")).to_have_count(11)
    for colours, width in [("dark", 390), ("light", 390), ("dark", 1440), ("light", 1440)]:
        page.emulate_media(color_scheme=colours, reduced_motion="reduce")  # type: ignore[arg-type]
        page.set_viewport_size({"width": width, "height": 900})
        assert findings(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_label("Record the approvals in the file as my verdicts").check()
    page.get_by_role("button", name="Import 12 events").click()
    expect(page.get_by_role("heading", name="Partly imported")).to_be_visible()
    assert Event.objects.filter(decided_by__username="edda", approval="approved").count() == 4
    assert findings(page) == []
    page.get_by_role("link", name="detections-june", exact=True).click()
    expect(page.locator(".tile")).to_have_count(12)
