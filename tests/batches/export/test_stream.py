"""The CSV as a stream: cells, formulas, edits while it runs, errors."""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from batches.actions import decide, undo
from batches.export import pages
from batches.export.columns import DOCUMENTED, FULL, Columns
from batches.export.download import Download, Format, Part
from batches.models import Batch, Event, Item, SyncRun
from tests.downloads import csv_of
from tests.factories import change_upstream, make_batch, make_event, make_item, make_member, make_user

pytestmark = pytest.mark.django_db


def rows(chunks: Iterator[bytes]) -> list[list[str]]:
    return list(csv.reader(StringIO(b"".join(chunks).decode(), newline="")))


def labels(chunks: Iterator[bytes]) -> list[str]:
    return [row[0] for row in rows(chunks)[1:]]


@pytest.fixture
def item() -> Item:
    return make_item(
        make_batch(prompt="cut-ins, all", viewer_url="https://vendor.example/b"), position=0, name="Drive.mp4"
    )


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "PAGE_EVENTS", 2)


# ── cells ──


def test_stream_row_has_values_of_event_item_and_batch(item: Item) -> None:
    Item.objects.filter(pk=item.pk).update(summary="One.\nTwo", source_uri="s3://drives/1.mp4")
    make_event(
        item,
        approval="approved",
        vendor_approval="approved",
        ai_text='He said "stop"',
        thumbnail_url="https://t.example/1",
    )
    assert rows(csv_of(item.batch)) == [
        list(DOCUMENTED),
        [
            "cut-ins, all", "Drive.mp4", "approved", "00:04-00:07", "Cut-in", "A car cuts in", 'He said "stop"', "high",
            item.external_id, item.analysis_id, item.batch.external_id, "https://vendor.example/b", "completed", "0.9",
            "https://t.example/1", "s3://drives/1.mp4", "One.\nTwo",
        ],
    ]  # fmt: skip


def test_a_batch_without_events_is_its_header(item: Item) -> None:
    header = ",".join(DOCUMENTED).encode() + b"\r\n"
    assert list(csv_of(item.batch)) == [header]


@pytest.mark.parametrize("batch_type", ["agent", "unknown"])
def test_only_an_ask_batch_has_a_query(batch_type: str) -> None:
    batch = make_batch(batch_type=batch_type, prompt="a prompt")
    make_event(make_item(batch, name=""))
    assert rows(csv_of(batch, "Query,Video"))[1] == ["", batch.items.get().external_id]


def test_stream_label_equal_to_its_category_is_empty(item: Item) -> None:
    Item.objects.filter(pk=item.pk).update(analysis_id=None)
    make_event(item, label="Cut-in", confidence=None)
    assert rows(csv_of(item.batch, "Label,Analysis ID,Confidence,Category"))[1] == ["", "", "", "Cut-in"]


def test_exact_cells_stand_where_our_columns_cannot_hold_them(item: Item) -> None:
    odd = '{"Label": "nul\\u0000inside", "Confidence": "nan", "Approval Status": "flagged\\u0000"}'
    event = make_event(item, odd_cells=odd, confidence=None, vendor_approval=None, raw_approval="flagged")
    wanted = "Approval Status,Label,Confidence,Vendor Approval"
    assert rows(csv_of(item.batch, wanted))[1] == ["pending", "nul\0inside", "nan", "flagged\0"]
    assert rows(csv_of(item.batch, "sdk"))[1][2] == "flagged\0"
    reviewer = make_member(item.batch.connection)
    Event.objects.filter(pk=event.pk).update(approval="approved", decided_by=reviewer, decided_at=datetime.now(UTC))
    assert rows(csv_of(item.batch, "sdk"))[1][2] == "approved"
    assert rows(csv_of(item.batch, wanted))[1] == ["approved", "nul\0inside", "nan", "flagged\0"]


def test_exact_cells_of_an_item_stand_in_all_its_rows(item: Item) -> None:
    Item.objects.filter(pk=item.pk).update(name="=cut…", odd_cells='{"Video Name": "=cut here", "Summary": "a\\u0000"}')
    for _ in range(2):
        make_event(item)
    assert rows(csv_of(item.batch, "Video,Summary", raw=True))[1:] == [["=cut here", "a\0"]] * 2
    assert rows(csv_of(item.batch, "Video,Summary"))[1:] == [["'=cut here", "a\0"]] * 2
    assert [row[1] for row in rows(csv_of(item.batch, "sdk"))[1:]] == ["=cut here"] * 2


