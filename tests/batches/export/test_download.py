"""Every format holds the same values, read back by the programs people read them with."""

import csv
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO, StringIO
from typing import Any
from uuid import uuid4

import pandas
import polars
import pytest
from arro3.core import DataType, Field, Schema

from batches import actions
from batches.export import pages
from batches.export.columns import FULL, ITEMS, parse_columns
from batches.export.download import Download, Format, Part, Rows
from batches.export.jsonl import json_lines
from batches.export.parquet import _Writer, parquet_bytes
from batches.export.table import Table
from batches.models import Batch, Event
from tests.factories import make_batch, make_event, make_item, make_member

pytestmark = pytest.mark.django_db

TABLES = ["csv", "jsonl", "parquet"]  # JSON is a document: test_document.py
NUMBERS = ["Confidence", "Start Seconds", "End Seconds", "Vendor Start Seconds", "Vendor End Seconds"]


@pytest.fixture
def batch(monkeypatch: pytest.MonkeyPatch) -> Batch:
    """Seven events on pages of two: odd texts, missing numbers, decisions, nested fields."""
    monkeypatch.setattr(pages, "PAGE_EVENTS", 2)
    batch = make_batch(prompt="cut-ins, all")
    reviewer = make_member(batch.connection, name="ana")
    first, second = make_item(batch, position=0), make_item(batch, position=1, summary="One.\nTwo")
    for label in ("a,b", 'a "b"', "two\nlines", "日本 👩‍👩‍👧"):
        make_event(first, label=label, sdk='{"overlay": {"speed": {"start": 41.5}}, "structured_output": [1, null]}')
    make_event(second, label="=1+1", confidence=None, start_s=None, end_s=None, thumbnail_url="https://v.example/1")
    decided = {"decided_by": reviewer, "decided_at": datetime(2026, 5, 4, 10, 0, tzinfo=UTC), "approval": "rejected"}
    make_event(second, reason="glare", note="sun", **decided)
    make_event(second, label="odd", odd_cells='{"Confidence": "nan"}', confidence=None)
    return batch


def part(batch: Batch, **options: Any) -> Part:
    return Part(batch, Event.objects.filter(batch=batch).for_review(), **options)


def written(batch: Batch, kind: str, columns: str = "full", rows: str = "events", **options: Any) -> bytes:
    download = Download(
        columns=parse_columns(columns, Rows(rows).columns),
        public_url="https://r.example",
        format=Format(kind),
        rows=Rows(rows),
        **options,
    )
    return b"".join(download.write([part(batch)]))


def plain(value: Any) -> Any:
    """What all formats agree on: no number is null, nested fields are their value."""
    if value is None or value != value or value == "":
        return None
    if isinstance(value, str) and value[:1] in "[{":
        return json.loads(value)
    return value


def rows_of(frame: Any) -> list[list[Any]]:
    return [list(map(plain, row)) for row in frame]


def expected(batch: Batch) -> list[list[Any]]:
    table = list(csv.reader(StringIO(written(batch, "csv", raw=True).decode(), newline="")))[1:]
    floats = {FULL.index(name) for name in NUMBERS}
    return rows_of(
        [float(cell) if index in floats and cell else cell for index, cell in enumerate(row)] for row in table
    )


def from_pandas(kind: str, data: bytes) -> Any:
    if kind == "csv":
        return pandas.read_csv(BytesIO(data), keep_default_na=False, na_values={name: ["", "nan"] for name in NUMBERS})
    if kind == "jsonl":
        return pandas.read_json(BytesIO(data), lines=True, dtype=False)
    return pandas.read_parquet(BytesIO(data))


def from_polars(kind: str, data: bytes) -> Any:
    if kind == "csv":
        return polars.read_csv(
            BytesIO(data), schema_overrides=dict.fromkeys(NUMBERS, polars.Float64), infer_schema=False
        )
    return polars.read_ndjson(BytesIO(data)) if kind == "jsonl" else polars.read_parquet(BytesIO(data))


