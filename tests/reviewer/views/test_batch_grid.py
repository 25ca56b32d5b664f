"""One batch as a grid of its events."""

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from batches.models import Batch, Connection, Event
from tests.factories import make_batch, make_event, make_item, make_user
from tests.html import MOST_BYTES, compact, weight

HTMX = {"HX-Request": "true"}


@pytest.fixture
def batch(account: Connection) -> Batch:
    return make_batch(account, name="Night freeway")


def fill(batch: Batch, count: int) -> list[Event]:
    item = make_item(batch)
    return [make_event(item, label=f"event {number}") for number in range(count)]


def labels(client: Client, batch: Batch, query: str = "") -> list[str]:
    return [event.label for event in client.get(f"/batches/{batch.pk}/?{query}").context["events"]]


def test_it_shows_the_events_in_the_vendors_order(viewer: Client, batch: Batch) -> None:
    fill(batch, 3)
    assert labels(viewer, batch) == ["event 0", "event 1", "event 2"]


def test_who_may_not_decide_reads_why_no_event_can_be_selected(viewer: Client, editor: Client, batch: Batch) -> None:
    fill(batch, 1)
    shown = [b"You have read access only." in who.get(f"/batches/{batch.pk}/").content for who in (viewer, editor)]
    assert shown == [True, False]


def test_pages_join_to_the_whole(viewer: Client, batch: Batch) -> None:
    fill(batch, 100)
    results: list[str] = []
    after = ""
    while True:
        page = viewer.get(f"/batches/{batch.pk}/?sort=newest&after={after}")
        assert weight(page.content) < MOST_BYTES
        results += [event.label for event in page.context["events"]]
        if not (after := page.context["more"]):
            break
    assert results == [f"event {number}" for number in range(99, -1, -1)]


def test_the_link_to_more_keeps_the_filter(viewer: Client, batch: Batch) -> None:
    fill(batch, 60)
    page = viewer.get(f"/batches/{batch.pk}/?q=event&sort=newest")
    address = f"/batches/{batch.pk}/?q=event&amp;sort=newest&amp;after={page.context['more']}"
    assert page.content.decode().count(f'="{address}"') == 2


def test_each_target_gets_its_partial_and_nothing_else_does(viewer: Client, batch: Batch) -> None:
    fill(batch, 60)
    more = viewer.get(f"/batches/{batch.pk}/").context["more"]

    def answer(target: str, query: str = "") -> str:
        headers = {**HTMX, "HX-Target": target}
        return compact(viewer.get(f"/batches/{batch.pk}/?{query}", headers=headers).content)

    assert answer("results").startswith('<section id="results"')
    assert answer("facets").startswith('<div id="facets"')
    assert answer("more", f"after={more}").count('<article class="tile"') == 12
    assert answer("main").startswith("<!doctype html>")
    assert answer("tile").startswith("<!doctype html>")


def test_the_results_bring_the_download_form_and_a_short_address(viewer: Client, batch: Batch) -> None:
    fill(batch, 1)
    headers = {**HTMX, "HX-Target": "results"}
    untidy = "q=&approval=approved&confidence_min=&sort=item"
    answer = viewer.get(f"/batches/{batch.pk}/?{untidy}", headers=headers)
    assert answer.headers["HX-Push-Url"] == f"/batches/{batch.pk}/?approval=approved"
    assert 'id="download" hx-swap-oob="true"' in compact(answer.content)


def test_the_download_form_is_that_of_its_batch_filter_and_reader(
    viewer: Client, reviewer: Client, account: Connection, batch: Batch
) -> None:
    other = make_batch(account)
    for client in (viewer, reviewer, viewer):  # the second time it is remembered
        for shown in (batch, other):
            for query in ("", "severity=high&approval=rejected", "severity=low"):
                page = compact(client.get(f"/batches/{shown.pk}/?{query}").content)
                form = page[page.index('id="download"') :].partition("</form>")[0]
                assert f'formaction="/batches/{shown.pk}/events.csv"' in form
                assert ("/links/" in form) is (client is reviewer)
                assert ('value="rejected" checked' in form) is ("rejected" in query)
                assert [value for value in ("high", "low") if f'name="severity" value="{value}"' in form] == [
                    value for value in ("high", "low") if f"severity={value}" in query
                ]