def test_full_rows_name_reviewer_time_and_reason(item: Item) -> None:
    reviewer = make_member(item.batch.connection, name="ana")
    event = make_event(
        item, raw_approval="pending", approval="rejected", decided_by=reviewer, note="sun, low",
        decided_at=datetime(2026, 5, 4, 10, 11, 12, 345678, tzinfo=UTC), reason="glare", external_id="evt_7",
        sdk='{"overlay": {"speed": {"start": 41.0, "end": NaN}, "city": "Zürich"}, "structured_output": {"hit": true}}',
    )  # fmt: skip
    table = rows(csv_of(item.batch, "full"))
    assert table[0] == list(FULL)
    assert table[1][len(DOCUMENTED) :] == [
        "4.0", "7.5", "ana", "2026-05-04T10:11:12.345Z", "glare", "sun, low", "pending", "evt_7",
        f"https://review.example/events/{event.pk}/",
        '{"speed": {"start": 41.0, "end": null}, "city": "Zürich"}', '{"hit": true}', "reviewed",
        "2026-05-04T10:11:12.345Z",
        "", "", "", "A car cuts in", "Cut-in", "high", "00:04-00:07", "4.0", "7.5", "vendor", "", "",
    ]  # fmt: skip


def test_a_verdict_on_other_content_is_pending_and_stands_beside(item: Item) -> None:
    by = make_member(item.batch.connection)
    event = make_event(item)
    for approval in ("rejected", "approved"):
        event.refresh_from_db()
        seen = {"version": event.version, "fingerprint": event.fingerprint}
        decide(event_id=event.pk, approval=approval, by=by, idempotency_key=uuid4(), **seen)
    undo(batch_id=item.batch_id, by=by, idempotency_key=uuid4())
    change_upstream(event)
    for columns in ("documented", "sdk", "full"):
        head, row = rows(csv_of(item.batch, columns))
        assert row[head.index("Approval Status")] == "pending"
    assert row[head.index("Changed Since Decided")] == "rejected"
    assert rows(csv_of(item.batch, approvals=["rejected", "approved"]))[1:] == []


def test_stream_has_the_review_status_with_its_date(item: Item) -> None:
    make_event(item)
    wanted = "Review Status,Review Status Updated At"
    batch = Batch.objects.get(pk=item.batch_id)
    batch.vendor_review_status, batch.vendor_reviewed_at = "reviewed", "N/A"
    batch.save()
    assert rows(csv_of(batch, wanted))[1] == ["not_started", ""]
    assert rows(csv_of(batch, "Vendor Review Status"))[1] == ["reviewed"]
    set_at = datetime(2026, 5, 4, 10, 11, 12, tzinfo=UTC)
    batch.review_status, batch.review_status_by, batch.review_status_updated_at = 2, make_user(), set_at
    assert rows(csv_of(batch, wanted))[1] == ["in_progress", ""], "an event is pending"
    batch.pending = 0
    assert rows(csv_of(batch, wanted))[1] == ["reviewed", "2026-05-04T10:11:12.000Z"]


def test_a_prompt_that_no_column_can_hold_comes_out_exactly(item: Item) -> None:
    make_event(item)
    batch = Batch.objects.get(pk=item.batch_id)
    batch.prompt, batch.odd_cells = "cutins", '{"Query": "cut\\u0000ins"}'
    assert rows(csv_of(batch, "Query"))[1] == ["cut\0ins"]
    assert rows(csv_of(batch, "sdk"))[1][0] == "cut\0ins"


def test_full_rows_of_undecided_events_leave_the_decision_empty(item: Item) -> None:
    make_event(item, start_s=None, end_s=None, sdk='{"label": "overlay"}')
    wanted = "Start Seconds,End Seconds,Reviewer,Decided At,Reason,Note,Overlay,Structured Output"
    assert rows(csv_of(item.batch, wanted))[1] == [""] * 8