@pytest.mark.parametrize("kind", TABLES)
def test_pandas_reads_the_same_values(batch: Batch, kind: str) -> None:
    frame = from_pandas(kind, written(batch, kind, **({"raw": True} if kind == "csv" else {})))
    assert list(frame.columns) == list(FULL)
    assert rows_of(frame.astype(object).values.tolist()) == expected(batch)


@pytest.mark.parametrize("kind", TABLES)
def test_polars_reads_the_same_values(batch: Batch, kind: str) -> None:
    frame = from_polars(kind, written(batch, kind, **({"raw": True} if kind == "csv" else {})))
    if kind == "jsonl":
        assert set(frame.columns) == set(FULL)
        frame = frame.select(FULL)  # polars shuffles the keys of objects with more than 32
    assert frame.columns == list(FULL)
    assert rows_of(frame.rows()) == expected(batch)


def test_parquet_has_numbers_where_the_columns_are_numbers(batch: Batch) -> None:
    schema = polars.read_parquet_schema(BytesIO(written(batch, "parquet")))
    assert {name for name, kind in schema.items() if kind == polars.Float64} == set(NUMBERS)
    assert {kind for name, kind in schema.items() if name not in NUMBERS} == {polars.String}
    assert polars.read_parquet(BytesIO(written(batch, "parquet")))["Confidence"].is_nan().to_list()[-1] is True


@pytest.mark.parametrize("kind", ["jsonl", "parquet", "json"])
def test_only_csv_is_defused(batch: Batch, kind: str) -> None:
    assert b"'=1+1" not in written(batch, kind)
    assert b"'=1+1" in written(batch, "csv")


def test_json_lines_keep_types_and_order(batch: Batch) -> None:
    lines = [json.loads(line) for line in written(batch, "jsonl", "Label,Confidence,Overlay").splitlines()]
    assert lines[0] == {"Label": "a,b", "Confidence": 0.9, "Overlay": {"speed": {"start": 41.5}}}
    assert list(lines[0]) == ["Label", "Confidence", "Overlay"]
    assert lines[-1] == {"Label": "odd", "Confidence": None, "Overlay": None}


@pytest.mark.parametrize("columns", ["documented", "sdk", "full", "Label,Video"])
@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_a_batch_without_events_is_a_file_without_rows(kind: str, columns: str) -> None:
    data = written(make_batch(), kind, columns)
    names = list(parse_columns(columns).names)
    if kind == "csv":
        assert data == ",".join(names).encode() + b"\r\n"
    elif kind == "jsonl":
        assert data == b""
    else:
        frame = polars.read_parquet(BytesIO(data))
        assert (frame.columns, frame.height) == (names, 0)


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet", "json"])
def test_download_after_a_failure_is_unreadable(batch: Batch, kind: str) -> None:
    broken = Event.objects.filter(batch=batch).in_order()[5]
    Event.objects.filter(pk=broken.pk).update(odd_cells="no JSON")
    broken.payload.sdk = "NaN no JSON"
    broken.payload.save()
    download = Download(columns=parse_columns("documented"), public_url="https://r.example", format=Format(kind))
    taken = []
    with pytest.raises(ValueError, match=r"Expecting value|Extra data"):
        taken.extend(download.write([part(batch)]))
    if kind == "parquet":
        with pytest.raises(polars.exceptions.PolarsError):
            polars.read_parquet(BytesIO(b"".join(taken)))
    if kind == "json":
        with pytest.raises(json.JSONDecodeError):
            json.loads(b"".join(taken))


def test_a_reader_that_goes_away_leaves_no_thread(batch: Batch) -> None:
    stream = Download(columns=parse_columns("full"), public_url="", format=Format.PARQUET).write([part(batch)])
    next(stream, None)
    stream.close()  # type: ignore[attr-defined]
    assert [thread.name for thread in threading.enumerate() if thread.name == "parquet"] == []