def test_counts_come_after_the_grid(
    viewer: Client, batch: Batch, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    fill(batch, 3)
    page = viewer.get(f"/batches/{batch.pk}/")
    assert {choice.count for choice in page.context["severities"]} == {None}
    headers = {**HTMX, "HX-Target": "facets"}
    with django_assert_num_queries(9):
        facets = viewer.get(f"/batches/{batch.pk}/", headers=headers)
    assert {choice.value: choice.count for choice in facets.context["severities"] if choice.count} == {"high": 3}


def test_more_events_than_are_counted_while_somebody_waits_say_so(
    viewer: Client, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(batch, 3)
    for module in ("events", "facets"):
        monkeypatch.setattr(f"reviewer.filters.{module}.MOST_READ", 2)
    headers = {**HTMX, "HX-Target": "facets"}
    page = viewer.get(f"/batches/{batch.pk}/?q=event", headers=headers).content.decode()
    assert "More than <b>2</b> events match" in page
    assert f'hx-get="/batches/{batch.pk}/?q=event&amp;whole=1"' in page
    whole = viewer.get(f"/batches/{batch.pk}/?q=event&whole=1", headers=headers)
    assert (whole.context["total"], "Count all" in whole.content.decode()) == (3, False)


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(
    ("query", "queries"),
    [
        ("", 8),  # one of them says whom a viewer asks for a role
        ("sort=confidence", 9),
        ("sort=uncertain", 9),
        ("sort=rarest", 9),
        ("q=event&approval=pending", 10),  # two of them say whether the words are common
        ("reviewer=ada&since=7d", 8),
    ],
)
def test_the_number_of_queries_does_not_grow(
    viewer: Client,
    batch: Batch,
    rows: int,
    query: str,
    queries: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    person = make_user("ada")
    for event in fill(batch, rows):
        event.item_id = make_item(batch).pk
        event.decided_at, event.decided_by = timezone.now(), person
        event.save()
    with django_assert_num_queries(queries) as captured:
        assert len(labels(viewer, batch, query)) == rows
    sql = " ".join(query["sql"] for query in captured.captured_queries)
    assert sql.count("COUNT(") == (2 if "q=" in query else 0)  # of at most 401 events
    assert "OFFSET" not in sql


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("approval=aproved", "is not one of: pending, approved, rejected, invalid."),
        ("sort=size", "is not one of: item, newest, -confidence, confidence, -severity, uncertain, rarest, sample."),
        ("after=nonsense", "after: not a cursor of this list."),
    ],
)
def test_a_wrong_value_is_a_page_that_names_the_right_ones(
    viewer: Client, batch: Batch, query: str, sentence: str
) -> None:
    answer = viewer.get(f"/batches/{batch.pk}/?{query}")
    assert answer.status_code == 400
    assert sentence in answer.content.decode()


@pytest.mark.parametrize("page", ["", "table/", "review/", "queue/", "insights/", "team/", "count/", "start/"])
def test_an_unknown_filter_is_named_and_does_not_show_everything(editor: Client, batch: Batch, page: str) -> None:
    answer = editor.get(f"/batches/{batch.pk}/{page}?aproval=approved")
    assert answer.status_code == 400
    assert "Unknown parameter: aproval. Known: after, approval, assigned," in answer.content.decode()


def test_tiles_are_marked_with_what_a_reviewer_must_know(viewer: Client, batch: Batch) -> None:
    decided = {"decided_at": timezone.now(), "decided_by": make_user(), "approval": "rejected"}
    make_event(make_item(batch), vendor_approval="approved", gone_at=timezone.now(), confidence=None, **decided)
    make_event(
        make_item(batch), changed_since=True, thumbnail_url="https://a.example/", **decided | {"approval": "pending"}
    )
    make_event(make_item(batch), confidence=0.5, confidence_given=False, unread_at=timezone.now())
    text = viewer.get(f"/batches/{batch.pk}/").content.decode()
    for phrase in ("differs from vendor", "changed since decided", "newest version unreadable", "removed upstream",
                  "no confidence",
                  "vendor's default", "No thumbnail"):  # fmt: skip
        assert text.count(phrase) == (2 if phrase == "No thumbnail" else 1), phrase


@pytest.mark.parametrize("page", ["batches/{}/", "batches/{}/table/", "events/"])
def test_who_decided_is_shown_with_initials(viewer: Client, batch: Batch, page: str) -> None:
    ana = make_user("ana", first_name="Ana", last_name="Ng")
    make_event(make_item(batch), decided_at=timezone.now(), decided_by=ana, approval="rejected")
    make_event(make_item(batch), approval="approved", vendor_approval="approved")
    text = viewer.get("/" + page.format(batch.pk)).content.decode()
    assert text.count('data-initials="AN"') == 1
    assert text.count("data-initials=") == 2  # and the viewer's own, in the account menu


def test_an_empty_page_says_why(viewer: Client, batch: Batch) -> None:
    assert "No events in this batch" in viewer.get(f"/batches/{batch.pk}/").content.decode()
    assert "No events match these filters" in viewer.get(f"/batches/{batch.pk}/?q=x").content.decode()


@pytest.mark.case("X04")
def test_the_viewers_address_is_a_link_only_where_it_is_one(viewer: Client, batch: Batch) -> None:
    for address, link in [("https://app.example/b", True), ("javascript:alert(1)", False), ("//evil.example", False),
                          (" jav\nascript:alert(1)", False), ("https://a.example/\\@b", False), ("file:///etc", False),
                          ("data:text/html,x", False), ("http://[", False)]:  # fmt: skip
        Batch.objects.update(viewer_url=address)
        assert ("Viewer</a>" in viewer.get(f"/batches/{batch.pk}/").content.decode()) is link, address


def test_an_id_that_fits_no_column_is_just_not_found(viewer: Client) -> None:
    assert viewer.get(f"/batches/{10**30}/").status_code == 404
    assert viewer.get(f"/events/{10**30}/").status_code == 404
