"""The insights page: figures of the filtered set, links that lead to what they count, and certifying from it."""

import re
from datetime import timedelta
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from batches.models import Action, Batch, Certificate, Connection
from batches.sampling import Tally
from tests.factories import make_batch, make_event, make_item
from tests.html import compact
from tests.reviews import fill, say

pytestmark = pytest.mark.django_db(transaction=True)
FIGURES = {"HX-Request": "true", "HX-Target": "figures"}


@pytest.fixture
def batch(account: Connection) -> Batch:
    return make_batch(account, name="Night freeway")


def figures(client: Client, batch: Batch, query: str = "") -> Any:
    return client.get(f"/batches/{batch.pk}/insights/?{query}", headers=FIGURES).context


def test_the_page_comes_at_once_and_its_figures_after_it(viewer: Client, batch: Batch) -> None:
    make_event(make_item(batch), category="Cut-in")
    page = viewer.get(f"/batches/{batch.pk}/insights/?category=Cut-in")
    assert 'aria-busy="true"' in page.content.decode()
    assert f'hx-get="/batches/{batch.pk}/insights/?category=Cut-in"' in page.content.decode()
    partial = viewer.get(f"/batches/{batch.pk}/insights/?category=Cut-in", headers=FIGURES)
    assert partial.content.decode().strip().startswith('<div id="figures"')
    assert partial.headers["Vary"].split(", ").count("HX-Target") == 1
    text = viewer.get(f"/batches/{batch.pk}/insights/?figures=1").content.decode()
    assert "<!doctype html>" in text
    assert "Approval by category" in text


@pytest.mark.parametrize(
    ("query", "phrase"), [("", "No events in this batch"), ("q=zebra", "No events match these filters")]
)
def test_nothing_to_count_says_so(viewer: Client, batch: Batch, query: str, phrase: str) -> None:
    if query:
        make_event(make_item(batch))
    assert phrase in viewer.get(f"/batches/{batch.pk}/insights/?{query}", headers=FIGURES).content.decode()


def test_a_wrong_filter_is_refused(viewer: Client, batch: Batch) -> None:
    assert viewer.get(f"/batches/{batch.pk}/insights/?band=0.95").status_code == 400


def test_every_link_leads_to_exactly_what_it_counts(reviewer: Client, batch: Batch) -> None:
    events = fill(batch, "Cut-in", 6, confidence=0.3) + fill(batch, "a, b", 3, confidence=None, severity="low")
    events += fill(batch, "", 2, confidence=0.9, severity="odd") + fill(batch, "Near miss", 4, confidence=1.0)
    say(events[::2], "approved", reviewer.user)  # type: ignore[attr-defined]
    say(events[1:4:2], "invalid", reviewer.user)  # type: ignore[attr-defined]
    result = figures(reviewer, batch, "severity=high,low,other")
    checked = 0
    for bar in [*result["categories"], *result["severities"], *result["bands"], *result["time"], *result["reasons"]]:
        for count, query in [(bar.count, bar.query), *((piece.count, piece.query) for piece in bar.pieces)]:
            answer = reviewer.get(
                f"/batches/{batch.pk}/?{query}", headers={"HX-Request": "true", "HX-Target": "facets"}
            )
            assert answer.context["total"] == count, query
            checked += 1
    assert checked > 35
    html = reviewer.get(f"/batches/{batch.pk}/insights/", headers=FIGURES).content.decode()
    assert {reviewer.get(unescape(link)).status_code for link in re.findall(r'href="(/batches/[^"]*)"', html)} == {200}


def test_the_bars_add_up_and_obey_the_filter(reviewer: Client, batch: Batch) -> None:
    first = fill(batch, "Cut-in", 5)
    say(first[:2], "rejected", reviewer.user)  # type: ignore[attr-defined]
    fill(batch, "Near miss", 3)
    result = figures(reviewer, batch)
    assert [(bar.label, bar.count, bar.counts) for bar in result["categories"]] == [
        ("Cut-in", 5, {"rejected": 2, "pending": 3}), ("Near miss", 3, {"pending": 3})
    ]  # fmt: skip
    assert sum(bar.count for bar in result["bands"]) == result["total"] == 8
    result = figures(reviewer, batch, "approval=rejected")
    assert [(bar.label, bar.counts) for bar in result["categories"]] == [("Cut-in", {"rejected": 2})]
    # Precision does not: what was picked by its outcome says nothing about the rest.
    assert [(line.label, line.events) for line in result["lines"]] == [
        ("All categories", 8),
        ("Cut-in", 5),
        ("Near miss", 3),
    ]


def test_verdicts_of_people_and_of_the_vendor_are_distinguished(reviewer: Client, batch: Batch) -> None:
    fill(batch, "Cut-in", 4, vendor_approval="approved")
    result = figures(reviewer, batch)
    assert result["categories"][0].counts == {"approved": 4}
    assert (result["decided"], result["reviewers"], result["certainty"]) == (0, [], [])
    assert result["lines"][0].seen is None


