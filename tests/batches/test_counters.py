"""Counters: after any actions, alone or in bulk, they are what the events and the ledger say, on both databases."""

import random
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from importlib import import_module
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Count, F, Q, Sum
from django.utils import timezone

from batches import counters
from batches.actions import correct, decide, decide_many, flag, redo, undo
from batches.actions.bulk import Page, decide_matching
from batches.actions.check import ledger_problems
from batches.actions.missed import add_missed
from batches.bulk.steps import Seen
from batches.errors import Conflict, NothingToUndo
from batches.models import Batch, Connection, DecidedCount, Event, EventCount, FilterCount, ItemCount, WorkTime
from batches.models.confidence_band import ConfidenceBand
from batches.models.counters import REVIEWED_COUNTS
from batches.models.event import COUNTS_FOR_PRECISION, DIFFERS_FROM_VENDOR, REVIEWED
from tests.factories import change_upstream, make_batch, make_connection, make_event, make_item, make_member

pytestmark = pytest.mark.django_db(transaction=True)

CATEGORIES = ("Cut-in", "Hard braking", "")


@pytest.fixture
def maya() -> User:
    return make_member(make_connection(), name="maya")


def of_events(batch: Batch) -> dict[tuple[Any, ...], int]:
    """The counters as the events say, in Python."""
    counts: dict[tuple[Any, ...], int] = {}
    for event in batch.events.for_review():
        day = event.decided_at.date() if event.decided_at else None
        week = day - timedelta(days=day.weekday()) if day else None
        key = (
            week, event.category, event.severity_rank, event.approval, event.is_added, event.corrections is not None,
            bool(event.bulk_decided),
        )  # fmt: skip
        counts[key] = counts.get(key, 0) + 1
    return counts


def stored(batch: Batch) -> dict[tuple[Any, ...], int]:
    names = ("week", "category", "severity_rank", "approval", "is_added", "is_corrected", "bulk_decided")
    rows = EventCount.objects.filter(batch=batch).order_by().values_list(*names).annotate(count=Sum("events"))
    return {tuple(key): count for *key, count in rows if count}


FILTERS: dict[str, tuple[Q, Q]] = {
    "differs": (DIFFERS_FROM_VENDOR, Q(differs=True)),
    "changed": (Q(changed_since=True) | Q(correction_changed=True), Q(is_changed=True)),
    "reviewed": (REVIEWED, REVIEWED_COUNTS),
    "decided": (Q(decided_at__isnull=False), Q(is_decided=True)),
    "thumbnail": (~Q(thumbnail_url=""), Q(has_thumbnail=True)),
    "flagged": (Q(flagged_at__isnull=False), Q(is_flagged=True)),
}


def by_filters(batch: Batch, *, of_counters: bool = False) -> dict[str, dict[tuple[Any, ...], int]]:
    """Condition → events by band, approval and origin, from the events or from the counters."""
    counted: dict[str, dict[tuple[Any, ...], int]] = {}
    for name, (of_events, of_counts) in FILTERS.items():
        if of_counters:
            rows: Any = FilterCount.objects.filter(of_counts, batch=batch).values_list("band", "approval", "is_added")
            sizes = rows.order_by().annotate(count=Sum("events")).filter(count__gt=0)
        else:
            rows = batch.events.for_review().filter(of_events).order_by()
            rows = rows.annotate(band=ConfidenceBand("confidence"), is_added=Q(origin__isnull=False))
            sizes = rows.values_list("band", "approval", "is_added").annotate(count=Count("pk"))
        counted[name] = {tuple(key): count for *key, count in sizes}
    return counted


def by_person(batch: Batch, *, of_counters: bool = False) -> dict[tuple[Any, ...], int]:
    """Events by who decided them, the reason, the verdict and the category, from the events or from the counters."""
    names = ("decided_by", "reason", "approval", "category")
    if of_counters:
        sizes = DecidedCount.objects.filter(batch=batch).order_by().values_list(*names).annotate(count=Sum("events"))
        return {tuple(key): count for *key, count in sizes if count}
    return dict(Counter(batch.events.filter(decided_at__isnull=False).order_by().values_list(*names)))