def test_chosen_columns_come_in_the_order_chosen(item: Item) -> None:
    make_event(item)
    assert b"".join(csv_of(item.batch, "Label,Video,Approval Status")) == (
        b"Label,Video,Approval Status\r\nA car cuts in,Drive.mp4,pending\r\n"
    )


def test_a_row_of_one_empty_cell_is_still_a_row(item: Item) -> None:
    make_event(item, label="")
    make_event(item, label="x")
    assert b"".join(csv_of(item.batch, "Label")) == b'Label\r\n""\r\nx\r\n'


def test_stream_keeps_only_decided_events_that_are_gone(item: Item) -> None:
    gone = datetime(2026, 5, 4, tzinfo=UTC)
    reviewer = make_member(item.batch.connection)
    make_event(item, label="kept", gone_at=gone, decided_at=gone, decided_by=reviewer, approval="approved")
    make_event(item, label="dropped", gone_at=gone)
    assert labels(csv_of(item.batch, "Label")) == ["kept"]
    assert labels(csv_of(item.batch, "sdk")) == []


@pytest.mark.case("C02")
def test_any_text_comes_back_as_it_was(item: Item) -> None:
    texts = [
        "a,b",
        'a "quoted" b',
        "two\r\nlines",
        "one\nline",
        "one\rreturn",
        "👩‍👩‍👧 日本",
        '"',
        ",",
        "ends\r\n",
        " padded ",
    ]
    for text in texts:
        make_event(item, label=text, ai_text=text)
    assert [row[0] for row in rows(csv_of(item.batch, "AI Analysis", raw=True))[1:]] == texts
    plain = StringIO(newline="")
    csv.writer(plain).writerows([["AI Analysis", "Label"], *([text, text] for text in texts)])
    assert b"".join(csv_of(item.batch, "AI Analysis,Label", raw=True)) == plain.getvalue().encode()


# ── formulas ──


def test_text_is_defused_numbers_are_not_and_raw_is_exact(item: Item) -> None:
    Item.objects.filter(pk=item.pk).update(name="=cmd|x", summary="-2")
    make_event(
        item,
        label="=1+1",
        category="＋1",
        ai_text=' "=x"',
        confidence=-5.0,
        start_s=-3.0,
        timestamp="-3.0-4.0",
        severity="@s",
    )
    wanted = "Video,Summary,Label,Category,AI Analysis,Confidence,Start Seconds,Timestamp,Severity"
    exact = ["=cmd|x", "-2", "=1+1", "＋1", ' "=x"', "-5.0", "-3.0", "-3.0-4.0", "@s"]
    assert rows(csv_of(item.batch, wanted, raw=True))[1] == exact
    assert rows(csv_of(item.batch, wanted))[1] == [
        "'=cmd|x", "'-2", "'=1+1", "'＋1", "' \"=x\"", "-5.0", "-3.0", "'-3.0-4.0", "'@s",
    ]  # fmt: skip
    assert rows(csv_of(item.batch, "sdk"))[1][1] == "=cmd|x"


def test_what_people_wrote_and_exact_cells_are_defused_too(item: Item) -> None:
    reviewer = make_member(item.batch.connection, name="@bob")
    make_event(
        item, decided_by=reviewer, decided_at=datetime.now(UTC), reason="=a", note="+b",
        odd_cells='{"Label": "=c\\u0000"}', raw_approval="-d", sdk='{"structured_output": "=e"}',
    )  # fmt: skip
    assert rows(csv_of(item.batch, "Reviewer,Reason,Note,Label,Vendor Approval,Structured Output"))[1] == [
        "'@bob", "'=a", "'+b", "'=c\0", "'-d", "'\"=e\"",
    ]  # fmt: skip


