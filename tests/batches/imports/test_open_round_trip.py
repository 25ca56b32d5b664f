"""A download of a connection for files reads back to the same batch, decisions and corrections included."""

import csv
import io
import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batches.actions import add_missed, correct, decide
from batches.export.columns import parse_columns
from batches.export.download import Download, Format, Part
from batches.imports.run import run_import
from batches.models import Batch, Connection, Event, ImportRun, Item
from batches.sync.files.names import FIELDS as FIELD_NAMES
from tests.factories import make_connection, make_member

FIELDS = ("item__external_id", "start_s", "end_s", "timestamp", "label", "category", "severity", "confidence",
          "ai_text", "thumbnail_url", "external_id", "item__source_uri", "fingerprint", "approval", "reason",
          "note", "corrections", "vendor_label", "vendor_category", "vendor_severity", "vendor_start_s", "vendor_end_s",
          "vendor_timestamp", "box", "vendor_box", "severity_rank", "search_words",
          "origin", "sequence")  # fmt: skip
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
FORMULAS = st.sampled_from(["=1+1", "'=x", "@a", "-", 'two\r\nlines, "quoted"', "", "null", "1,5"])
SECONDS = st.one_of(st.just(""), st.floats(0, 9_000, allow_nan=False).map(repr))
ROWS = st.lists(
    st.fixed_dictionaries({
        "video": st.sampled_from(["a.mp4", "Zürich Süd.mp4", "=b", "c"]), "start": SECONDS,
        "duration": st.floats(0, 60).map(repr), "label": st.one_of(TEXT, FORMULAS), "category": FORMULAS, "text": TEXT,
        "severity": st.sampled_from(["", "high", "odd"]), "confidence": st.sampled_from(["", "0.1", "1", "91%"]),
        "approval": st.sampled_from(["", "pending"]), "finding": st.just("the detector's own"),
        "results": st.just("its own too"), "review": st.just(""), "own": st.just("7"),
        "thumbnail": st.sampled_from(["", "https://x.example/p.jpg?a=1&b=2"]),
        "clip": st.sampled_from(["", "https://x.example/v.mp4"]), "box": st.sampled_from(["", "[0.1, 0.2, 0.3, 0.4]"]),
    }), min_size=1, max_size=5,
)  # fmt: skip
WORDS = st.sampled_from(["cut-in", "near", "=1+1", "a, b"])  # an empty label in a CSV is one like the category
CORRECTIONS = st.fixed_dictionaries({}, optional={
    "label": WORDS, "category": WORDS, "severity": st.sampled_from(["low", "odd", ""]),
    "end_s": st.floats(9_100, 9_200, allow_nan=False).map(lambda end: round(end, 2)),
    "start_s": st.just(0), "box": st.just([0.5, 0.25, 0.1, 0.75]),
})  # fmt: skip
VERDICTS = st.lists(st.tuples(st.sampled_from(["approved", "rejected", "invalid", ""]), TEXT, CORRECTIONS), max_size=4)


def import_file(connection: Connection, path: Path, **fields: Any) -> None:
    run = ImportRun.objects.create(connection=connection, file_name=path.name, phase="import", **fields)
    done = run_import(run.pk, path=path)
    assert done is not None
    assert done.state == "done", done.message


def table_of(rows: list[dict[str, str]]) -> bytes:
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, [*rows[0], "id"])
    writer.writeheader()
    writer.writerows({**row, "id": f"e{number}"} for number, row in enumerate(rows))
    return file.getvalue().encode()


