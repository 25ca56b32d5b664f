"""A range of confidence is counted by the counters of its bands, and by the events of those that it cuts."""

from collections import Counter

import pytest
from django.http import QueryDict

from batches.models import Batch
from reviewer.filters.events import EventFilter
from reviewer.filters.facets import facets
from reviewer.insights.counts import grouped
from tests.factories import make_batch, make_event, make_item

pytestmark = pytest.mark.django_db
CONFIDENCES = (0.0, 0.05, 0.3, 0.41, 0.42, 0.45, 0.47, 0.5, 0.71, 0.9, 0.95, 1.0, None)
RANGES = ("confidence_min=0.42", "confidence_max=0.42", "confidence_min=0.42&confidence_max=0.47", "confidence_min=1",
          "confidence_max=0", "confidence_max=1", "confidence_min=0", "confidence_min=0.3&confidence_max=0.9",
          "confidence_min=0.5&confidence_max=0.71&severity=low", "confidence_min=0.9&confidence_max=0.1",
          "confidence_min=0.42&q=van", "confidence_min=0.42&band=0.4&band=0.9")  # fmt: skip


@pytest.fixture
def batch() -> Batch:
    item = make_item(make_batch())
    for number, confidence in enumerate(CONFIDENCES):
        make_event(item, confidence=confidence, severity_rank=1 + number % 2, label="A van")
    return Batch.objects.get(pk=item.batch_id)


@pytest.mark.parametrize("query", RANGES)
def test_every_range_is_counted_as_its_events(batch: Batch, query: str) -> None:
    event_filter = EventFilter.of(batch, QueryDict(query))
    events = list(event_filter.qs)
    counts = facets(event_filter)
    assert event_filter.count() == counts["total"] == len(events)
    by_severity = Counter(event.severity_rank for event in EventFilter.of(batch, QueryDict(query)).without("severity"))
    choices = {choice.value: choice.count for choice in counts["severities"] if choice.count}
    assert choices == {name: by_severity[rank] for name, rank in (("low", 1), ("medium", 2)) if by_severity[rank]}
    bands: Counter[int] = Counter()
    for group in grouped(event_filter):
        bands[group.band] += group.size
    assert bands == Counter(min(int(event.confidence * 10), 9) for event in events)


def test_only_the_ends_of_a_range_are_read(batch: Batch) -> None:
    counters, events = EventFilter.of(batch, QueryDict("confidence_min=0.42&confidence_max=0.93")).split()
    assert sorted(event.confidence for event in events) == [0.42, 0.45, 0.47, 0.9]
    assert counters is not None
    assert sum(row.events for row in counters) == 2  # 0.5 and 0.71
