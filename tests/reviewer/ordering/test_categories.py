"""Orders by category read every event, those of categories that the last sync did not count too, and never the whole
batch.
"""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from batches.models import Batch
from reviewer.filters.events import SORTS
from reviewer.ordering.categories import STEPS
from tests.factories import make_batch, make_event, make_item

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch() -> Batch:
    item = make_item(make_batch())
    for category in ("Zebra", "apple", "", "Zebra", "Ärger", "cut-in"):
        make_event(item, category=category)
    make_event(make_item(), category="of another batch")
    return Batch.objects.get(pk=item.batch_id)


@pytest.mark.parametrize("sort", ["rarest", "sample"])
@pytest.mark.parametrize(
    "counted", [[], ["Zebra"], ["cut-in", "", "Ärger", "apple", "Zebra"]], ids=["none", "one", "all"]
)
def test_every_event_is_read_once_whatever_was_counted(batch: Batch, sort: str, counted: list[str]) -> None:
    batch.rarest, batch.strata = counted, dict.fromkeys(counted, 1)
    order, rows = SORTS[sort].of(batch), batch.events.all()
    read: list[int] = []
    position = None
    while page := order.after(rows, position, 2):
        read += [event.pk for event in page]
        position = order.values(order.cursor(page[-1]))
    assert sorted(read) == sorted(rows.values_list("pk", flat=True))
    assert len(order.after(rows, None, 100)) == len(read)


@pytest.mark.parametrize("sort", ["rarest", "sample"])
@pytest.mark.parametrize("counted", [[], ["Zebra", "apple"]], ids=["none", "some"])
def test_only_wanted_categories_are_looked_for(batch: Batch, sort: str, counted: list[str]) -> None:
    batch.rarest, batch.strata = counted, dict.fromkeys(counted, 1)
    wanted = ["Zebra", "cut-in", "nothing"]
    rows = batch.events.filter(category__in=wanted)
    with CaptureQueriesContext(connection) as queries:
        read = SORTS[sort].of(batch, wanted).after(rows, None, 10)
    assert {event.pk for event in read} == set(rows.values_list("pk", flat=True))
    assert not [query["sql"] for query in queries if "'apple'" in query["sql"]]


@pytest.mark.parametrize("sort", ["rarest", "sample"])
def test_no_statement_excludes_categories(batch: Batch, sort: str) -> None:
    batch.rarest, batch.strata = ["Zebra"], {"Zebra": 2}
    with CaptureQueriesContext(connection) as queries:
        SORTS[sort].of(batch).after(batch.events.all(), None, 10)
    assert queries.captured_queries
    assert not [
        query["sql"]
        for query in queries
        if "NOT (" in query["sql"] and "category" in query["sql"].split("NOT (")[1][:60]
    ]


def test_categories_are_stepped_through_in_an_index(batch: Batch) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
        explain = "EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN "
        cursor.execute(explain + STEPS, [batch.pk, batch.pk])
        plan = "\n".join(str(row[-1]) for row in cursor.fetchall())
    assert "event_by_" in plan
    assert "Seq Scan" not in plan, plan
    assert not [line for line in plan.splitlines() if line.startswith("SCAN") and "batches_event" in line], plan
