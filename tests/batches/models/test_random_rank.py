"""Lots: the same in Python and in both databases, without a trace of the order of the ids, read from an index."""

import statistics

import pytest
from django.db import connection

from batches.models import Event
from batches.models.random_rank import PRIME, RandomRank, random_rank
from tests.factories import make_event, make_item

IDS = [1, 2, 3, 1000, 2**31 - 2, 2**31 - 1, 2**31, 2**40 + 7, 2**62]


@pytest.mark.django_db
def test_sql_and_python_draw_the_same_lots() -> None:
    item = make_item()
    for pk in IDS:
        make_event(item, pk=pk)
    assert dict(Event.objects.values_list("pk", RandomRank("pk"))) == {pk: random_rank(pk) for pk in IDS}


def test_neighbours_are_scattered() -> None:
    """A chi-squared test over 20 equal parts, and no correlation of a rank with its neighbour's."""
    count, parts = 20_000, 20
    ranks = [random_rank(pk) for pk in range(1, count + 1)]
    assert len(set(ranks)) == count
    filled = [0] * parts
    for rank in ranks:
        filled[rank * parts // PRIME] += 1
    chi = sum((cell - count / parts) ** 2 / (count / parts) for cell in filled)
    assert 7.6 < chi < 36.2  # the middle 98 % with 19 degrees of freedom
    for distance in (1, 2, 7, 1000):
        assert abs(statistics.correlation(ranks[:-distance], ranks[distance:])) < 0.03


def test_the_order_of_a_category_comes_from_an_index(transactional_db: None) -> None:
    item = make_item()
    for _ in range(3):
        make_event(item)
    result = (
        Event.objects.filter(batch=item.batch, category="Cut-in")
        .alias(random_rank=RandomRank("id"))
        .order_by("random_rank", "id")
    )
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET enable_seqscan = off; SET enable_sort = off")
    plan = result.filter(random_rank__gt=5).only("pk")[:10].explain()
    assert "event_by_random_rank" in plan
    assert "TEMP B-TREE" not in plan
    assert "Sort" not in plan
