"""Every order, read page by page in both directions, gives each event once."""

import base64
import json

import pytest
from django.core.exceptions import BadRequest
from django.http import QueryDict

from batches.models import Batch, Event
from batches.models.random_rank import random_rank
from reviewer.filters.events import SORTS
from reviewer.ordering.keyset import BadCursor, page
from tests.factories import make_batch, make_event, make_item

STRATA = {"rare": 1, "other": 2, "common": 3}
CONFIDENCES = [0.5, None, 0.9, 0.5, None, 0.1, 0.5]


@pytest.fixture
def batch(db: None) -> Batch:
    made = make_batch()
    for number, confidence in enumerate(CONFIDENCES):
        category = ["common", "rare", "common", "other", "common", "new", "other"][number]
        make_event(make_item(made), confidence=confidence, severity=["low", "high"][number % 2], category=category)
    made.rarest = ["rare", "gone", "other", "common"]  # "new" came after the last sync ended
    made.strata = STRATA
    return made


def ordered(name: str) -> list[Event]:
    events = list(Event.objects.order_by("id"))
    existing = [event for event in events if event.confidence is not None]
    unknown = [event for event in events if event.confidence is None]
    return {
        "item": sorted(events, key=lambda event: event.sequence),
        "newest": events[::-1],
        "confidence": [*sorted(existing, key=lambda event: (event.confidence, event.pk)), *unknown],
        "-confidence": [*sorted(existing, key=lambda event: (event.confidence, event.pk))[::-1], *unknown[::-1]],
        "uncertain": [*sorted(existing, key=lambda event: (abs(event.confidence - 0.5), event.pk)), *unknown],
        "rarest": sorted(
            events, key=lambda event: (["rare", "other", "common", "new"].index(event.category), event.sequence)
        ),
        "sample": sorted(events, key=lambda event: (random_rank(event.pk) * STRATA.get(event.category, 1), event.pk)),
        "-severity": sorted(events, key=lambda event: (event.severity_rank, event.pk))[::-1],
    }[name]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 50])
@pytest.mark.parametrize("name", SORTS)
@pytest.mark.case("L01", lacks="rarest first and rare words at a million events: docs/measurements.md")
def test_pages_join_to_the_whole_in_order(batch: Batch, name: str, size: int) -> None:
    order, result = SORTS[name].of(batch), []
    position = None
    while page := order.after(Event.objects.all(), position, size):
        result += page
        position = order.values(order.cursor(page[-1]))
    assert result == ordered(name)


@pytest.mark.parametrize("name", SORTS)
def test_before_is_after_in_a_mirror(batch: Batch, name: str) -> None:
    order, events = SORTS[name].of(batch), ordered(name)
    for index, event in enumerate(events):
        position = order.values(order.cursor(event))
        assert order.before(Event.objects.all(), position, 3) == events[max(0, index - 3) : index]
        assert order.rows_before(Event.objects.all(), position).count() == index


@pytest.mark.parametrize(
    "cursor",
    ["x", "%%%", "é", "W10", base64.urlsafe_b64encode(b'["a",1]').decode(),
     *(base64.urlsafe_b64encode(json.dumps(values).encode()).decode()
       for values in ([1], [1, 2, 3], [1, None], [None, 1], [True, 1], [1, 2**63], [float("nan"), 1], {"a": 1},
           [[1], 2]))],
)  # fmt: skip
def test_a_made_up_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(BadCursor, match="not a cursor of this list"):
        SORTS["item"].values(cursor)


@pytest.mark.parametrize("values", [["a", 1], ["a", 1, None], [None, 1, 2], [1, 2, 3], ["a\0", 1, 2], ["\ud800", 1, 2]])
def test_a_made_up_place_among_categories_is_refused(values: list[object]) -> None:
    with pytest.raises(BadCursor):
        SORTS["rarest"].values(base64.urlsafe_b64encode(json.dumps(values).encode()).decode())


@pytest.mark.parametrize("name", SORTS)
@pytest.mark.parametrize("size", [1, 3, len(CONFIDENCES), len(CONFIDENCES) + 1])
def test_pages_follow_each_other_to_the_last(batch: Batch, name: str, size: int) -> None:
    sort, query, pages = SORTS[name].of(batch), QueryDict(mutable=True), []
    while not pages or query["after"]:
        rows, query["after"] = page(query, sort, Event.objects.filter(batch=batch), size)
        pages.append(rows)
    assert [event for rows in pages for event in rows] == ordered(name)
    assert {len(rows) for rows in pages[:-1]} <= {size}


def test_page_refuses_a_place_of_another_list(batch: Batch) -> None:
    with pytest.raises(BadRequest, match="after: not a cursor of this list"):
        page(QueryDict("after=zzz"), SORTS["item"], Event.objects.all(), 3)
