"""A download as it stood at a moment in the past: computed from the ledger, filters included."""

import csv
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from batches.actions import decide, redo, undo
from batches.models import Batch, Connection, Event
from tests.factories import change_upstream, make_batch, make_event, make_item, make_member

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
COLUMNS = "Label,Approval Status,Reviewer,Decided At,Reason"


class Day:
    """Steps at full hours: hour 1, 2, 3 …"""

    def __init__(self, batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
        self.batch, self.hour, self.monkeypatch = batch, 0, monkeypatch

    def next(self) -> None:
        self.hour += 1
        self.monkeypatch.setattr("django.utils.timezone.now", lambda: NOON + timedelta(hours=self.hour))

    def decide(self, event: Event, approval: str, by: Any, reason: str = "") -> None:
        self.next()
        event.refresh_from_db()
        decide(event_id=event.pk, version=event.version, fingerprint=event.fingerprint, approval=approval, by=by,
               idempotency_key=uuid4(), reason=reason)  # fmt: skip

    def reverse(self, verb: Any, by: Any) -> None:
        self.next()
        verb(batch_id=self.batch.pk, by=by, idempotency_key=uuid4())


@pytest.fixture
def batch(account: Connection) -> Batch:
    made = make_batch(account)
    item = make_item(made)
    for label in ("one", "two"):
        make_event(item, label=label)
    Event.objects.update(created_at=NOON)
    return Batch.objects.get(pk=made.pk)


@pytest.fixture
def day(batch: Batch, viewer: Client, monkeypatch: pytest.MonkeyPatch) -> Day:
    """1: ana approves one. 2: bob rejects it. 3: bob takes that back. 4: bob redoes it. 5: ana rejects two."""
    ana, bob = (make_member(batch.connection, name=name) for name in ("ana", "bob"))
    first, two = Event.objects.filter(batch=batch).in_order()
    day = Day(batch, monkeypatch)
    day.decide(first, "approved", ana)
    day.decide(first, "rejected", bob, "glare")
    day.reverse(undo, bob)
    day.reverse(redo, bob)
    day.decide(two, "rejected", ana)
    monkeypatch.undo()
    return day


def rows(client: Client, batch: Batch, query: str) -> list[list[str]]:
    answer = client.get(f"/batches/{batch.pk}/events.csv?{query}")
    assert answer.status_code == 200, answer.content.decode()
    return list(csv.reader(StringIO(answer.getvalue().decode(), newline="")))[1:]


def at(hour: float) -> str:
    return (NOON + timedelta(hours=hour)).isoformat().replace("+00:00", "Z")


@pytest.mark.parametrize(
    ("hour", "first", "two"),
    [
        (0.5, ["pending", "", "", ""], "pending"),
        (1.5, ["approved", "ana", "2026-05-04T13:00:00.000Z", ""], "pending"),
        (2.5, ["rejected", "bob", "2026-05-04T14:00:00.000Z", "glare"], "pending"),
        (3.5, ["approved", "ana", "2026-05-04T13:00:00.000Z", ""], "pending"),
        (4.5, ["rejected", "bob", "2026-05-04T14:00:00.000Z", "glare"], "pending"),
        (5.5, ["rejected", "bob", "2026-05-04T14:00:00.000Z", "glare"], "rejected"),
    ],
)
def test_each_moment_is_as_it_was(
    viewer: Client, batch: Batch, day: Day, hour: float, first: list[str], two: str
) -> None:
    table = rows(viewer, batch, f"columns={COLUMNS}&as_of={at(hour)}")
    assert (table[0], table[1][:2]) == (["one", *first], ["two", two])


def test_now_is_what_the_download_without_a_moment_says(viewer: Client, batch: Batch, day: Day) -> None:
    for columns in ("documented", "sdk", COLUMNS):
        assert rows(viewer, batch, f"columns={columns}&as_of={at(99)}") == rows(viewer, batch, f"columns={columns}")


def test_the_review_status_of_the_past_is_left_empty(viewer: Client, batch: Batch, day: Day) -> None:
    then, now = (rows(viewer, batch, f"columns=full{moment}") for moment in (f"&as_of={at(99)}", ""))
    status = now[0].index("reviewed")
    assert [row[status : status + 2] for row in then] == [["", ""], ["", ""]]
    assert [row[:status] + row[status + 2 :] for row in then] == [row[:status] + row[status + 2 :] for row in now]


@pytest.mark.parametrize(
    ("query", "hour", "labels"),
    [
        ("approval=approved", 1.5, ["one"]),
        ("approval=approved", 2.5, []),
        ("approval=pending", 4.5, ["two"]),
        ("reviewer=ana", 3.5, ["one"]),
        ("reviewer=ana", 4.5, []),
        ("reason=glare", 2.5, ["one"]),
        ("reason=glare", 3.5, []),
        ("since=2026-05-04T13:30", 2.5, ["one"]),
        ("since=2026-05-04T13:30", 3.5, []),
        ("differs=1", 0.5, []),
        ("differs=1", 5.5, []),
        ("", -1, []),
    ],
)
def test_filters_are_asked_of_that_moment(
    viewer: Client, batch: Batch, day: Day, query: str, hour: float, labels: list[str]
) -> None:
    assert [row[0] for row in rows(viewer, batch, f"columns=Label&as_of={at(hour)}&{query}")] == labels


def test_what_differed_from_the_vendor_is_asked_of_that_moment(viewer: Client, batch: Batch, day: Day) -> None:
    Event.objects.filter(label="one").update(vendor_approval="approved")
    table = [rows(viewer, batch, f"columns=Label&differs=1&as_of={at(hour)}") for hour in (0.5, 1.5, 2.5, 3.5)]
    assert table == [[], [], [["one"]], []]


def test_a_verdict_on_other_content_than_is_shown_is_none(viewer: Client, batch: Batch, day: Day) -> None:
    change_upstream(Event.objects.get(label="one"), label="another")
    query = "columns=Label,Approval Status,Reviewer,Changed Since Decided"
    for hour, reviewer, verdict in [(1.5, "ana", "approved"), (5.5, "bob", "rejected")]:
        assert rows(viewer, batch, f"{query}&as_of={at(hour)}")[0] == ["another", "pending", reviewer, verdict]
    assert rows(viewer, batch, query)[0] == ["another", "pending", "bob", "rejected"]
    assert rows(viewer, batch, f"columns=Label&approval=approved&as_of={at(1.5)}") == []


def test_an_event_that_went_later_was_there_then(viewer: Client, batch: Batch, day: Day) -> None:
    item = batch.items.get()
    gone = make_event(item, label="gone", gone_at=NOON + timedelta(hours=2))
    Event.objects.filter(pk=gone.pk).update(created_at=NOON)
    labels = [[row[0] for row in rows(viewer, batch, f"columns=Label&as_of={at(hour)}")] for hour in (1, 3)]
    assert labels == [["one", "two", "gone"], ["one", "two"]]


def test_the_history_ends_at_the_moment(viewer: Client, batch: Batch, day: Day) -> None:
    def steps(query: str) -> list[list[str]]:
        answer = viewer.get(f"/batches/{batch.pk}/decisions.csv?{query}")
        return [row[2:6] for row in list(csv.reader(StringIO(answer.getvalue().decode(), newline="")))[1:]]

    assert steps("") == [
        ["ana", "decide", "pending", "approved"],
        ["bob", "decide", "approved", "rejected"],
        ["bob", "undo", "rejected", "approved"],
        ["bob", "redo", "approved", "rejected"],
        ["ana", "decide", "pending", "rejected"],
    ]
    assert len(steps(f"as_of={at(2.5)}")) == 2
    assert len(steps("q=two")) == 1


@pytest.mark.parametrize(
    "query", ["as_of=yesterday", "as_of=24h&changed=1", "as_of=24h&flagged=1", "as_of=24h&assigned=me"]
)
def test_what_cannot_be_known_is_refused(viewer: Client, batch: Batch, query: str) -> None:
    answer = viewer.get(f"/batches/{batch.pk}/events.csv?{query}")
    assert answer.status_code == 400
    assert "as_of" in answer.content.decode()
