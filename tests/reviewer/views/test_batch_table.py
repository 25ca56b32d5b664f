"""The events of a batch as dense rows."""

import re

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from batches.models import Batch, Connection, Event
from tests.factories import make_batch, make_event, make_item, make_user
from tests.html import compact

HTMX = {"HX-Request": "true"}


@pytest.fixture
def batch(account: Connection) -> Batch:
    return make_batch(account, name="Night freeway")


def fill(batch: Batch, count: int, **fields: object) -> list[Event]:
    item = make_item(batch)
    return [make_event(item, label=f"event {number}", **fields) for number in range(count)]


def cells(text: str) -> list[str]:
    """The words of the first row's cells."""
    row = text[text.index('<div class="row" role="row"') :].partition("</div>")[0].split('role="gridcell"')[1:14]
    return [" ".join(re.sub(r"<[^>]*>|^[^>]*>|<[^>]*$", " ", cell).split()) for cell in row]


def test_a_row_says_everything_in_the_order_of_the_heads(reviewer: Client, batch: Batch) -> None:
    when = timezone.now().replace(2026, 3, 4, 5, 6, 7)
    fill(batch, 1, approval="rejected", vendor_approval="approved", decided_at=when, decided_by=make_user("ada"),
         reason="glare", version=2,
         flagged_at=when, flagged_by=make_user(), gone_at=when)  # fmt: skip
    text = compact(reviewer.get(f"/batches/{batch.pk}/table/").content)
    heads = re.findall(r'role="columnheader"[^>]*>(?:<[^>]*>)*([^<]*)', text)
    assert heads == ["Selected", "Thumbnail", "State", "Event", "Category", "Severity", "Conf.", "Span", "Video",
                     "Reviewer", "Decided", "Reason", "Marks"]  # fmt: skip
    item = batch.items.get()
    assert cells(text) == ["", "", "Rejected", "event 0", "Cut-in", "high", "0.90", "00:04 – 00:07", item.name, "ada",
                           "Mar 4 05:06", "glare", ""]  # fmt: skip
    for phrase in ("flagged for a second look", "differs from vendor", "removed upstream"):
        assert text.count(f'aria-label="{phrase}"') == 1, phrase


def test_missing_and_default_confidence_are_distinguished(reviewer: Client, batch: Batch) -> None:
    fill(batch, 1, confidence=None)
    fill(batch, 1, confidence=0.5, confidence_given=False)
    text = reviewer.get(f"/batches/{batch.pk}/table/").content.decode()
    assert ('title="No confidence">–' in text, ">0.50?" in text) == (True, True)


def test_it_shows_what_the_grid_shows_and_pages_join_to_the_whole(viewer: Client, batch: Batch) -> None:
    fill(batch, 230)
    results: list[int] = []
    after = ""
    while True:
        page = viewer.get(f"/batches/{batch.pk}/table/?sort=newest&after={after}")
        results += [event.pk for event in page.context["events"]]
        if not (after := page.context["more"]):
            break
    assert results == sorted(Event.objects.values_list("pk", flat=True), reverse=True)


def test_each_target_gets_its_partial_with_addresses_of_the_table(viewer: Client, batch: Batch) -> None:
    fill(batch, 120)
    address = f"/batches/{batch.pk}/table/"
    more = viewer.get(address).context["more"]

    def answer(target: str, query: str = "") -> str:
        return compact(viewer.get(f"{address}?{query}", headers={**HTMX, "HX-Target": target}).content)

    assert answer("facets").startswith('<div id="facets"')
    assert answer("more", f"after={more}").count('<div class="row" role="row"') == 20
    results = answer("results", "approval=pending")
    assert results.startswith('<section id="results"')
    assert f'hx-get="{address}?approval=pending&amp;after=' in results
    assert f'href="/batches/{batch.pk}/?approval=pending" data-look="grid"' in results
    page = compact(viewer.get(address).content)
    assert f'id="filter" method="get" action="{address}"' in page


@pytest.mark.parametrize(
    ("sort", "head"),
    [("", "item"), ("-severity", "-severity"), ("-confidence", "confidence"), ("confidence", "-confidence"),
     ("rarest", "rarest")],
)  # fmt: skip
def test_the_head_of_the_order_says_so_and_offers_its_opposite(
    viewer: Client, batch: Batch, sort: str, head: str
) -> None:
    fill(batch, 1)
    text = compact(viewer.get(f"/batches/{batch.pk}/table/?sort={sort}&approval=pending").content)
    sorted_heads = re.findall(r'aria-sort="(\w+)"><a class="sort" href="([^"]*)" data-sort="([^"]*)"', text)
    query = "approval=pending" + ("" if head == "item" else f"&amp;sort={head}")
    assert [(href, name) for _, href, name in sorted_heads] == [(f"/batches/{batch.pk}/table/?{query}", head)]


def test_viewers_cannot_select_events(viewer: Client, batch: Batch) -> None:
    fill(batch, 1)
    for address in (f"/batches/{batch.pk}/", f"/batches/{batch.pk}/table/"):
        text = viewer.get(address).content.decode()
        assert ("data-pick" in text, 'id="bulk"' in text, "aria-selected" in text) == (False, False, False)


@pytest.mark.case("L01", lacks="rarest first and rare words at a million events: docs/measurements.md")
@pytest.mark.parametrize("rows", [1, 3])
def test_the_number_of_queries_does_not_grow(
    reviewer: Client, batch: Batch, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for event in fill(batch, rows):
        event.item_id = make_item(batch).pk
        event.save()
    with django_assert_num_queries(8):
        reviewer.get(f"/batches/{batch.pk}/table/")
