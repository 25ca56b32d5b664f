"""Verdicts by hour: those on the events of the filter, whoever knows their number."""

import pytest
from django.contrib.auth.models import User
from django.http import QueryDict

from batches.models import Batch
from reviewer.filters.events import EventFilter
from reviewer.insights.counts import work_of
from tests.factories import make_batch, make_member
from tests.reviews import fill, say

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch() -> Batch:
    return make_batch()


@pytest.fixture
def reviewer(batch: Batch) -> User:
    return make_member(batch.connection)


@pytest.mark.parametrize(
    ("query", "counted"), [("", 5), ("category=Cut-in", 2), ("approval=approved", 5), ("category=Nothing", 0)]
)
def test_only_verdicts_on_events_of_the_filter_are_counted(
    batch: Batch, reviewer: User, query: str, counted: int
) -> None:
    say(fill(batch, "Cut-in", 2), "approved", reviewer)
    say(fill(batch, "Hard braking", 3), "approved", reviewer)
    batch.refresh_from_db()
    event_filter = EventFilter.of(batch, QueryDict(query), reviewer)
    assert sum(work[-1] for work in work_of(event_filter)) == counted
