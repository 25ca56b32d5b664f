"""Saved results of every vendor, with their variants and traps."""

import json
from typing import Any

import pytest

from batches.models import Batch, Event, Item, Quarantined
from tests.batches.imports.conftest import Import
from tests.factories import make_connection

pytestmark = pytest.mark.django_db

C17 = ["Query", "Video", "Approval Status", "Timestamp", "Category", "Label", "AI Analysis", "Severity", "Video ID",
       "Analysis ID", "Batch ID", "Batch Viewer URL", "Status", "Confidence", "Annotated Thumbnail URL",
       "Import Source URI", "Summary"]  # fmt: skip
C19 = [*C17[:1], "Video Name", *C17[2:4], "unix_timestamp_start", "unix_timestamp_end", *C17[4:]]
C20 = [*C19[:12], "Event ID", *C19[12:]]
CELLS = {"Query": "near misses", "Video": "v1", "Video Name": "Drive.mp4", "Approval Status": "approved",
         "Timestamp": "00:12-01:01:05", "unix_timestamp_start": "1758309762.0", "unix_timestamp_end": "1758309764",
         "Category": "Cut-in", "Label": "Close", "AI Analysis": "A, \"b\"", "Severity": "high", "Video ID": "v1",
         "Analysis ID": "a1", "Event ID": "e1", "Batch ID": "b1", "Batch Viewer URL": "https://app.example/b1",
         "Status": "completed", "Confidence": "0.91", "Annotated Thumbnail URL": "https://x.example/t.jpg",
         "Import Source URI": "s3://d/1.mp4", "Summary": "One event."}  # fmt: skip


def csv_of(columns: list[str], *rows: dict[str, str]) -> bytes:
    lines = [columns, *([row.get(column, "") for column in columns] for row in rows)]
    quoted = [",".join('"' + cell.replace('"', '""') + '"' for cell in line) for line in lines]
    return ("\r\n".join(quoted) + "\r\n").encode()


@pytest.mark.parametrize("columns", [C17, C19, C20], ids=["17", "19", "20"])
def test_nomadic_csv_reads_each_release(bring_in: Import, columns: list[str]) -> None:
    assert bring_in(make_connection(), "r.csv", csv_of(columns, CELLS)).state == "done"
    batch, item, event = Batch.objects.get(), Item.objects.get(), Event.objects.get()
    assert (batch.external_id, batch.prompt, batch.batch_type, batch.viewer_url) == (
        "b1", "near misses", "ask", "https://app.example/b1"
    )  # fmt: skip
    # The release with 17 columns wrote the id where the later ones write the name.
    assert (item.external_id, item.name, item.analysis_id, item.source_uri, item.summary) == (
        "v1", "" if columns is C17 else "Drive.mp4", "a1", "s3://d/1.mp4", "One event."
    )  # fmt: skip
    assert (event.start_s, event.end_s, event.timestamp) == (12.0, 3665.0, "00:12-01:01:05")
    assert (event.category, event.label, event.ai_text, event.severity, event.confidence, event.approval) == (
        "Cut-in", "Close", 'A, "b"', "high", 0.91, "approved"
    )  # fmt: skip
    assert (event.external_id, event.unix_start) == (
        "e1" if columns is C20 else "", "" if columns is C17 else "1758309762.0"
    )  # fmt: skip


def test_nomadic_csv_reads_the_web_applications_export(bring_in: Import) -> None:
    columns = [
        "Video",
        "Timestamp",
        "Category",
        "Label",
        "Severity",
        "AI Analysis",
        "Approval Status",
        "Latitude",
        "Share Link",
    ]
    row = {**CELLS, "Timestamp": "1:47–1:56", "Latitude": "48.1", "Share Link": "https://app.example/s/1"}
    assert bring_in(make_connection(), "export.csv", csv_of(columns, row), batch_text="b9").state == "done"
    event = Event.objects.select_related("item", "batch", "payload").get()
    assert (event.start_s, event.end_s, event.item.external_id, event.batch.external_id) == (107.0, 116.0, "v1", "b9")
    assert json.loads(event.payload.raw)["columns"] == {"Latitude": "48.1", "Share Link": "https://app.example/s/1"}


@pytest.mark.parametrize(
    "change",
    [lambda data: b"\xef\xbb\xbf" + data, lambda data: data.replace(b"\r\n", b"\n"),
        lambda data: data.replace(b'","', b'";"')],
    ids=["mark", "newlines", "semicolons"],
)  # fmt: skip
def test_csv_reads_any_mark_line_end_and_separator(bring_in: Import, change: Any) -> None:
    row = {**CELLS, "AI Analysis": "two\nlines; and\nthree"}
    assert bring_in(make_connection(), "r.csv", change(csv_of(C20, row))).state == "done"
    assert Event.objects.get().ai_text == "two\nlines; and\nthree"


