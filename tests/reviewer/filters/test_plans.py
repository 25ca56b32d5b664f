"""The plans of the lists that pages ask for: in the order of the page, or from an index of few events."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Count
from django.http import QueryDict
from django.utils import timezone

from batches import sampling
from batches.models import Assignment, AssignmentChange, Batch, Consensus, Conversation, Stage, search
from batches.models.random_rank import RandomRank
from bench.shapes import FILTERS
from reviewer.filters import facets, few_events
from reviewer.filters.events import SORTS, EventFilter
from reviewer.filters.few_events import INDEXED
from reviewer.filters.many_batches import ManyBatchesFilter
from reviewer.insights import counts
from tests.factories import make_batch, make_event, make_item, make_user

pytestmark = pytest.mark.django_db
MILLION = 1_000_000
# Indexes of few events, or of those of one video: what SQLite finds in them it may sort. In a range of confidence it
# expects few events where it has no statistics.
SMALL = ("event_decided", "event_flagged", "event_corrected", "event_added", "event_changed", "event_once_an_item",
         "autoindex_batches_event_1", "batches_event_search",
         "event_by_confidence (batch_id=? AND confidence")  # fmt: skip

STATISTICS = {  # SQLite's, of a batch of a million events and one of a thousand
    "sqlite_autoindex_batches_event_1": "1001000 30 1",
    "event_in_order": "1001000 500500 1 1",
    "event_by_age": "1001000 500500 1",
    "event_by_approval": "1001000 500500 166834 1 1",
    "event_by_category": "1001000 500500 125125 1",
    "event_by_confidence": "1001000 500500 501 1",
    "event_by_random_rank": "1001000 500500 125125 1 1",
    "event_by_severity": "1001000 500500 166834 1",
    "event_by_uncertainty": "1001000 500500 708 1",
    "event_decided": "66737 33369 16685 16685 16685 16685 8343 2781 101 1",
}


@pytest.fixture
def batch() -> Batch:
    """One of which the planner believes that it has a million events; SQLite does without being told."""
    item = make_item(make_batch())
    for number in range(12):
        make_event(item, category=f"category {number % 3}", confidence=number / 12, thumbnail_url="x" * (number % 2))
    make_event()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE batches_event")
            cursor.execute("UPDATE pg_class SET reltuples = %s WHERE oid = 'batches_event'::regclass", [MILLION])
    return Batch.objects.get(pk=item.batch_id)


def plan_of(batch: Batch, query: str, sort: str, user: User) -> str:
    event_filter = EventFilter.of(batch, QueryDict(query), user)
    rows, order = event_filter.qs.only("pk"), SORTS[sort].of(batch)
    if sort == "sample":  # one of the parts
        part = rows.filter(category="category 1").alias(random_rank=RandomRank("id"))
        return str(part.order_by("random_rank", "id")[:49].explain())
    if sort == "rarest":
        return str(rows.filter(category="category 1").order_by("sequence", "id")[:49].explain())
    given = rows.filter(**{f"{order.fields[0]}__isnull": False}) if order.nullable else rows
    return str(order._span(given, order.fields, None, forward=True)[:49].explain())


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.case("L01", measured="each order and filter in a million events, rare words too")
def test_no_list_reads_all_events(batch: Batch, sort: str) -> None:
    user, bad = make_user("ann"), []
    for query in FILTERS:
        plan = plan_of(batch, query.format(item=batch.items.get().pk), sort, user)
        whole = re.search(r"Seq Scan on batches_event\b|SCAN batches_event\b", plan)
        sorts = "TEMP B-TREE FOR ORDER" in plan  # PostgreSQL sorts where it expects few rows
        if whole or (sorts and not any(name in plan for name in SMALL)):
            bad.append(f"{query}\n{plan}")
    assert not bad, "\n\n".join(bad)


def plan_asked(ask: Callable[[], object], part: str = "") -> str:
    """How the first statement of this call that has this part is carried out."""
    asked = []

    def keep(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        asked.extend([(sql, params)] if part in sql else [])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(keep):
        ask()
    explain = "EXPLAIN " if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN "
    with connection.cursor() as cursor:
        cursor.execute(explain + asked[0][0], asked[0][1])
        return "\n".join(str(row[-1]) for row in cursor.fetchall())


@pytest.mark.parametrize("sort", ["item", "newest", "-confidence", "confidence", "-severity", "uncertain"])
def test_many_events_of_a_filter_are_read_in_the_order_of_the_page(
    batch: Batch, monkeypatch: pytest.MonkeyPatch, sort: str
) -> None:
    monkeypatch.setattr(few_events, "LARGE", 0)
    monkeypatch.setattr(few_events, "FEW", 0)
    monkeypatch.setattr(few_events, "COMMON", MILLION)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:  # it knows by its statistics that many match, which are few here
            cursor.execute("SET LOCAL enable_sort = off; SET LOCAL enable_seqscan = off; SET LOCAL jit = off")
    values = {"category": "near-miss", "severity_rank": 3, "confidence": 0.95, "vendor_approval": "pending"}
    make_event(batch.items.get(), **values)
    ann = {"decided_by": make_user("ann"), "decided_at": timezone.now(), "reason": "too short", "approval": "rejected"}
    make_event(batch.items.get(), **values | ann | {"vendor_approval": "approved"})
    asked = set()
    for query in FILTERS:
        for event_filter in (
            EventFilter.of(batch, QueryDict(f"{query.format(item=1)}&sort={sort}"), ann["decided_by"]),
            ManyBatchesFilter.over(
                Batch.objects.all(),
                QueryDict(f"{query.format(item=1)}&sort={sort}&batch={batch.pk}"),
                ann["decided_by"],
            ),
        ):
            if not INDEXED.keys() & event_filter.active.keys() or not event_filter.qs.exists():
                continue
            asked |= event_filter.active.keys()
            rows = event_filter.listed.select_related("item", "decided_by__profile", "batch__connection")
            plan = plan_asked(partial(event_filter.order.after, rows, None, 49))
            bad = r"Seq Scan on batches_(event|item)\b|SCAN batches_(event|item)\b"
            assert not re.search(bad, plan), (query, plan)
            assert plan.count("TEMP B-TREE FOR") <= 1, (query, plan)  # of the 49
    assert asked > {"approval", "severity", "category", "confidence_min", "band", "reviewer", "since", "differs"}


@pytest.mark.parametrize(
    "query",
    [
        "comments=1",
        "unresolved=1",
        "disputed=1",
        "assigned=ann",
        "corrected=label",
        "was_category=Cut-in",
        "corrected=1",
        "origin=reviewer",
        "flagged=1",
        "changed=1",
    ],
)
def test_few_events_with_rows_of_their_own_are_read_by_key(batch: Batch, query: str) -> None:
    ann = make_user("ann")
    corrected = {"corrections": '{"label": "A van"}', "vendor_category": "Cut-in"}
    flagged = {"flagged_at": timezone.now(), "flagged_by": ann, "correction_changed": True}
    event = make_event(batch.items.get(), **corrected, **flagged, origin="reviewer")
    Conversation.objects.create(event=event, batch=batch, comments=1, unresolved=True)
    Consensus.objects.create(event=event, batch=batch, wanted=2, stage=Stage.DISPUTED)
    change = AssignmentChange.objects.create(idempotency_key=uuid4(), batch=batch, by=ann, events=1, people=["ann"])
    Assignment.objects.create(event=event, batch=batch, user=ann, change=change)
    for event_filter in (
        EventFilter.of(batch, QueryDict(query), ann),
        ManyBatchesFilter.over(Batch.objects.filter(pk=batch.pk), QueryDict(query), ann),
    ):
        events = event_filter.without("category")
        assert list(events.all()) == [event]
        for rows in (events[:49], events.order_by().values_list("category").annotate(count=Count("pk"))):
            plan = rows.explain()
            assert re.search(r"batches_event USING INTEGER PRIMARY KEY|Index Cond: .*\bid = ", plan), plan


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("query", ["flagged=1", "q=77"])
def test_few_events_are_not_looked_for_in_the_order_of_the_page(
    batch: Batch, monkeypatch: pytest.MonkeyPatch, query: str, sort: str
) -> None:
    monkeypatch.setattr(few_events, "LARGE", 0)
    monkeypatch.setattr(search, "COMMON", 1)
    ann = make_user("ann")
    values = {"label": "77", "flagged_at": timezone.now(), "flagged_by": ann, "confidence": 0.9}
    first, last = (make_event(batch.items.get(), category=name, **values) for name in ("category 1", "Cut-in"))
    batch.rarest, batch.strata = ["category 1"], {"category 1": 1}
    event_filter = EventFilter.of(batch, QueryDict(f"{query}&sort={sort}"), ann)
    rows, order = event_filter.listed, event_filter.order
    earlier, later = order.after(rows, None, 3)
    assert {earlier, later} == {first, last}
    assert order.after(rows, order.values(order.cursor(earlier)), 3) == [later]
    assert order.before(rows, order.values(order.cursor(later)), 3) == [earlier]
    plan = plan_asked(partial(order.after, rows, None, 3), " LIMIT 3")
    assert re.search(r"TEMP B-TREE FOR ORDER|Sort Key", plan), plan
    assert not re.search(r"event_(in_order|by_\w+)", plan), plan


def test_decided_events_and_ranges_are_counted_without_reading_events(batch: Batch) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:  # the test's events fit on one page, which is read sooner than any index
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_bitmapscan = off")
    decided = {"decided_by": make_user("ann"), "decided_at": timezone.now(), "approval": "approved"}
    for severity in ("low", "high"):
        make_event(batch.items.get(), severity=severity, **decided)
    one_category = EventFilter.of(batch, QueryDict("category=category 1")).without(are_decided=True).order_by()
    people = one_category.values_list("decided_by", "reason", "approval").annotate(count=Count("pk"))
    since = EventFilter.of(batch, QueryDict("since=2020-01-01")).without().order_by()
    in_range = EventFilter.of(batch, QueryDict("confidence_min=0.42"))._ends_of_range()
    assert in_range is not None
    one_severity = EventFilter.of(batch, QueryDict("severity=low"))
    plans = [plan_asked(lambda: counts.work_of(one_severity), 'FROM "batches_event"')]
    for rows in (people, since.values_list("batch").annotate(count=Count("pk")),
                 in_range.order_by().values_list("batch").annotate(count=Count("pk"))):  # fmt: skip
        plans.append(rows.explain())
    for plan in plans:
        assert re.search(r"(Index Only Scan using|COVERING INDEX) event_(decided|by_confidence)", plan), plan


@pytest.mark.parametrize("query", ["approval=pending", "category=category 1", "severity=low&undecided=1"])
def test_videos_are_counted_by_their_own_index(batch: Batch, monkeypatch: pytest.MonkeyPatch, query: str) -> None:
    monkeypatch.setattr(facets, "MOST_READ", 3)
    monkeypatch.setattr(facets, "_largest", lambda event_filter: [(batch.items.get().pk, 12)])
    event_filter = EventFilter.of(batch, QueryDict(query), make_user("ann"))
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
    plan = plan_asked(lambda: facets._videos(event_filter, 12), "GROUP BY")
    assert not re.search(r"Index Cond: .*(approval|category|severity)|(approval|category|severity_rank)=\?", plan), plan


def test_groups_are_not_read_in_the_order_of_an_index(batch: Batch) -> None:
    if connection.vendor == "postgresql":
        pytest.skip("it knows how many events the batch has")
    event_filter = EventFilter.of(batch, QueryDict("confidence_min=0.9995"))
    with connection.cursor() as cursor:  # two batches: it takes each for half of a million
        cursor.execute("ANALYZE batches_event")
        cursor.execute("DELETE FROM sqlite_stat1 WHERE tbl = 'batches_event'")
        for name, stat in STATISTICS.items():
            cursor.execute("INSERT INTO sqlite_stat1 VALUES ('batches_event', %s, %s)", [name, stat])
        cursor.execute("ANALYZE sqlite_schema")
    by_category = plan_asked(lambda: sampling.measure(batch.pk, event_filter.without()), "GROUP BY")
    pending = EventFilter.of(batch, QueryDict("approval=pending"))
    by_video = plan_asked(lambda: facets._videos(pending, 9), "GROUP BY")
    assert "event_by_confidence (batch_id=? AND confidence>" in by_category, by_category
    assert "SEARCH batches_event USING INDEX event_" in by_video, by_video


@pytest.mark.parametrize("query", ["since=1d", "since=1d&until=2100-01-01", "reviewer=ann", "differs=1", ""])
def test_being_decided_is_said_once(batch: Batch, query: str) -> None:
    sql = str(EventFilter.of(batch, QueryDict(query)).without(are_decided=True).query)
    assert sql.count('"decided_at" IS NOT NULL') == (0 if "since" in query else 2 if "differs" in query else 1), sql


def test_samples_are_read_from_the_ranks_before_the_first_gap(batch: Batch) -> None:
    plan = plan_asked(lambda: list(sampling._samples(batch.events.all(), {"category 1": 9, "category 2": 7})))
    before = {
        "sqlite": r"event_by_random_rank \(batch_id=\? AND category=\? AND <expr><\?\)",
        "postgresql": r" < [79]\)",  # with so few decisions it begins at them
    }
    assert len(re.findall(before[connection.vendor], plan)) == 2, plan
