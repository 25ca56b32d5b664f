"""Two people on one batch, each in a browser of their own."""

from collections.abc import Callable, Iterator

import pytest
from django.db.models import F
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from batches.models import Batch, Decision, Event, Lease, Opinion
from tests.e2e.conftest import PATIENCE, sign_in
from tests.e2e.pages import sent
from tests.factories import make_batch, make_event, make_item, make_member

OpenAs = Callable[[str], Page]


@pytest.fixture
def open_as(browser: Browser, live_server: LiveServer, batch: Batch) -> Iterator[OpenAs]:
    """`open_as("maya")`: a page of a browser of her own, signed in."""
    make_member(batch.connection, "reviewer", "noor")
    contexts = []

    def open_page(name: str) -> Page:
        contexts.append(context := browser.new_context(reduced_motion="reduce"))
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        sign_in(page, live_server.url, name)
        return page

    yield open_page
    for context in contexts:
        context.close()


def review(page: Page, server: LiveServer, batch: Batch, query: str = "approval=pending") -> None:
    page.goto(f"{server.url}/batches/{batch.pk}/review/?{query}")


def ready(page: Page) -> None:
    """The deck's script runs and knows its queue."""
    expect(page.locator("[data-place]")).to_contain_text("/")


def beat(page: Page) -> None:
    """What the page does by itself every quarter of a minute."""
    with page.expect_response("**/presence/**"):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def kept(page: Page, batch: Batch, count: int) -> None:
    """The deck has asked for what comes next."""
    for _ in range(100):
        if Lease.objects.filter(event__batch=batch).count() >= count:
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"{Lease.objects.count()} leases, expected {count}")


def test_no_event_is_served_twice_while_it_is_leased(open_as: OpenAs, live_server: LiveServer, batch: Batch) -> None:
    maya, noor = open_as("maya"), open_as("noor")
    review(maya, live_server, batch)
    expect(maya.locator("#card .facts-title")).to_have_text("Finding 1")
    kept(maya, batch, 8)
    review(noor, live_server, batch)
    expect(noor.locator("#card .facts-title")).to_have_text("Finding 9")
    kept(noor, batch, 12)
    for page, first, last in [(maya, 1, 4), (noor, 9, 12)]:
        for number in range(first, last + 1):
            expect(page.locator("#card .facts-title")).to_have_text(f"Finding {number}")
            page.keyboard.press("a")
        sent(page)
    assert set(Decision.objects.values_list("event__label", "action__user__username")) == {
        *((f"Finding {number}", "maya") for number in range(1, 5)),
        *((f"Finding {number}", "noor") for number in range(9, 13)),
    }
    assert not Event.objects.filter(version__gt=2).exists()


def test_a_fully_leased_queue_is_explained_and_resumes(open_as: OpenAs, live_server: LiveServer, batch: Batch) -> None:
    Event.objects.filter(sequence__gte=3).update(gone_at=F("created_at"))
    maya, noor = open_as("maya"), open_as("noor")
    review(maya, live_server, batch)
    kept(maya, batch, 3)
    review(noor, live_server, batch)
    expect(noor.get_by_role("heading", name="Other reviewers have all remaining events open")).to_be_visible()
    expect(noor.locator("[data-held-summary]")).to_contain_text("3 left, under review by maya.")
    maya.keyboard.press("a")
    expect(maya.locator("#card .facts-title")).to_have_text("Finding 2")
    sent(maya)
    maya.goto("about:blank")
    expect(noor.locator("#card .facts-title")).to_have_text("Finding 2")
    assert noor.locator("[data-held-state]").is_hidden()


def test_what_others_did_meanwhile_does_not_come_again(open_as: OpenAs, live_server: LiveServer, batch: Batch) -> None:
    maya, noor = open_as("maya"), open_as("noor")
    review(maya, live_server, batch)
    kept(maya, batch, 8)
    review(noor, live_server, batch)
    kept(noor, batch, 12)
    for number in range(1, 9):
        expect(maya.locator("#card .facts-title")).to_have_text(f"Finding {number}")
        maya.keyboard.press("a")
    sent(maya)
    maya.goto("about:blank")
    for number in range(9, 13):
        expect(noor.locator("#card .facts-title")).to_have_text(f"Finding {number}")
        noor.keyboard.press("r")
    expect(noor.get_by_role("heading", name="No pending events left")).to_be_visible()
    sent(noor)
    assert Decision.objects.count() == 12


