"""The same video in other batches: found by indexes."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from batches.compare.same_video import MOST, same_videos, same_videos_of
from batches.models import Item
from tests.factories import make_batch, make_item, make_user

SOURCE = f"s3://fleet/{'a' * 300}/7.mp4"


def plan_of(sql: str) -> str:
    """How the database carries out a statement on tables that are too large to be read whole."""
    explain = {"sqlite": "EXPLAIN QUERY PLAN", "postgresql": "EXPLAIN"}[connection.vendor]
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"{explain} {sql}")
        return "\n".join(str(row[-1]) for row in cursor.fetchall())


@pytest.mark.django_db
def test_no_table_is_read_for_the_same_video_elsewhere() -> None:
    item = make_item(make_batch(), external_id="v1", source_uri=SOURCE)
    make_item(make_batch(), external_id="v2", source_uri=SOURCE)
    with CaptureQueriesContext(connection) as queries:
        assert [other.external_id for other in same_videos(item, make_user(is_staff=True))] == ["v2"]
    plans = [plan_of(query["sql"]) for query in queries if '"batches_item"' in query["sql"]]
    for index in ("item_by_external_id", "item_by_source_end"):
        assert any(index in plan for plan in plans)
    assert not [plan for plan in plans if "SCAN batches_item" in plan or "Seq Scan on batches_item" in plan]


@pytest.mark.django_db
def test_a_busy_video_hides_no_copy_of_another() -> None:
    batch, others = make_batch(), make_batch()
    busy, quiet = make_item(batch, source_uri="s3://fleet/busy.mp4"), make_item(batch, source_uri=SOURCE)
    copies = [
        Item(batch=others, external_id=f"c{n}", source_uri=busy.source_uri, position=n) for n in range(2 * MOST + 1)
    ]
    Item.objects.bulk_create(copies)
    copy = make_item(others, source_uri=SOURCE)
    same = same_videos_of([busy, quiet], make_user(is_staff=True))
    assert same[quiet.pk] == [copy]
    assert MOST - 2 <= len(same[busy.pk]) <= MOST
