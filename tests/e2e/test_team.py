"""An editor gives events out, the people see what is theirs, and somebody calls the batch reviewed."""

from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from batches.models import Batch, Connection, Event
from tests.e2e.conftest import sign_in
from tests.e2e.pages import sent


def test_a_filtered_set_is_split_reviewed_and_called_reviewed(
    page: Page, live_server: LiveServer, batch: Batch
) -> None:
    Event.objects.filter(label__in=["Finding 2", "Finding 5", "Finding 9"]).update(severity="low", severity_rank=1)
    sign_in(page, live_server.url, "edda", to=f"/batches/{batch.pk}/")
    page.keyboard.press("F2")
    page.keyboard.type("Not this")
    page.keyboard.press("Escape")
    expect(page.locator("[data-rename] summary")).to_be_focused()
    page.keyboard.press("Enter")
    page.locator("[data-rename] [name=name]").fill("Ring road")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Ring road")
    page.get_by_label("Low 3").check()
    expect(page.locator(".tile")).to_have_count(3)
    page.get_by_role("link", name="Team").click()
    expect(page.locator(".tab[aria-current]")).to_have_text("Team")
    expect(page.locator("#assign h2")).to_have_text("Assign 3 events")
    for name in ("edda", "maya"):
        page.get_by_label(name, exact=True).check()
    page.get_by_role("button", name="Assign events").click()
    expect(page.locator(".messages")).to_contain_text("3 events assigned to edda, maya.")
    page.goto("about:blank")  # nothing under way may set a cookie again
    page.context.clear_cookies()
    sign_in(page, live_server.url, to=f"/batches/{batch.pk}/")
    expect(page.locator(".shares")).to_contain_text("Mine: 1 left of 1")
    page.get_by_role("link", name="Mine: 1 left of 1").click()
    expect(page.locator("#card .facts-title")).to_have_text("Finding 9")
    expect(page.locator("[data-place]")).to_have_text("1 / 1")
    page.keyboard.press("a")
    sent(page)
    page.goto(f"{live_server.url}/batches/")
    expect(page.locator(".shares")).to_contain_text("Mine: all 1 done")
    page.get_by_role("link", name="In progress").click()
    page.get_by_role("button", name="Reviewed").click()
    expect(page.locator(".review-status")).to_contain_text("In progress")
    expect(page.locator(".notice-warn")).to_contain_text("once 11 pending events are decided")
    page.goto(f"{live_server.url}/batches/")
    page.get_by_label("Review status").select_option("Signed off, not complete")
    expect(page.locator(".batch-row .batch-status")).to_contain_text("Signed off by maya, 11 pending")
    page.get_by_label("Review status").select_option("Sign-off needed")
    expect(page.locator(".batch-row")).to_have_count(0)


def test_going_back_to_a_refused_form_opens_its_page(page: Page, live_server: LiveServer, account: Connection) -> None:
    sign_in(page, live_server.url, to="/account/")
    page.get_by_label("Initials").evaluate("field => field.removeAttribute('maxlength')")
    page.get_by_label("Initials").fill("LONG")
    page.get_by_role("button", name="Save profile").click()
    expect(page.get_by_text("at most 3 characters")).to_be_visible()
    page.goto(f"{live_server.url}/batches/")
    page.go_back()
    expect(page.get_by_label("Initials")).to_have_value("")
