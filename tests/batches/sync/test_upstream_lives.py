"""Whatever becomes of a video's events at the vendor: nothing that a person rejected or never saw leaves as
approved.
"""

import csv
import json
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batches.actions import decide, request_sync
from batches.actions.check import ledger_problems
from batches.export.document import document
from batches.jobs.claims import claim
from batches.models import Batch, Event, SyncRun
from batches.sync.records import Chunk, EventRecord, ItemRecord
from batches.sync.store import store_chunk
from tests.downloads import csv_of
from tests.factories import make_batch, make_connection, make_item, make_member

pytestmark = pytest.mark.django_db

# Some share their place, some most of their words, some both.
CONTENTS = [
    (start, f"{color} {kind} cuts in") for start in (0.0, 0.5, 30.0) for color, kind in [("red", "car"), ("red", "bus")]
]
IDS = ["", "0", "1", "2", "a", "b"]
Line = tuple[str, int]  # the vendor's id, and which of CONTENTS

lines = st.tuples(st.sampled_from(IDS), st.sampled_from(range(len(CONTENTS))))
places = st.integers(0, 5)
steps = st.one_of(
    st.tuples(st.just("insert"), places, lines),
    st.tuples(st.just("remove"), places, st.none()),
    st.tuples(st.just("edit"), places, st.sampled_from(range(len(CONTENTS)))),
    st.tuples(st.just("swap"), places, places),
    st.tuples(st.just("reorder"), places, st.none()),
    st.tuples(st.just("number"), places, st.none()),
    st.tuples(st.just("rename"), places, st.sampled_from(IDS)),
    st.tuples(st.just("drop ids"), places, st.none()),
)


def upstream(events: list[Line], step: tuple[str, int, Any]) -> list[Line]:
    """What the vendor has after one step of its life."""
    kind, position, value = step
    current = position % len(events) if events else 0
    if kind == "insert":
        return [*events[:current], value, *events[current:]]
    if not events:
        return events
    match kind:
        case "remove":
            return events[:current] + events[current + 1 :]
        case "edit":
            return [(id_, value if n == current else content) for n, (id_, content) in enumerate(events)]
        case "swap":
            other, contents = value % len(events), [content for _, content in events]
            contents[current], contents[other] = contents[other], contents[current]
            return [(id_, content) for (id_, _), content in zip(events, contents, strict=True)]
        case "reorder":
            return events[current:] + events[:current][::-1]
        case "number":
            return [(str(n), content) for n, (_, content) in enumerate(events)]
        case "rename":
            return [(value if n == current else id_, content) for n, (id_, content) in enumerate(events)]
        case "drop ids":
            return [("", content) for _, content in events]
    return events


def record(position: int, line: Line) -> EventRecord:
    external_id, content = line
    start, label = CONTENTS[content]
    sdk = json.dumps({"label": label, "t_start": start, "approval": "pending"})
    return EventRecord(
        position=position, raw_index=position, external_id=external_id, start_s=start, end_s=start + 4, timestamp="",
        unix_start="", unix_end="", category="Cut-in", label=label, severity="high", confidence=0.5,
        confidence_given=True, ai_text="", thumbnail_url="", approval="pending", raw_approval="pending",
        odd_cells=None, sdk=sdk, raw=sdk, fingerprint=f"{content:032x}",
    )  # fmt: skip


def store(batch: Batch, events: list[Line]) -> None:
    run = request_sync(batch_id=batch.pk, by=None, background=False)
    claimed = claim(SyncRun, run.pk)
    assert claimed is not None
    item = ItemRecord(
        external_id="video", analysis_id="a", name="", source_uri="", state="completed", status="completed",
        raw_status="", error="", summary="", mode="", answered=True, raw="{}",
        events=tuple(record(n, line) for n, line in enumerate(events)),
    )  # fmt: skip
    store_chunk(claimed, Chunk((item,), ()), position=1, calls=1)
    claimed.end("done")


def judge(batch: Batch, by: User, address: int) -> set[int]:
    """A person decides one event; each content always gets the same verdict. The contents that were approved."""
    events = list(Event.objects.filter(batch=batch).for_review().in_order())
    if not events:
        return set()
    event = events[address % len(events)]
    content = int(event.fingerprint, 16)
    approval = "rejected" if content % 2 else "approved"
    decide(
        event_id=event.pk,
        version=event.version,
        fingerprint=event.fingerprint,
        approval=approval,
        by=by,
        idempotency_key=uuid4(),
    )
    return {content} if approval == "approved" else set()


def approved_in_files(batch: Batch) -> set[tuple[float, str]]:
    """Place and label of all that a file calls approved."""
    actual = set()
    for columns in ("Start Seconds,Label,Approval Status", "full"):
        rows = csv.DictReader(StringIO(b"".join(csv_of(batch, columns)).decode(), newline=""))
        actual |= {(float(row["Start Seconds"]), row["Label"]) for row in rows if row["Approval Status"] == "approved"}
    events = Event.objects.filter(batch=batch).for_review()
    for result in json.loads(b"".join(document(batch, events, public_url="")))["results"]:
        actual |= {(event["t_start"], event["label"]) for event in result["events"] if event["approval"] == "approved"}
    return actual


@pytest.fixture
def reviewer() -> User:
    return make_member(make_connection())


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    first=st.lists(lines, min_size=2, max_size=4),
    life=st.lists(st.tuples(st.lists(places, min_size=1, max_size=3), steps), min_size=3, max_size=6),
)
@pytest.mark.case("U12")
def test_only_what_a_person_approved_is_ever_exported_as_approved(
    reviewer: User, first: list[Line], life: list[tuple[list[int], tuple[str, int, Any]]]
) -> None:
    batch = make_batch(reviewer.memberships.get().connection)
    make_item(batch, external_id="video", position=0)
    approved, events = set[int](), first
    store(batch, events)
    for judged, step in life:
        for position in judged:
            approved |= judge(batch, reviewer, position)
        events = upstream(events, step)
        store(batch, events)
        assert approved_in_files(batch) <= {CONTENTS[content] for content in approved}
    assert list(ledger_problems()) == []
    listed = Event.objects.filter(batch=batch, gone_at=None).in_order().values_list("fingerprint", flat=True)
    assert [int(fingerprint, 16) for fingerprint in listed] == [content for _, content in events]


@pytest.mark.case("U12")
def test_a_swap_of_two_contents_keeps_both_verdicts() -> None:
    batch = make_batch()
    make_item(batch, external_id="video", position=0)
    by = make_member(batch.connection)
    store(batch, [("a", 0), ("b", 1)])
    judge(batch, by, 0)
    judge(batch, by, 1)
    store(batch, [("a", 1), ("b", 0)])
    rows = Event.objects.in_order().values_list("external_id", "label", "approval", "changed_since")
    assert list(rows) == [("a", "red bus cuts in", "rejected", False), ("b", "red car cuts in", "approved", False)]


def test_a_verdict_stands_again_once_its_content_does() -> None:
    batch = make_batch()
    make_item(batch, external_id="video", position=0)
    store(batch, [("a", 0)])
    judge(batch, make_member(batch.connection), 0)
    store(batch, [("a", 3)])
    assert Event.objects.values_list("approval", "changed_since").get() == ("pending", True)
    assert Batch.objects.get().counts == {"pending": 1, "approved": 0, "rejected": 0, "invalid": 0}
    store(batch, [("a", 0)])
    assert Event.objects.values_list("approval", "changed_since").get() == ("approved", False)
    assert Batch.objects.get().counts == {"pending": 0, "approved": 1, "rejected": 0, "invalid": 0}
    assert list(ledger_problems()) == []