class Team:
    """People who do something at random in a batch."""

    def __init__(self, batch: Batch, people: list[User], seed: int) -> None:
        self.batch, self.people, self.dice = batch, people, random.Random(seed)

    def act(self) -> None:
        kinds: list[Callable[[], object]] = [
            self.decide, self.decide, self.decide, self.correct, self.undo, self.redo, self.several, self.matching,
            self.miss, self.upstream, self.flag,
        ]  # fmt: skip
        with suppress(Conflict, NothingToUndo):  # somebody else was faster, or there is nothing left
            self.dice.choice(kinds)()

    def event(self) -> Event:
        return self.dice.choice(list(self.batch.events.for_review().order_by("pk")))

    def by(self) -> dict[str, Any]:
        return {"by": self.dice.choice(self.people), "idempotency_key": uuid4()}

    def approval(self) -> str:
        return self.dice.choice(["approved", "rejected", "invalid"])

    def decide(self) -> None:
        event = self.event()
        values = {"category": self.dice.choice(CATEGORIES)} if self.dice.random() < 0.3 else None
        decide(event_id=event.pk, version=event.version, fingerprint=event.fingerprint, approval=self.approval(),
               values=values, reason="too short" * (event.pk % 2), **self.by())  # fmt: skip

    def correct(self) -> None:
        event = self.event()
        values = {"severity": self.dice.choice(["low", "critical"])}
        correct(event_id=event.pk, version=event.version, fingerprint=event.fingerprint, values=values, **self.by())

    def undo(self) -> None:
        undo(batch_id=self.batch.pk, **self.by())

    def redo(self) -> None:
        redo(batch_id=self.batch.pk, **self.by())

    def several(self) -> None:
        events = {event.pk: Seen(event.version, event.fingerprint) for event in (self.event(), self.event())}
        decide_many(batch_id=self.batch.pk, seen=events, approval=self.approval(), **self.by())

    def matching(self) -> None:
        events = self.batch.events.for_review().filter(approval="pending", category=self.dice.choice(CATEGORIES))
        page = Page(made_at=timezone.now(), count=events.count(), sync=(0, 0))
        if page.count:
            decide_matching(events=events, batch_id=self.batch.pk, query="", page=page, approval=self.approval(),
                            **self.by())  # fmt: skip

    def miss(self) -> None:
        values = {"category": self.dice.choice(CATEGORIES[:2]), "start_s": 1.0}
        add_missed(item_id=self.batch.items.order_by("pk")[0].pk, values=values, **self.by())

    def flag(self) -> None:
        flag(event_id=self.event().pk, on=self.dice.random() < 0.7, by=self.dice.choice(self.people))

    def upstream(self) -> None:
        decided = self.batch.events.filter(decided_at__isnull=False, origin=None, changed_since=False)
        if event := decided.first():
            change_upstream(event)


@pytest.mark.parametrize("seed", range(4))
def test_counters_are_what_the_events_say_after_any_actions(seed: int, maya: User) -> None:
    batch = make_batch(maya.memberships.get().connection)  # type: ignore[attr-defined]
    item = make_item(batch)
    for number in range(12):
        make_event(
            item, category=CATEGORIES[number % 3], severity=("high", "low")[number % 2],
            confidence=None if number == 5 else number / 10, vendor_approval=("rejected", None)[number % 2],
            approval=("rejected", "pending")[number % 2],
        )  # fmt: skip
    team = Team(batch, [maya, make_member(batch.connection)], seed)
    for _ in range(30):
        team.act()
    assert stored(batch) == of_events(batch)
    assert by_filters(batch) == by_filters(batch, of_counters=True)
    assert by_person(batch) == by_person(batch, of_counters=True)
    events = Counter(batch.events.for_review().values_list("item", flat=True))
    sums = ItemCount.objects.filter(batch=batch).order_by().values_list("item").annotate(count=Sum("events"))
    assert dict(sums.filter(count__gt=0)) == events
    assert WorkTime.objects.filter(batch=batch).exists()
    problems = [problem for problem in ledger_problems() if "content" not in problem and "last ledger" not in problem]
    assert problems == []