@pytest.mark.django_db
@pytest.mark.parametrize("file_format", [Format.CSV, Format.JSONL, Format.JSON])
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, verdicts=VERDICTS)
def test_a_download_reads_back_to_the_same_batch(
    tmp_path: Path, file_format: Format, rows: list[dict[str, str]], verdicts: list[tuple[str, str, dict[str, Any]]]
) -> None:
    first, second = make_connection(vendor="open", base_url=""), make_connection(vendor="open", base_url="")
    path = tmp_path / "rows.csv"
    path.write_bytes(table_of(rows))
    import_file(
        first, path, batch_text="june", options={"scale": "1"}, mapping={name: name for name in (*rows[0], "id")
        if name in FIELD_NAMES},
    )  # fmt: skip
    batch, maya = Batch.objects.get(connection=first), make_member(first)
    for event, (approval, note, corrections) in zip(Event.objects.filter(batch=batch), verdicts, strict=False):
        seen = {"event_id": event.pk, "version": 1, "fingerprint": event.fingerprint, "by": maya,
                "idempotency_key": uuid4()}  # fmt: skip
        if approval:
            decide(**seen, approval=approval, values=corrections, note=note.strip(),
                   reason="Wrong span" if approval == "rejected" else "")  # fmt: skip
        elif corrections:
            correct(**seen, values=corrections)
    item = Item.objects.filter(batch=batch)[0]
    missed = {"label": "=missed", "category": "near", "start_s": 1.25, "end_s": 9_300.5, "box": [0.1, 0.2, 0.3, 0.4]}
    step = add_missed(item_id=item.pk, values=missed, by=maya, idempotency_key=uuid4(), note="seen").decisions[0]
    correct(event_id=step.event_id, version=step.version, fingerprint=step.fingerprint, by=maya,
            idempotency_key=uuid4(), values={"label": "found", "end_s": 9_400})  # fmt: skip
    download = Download(columns=parse_columns("full"), public_url="https://review.example", format=file_format)
    path = tmp_path / f"download.{file_format}"
    path.write_bytes(b"".join(download.write([Part(batch, Event.objects.filter(batch=batch).for_review())])))
    import_file(second, path, decide=True, requested_by=make_member(second))
    batches = [list(Event.objects.filter(batch__connection=entry).in_order().values_list(*FIELDS, "batch__external_id"))
               for entry in (first, second)]  # fmt: skip
    assert len(batches[0]) == len(rows) + 1
    assert batches[1] == batches[0]
    if file_format == Format.JSON:
        vendors = Event.objects.filter(origin=None).in_order()
        texts = [vendors.filter(batch__connection=entry).values_list("payload__raw", flat=True)
                 for entry in (first, second)]  # fmt: skip
        assert [json.loads(text)["source"] for text in texts[1]] == [json.loads(text) for text in texts[0]]


@pytest.mark.django_db
def test_values_that_a_strict_connection_does_not_know_are_counted_and_named(tmp_path: Path) -> None:
    first, second = make_connection(vendor="open", base_url=""), make_connection(vendor="open", base_url="")
    Connection.objects.filter(pk=second.pk).update(free_values=False)
    path = tmp_path / "rows.csv"
    path.write_text("video,start,label,id\na.mp4,1,Cut-in,e0\na.mp4,2,Swerve,e1\n")
    import_file(first, path, batch_text="june", mapping={name: name for name in ("video", "start", "label", "id")})
    batch, maya = Batch.objects.get(connection=first), make_member(first)
    event = Event.objects.filter(batch=batch).in_order()[0]
    decide(event_id=event.pk, version=1, fingerprint=event.fingerprint, by=maya, idempotency_key=uuid4(),
           approval="approved", values={"label": "Squeeze", "severity": "", "end_s": 4})  # fmt: skip
    for label in ("Bicycle", "Swerve"):
        add_missed(item_id=event.item_id, values={"label": label}, by=maya, idempotency_key=uuid4())
    download = Download(columns=parse_columns("full"), public_url="https://review.example", format=Format.JSONL)
    path = tmp_path / "download.jsonl"
    path.write_bytes(b"".join(download.write([Part(batch, Event.objects.filter(batch=batch).for_review())])))
    run = ImportRun.objects.create(connection=second, file_name=path.name, phase="import", decide=True,
                                   requested_by=make_member(second))  # fmt: skip
    done = run_import(run.pk, path=path)
    assert done is not None
    events = Event.objects.filter(batch__connection=second).for_review().order_by("label", "pk")
    assert [(event.label, event.end_s, event.origin) for event in events] == [
        ("Cut-in", 4.0, None), ("Swerve", None, None), ("Swerve", None, "reviewer")
    ]  # fmt: skip
    assert (done.state, done.decided) == ("incomplete", 2)
    assert done.message == (
        "Corrections and missed events left out: 2. Label: 'Squeeze' is not used on this connection, which allows no "
        "new values (1); Label: 'Bicycle' is not used on this connection, which allows no new values (1)."
    )
