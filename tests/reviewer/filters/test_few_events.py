"""What the counters say beforehand changes no page, and where nothing matches no event is read."""

from collections import Counter
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import F
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from batches.models import Assignment, AssignmentChange, Batch, Consensus, Conversation, Event, Stage
from batches.models.event import DIFFERS_FROM_VENDOR
from reviewer.filters import few_events
from reviewer.filters.conditions import DECIDED
from reviewer.filters.events import SORTS, EventFilter
from reviewer.filters.facets import facets
from reviewer.filters.many_batches import ManyBatchesFilter
from reviewer.filters.values import join_value
from reviewer.insights.counts import work_of
from reviewer.ordering.keyset import Sort
from tests.factories import make_batch, make_event, make_item, make_user

pytestmark = pytest.mark.django_db
FILTERS = ("approval=pending", "severity=low", "category=Cut-in&severity=high", "changed=1", "approval=invalid",
           "q=van&approval=pending", "thumbnail=1", "confidence_min=0.9", "confidence_max=0.1&approval=pending",
           "confidence_min=0.2&confidence_max=0.95&severity=low", "reviewer=ann", "reviewer=ann&differs=1&severity=low",
           "reviewer=nobody", "reason=too+short", "since=2020-01-01", "until=2020-01-01", "differs=1", "reviewed=1",
           "was_category=Cut-in", "corrected=label", "band=0.9", "band=0.9&band=0.0",
           "confidence_max=0.42")  # fmt: skip


@pytest.fixture
def batch(monkeypatch: pytest.MonkeyPatch) -> Batch:
    monkeypatch.setattr(few_events, "LARGE", 0)
    item = make_item(make_batch())
    for rank, category, confidence in ((1, "Cut-in", 0.05), (3, "Cut-in", 0.9), (1, "Braking", 0.95), (2, "", None)):
        make_event(item, severity_rank=rank, category=category, label="A van", confidence=confidence)
    decided = {"approval": "rejected", "vendor_approval": "approved", "decided_at": timezone.now()}
    ann = make_user("ann")
    make_event(item, category="Cut-in", confidence=0.4, severity_rank=1, decided_by=ann, reason="too short", **decided)
    make_event(item, category="", confidence=None, decided_by=ann, **decided)
    return Batch.objects.get(pk=item.batch_id)


def pages(events: Any, order: Sort) -> list[int]:
    return [event.pk for event in order.after(events, None, 10)]


@pytest.mark.parametrize(("few", "common"), [(few_events.FEW, 1), (0, 1), (0, 1000)])
@pytest.mark.parametrize("sort", SORTS)
def test_a_page_lists_the_events_of_the_filter(
    batch: Batch, monkeypatch: pytest.MonkeyPatch, sort: str, few: int, common: int
) -> None:
    monkeypatch.setattr(few_events, "FEW", few)
    monkeypatch.setattr(few_events, "COMMON", common)
    for query in FILTERS:
        event_filter = EventFilter.of(batch, QueryDict(f"{query}&sort={sort}"))
        listed = pages(event_filter.listed, event_filter.order)
        assert listed == pages(event_filter.qs, SORTS[sort].of(batch)), query


@pytest.mark.parametrize("sort", SORTS)
def test_no_event_is_read_where_none_matches(batch: Batch, sort: str) -> None:
    event_filter = EventFilter.of(batch, QueryDict(f"approval=invalid&sort={sort}"))
    assert Event.objects.filter(batch=batch).count() == 6
    order = event_filter.order
    with CaptureQueriesContext(connection) as queries:
        assert order.after(event_filter.listed, None, 10) == []
    assert not [query["sql"] for query in queries if 'FROM "batches_event"' in query["sql"]]