# ── while it runs ──


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("sync", ["works already", "begins", "begins and ends"])
@pytest.mark.case("C06")
def test_stream_reads_events_moved_by_a_sync_once(item: Item, sync: str) -> None:
    events = [make_event(item, label=f"e{n}", sequence=n + 10) for n in range(7)]
    SyncRun.objects.create(batch=item.batch, state="done", finished_at=timezone.now())
    if sync == "works already":
        SyncRun.objects.create(batch=item.batch, state="running")
    chunks = csv_of(item.batch, "Label")
    first = [next(chunks), next(chunks)]
    if sync == "begins":
        SyncRun.objects.create(batch=item.batch, state="queued")
    elif sync == "begins and ends":
        SyncRun.objects.create(batch=item.batch, state="incomplete", finished_at=timezone.now())
    Event.objects.filter(pk=events[0].pk).update(sequence=50)  # read already, moves to the end
    Event.objects.filter(pk=events[6].pk).update(sequence=1)  # not read yet, moves to the front
    make_event(item, label="new", sequence=15)
    assert labels(iter([*first, *chunks])) == ["e0", "e1", "e6", "e2", "e3", "e4", "e5"]


@pytest.mark.usefixtures("small_pages")
def test_stream_leaves_out_what_comes_while_it_runs(item: Item) -> None:
    for n in range(5):
        make_event(item, label=f"e{n}", sequence=n // 2)
    chunks = csv_of(item.batch, "Label")
    first = [next(chunks), next(chunks)]
    for _ in range(2):
        make_event(item, label="new", sequence=1)
    assert labels(iter([*first, *chunks])) == ["e0", "e1", "e2", "e3", "e4"]


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("kind", Format.values[:4])
def test_a_download_reads_a_page_at_a_time(item: Item, kind: str) -> None:
    """No long read, for which SQLite would let verdicts wait, and none of ids first."""
    for _ in range(5):
        make_event(item)
    with CaptureQueriesContext(connection) as queries:
        events = Event.objects.filter(batch=item.batch).for_review()
        download = Download(columns=Columns(DOCUMENTED), public_url="https://review.example", format=Format(kind))
        b"".join(download.write([Part(item.batch, events)]))
    reads = [query["sql"] for query in queries if 'FROM "batches_event"' in query["sql"]]
    pages_of_two = [sql for sql in reads if sql.endswith("LIMIT 2")]
    others = [sql for sql in reads if sql not in pages_of_two]
    assert len(pages_of_two) == 3
    assert all(sql.endswith("LIMIT 1") or "MAX(" in sql or " BETWEEN " in sql for sql in others), others


@pytest.mark.usefixtures("small_pages")
def test_stream_leaves_out_events_that_stop_matching(item: Item) -> None:
    events = [make_event(item, label=f"e{n}") for n in range(6)]
    pending = Event.objects.filter(batch=item.batch).for_review().filter(approval="pending")
    chunks = csv_of(item.batch, "Label", pending)
    first = [next(chunks), next(chunks)]
    Event.objects.filter(pk__in=[events[2].pk, events[4].pk, events[5].pk]).update(
        approval="approved", vendor_approval="approved"
    )
    Event.objects.filter(pk=events[3].pk).update(label="e3 now")
    assert labels(iter([*first, *chunks])) == ["e0", "e1", "e3 now"]


@pytest.mark.usefixtures("small_pages")
def test_items_that_span_pages_keep_their_cells() -> None:
    batch = make_batch()
    for n in range(3):
        video = make_item(batch, name=f"v{n}", position=n)
        for _ in range(3):
            make_event(video)
    assert labels(csv_of(batch, "Video,Label")) == ["v0"] * 3 + ["v1"] * 3 + ["v2"] * 3


@pytest.mark.usefixtures("small_pages")
@pytest.mark.case("C06")
def test_an_error_in_the_middle_breaks_the_stream(item: Item) -> None:
    for _ in range(2):
        make_event(item)
    make_event(item, odd_cells="no JSON")
    chunks = csv_of(item.batch)
    assert [chunk.count(b"\r\n") for chunk in (next(chunks), next(chunks))] == [1, 2]
    with pytest.raises(ValueError, match="Expecting value"):
        next(chunks)


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(("columns", "queries"), [("documented", 4), ("full", 4), ("sdk", 5)])
def test_the_number_of_queries_does_not_grow(
    rows: int, columns: str, queries: int, django_assert_num_queries: Any
) -> None:
    batch = make_batch()
    for _ in range(rows):
        make_event(make_item(batch))
    batch = Batch.objects.for_list().get(pk=batch.pk)
    with django_assert_num_queries(queries):
        assert b"".join(csv_of(batch, columns)).count(b"\r\n") == rows + 1