def test_csv_hostile_cells_are_plain_texts(bring_in: Import) -> None:
    row = {**CELLS, "Label": "a\0b<script>", "AI Analysis": "=cmd|' /C calc'!A0", "Category": "x" * 300,
           "Severity": "🚗" * 9,
           "Annotated Thumbnail URL": "javascript:alert(1)", "Event ID": "../../x",
           "Approval Status": "nonsense"}  # fmt: skip
    run = bring_in(make_connection(), "r.csv", csv_of(C20, row))
    assert run.state == "done"
    event = Event.objects.get()
    assert (event.label, event.ai_text, len(event.category), event.approval, event.raw_approval) == (
        "ab<script>", "=cmd|' /C calc'!A0", 255, "pending", "nonsense"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (csv_of(C20, CELLS).replace(b"Close", b"\xff\x81"), "holds bytes that are not UTF-8"),
        (csv_of(C20, CELLS) + b'"never closed', "is not CSV: unexpected end of data"),
        (csv_of([*C20, "Label"], CELLS), "has the column 'Label' twice"),
        (csv_of(C17[2:8], CELLS), "has neither a column “Video ID” nor “Video”"),
        (csv_of(C20), "contains no usable results"),
        (csv_of(C20, {**CELLS, "Video ID": "", "Video Name": ""}),
            "r.csv contains no usable results; line 2 column Video ID: is empty"),
        (csv_of(C20, {**CELLS, "AI Analysis": "x" * 200_000}), "field larger than field limit"),
    ],
)  # fmt: skip
def test_unreadable_file_says_where_and_why(bring_in: Import, data: bytes, message: str) -> None:
    run = bring_in(make_connection(), "r.csv", data)
    assert (run.state, Batch.objects.count()) == ("failed", 0)
    assert run.message.startswith("r.csv")
    assert message in run.message


def test_bad_cell_names_line_column_and_value(bring_in: Import) -> None:
    data = csv_of(C20, CELLS, {**CELLS, "Confidence": "high"}, {**CELLS, "Video ID": "v2", "AI Analysis": "two\nlines"})
    run = bring_in(make_connection(), "r.csv", data)
    assert (run.state, run.events_created, run.refused) == ("incomplete", 2, 1)
    assert str(Quarantined.objects.get()) == "r.csv line 3 column Confidence: expected a number, got 'high'"


TASK = "68f4ddaf8aaa60d33df0e90%d"
BATCH = "68f4ddaf8aaa60d33df0e8ff"
SEGMENTS = json.dumps(
    {"cuts": [{"start_time": 1.5, "end_time": 3, "metadata": {"title": "A cut-in", "severity": "high"}}]}
)
LINES: list[dict[str, Any]] = [
    {"task_id": TASK % 0, "custom_id": "a.mp4", "status": "ready",
     "data": {"generation_id": "g", "data": "A quiet drive.\u2028Nothing else.", "finish_reason": "stop"}},
    {"task_id": TASK % 1, "custom_id": "b.mp4", "status": "failed",
        "error": {"code": "asset_unavailable", "message": "Gone."}},
    {"task_id": TASK % 2, "status": "queued"},
]  # fmt: skip