@pytest.mark.parametrize("query", ["confidence_min=0.35", "confidence_min=0.3", "confidence_min=0.35&reviewed=1"])
def test_verdicts_of_a_band_that_a_range_cuts_are_counted(reviewer: Client, batch: Batch, query: str) -> None:
    say(fill(batch, "Cut-in", 3, confidence=0.38)[:2], "approved", reviewer.user)  # type: ignore[attr-defined]
    result = figures(reviewer, batch, query)
    assert [(label, tally) for label, tally, *_ in result["certainty"]] == [("0.3 – 0.4", Tally(2, 0, 0))]
    assert result["measured_count"] == 1


def test_one_complete_category_is_no_random_sample_of_all(reviewer: Client, batch: Batch) -> None:
    person = reviewer.user  # type: ignore[attr-defined]
    often = fill(batch, "Near miss", 6)
    say(fill(batch, "Cut-in", 1), "rejected", person)

    def text() -> str:
        page = reviewer.get(f"/batches/{batch.pk}/insights/", headers=FIGURES).content.decode()
        return " ".join(re.search(r'class="precision-result">(.*?)</p>', page, re.S)[1].split())  # type: ignore[index]

    assert text() == "0 of 1 findings so far were right, but they are not a random sample."
    say(often, "approved", person)
    assert text() == "Of all 7 findings that were approved or rejected, 85.7 % were right."
    fill(batch, "Merge", 2)
    assert text().startswith("In a random sample of 7, 85.7 % of the findings were right (95 % interval: ")
    assert text().endswith("No sample yet in categories with 2 of the 9 findings.")


def test_reviewers_are_listed_with_their_verdicts(reviewer: Client, editor: Client, batch: Batch) -> None:
    events = fill(batch, "Cut-in", 6)
    say(events[:3], "approved", reviewer.user)  # type: ignore[attr-defined]
    say(events[3:4], "invalid", editor.user)  # type: ignore[attr-defined]
    lines = figures(reviewer, batch)["reviewers"]
    assert [(row.total, row.counts) for row in lines] == [
        (3, {"approved": 3, "rejected": 0, "invalid": 0}), (1, {"approved": 0, "rejected": 0, "invalid": 1})
    ]  # fmt: skip


def test_team_and_insights_give_a_person_one_speed(reviewer: Client, batch: Batch) -> None:
    person = reviewer.user  # type: ignore[attr-defined]
    say(fill(batch, "Cut-in", 1), "approved", person)
    latest = Action.objects.get().created_at
    Action.objects.bulk_create(
        Action(
            idempotency_key=uuid4(),
            kind="decide",
            user=person,
            batch=batch,
            created_at=latest - timedelta(seconds=seconds),
        )
        for seconds in [*range(20, 220, 20), 7200]
    )
    (line,) = figures(reviewer, batch)["reviewers"]
    (share,) = reviewer.get(f"/batches/{batch.pk}/team/").context["people"]
    assert line.per_hour == share.pace.per_hour == 152  # ten times 20 seconds, and a pause that counts as 60
    page = reviewer.get(f"/batches/{batch.pk}/team/").content.decode()
    assert "each pause between verdicts counts for at most 60 seconds" in page