def test_an_event_page_shows_who_has_it_open(open_as: OpenAs, live_server: LiveServer, batch: Batch) -> None:
    maya, noor = open_as("maya"), open_as("noor")
    review(maya, live_server, batch)
    kept(maya, batch, 8)
    beat(maya)
    event = Event.objects.get(label="Finding 1")
    review(noor, live_server, batch, f"approval=pending&event={event.pk}")
    expect(noor.locator("#card .facts-title")).to_have_text("Finding 1")
    expect(noor.locator("#card [data-here]")).to_have_text("maya is viewing this")
    expect(noor.locator("[data-people]")).to_have_text("maya")
    noor.goto(f"{live_server.url}/batches/{batch.pk}/")
    expect(noor.locator(f".tile[data-event='{event.pk}'] [data-here]")).to_have_text("maya")
    expect(noor.locator(".tile [data-here]:visible")).to_have_count(1)
    noor.goto(f"{live_server.url}/batches/")
    expect(noor.locator(".batch-row .here")).to_contain_text("maya")
    maya.goto("about:blank")
    noor.goto(f"{live_server.url}/batches/{batch.pk}/")
    expect(noor.locator("[data-people]")).to_be_hidden()


def clash(maya: Page, noor: Page, server: LiveServer, batch: Batch) -> Event:
    """Both look at Finding 1; noor rejects it first, then maya approves and goes on."""
    event = Event.objects.get(label="Finding 1")
    review(maya, server, batch)
    kept(maya, batch, 8)
    review(noor, server, batch, f"event={event.pk}")
    ready(noor)
    noor.keyboard.press("r")
    sent(noor)
    maya.keyboard.press("a")
    expect(maya.locator("#conflicts .conflict")).to_have_count(1)
    expect(maya.locator("#saved")).to_contain_text("1 refused: The event has changed")
    maya.keyboard.press("j")
    expect(maya.locator("#card .facts-title")).to_have_text("Finding 1")
    expect(maya.locator("#card .conflict-side")).to_have_count(2)
    expect(maya.locator("#conflicts")).to_be_hidden()
    expect(maya.locator("#card .conflict-side").nth(0)).to_contain_text("Rejectednoor,")
    expect(maya.locator("#card .conflict-side").nth(1)).to_contain_text("Approved")
    return event


@pytest.mark.parametrize(
    ("key", "approval", "version", "flagged"),
    [("t", "rejected", 2, False), ("y", "approved", 3, False), ("f", "rejected", 2, True), ("i", "invalid", 3, False)],
)
def test_the_card_comes_back_with_both_sides_and_one_key_ends_it(
    open_as: OpenAs, live_server: LiveServer, batch: Batch, key: str, approval: str, version: int, flagged: bool
) -> None:
    maya, noor = open_as("maya"), open_as("noor")
    event = clash(maya, noor, live_server, batch)
    maya.keyboard.press(key)
    expect(maya.locator("#card .facts-title")).to_have_text("Finding 3")
    expect(maya.locator(".conflict")).to_have_count(0)
    sent(maya)
    event.refresh_from_db()
    assert (event.approval, event.version, event.flagged) == (approval, version, flagged)


def test_two_tabs_agree_on_what_was_refused(open_as: OpenAs, live_server: LiveServer, batch: Batch) -> None:
    maya, noor = open_as("maya"), open_as("noor")
    clash(maya, noor, live_server, batch)
    other = maya.context.new_page()
    other.goto(f"{live_server.url}/batches/{batch.pk}/")
    expect(other.locator("#conflicts .conflict")).to_have_count(1)
    other.keyboard.press("t")
    expect(other.locator(".conflict")).to_have_count(0)
    expect(maya.locator(".conflict")).to_have_count(0)
    expect(maya.locator("#saved")).to_be_hidden()


