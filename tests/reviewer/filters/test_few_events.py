"""What the counters say beforehand changes no page, and where nothing matches no event is read."""

from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from batches.models import Batch, Event
from reviewer.filters import few_events
from reviewer.filters.events import SORTS, EventFilter
from tests.factories import make_batch, make_event, make_item

pytestmark = pytest.mark.django_db
FILTERS = ("approval=pending", "severity=low", "category=Cut-in&severity=high", "changed=1", "approval=invalid",
           "q=van&approval=pending", "thumbnail=1", "confidence_min=0.9", "confidence_max=0.1&approval=pending",
           "confidence_min=0.2&confidence_max=0.95&severity=low")  # fmt: skip


@pytest.fixture
def batch(monkeypatch: pytest.MonkeyPatch) -> Batch:
    monkeypatch.setattr(few_events, "LARGE", 0)
    item = make_item(make_batch())
    for rank, category, confidence in ((1, "Cut-in", 0.05), (3, "Cut-in", 0.9), (1, "Braking", 0.95), (2, "", None)):
        make_event(item, severity_rank=rank, category=category, label="A van", confidence=confidence)
    return Batch.objects.get(pk=item.batch_id)


def pages(events: Any, event_filter: EventFilter) -> list[int]:
    return [event.pk for event in event_filter.order.after(events, None, 10)]


@pytest.mark.parametrize("few", [few_events.FEW, 0])
@pytest.mark.parametrize("sort", SORTS)
def test_a_page_lists_the_events_of_the_filter(
    batch: Batch, monkeypatch: pytest.MonkeyPatch, sort: str, few: int
) -> None:
    monkeypatch.setattr(few_events, "FEW", few)
    for query in FILTERS:
        event_filter = EventFilter.of(batch, QueryDict(f"{query}&sort={sort}"))
        assert pages(event_filter.listed, event_filter) == pages(event_filter.qs, event_filter), query


@pytest.mark.parametrize("sort", SORTS)
def test_no_event_is_read_where_none_matches(batch: Batch, sort: str) -> None:
    event_filter = EventFilter.of(batch, QueryDict(f"approval=invalid&sort={sort}"))
    assert Event.objects.filter(batch=batch).count() == 4
    order = event_filter.order
    with CaptureQueriesContext(connection) as queries:
        assert order.after(event_filter.listed, None, 10) == []
    assert not [query["sql"] for query in queries if 'FROM "batches_event"' in query["sql"]]


def test_a_small_batch_is_not_asked(batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(few_events, "LARGE", 20_000)
    event_filter = EventFilter.of(batch, QueryDict("approval=invalid"))
    assert event_filter.listed is event_filter.qs


def test_few_events_of_a_range_of_confidence_are_found_by_it(batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    for few, by_range in ((1, False), (2, True)):
        monkeypatch.setattr(few_events, "FEW", few)
        event_filter = EventFilter.of(batch, QueryDict("confidence_min=0.9&sort=uncertain"))
        assert ('"id" IN (' in str(event_filter.listed.query)) is by_range