def test_an_agreed_opinion_counts_for_all_who_gave_it(reviewer: Client, editor: Client, batch: Batch) -> None:
    people = [client.user for client in (reviewer, editor)]  # type: ignore[attr-defined]
    agreed, disputed, single = fill(batch, "Cut-in", 3)
    Batch.objects.filter(pk=batch.pk).update(opinions_wanted=2)
    for person, verdict in zip(people, ("approved", "rejected"), strict=True):
        say([agreed], "approved", person)
        say([disputed], verdict, person)
    say([single], "approved", people[0])
    lines = figures(reviewer, batch)["reviewers"]
    first, second = (person.get_username() for person in people)
    assert [(line.name, line.total, line.agreed) for line in lines] == [(second, 1, 0), (first, 0, 1)]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_number_of_queries_does_not_grow(
    reviewer: Client, batch: Batch, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(rows):
        say(fill(batch, f"kind {number}", 3)[:2], "approved", reviewer.user)  # type: ignore[attr-defined]
    with django_assert_num_queries(3):
        reviewer.get(f"/batches/{batch.pk}/insights/")
    with django_assert_num_queries(16):
        figures(reviewer, batch)


def test_too_many_events_are_counted_when_somebody_asks(
    reviewer: Client, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(fill(batch, "Cut-in", 3)[:2], "approved", reviewer.user)  # type: ignore[attr-defined]
    monkeypatch.setattr("reviewer.filters.events.MOST_READ", 2)
    monkeypatch.setattr("reviewer.filters.facets.MOST_READ", 2)
    for query, total in (("assigned=nobody", "<b>3</b> events match"),
                         ("assigned=nobody&approval=approved", "<b>2</b> events match")):  # fmt: skip
        with CaptureQueriesContext(connection) as queries:
            text = reviewer.get(f"/batches/{batch.pk}/insights/?{query}", headers=FIGURES).content.decode()
        assert total in " ".join(text.split()), query
        assert "whole=1" in text, query
        of_events = [sql["sql"] for sql in queries if 'FROM "batches_event"' in sql["sql"]]
        assert of_events, query
        assert not [sql for sql in of_events if "LIMIT" not in sql], query
        assert figures(reviewer, batch, f"{query}&whole=1")["lines"], query
    assert figures(reviewer, batch)["total"] == 3, "which the counters tell"


def test_the_sampling_link_gets_what_is_not_decided_in_the_random_order(reviewer: Client, batch: Batch) -> None:
    events = fill(batch, "Cut-in", 5, vendor_approval="approved")
    say(events[:2], "approved", reviewer.user)  # type: ignore[attr-defined]
    line = figures(reviewer, batch)["lines"][1]
    queue = reviewer.get(f"/batches/{batch.pk}/queue/?{line.sampling}").json()
    assert queue["ids"] == [event.pk for event in events[2:]]
    page = reviewer.get(f"/batches/{batch.pk}/review/?{line.sampling}").content.decode()
    assert 'name="order" value="sample"' in page
    answer = reviewer.post(
        f"/events/{events[2].pk}/decide/",
        {"key": uuid4(), "version": 1, "fingerprint": events[2].fingerprint, "approval": "rejected", "order": "sample"},
    )
    assert answer.status_code == 303
    assert figures(reviewer, batch)["lines"][1].sampled.judged == 3


def test_all_categories_together_need_less_than_each_by_itself(reviewer: Client, batch: Batch) -> None:
    for name in ("Cut-in", "Near miss", "Tailgating"):
        fill(batch, name, 60)
    html = reviewer.get(f"/batches/{batch.pk}/insights/", headers=FIGURES)
    whole, *each = html.context["lines"]
    assert [line.missing_for_line for line in each] == [52] * 3
    assert (whole.missing_for_line, whole.missing_per_category) == (123, 156)
    phrase = " ".join(re.sub(r"<[^>]*>", " ", html.content.decode()).split())
    assert phrase.count("about 123 more for all together; about 156 for each category") == 1
    assert phrase.count("for each category") == 1


def certify(client: Client, batch: Batch, **fields: object) -> Any:
    body = {"key": uuid4(), "scope": "category", "category": "Cut-in", "approved": 3, "rejected": 1} | fields
    return client.post(f"/batches/{batch.pk}/certify/", body)


@pytest.fixture
def decided(reviewer: Client, batch: Batch) -> Batch:
    events = fill(batch, "Cut-in", 4)
    say(events[:3], "approved", reviewer.user)  # type: ignore[attr-defined]
    say(events[3:], "rejected", reviewer.user)  # type: ignore[attr-defined]
    return batch


def test_certifying_is_shown_everywhere_and_so_is_going_stale(reviewer: Client, decided: Batch) -> None:
    answer = certify(reviewer, decided, scope="batch")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/batches/{decided.pk}/insights/")
    places = ["/batches/", f"/batches/{decided.pk}/"]
    assert all("Certified 75.0 % (75.0 – 75.0)" in compact(reviewer.get(position).content) for position in places)
    assert figures(reviewer, decided)["lines"][0].certificate == Certificate.objects.get()
    reviewer.post(f"/batches/{decided.pk}/undo/", {"key": uuid4()})
    assert all("Certificate is stale" in compact(reviewer.get(position).content) for position in places)


def test_a_category_without_a_name_can_be_certified(reviewer: Client, batch: Batch) -> None:
    say(fill(batch, "", 2), "approved", reviewer.user)  # type: ignore[attr-defined]
    assert certify(reviewer, batch, category="", approved=2, rejected=0).status_code == 303
    assert Certificate.objects.get().category == ""


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"approved": 2}, 412),
        ({"category": "Near miss"}, 422),
        ({"scope": "all"}, 422),
        ({"approved": "many"}, 422),
        ({"key": "x"}, 422),
    ],
)
def test_what_cannot_be_certified_says_why(
    reviewer: Client, decided: Batch, fields: dict[str, object], status: int
) -> None:
    answer = certify(reviewer, decided, **fields)
    assert answer.status_code == status
    assert "Not certified" in answer.content.decode()
    assert Certificate.objects.count() == 0


def test_a_viewer_sees_the_figures_and_no_button(viewer: Client, decided: Batch) -> None:
    html = viewer.get(f"/batches/{decided.pk}/insights/", headers=FIGURES).content.decode()
    assert "75.0 %" in html
    assert "<form" not in html