def test_a_change_under_the_card_is_shown_field_by_field(
    open_as: OpenAs, live_server: LiveServer, batch: Batch
) -> None:
    maya = open_as("maya")
    review(maya, live_server, batch)
    kept(maya, batch, 8)
    Event.objects.filter(label="Finding 1").update(label="Finding one", fingerprint="f" * 32)
    maya.keyboard.press("a")
    expect(maya.locator("#conflicts .conflict")).to_have_count(1)
    maya.keyboard.press("j")
    expect(maya.locator("#card .facts-title")).to_have_text("Finding one")
    expect(maya.locator("#card .changes tbody tr")).to_have_text(["LabelFinding 1Finding one"])
    maya.keyboard.press("y")
    sent(maya)
    assert Event.objects.get(label="Finding one").approval == "approved"


def test_opinions_are_blind_and_a_disagreement_is_settled_by_an_editor(
    open_as: OpenAs, live_server: LiveServer, batch: Batch
) -> None:
    Batch.objects.update(opinions_wanted=2)
    Event.objects.filter(sequence__gte=2).update(gone_at=F("created_at"))
    maya, noor, edda = open_as("maya"), open_as("noor"), open_as("edda")
    review(maya, live_server, batch)
    expect(maya.locator("#card [data-opinions]")).to_have_text("0 of 2 opinions")
    ready(maya)
    for number, key in [(1, "a"), (2, "r")]:
        expect(maya.locator("#card .facts-title")).to_have_text(f"Finding {number}")
        maya.keyboard.press(key)
    sent(maya)
    review(maya, live_server, batch)
    expect(maya.get_by_role("heading", name="No pending events left")).to_be_visible()
    maya.goto(f"{live_server.url}/batches/{batch.pk}/")
    expect(maya.locator(".tile [data-opinions]").first).to_have_text("you: approved 1 of 2 opinions")
    review(noor, live_server, batch)
    expect(noor.locator("#card [data-opinions]")).to_have_text("1 of 2 opinions")
    ready(noor)
    noor.keyboard.press("a")
    expect(noor.locator("#card .facts-title")).to_have_text("Finding 2")
    noor.keyboard.press("a")
    sent(noor)
    assert list(Event.objects.order_by("pk").values_list("approval", flat=True)[:2]) == ["approved", "pending"]
    edda.goto(f"{live_server.url}/batches/{batch.pk}/opinions/")
    expect(edda.locator(".dispute")).to_have_count(1)
    edda.get_by_role("link", name="Settle 1 disagreement").click()
    expect(edda.locator("#card .opinion-list li")).to_have_text(["Rejected maya", "Approved noor"])
    ready(edda)
    edda.keyboard.press("r")
    sent(edda)
    assert Event.objects.get(label="Finding 2").approval == "rejected"
    assert Opinion.objects.count() == 4


def test_two_people_share_one_queue_over_three_batches(open_as: OpenAs, live_server: LiveServer, batch: Batch) -> None:
    Event.objects.filter(sequence__gte=6).update(gone_at=F("created_at"))
    others = [make_event(make_item(make_batch(batch.connection)), label=f"Other {number}") for number in (1, 2, 3)]
    maya, noor = open_as("maya"), open_as("noor")
    for page, count, title in [(maya, 8, "Finding 1"), (noor, 9, "Other 3")]:
        page.goto(f"{live_server.url}/events/review/?approval=pending")
        expect(page.locator("#card .facts-title")).to_have_text(title)
        for _ in range(100):
            if Lease.objects.count() >= count:
                break
            page.wait_for_timeout(50)
    noor.keyboard.press("a")
    sent(noor)
    for number in range(1, 7):
        expect(maya.locator("#card .facts-title")).to_have_text(f"Finding {number}")
        maya.keyboard.press("a")
    expect(maya.locator("#card .facts-title")).to_have_text("Other 1")
    expect(maya.locator("#card .facts-batch")).to_be_visible()
    maya.keyboard.press("r")
    sent(maya)
    decided = Decision.objects.filter(event__in=others).values_list("event__label", "action__user__username")
    assert set(decided) == {("Other 1", "maya"), ("Other 3", "noor")}
    maya.reload()
    ready(maya)
    maya.keyboard.press("z")
    sent(maya)
    assert Event.objects.get(label="Other 1").approval == "pending"