def test_merging_and_counting_anew_change_no_sum(maya: User, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = make_batch(maya.memberships.get().connection)  # type: ignore[attr-defined]
    events = [make_event(make_item(batch)) for _ in range(4)]
    for event in events:
        decide(event_id=event.pk, version=1, fingerprint=event.fingerprint, approval="approved", by=maya,
               idempotency_key=uuid4())  # fmt: skip
    before, people = stored(batch), by_person(batch)
    monkeypatch.setattr(counters, "MERGE_CHANGES", 1)
    counters.merge_changes()
    for counter in (EventCount, FilterCount, ItemCount, WorkTime, DecidedCount):
        assert not counter.objects.filter(is_change=True).exists()
    assert (stored(batch), WorkTime.objects.get().pauses) == (before, 3)
    counters.count_anew(batch.pk)
    assert (stored(batch), WorkTime.objects.get().pauses) == (before, 3)
    assert by_person(batch, of_counters=True) == people == {(maya.pk, "", "approved", events[0].category): 4}


def test_check_ledger_names_a_wrong_counter(maya: User) -> None:
    event = make_event(make_item(make_batch(maya.memberships.get().connection)))  # type: ignore[attr-defined]
    assert list(ledger_problems()) == []
    for counter in (EventCount, FilterCount, ItemCount):
        counter.objects.update(events=3)
    assert [problem.partition(":")[0] for problem in ledger_problems()] == [f"batch {event.batch_id}"] * 3


def test_working_time_is_checked_where_one_verdict_is_written_at_a_time(maya: User) -> None:
    batch = make_batch(maya.memberships.get().connection)  # type: ignore[attr-defined]
    for event in [make_event(make_item(batch)) for _ in range(2)]:
        decide(event_id=event.pk, version=1, fingerprint=event.fingerprint, approval="approved", by=maya,
               idempotency_key=uuid4())  # fmt: skip
    assert list(ledger_problems()) == []
    WorkTime.objects.update(milliseconds=F("milliseconds") + 5)
    assert len(list(ledger_problems())) == (connection.vendor == "sqlite")


def test_a_database_from_before_is_counted_batch_by_batch(maya: User) -> None:
    batch = make_batch(maya.memberships.get().connection)  # type: ignore[attr-defined]
    item = make_item(batch)
    for _ in range(5):
        make_event(item)
    team = Team(batch, [maya], seed=1)
    team.decide()
    team.matching()
    expected, judged = stored(batch), set(Event.objects.filter(COUNTS_FOR_PRECISION).values_list("pk", flat=True))
    marked = set(Event.objects.filter(bulk_decided=True).values_list("pk", flat=True))
    filtered, people = by_filters(batch), by_person(batch)
    Event.objects.update(bulk_decided=None)
    for counter in (EventCount, FilterCount, ItemCount, DecidedCount):
        counter.objects.all().delete()
    with connection.schema_editor(atomic=False) as editor:
        import_module("batches.migrations.0068_fill_counters").fill(apps, editor)
        import_module("batches.migrations.0075_fill_filter_counters").fill(apps, editor)
        import_module("batches.migrations.0088_fill_decided_counts").fill(apps, editor)
    assert by_filters(batch, of_counters=True) == filtered
    assert by_person(batch, of_counters=True) == people
    assert marked
    assert people
    assert set(Event.objects.filter(bulk_decided=True).values_list("pk", flat=True)) == marked
    assert set(Event.objects.filter(COUNTS_FOR_PRECISION).values_list("pk", flat=True)) == judged
    assert stored(batch) == expected


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite keeps no such statistics")
def test_a_verdict_reads_each_action_a_few_times_where_statistics_are_of_an_empty_table(maya: User) -> None:
    """As in the first minutes of a new installation."""

    def actions_read() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_force_next_flush()")
            cursor.execute(
                "SELECT idx_tup_fetch + seq_tup_read FROM pg_stat_user_tables WHERE relname = 'batches_action'"
            )
            return int(cursor.fetchone()[0])

    item = make_item(make_batch(Connection.objects.get()))
    events = [make_event(item) for _ in range(60)]
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE batches_action; ANALYZE batches_decision")
    before = actions_read()
    for event in events:
        decide(event_id=event.pk, version=event.version, fingerprint=event.fingerprint, approval="rejected", by=maya,
               idempotency_key=uuid4())  # fmt: skip
    # So small a table is read from end to end, but not again for each of its rows: that were 150,000.
    assert actions_read() - before <= 60 * 3 * 60
    assert WorkTime.objects.aggregate(pauses=Sum("pauses"))["pauses"] == 59