def test_several_batches_follow_each_other_under_one_header(batch: Batch) -> None:
    other = make_batch(batch.connection)
    make_event(make_item(other), label="other")
    download = Download(columns=parse_columns("Label,Batch ID"), public_url="https://r.example")
    table = list(csv.reader(StringIO(b"".join(download.write([part(other), part(batch)])).decode(), newline="")))
    assert table[:3] == [["Label", "Batch ID"], ["other", other.external_id], ["a,b", batch.external_id]]
    assert len(table) == 9


def test_items_count_their_events_by_approval(batch: Batch) -> None:
    empty = make_item(batch, position=7, source_uri="s3://x/7.mp4", error="Model timeout")
    make_item(batch, position=8, gone_at=datetime(2026, 5, 4, tzinfo=UTC))
    frame = polars.read_parquet(BytesIO(written(batch, "parquet", rows="items")))
    assert frame.columns == list(ITEMS)
    assert frame.select("Events", "Pending", "Rejected").rows() == [(4, 4, 0), (3, 2, 1), (0, 0, 0)]
    assert frame.row(2, named=True) | {"Video": ""} == {
        "Video": "", "Video ID": empty.external_id, "Analysis ID": empty.analysis_id, "Batch ID": batch.external_id,
        "Status": "completed", "Events": 0, "Pending": 0, "Approved": 0, "Rejected": 0, "Invalid": 0,
        "Import Source URI": "s3://x/7.mp4", "Summary": "", "Error": "Model timeout", "Gone Upstream": "no",
    }  # fmt: skip
    items = Download(columns=parse_columns(""), public_url="", rows=Rows.ITEMS)
    some = part(batch, filtered=True)
    assert b"".join(items.write([some])).count(b"\r\n") == 3


def test_the_ledger_has_the_values_before_and_after_each_step(batch: Batch) -> None:
    by, events = make_member(batch.connection), list(Event.objects.filter(label__in=["a,b", 'a "b"']).order_by("pk"))
    step = {"batch_id": batch.pk, "by": by}
    seen = {event.pk: actions.Seen(event.version, event.fingerprint) for event in events}
    actions.decide_many(**step, seen=seen, values={"severity": "low"}, approval="approved", idempotency_key=uuid4())
    actions.correct(
        event_id=events[0].pk, version=2, fingerprint=events[0].fingerprint, values={"label": "van", "end_s": 9.25},
        by=by, idempotency_key=uuid4(),
    )  # fmt: skip
    values = {"label": "bicycle", "start_s": 1.5}
    actions.add_missed(item_id=events[0].item_id, values=values, by=by, idempotency_key=uuid4())
    for verb in (actions.undo, actions.undo, actions.redo, actions.undo, actions.undo):
        verb(**step, idempotency_key=uuid4())
    names = ["Action", "Event ID", "Origin", "Approval Before", "Approval After", "Values Before", "Corrections After"]
    first, second = (event.external_id for event in events)
    missed = Event.objects.get(origin="reviewer").external_id
    bulk, high = {"severity": "low"}, {"severity": "high"}
    more = bulk | {"label": "van", "end_s": 9.25}
    old = {"label": "a,b", "end_s": 7.5}
    wanted = [
        ["decide", first, "vendor", "pending", "approved", high, bulk],
        ["decide", second, "vendor", "pending", "approved", high, bulk],
        ["correct", first, "vendor", "approved", "approved", old, more],
        ["decide", missed, "reviewer", "pending", "approved", None, None],
        ["undo", missed, "reviewer", "approved", "pending", None, None],
        ["undo", first, "vendor", "approved", "approved", {"label": "van", "end_s": 9.25}, bulk],
        ["redo", first, "vendor", "approved", "approved", old, more],
        ["undo", first, "vendor", "approved", "approved", {"label": "van", "end_s": 9.25}, bulk],
        ["undo", first, "vendor", "approved", "pending", bulk, None],
        ["undo", second, "vendor", "approved", "pending", bulk, None],
    ]
    data = written(batch, "jsonl", ",".join(names), rows="decisions")
    rows = [list(map(plain, json.loads(line).values())) for line in data.splitlines()]
    assert rows == wanted


