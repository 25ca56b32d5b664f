"""The grid's filters and the live sync, as a person uses them."""

from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from batches.models import Batch, Event, SyncRun
from tests.e2e.conftest import sign_in
from tests.factories import make_event


def test_filters_join_and_the_back_button_undoes_them(page: Page, live_server: LiveServer, batch: Batch) -> None:
    Event.objects.filter(label="Finding 3").update(category="Near, miss", severity_rank=4)
    sign_in(page, live_server.url, to=f"/batches/{batch.pk}/")
    tiles = page.locator(".tile")
    page.get_by_label("Near, miss 1").check()
    expect(tiles).to_have_count(1)
    page.get_by_label("Low 0").check()
    expect(page.get_by_text("No events match these filters")).to_be_visible()
    page.get_by_label("Remove the filter Severity: low").click()
    expect(tiles).to_have_count(1)
    page.go_back()
    expect(tiles).to_have_count(0)
    page.go_back()
    expect(tiles).to_have_count(1)
    page.go_back()
    expect(tiles).to_have_count(12)
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(tiles.nth(1).locator(".tile-link")).to_be_focused()


def test_going_back_before_the_page_is_ready_shows_what_the_address_says(page: Page, live_server: LiveServer,
    batch: Batch) -> None:  # fmt: skip
    """A page that one leaves at once has no scripts yet that would answer."""
    sign_in(page, live_server.url, to=f"/batches/{batch.pk}/")
    tiles = page.locator(".tile")
    page.get_by_label("Low 0").check()
    expect(tiles).to_have_count(0)
    page.get_by_label("Pending 0").check()
    expect(page.get_by_label("Remove the filter Approval: pending")).to_be_visible()
    page.route("**/htmx*.js", lambda route: None)  # held, until the page is let go
    page.evaluate("history.back()")
    expect(page.get_by_label("Remove the filter Approval: pending")).to_have_count(0)
    expect(page.get_by_label("Remove the filter Severity: low")).to_be_visible()  # parsed, its first script has run
    page.evaluate("history.back()")
    page.wait_for_url(f"**/batches/{batch.pk}/", wait_until="commit")
    page.unroute("**/htmx*.js")
    expect(tiles).to_have_count(12)


def test_the_download_menu_shows_its_url_and_closes(page: Page, live_server: LiveServer, batch: Batch) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    sign_in(page, live_server.url, to=f"/batches/{batch.pk}/?approval=pending")
    menu = page.locator("summary", has_text="Download")
    menu.click()
    expect(page.locator("[data-link]")).to_have_text(
        f"{live_server.url}/batches/{batch.pk}/events.csv?approval=pending&columns=documented"
    )
    page.locator("[data-chosen]").fill("Label, Timestamp")
    page.get_by_role("button", name="Copy URL").click()
    expect(page.locator("#toast")).to_contain_text("URL copied.")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.endswith("/events.csv?approval=pending&columns=Label%2C+Timestamp")
    page.keyboard.press("Escape")
    expect(page.locator("[data-link]")).to_be_hidden()
    expect(menu).to_be_focused()
    page.route("**/batches/**", lambda route: route.fulfill(status=429, body=""))
    page.locator("select[name=sort]").select_option("uncertain")
    expect(page.locator("#toast")).to_have_text("Too many requests. Try again in a moment.")


def test_typing_searches(page: Page, live_server: LiveServer, batch: Batch) -> None:
    sign_in(page, live_server.url, to=f"/batches/{batch.pk}/")
    page.keyboard.press("/")
    page.keyboard.type("finding 12")
    expect(page.locator(".tile")).to_have_count(1)
    expect(page.locator("#q")).to_be_focused()
    expect(page.locator("#facets [role=status]")).to_have_text("1 event matches")
    assert page.url.endswith("?q=finding+12")
    page.keyboard.press("Escape")
    expect(page.locator("#q")).not_to_be_focused()
    expect(page.locator("#q")).to_have_value("finding 12")
    expect(page.locator(".tile")).to_have_count(1)


def test_a_view_keeps_the_filter_of_the_moment(page: Page, live_server: LiveServer, batch: Batch) -> None:
    sign_in(page, live_server.url, to=f"/batches/{batch.pk}/")
    page.locator("select[name=sort]").select_option("uncertain")
    page.locator("#q").fill("finding 12")
    expect(page.locator(".tile")).to_have_count(1)
    page.locator("#views summary").click()
    page.get_by_label("Name of the view").fill("twelve")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The view “twelve” is saved.")).to_be_visible()
    page.goto(f"{live_server.url}/batches/{batch.pk}/")
    page.locator("#views summary").click()
    page.get_by_role("link", name="twelve").click()
    expect(page.locator(".tile")).to_have_count(1)
    expect(page.locator("#q")).to_have_value("finding 12")
    page.locator("#views summary").click()
    page.get_by_role("button", name="Delete the view twelve").click()
    expect(page.get_by_text("The view “twelve” is deleted.")).to_be_visible()
    expect(page.locator(".tile")).to_have_count(1)


def test_more_tiles_follow_the_first_ones(page: Page, live_server: LiveServer, batch: Batch) -> None:
    item = batch.items.get()
    for number in range(12, 60):
        make_event(item, label=f"Finding {number + 1}", sequence=number)
    sign_in(page, live_server.url, to=f"/batches/{batch.pk}/")
    expect(page.locator(".tile")).to_have_count(48)
    page.get_by_role("link", name="Load more").click()
    expect(page.locator(".tile")).to_have_count(60)
    expect(page.locator(".tile-label").last).to_have_text("Finding 60")
    expect(page.get_by_role("link", name="Load more")).to_have_count(0)


def test_the_sync_page_follows_the_run_and_stops_asking_when_it_ends(
    page: Page, live_server: LiveServer, batch: Batch
) -> None:
    page.clock.install()
    run = SyncRun.objects.create(batch=batch, state="running", position=3, total=12)
    sign_in(page, live_server.url, to=f"/batches/{batch.pk}/sync/")
    bar = page.get_by_role("progressbar")
    expect(bar).to_have_attribute("aria-valuenow", "25")
    SyncRun.objects.filter(pk=run.pk).update(position=6)
    expect(bar).to_have_attribute("aria-valuenow", "50")
    SyncRun.objects.filter(pk=run.pk).update(state="done", position=12, finished_at=timezone.now())
    expect(page.locator("#sync-panel h2")).to_have_text("Done")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for _ in range(10):
        page.clock.fast_forward(1000)
    assert asked == []


def test_the_queue_survives_a_reload_and_is_new_when_opened_anew(
    page: Page, live_server: LiveServer, batch: Batch
) -> None:
    sign_in(page, live_server.url, to=f"/batches/{batch.pk}/review/?approval=pending")
    expect(page.locator("[data-place]")).to_have_text("1 / 12")
    for number in (1, 2):
        expect(page.locator("#card .facts-title")).to_have_text(f"Finding {number}")
        page.keyboard.press("a")
    expect(page.locator("#saved")).to_have_text("saved")
    page.reload()
    expect(page.locator("[data-place]")).to_have_text("3 / 12")
    page.keyboard.press("k")
    expect(page.locator("#card .facts-title")).to_have_text("Finding 2")
    expect(page.locator("#card .state").first).to_have_text("Approved")
    page.goto(f"{live_server.url}/batches/{batch.pk}/review/?approval=pending")
    expect(page.locator("[data-place]")).to_have_text("1 / 10")