def test_a_small_batch_is_not_asked(batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(few_events, "LARGE", 20_000)
    event_filter = EventFilter.of(batch, QueryDict("approval=invalid"))
    with CaptureQueriesContext(connection) as queries:
        assert str(event_filter.listed.query) == str(event_filter.qs.query)
    assert not queries.captured_queries


def test_few_events_of_a_range_of_confidence_are_found_by_it(batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    for few, by_range in ((1, False), (2, True)):
        monkeypatch.setattr(few_events, "FEW", few)
        event_filter = EventFilter.of(batch, QueryDict("confidence_min=0.9&sort=uncertain"))
        assert ('"id" IN (' in str(event_filter.listed.query)) is by_range


def test_no_event_of_another_category_is_looked_for(batch: Batch) -> None:
    event_filter = EventFilter.of(batch, QueryDict("reason=too+short&sort=rarest"))
    assert event_filter.order.wanted == ("Cut-in",)
    event_filter = EventFilter.of(batch, QueryDict("since=2020-01-01&sort=rarest"))
    assert event_filter.order.wanted == ("", "Cut-in")  # which have decided events


@pytest.mark.parametrize(
    "query", ["confidence_min=0.05", "confidence_max=0.92", "confidence_min=0.01&confidence_max=0.93"]
)
@pytest.mark.parametrize("gone", [False, True])
def test_a_range_of_confidence_counts_the_events_for_review(batch: Batch, query: str, *, gone: bool) -> None:
    if gone:
        Event.objects.filter(batch=batch, confidence=0.05).update(gone_at=timezone.now())
    event_filter = EventFilter.of(batch, QueryDict(query))
    assert event_filter.count() == len(event_filter.qs)


@pytest.mark.parametrize("few", [few_events.FEW, 0])
def test_counts_are_those_of_the_events(batch: Batch, monkeypatch: pytest.MonkeyPatch, few: int) -> None:
    monkeypatch.setattr(few_events, "FEW", few)
    monkeypatch.setattr("reviewer.filters.events.FEW", few)
    monkeypatch.setattr("reviewer.filters.events.MOST_READ", 5)
    ann, first = User.objects.get(username="ann"), batch.events.order_by("pk")[0]
    change = AssignmentChange.objects.create(idempotency_key=uuid4(), batch=batch, by=ann, events=2, people=["ann"])
    for number, event in enumerate(batch.events.order_by("pk")[:3]):
        Conversation.objects.create(event=event, batch=batch, comments=number, unresolved=number == 1)
        Assignment.objects.create(event=event, batch=batch, user=ann if number else None, change=change)
    Consensus.objects.create(event=first, batch=batch, wanted=2, stage=Stage.DISPUTED)
    for query in (*FILTERS, "comments=1", "unresolved=1", "comments=1&severity=low", "disputed=1", "assigned=ann",
                  "assigned=nobody", "assigned=me,nobody", "assigned=stranger"):  # fmt: skip
        event_filter = EventFilter.of(batch, QueryDict(query), ann)
        count = len(event_filter.qs)
        assert (event_filter.count(), event_filter.count_soon()) == (count, (min(count, 5), count > 5)), query
        result = facets(event_filter)
        assert result["total"] == count, query
        flags = {choice.value: choice.count for choice in result["flags"]}
        assert flags["comments"] == event_filter.qs.filter(conversation__comments__gt=0).count(), query
        names = event_filter.without("assigned").values_list("assignment__user__username", flat=True)
        assigned = {choice.value: choice.count for choice in result["assigned"] if choice.count}
        own = "ann" if "ann" in event_filter.values["assigned"] else "me"
        assert assigned == Counter(own if name else "nobody" for name in names), query
        assert flags["differs"] == event_filter.qs.filter(DIFFERS_FROM_VENDOR).count(), query
        people = Counter(event_filter.without("reviewer").values_list("decided_by__username", flat=True))
        reasons = Counter(event_filter.without("reason").filter(DECIDED).values_list("reason", flat=True))
        shown = {choice.value: choice.count for choice in result["reviewers"] if choice.count}
        assert shown == {"ann": people["ann"]} if people["ann"] else not shown, query
        assert [choice.count for choice in result["reasons"] if choice.count] == [*filter(None, [reasons["too short"]])]


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("query", ["", "approval=pending", "q=van", "category=Cut-in", "severity=low&q=van"])
@pytest.mark.parametrize("kind", ["alone", "gone", "beside another", "with a gap"])
def test_places_and_words_are_counted_by_an_index(
    batch: Batch, monkeypatch: pytest.MonkeyPatch, kind: str, query: str, sort: str
) -> None:
    for module in ("events", "few_events"):
        monkeypatch.setattr(f"reviewer.filters.{module}.LARGE", 1)
    monkeypatch.setattr(few_events, "FEW", 0)
    if kind != "alone":  # in between
        between = make_event(batch.items.get() if kind == "gone" else None, label="A van", gone_at=None)
        make_event(batch.items.get(), label="A van", confidence=0.7)
        Event.objects.filter(pk=between.pk).update(gone_at=timezone.now())
        if kind == "gone":
            Batch.objects.filter(pk=batch.pk).update(pending=F("pending") - 1)
        elif kind == "with a gap":
            between.payload.delete()
            between.delete()
    event_filter = EventFilter.of(Batch.objects.get(pk=batch.pk), QueryDict(f"{query}&sort={sort}"))
    assert event_filter.batch.event_count == batch.events.for_review().count()
    events, order = list(pages(event_filter.qs, SORTS[sort].of(event_filter.batch))), event_filter.order
    assert event_filter.count() == len(events) > 1
    with CaptureQueriesContext(connection) as queries:
        counted = event_filter.to_count()
        for index, pk in enumerate(events):
            position = order.values(order.cursor(Event.objects.get(pk=pk)))
            assert order.rows_before(counted, position).count() == index
    read = [query["sql"] for query in queries if "COUNT(" in query["sql"] and '"gone_at" IS NULL' in query["sql"]]
    assert bool(read) is (kind == "gone")


@pytest.mark.parametrize("text", ["!!!", "—", "☃", "??"])
def test_a_text_without_a_word_matches_no_event(batch: Batch, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("reviewer.filters.events.LARGE", 1)
    event_filter = EventFilter.of(batch, QueryDict(urlencode({"q": text})))
    assert (event_filter.count(), event_filter.qs.count()) == (0, 0)


def test_work_is_that_of_the_decided_events(batch: Batch) -> None:
    for query in (*FILTERS, "", "origin=vendor", "undecided=1"):
        event_filter = EventFilter.of(batch, QueryDict(query))
        with CaptureQueriesContext(connection) as queries:
            work = work_of(event_filter)
        decided = event_filter.qs.filter(DECIDED).values_list("reason", "approval")
        assert Counter({row[2:4]: row.size for row in work}) == Counter(decided), query
        sql = " ".join(asked["sql"] for asked in queries if 'FROM "batches_event"' in asked["sql"])
        if query in ("origin=vendor", "reviewed=1", "undecided=1"):  # all of them, or none, as the counters tell
            assert not any(column in sql for column in ('"origin"', '"bulk_decided"')), query


def test_counting_ends_where_too_many_events_would_be_read(batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reviewer.filters.events.MOST_READ", 2)
    monkeypatch.setattr("reviewer.filters.facets.MOST_READ", 2)
    monkeypatch.setattr(few_events, "LARGE", 1_000)
    everywhere = EventFilter.of(batch, QueryDict("q=van"))
    assert (everywhere.count(), everywhere.count_soon()) == (4, (2, True))
    result = facets(everywhere)
    assert (result["total"], result["exceeded"]) == (2, True)
    assert [choice.label for choice in result["categories"]] == ["Cut-in", "No category", "Braking"]
    assert [choice.value for choice in result["reviewers"] + result["reasons"]] == ["ann", join_value("too short")]
    assert {choice.count for choice in [*result["approvals"], *result["categories"], *result["videos"]]} == {None}
    assert facets(everywhere, whole=True)["total"] == 4
    in_range = EventFilter.of(batch, QueryDict("confidence_min=0.3"))  # whole bands are counted, and the rest is read
    assert (in_range.count(), in_range.count_soon()) == (3, (3, False))
    by_person = facets(EventFilter.of(batch, QueryDict("reviewer=ann&approval=rejected")))
    assert (by_person["total"], "uncounted" in by_person) == (2, False)  # which counters tell


@pytest.mark.parametrize("query", ["severity=low", "approval=rejected", "approval=invalid", "reviewer=ann", "q=van"])
def test_events_of_several_batches_are_listed_by_severity(
    batch: Batch, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    monkeypatch.setattr(few_events, "FEW", 0)
    rejected = {"approval": "rejected", "vendor_approval": "rejected"}
    make_event(make_item(make_batch()), severity_rank=2, label="A van", **rejected)
    Batch.objects.update(pending=4, approved=1, rejected=3, invalid=1)  # which the scope is read from
    event_filter = ManyBatchesFilter.over(Batch.objects.all(), QueryDict(f"{query}&sort=-severity"), make_user("eva"))
    listed = pages(event_filter.listed, event_filter.order)
    assert listed == pages(event_filter.qs, event_filter.order)
    assert (listed == []) == (query == "approval=invalid")
    assert ("severity_rank" in str(event_filter.listed.query.where)) or query in ("q=van", "approval=invalid")