@pytest.mark.parametrize("rows", ["items", "decisions"])
def test_json_is_the_vendors_document_and_nothing_else(rows: str) -> None:
    with pytest.raises(ValueError, match="Choose CSV, JSONL or Parquet for other rows"):
        Download(columns=parse_columns(""), public_url="", format=Format.JSON, rows=Rows(rows))
    with pytest.raises(ValueError, match="for selected columns"):
        Download(columns=parse_columns("Label"), public_url="", format=Format.JSON)


def test_permalinks_stand_in_for_the_vendors_thumbnails(batch: Batch) -> None:
    event = Event.objects.get(thumbnail_url="https://v.example/1")
    event.odd_cells = json.dumps({"Annotated Thumbnail URL": "https://v.example/odd"})
    event.save()
    event.payload.sdk = json.dumps({"label": "x", "annotated_thumbnail_url": "https://v.example/1"})
    event.payload.save()
    ours = f"https://r.example/events/{event.pk}/thumbnail/"
    for columns in ("documented", "sdk", "full"):
        data = written(batch, "jsonl", columns, permalinks=True)
        assert [json.loads(line)["Annotated Thumbnail URL"] for line in data.splitlines()] == [
            "",
            "",
            "",
            "",
            ours,
            "",
            "",
        ]
        assert b"v.example" not in written(batch, "json", columns, permalinks=True)
    assert b"v.example" in written(batch, "json", "documented")


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(("kind", "queries"), [("csv", 4), ("jsonl", 4), ("parquet", 4), ("json", 6)])
def test_the_number_of_queries_does_not_grow(
    rows: int, kind: str, queries: int, django_assert_num_queries: Any
) -> None:
    batch = make_batch()
    for _ in range(rows):
        make_event(make_item(batch))
    batch = Batch.objects.for_list().get(pk=batch.pk)
    with django_assert_num_queries(queries):
        written(batch, kind, "documented")


def test_counting_stops_behind_the_limit(batch: Batch) -> None:
    download = Download(columns=parse_columns(""), public_url="")
    assert [download.count([part(batch), part(batch)], limit) for limit in (None, 3, 100)] == [14, 4, 14]


@pytest.mark.parametrize("odd", [
    ['a","b', "ends with \\", '","', "", "nul\0", "\ud800", "é\n"],
    ['ends like this",', "", '"', ",", '",', '\\",', ',"'],
    [",", "", ",", "ends with \\", "\\", "nul\0", ","],
])  # fmt: skip
def test_json_lines_are_split_where_cells_end(odd: list[str]) -> None:
    table = Table({"Label": odd, "Confidence": ["0.5", "", "nan", "1e-05", "-1.0", "2", ""]}, [], {})
    lines = b"".join(json_lines(("Label", "Confidence"), [table, Table({"Label": [], "Confidence": []}, [], {})]))
    assert list(map(json.loads, lines.splitlines())) == [
        {"Label": label.replace("\ud800", "?"), "Confidence": number}
        for label, number in zip(odd, [0.5, None, None, 1e-05, -1.0, 2.0, None], strict=True)
    ]


def test_parquet_begins_before_its_rows_are_read() -> None:
    def rows() -> Iterator[Table]:
        raise RuntimeError("read")
        yield

    chunks = parquet_bytes(("Label",), rows())
    assert next(chunks) == b"PAR1"
    with pytest.raises(RuntimeError):
        next(chunks)


def test_parquet_loses_nothing_that_is_written_while_the_reader_takes() -> None:
    writer, taken = _Writer(Schema([Field("Label", DataType.utf8())])), list[bytes]()

    class Late:
        """The reader's turn comes amid the writer's call."""

        def __bytes__(self) -> bytes:
            taken.extend(writer._taken())
            return b"late"

        def __len__(self) -> int:
            return 4

    writer.stop()
    writer.written = [b"early"]
    writer.write(Late())  # type: ignore[arg-type]
    assert [*taken, *writer._taken()] == [b"early", b"late"]