def jsonl(lines: list[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode()


def test_twelvelabs_lines_are_read_like_a_sync(bring_in: Import) -> None:
    account = make_connection(vendor="twelvelabs")
    run = bring_in(account, f"results-{BATCH}.jsonl", jsonl(LINES))
    assert (run.state, run.events_created) == ("done", 1)
    assert Batch.objects.get().external_id == BATCH
    assert list(Item.objects.values_list("name", "state", "error")) == [
        ("a.mp4", "completed", ""), ("b.mp4", "failed", "asset_unavailable: Gone."), ("", "waiting", "")
    ]  # fmt: skip
    assert bring_in(account, f"results-{BATCH}.jsonl", jsonl(LINES)).events_updated == 0


@pytest.mark.parametrize(
    ("statuses", "state", "counts"),
    [
        (["ready", "ready"], "completed", (2, 2, 0, None)), (["ready", "failed", "canceled"], "partial", (3, 1, 1, 1)),
        (["failed", "failed", "canceled"], "partial", (3, 0, 2, 1)), (["canceled"], "canceled", (1, 0, 0, 1)),
        (["ready", "queued"], "processing", (2, 1, 0, None)), (["paused"], "unknown", (1, 0, 0, None)),
    ],
)  # fmt: skip
def test_twelvelabs_state_is_counted_from_the_items(
    bring_in: Import, statuses: list[str], state: str, counts: tuple[int, ...]
) -> None:
    account = make_connection(vendor="twelvelabs")
    data = {"data": {"generation_id": "g", "data": "Quiet.", "finish_reason": "stop"}}
    lines = [
        {"task_id": TASK % n, "status": status} | (data if status == "ready" else {})
        for n, status in enumerate(statuses)
    ]
    for _ in range(2):
        assert bring_in(account, f"{BATCH}.jsonl", jsonl(lines)).state == "done"
        batch = Batch.objects.get()
        assert batch.state == state
        assert (batch.vendor_total, batch.vendor_completed, batch.vendor_failed, batch.vendor_canceled) == counts
    Batch.objects.update(state="processing", raw_status="processing", vendor_total=9)
    bring_in(account, f"{BATCH}.jsonl", jsonl(lines))
    batch.refresh_from_db()
    assert (batch.state, batch.vendor_total) == ("processing", 9), "what the vendor said itself stands"


def test_twelvelabs_segments_with_a_batch_object(bring_in: Import) -> None:
    line = {**LINES[0], "data": {**LINES[0]["data"], "data": SEGMENTS}}
    about = {"batch_id": BATCH, "status": "completed", "analysis_mode": "time_based_metadata", "total_items": 1,
             "ready_items": 1, "created_at": "2026-05-04T10:11:12Z"}  # fmt: skip
    for text in (jsonl([about, line]), jsonl([line])):
        account = make_connection(vendor="twelvelabs")
        assert bring_in(account, "r.jsonl", text, batch_text=BATCH).state == "done"
        event = Event.objects.get(batch__connection=account)
        assert (event.label, event.start_s, event.end_s, event.severity) == ("A cut-in", 1.5, 3.0, "high")


def test_twelvelabs_lines_without_a_batch_ask_for_its_id(bring_in: Import) -> None:
    run = bring_in(make_connection(vendor="twelvelabs"), "results.jsonl", jsonl(LINES))
    assert (run.state, Batch.objects.count()) == ("failed", 0)
    assert run.message.startswith("results.jsonl does not name its batch; enter the batch id.")


def test_twelvelabs_broken_line_is_named(bring_in: Import) -> None:
    data = jsonl(LINES[:1]) + b'{"task_id": "x", "sta\n' + b'{"status": "ready"}\n' + jsonl(LINES[1:2])
    run = bring_in(make_connection(vendor="twelvelabs"), f"{BATCH}.jsonl", data)
    assert (run.state, run.refused, Item.objects.count()) == ("incomplete", 2, 2)
    assert [path for (path,) in Quarantined.objects.values_list("path")] == [
        f"{BATCH}.jsonl line 2", f"{BATCH}.jsonl line 3 task_id"
    ]  # fmt: skip


def wickson_page(*jobs: dict[str, Any]) -> dict[str, Any]:
    summary = {"batch_id": "batch-abc123", "batch_name": "Monthly", "status": "completed",
               "completion": {"successful": 1, "failed": 1, "total_items": 2, "completion_rate": 50.0}}  # fmt: skip
    return {"success": True, "data": {"job_results": list(jobs), "batch_summary": summary, "pagination": {"page": 1}}}


JOBS = [{"job_id": "j1", "media_id": "vec-1", "filename": "a.mp4", "media_type": "video", "status": "succeeded"},
        {"job_id": "j2", "media_id": None, "filename": "b.xlsx", "media_type": "document", "status": "failed",
         "error": {"code": "format_error", "message": "Unsupported file format"}}]  # fmt: skip


@pytest.mark.parametrize("form", ["one page", "lines", "list"])
def test_wickson_pages_are_merged(bring_in: Import, form: str) -> None:
    pages = [wickson_page(*JOBS)] if form == "one page" else [wickson_page(JOBS[0]), wickson_page(JOBS[1])]
    data = json.dumps(pages) if form == "list" else "\n".join(map(json.dumps, pages))
    run = bring_in(make_connection(vendor="wickson"), "r.json", data.encode())
    assert (run.state, run.events_created) == ("done", 1)
    batch = Batch.objects.get()
    assert (batch.external_id, batch.vendor_name, batch.state, batch.vendor_failed) == (
        "batch-abc123",
        "Monthly",
        "partial",
        1,
    )
    assert list(Item.objects.values_list("external_id", "state", "error")) == [
        ("j1", "completed", ""), ("j2", "failed", "format_error: Unsupported file format")
    ]  # fmt: skip


def test_result_without_an_id_is_quarantined(bring_in: Import) -> None:
    result = {"batch_metadata": {"batch_id": "b"}, "results": [
        {"video_id": "v", "status": "completed", "events": [{"label": "x", "start_time": 1, "end_time": 2}, 7]},
        {"events": []}, {"video_id": "w", "events": "none"}]}  # fmt: skip
    run = bring_in(make_connection(), "r.json", json.dumps(result).encode())
    assert (run.state, run.events_created, run.refused) == ("incomplete", 1, 3)
    assert sorted(Quarantined.objects.values_list("path", flat=True)) == [
        "r.json results 0 event 1", "r.json results 1 video_id", "r.json results 2 events"
    ]  # fmt: skip
