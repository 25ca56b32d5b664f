"""Training data: approved findings with corrected values, in formats that other tools and our own import read."""

import csv
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from io import StringIO
from typing import Any
from uuid import uuid4
from xml.etree import ElementTree

import pytest

from batches.actions import decide
from batches.export import dataset, pages
from batches.export.columns import DATASET, parse_columns
from batches.export.download import WRITERS, Download, Format, Part, Rows
from batches.export.past import as_of
from batches.models import Approval, Batch, Event, Vendor
from tests.batches.sync.files.conftest import ReadFile, read_file
from tests.factories import make_batch, make_connection, make_event, make_item, make_member

pytestmark = pytest.mark.django_db
__all__ = ["read_file"]
KINDS = [kind.value for kind in WRITERS]
HOSTILE = '<b>"a" & \x01b</b>\u2028,=1+1'


@pytest.fixture
def batch(monkeypatch: pytest.MonkeyPatch) -> Batch:
    """Two videos on pages of two: approved findings, one corrected, one about the whole video; and all other states."""
    monkeypatch.setattr(pages, "PAGE_EVENTS", 2)
    monkeypatch.setattr(dataset, "SPOOL_BYTES", 64)
    batch = make_batch()
    reviewer = make_member(batch.connection, name="ana")
    decided: dict[str, Any] = {"decided_by": reviewer, "decided_at": datetime(2026, 5, 4, 10, 0, tzinfo=UTC)}
    front = make_item(batch, position=0, name="front.mp4", source_uri="https://media.example/front.mp4?a=1&b=2")
    rear = make_item(batch, position=1, name="rear.mp4")
    approved = {"approval": Approval.APPROVED, **decided}
    make_event(front, category="Cut-in", label="car from the right", start_s=1.0, end_s=3.4, **approved)
    corrected = {"vendor_label": "bus", "corrections": '{"label": "van"}', **approved}
    make_event(front, category="Cut-in", label="van", start_s=3.0, end_s=3.2, confidence=None, **corrected)
    make_event(rear, category="Fog", label="Fog", start_s=None, end_s=None, **approved)
    make_event(rear, category="Fog", label=HOSTILE, start_s=12.0, end_s=None, **approved)
    for approval in (Approval.PENDING, Approval.REJECTED, Approval.INVALID):
        make_event(rear, category="Other", label=approval, approval=approval, **decided)
    return batch


def parts(batch: Batch) -> list[Part]:
    return [Part(batch, Event.objects.filter(batch=batch).for_review())]


def written(batch: Batch, kind: str, columns: str = "", **options: Any) -> bytes:
    download = Download(
        columns=parse_columns(columns, DATASET), public_url="https://r.example", format=Format(kind), rows=Rows.DATASET,
        **options
    )  # fmt: skip
    return b"".join(download.write(parts(batch)))


def table(batch: Batch, **options: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(written(batch, "csv", **options).decode(), newline="")))


def test_a_row_is_an_approved_finding_with_corrected_values(batch: Batch) -> None:
    rows = table(batch, raw=True)
    assert [(row["Class"], row["Label"], row["Start Seconds"], row["Corrected Fields"]) for row in rows] == [
        ("Cut-in", "car from the right", "1.0", ""), ("Cut-in", "van", "3.0", "label"), ("Fog", "", "", ""),
        ("Fog", HOSTILE, "12.0", ""),
    ]  # fmt: skip
    event = batch.events.in_order()[0]
    assert rows[0]["Clip URL"] == f"https://r.example/api/v1/events/{event.pk}/clip/"
    assert list(rows[0]) == list(DATASET)


def test_a_formula_is_defused_in_csv(batch: Batch) -> None:
    batch.events.filter(label="van").update(label="=1+1")
    assert table(batch)[1]["Label"] == "'=1+1"


def test_a_detectors_label_is_its_class_and_its_address_the_clip() -> None:
    batch = make_batch(make_connection(vendor=Vendor.OPEN))
    item = make_item(batch, source_uri="https://cam.example/1.mp4")
    make_event(item, category="animal", label="deer", approval=Approval.APPROVED, vendor_approval=Approval.APPROVED)
    (row,) = table(batch)
    assert (row["Class"], row["Category"], row["Clip URL"]) == ("deer", "animal", "https://cam.example/1.mp4")


SPANS = {
    "coco.json": [
        ("front.mp4", 1.0, 3.4, "car from the right"), ("front.mp4", 3.0, 3.2, "van"),
        ("rear.mp4", 0.0, None, "Fog"), ("rear.mp4", 12.0, None, HOSTILE),
    ],
    "cvat.xml": [
        ("front.mp4", 1.0, 3.4, "Cut-in"), ("front.mp4", 3.0, 3.2, "Cut-in"), ("rear.mp4", 0.0, 1 / 25, "Fog"),
        ("rear.mp4", 12.0, 12 + 1 / 25, "Fog"),
    ],
    "labelstudio.json": [
        ("https://media.example/front.mp4?a=1&b=2", 1.0, 3.4, "Cut-in"),
        ("https://media.example/front.mp4?a=1&b=2", 3.0, 3.2, "Cut-in"), ("rear.mp4", None, None, "Fog"),
        ("rear.mp4", 12.0, 12 + 1 / 25, "Fog"),
    ],
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_our_own_import_reads_the_findings_back(batch: Batch, read_file: ReadFile, kind: str) -> None:
    options = {"unit_start": "frames:25"} if kind == "cvat.xml" else {}
    read = read_file(f"dataset.{kind}", written(batch, kind, fps=25.0), **options)
    assert read.refused == []
    spans = [(video, start, end, label.replace("\x01", "")) for video, start, end, label in read.spans]
    assert spans == [
        (video, pytest.approx(start), pytest.approx(end), label.replace("\x01", ""))
        for video, start, end, label in SPANS[kind]
    ]


@pytest.fixture
def boxed() -> Batch:
    """A detector's findings with a box, a corrected box and none, in a picture of known and one of unknown size."""
    batch = make_batch(make_connection(vendor=Vendor.OPEN))
    approved = {"approval": Approval.APPROVED, "vendor_approval": Approval.APPROVED}
    for position, raw in enumerate(('{"duration": 9.0, "width": 1280, "height": 720}', "{}")):
        item = make_item(batch, position=position, name=f"{position}.mp4", raw=raw)
        corrected = {"box": [0.5, 0.2, 0.25, 0.4], "vendor_box": BOX, "corrections": '{"box": [0.5, 0.2, 0.25, 0.4]}'}
        make_event(item, label="deer", start_s=1.0, end_s=3.0, box=BOX, **approved)
        make_event(item, label="deer", start_s=2.0, end_s=4.0, **corrected, **approved)
        make_event(item, label="deer", start_s=5.0, end_s=6.0, **approved)
    return batch


BOX = [0.1, 0.25, 0.3, 0.5]


@pytest.mark.parametrize("kind", [*KINDS, "csv", "jsonl"])
def test_boxes_are_read_back_with_the_corrected_value(boxed: Batch, read_file: ReadFile, kind: str) -> None:
    options = {"unit_start": "frames:30"} if kind == "cvat.xml" else {}
    mapping = {"video": "Video", "start": "Start Seconds", "end": "End Seconds", "box": "Box"}
    read = read_file(f"a.{kind}", written(boxed, kind), {} if kind in KINDS else mapping, **options)
    boxes = [json.loads(event.box or "null") for _, event in read.events]
    assert [box and pytest.approx(box, abs=1e-4) for box in [BOX, [0.5, 0.2, 0.25, 0.4], None] * 2] == boxes
    if kind in KINDS:
        assert [json.loads(about) for about in read.abouts.values()] == [{"width": 1280, "height": 720}, {}]


def test_a_picture_of_unknown_size_has_no_pixels(boxed: Batch) -> None:
    data = json.loads(written(boxed, "coco.json"))
    first, last = data["annotations"][0], data["annotations"][-3]
    assert (first["bbox"], first["area"]) == ([128.0, 180.0, 384.0, 360.0], 138240.0)
    assert {(image.get("width"), image.get("height")) for image in data["images"]} == {(1280, 720), (None, None)}
    assert (last["bbox"], last["area"], last["attributes"]["box"]) == ([0] * 4, 0, [0.5, 0.2, 0.25, 0.4])
    shapes = ElementTree.fromstring(written(boxed, "cvat.xml")).findall("./track/box[1]")
    assert [shape.get("xbr") for shape in shapes[:4]] == ["512.00", "960.00", "1280.00", "768.00"]
    assert [shape.findall("attribute")[-1].text for shape in shapes] == [None] * 3 + ["size assumed"] * 3
    assert [(row["Box"], row["Picture Width"]) for row in table(boxed)][2:4] == [("", "1280"), (str(BOX), "")]


def test_other_tools_find_every_field_that_they_need(boxed: Batch) -> None:
    """Datumaro and pycocotools read no COCO file, Label Studio's SDK accepts no box, if one of these is missing."""
    data = json.loads(written(boxed, "coco.json"))
    needed = {"id", "image_id", "category_id", "bbox", "area", "iscrowd", "segmentation"}
    assert all(needed <= annotation.keys() for annotation in data["annotations"])
    Event.objects.filter(pk=boxed.events.in_order()[0].pk).update(confidence=None)
    unsure = json.loads(written(boxed, "coco.json"))["annotations"]
    scores = [annotation.get("score", "left out") for annotation in unsure]
    assert (scores[0], None in scores) == ("left out", False)
    tasks = json.loads(written(boxed, "labelstudio.json"))
    results = [result for task in tasks for annotation in task["annotations"] for result in annotation["result"]]
    boxes = [result["value"] for result in results if result["type"] == "videorectangle"]
    assert [(box["framesCount"], box["duration"]) for box in boxes] == [(90, 3.0), (120, 4.0)] * 2


def test_coco_refers_only_to_what_the_file_has(batch: Batch) -> None:
    data = json.loads(written(batch, "coco.json"))
    ids = {key: [entry["id"] for entry in data[key]] for key in ("videos", "images", "annotations", "categories")}
    assert all(len(set(numbers)) == len(numbers) for numbers in ids.values())
    assert {image["video_id"] for image in data["images"]} == set(ids["videos"])
    for annotation in data["annotations"]:
        assert annotation["image_id"] in ids["images"]
        assert annotation["category_id"] in ids["categories"]
    frames = [(image["video_id"], image["frame_id"]) for image in data["images"]]
    assert frames == [(1, 30), (1, 60), (1, 90), (1, 102), (1, 96), (2, 0), (2, 360)]
    assert len({annotation["track_id"] for annotation in data["annotations"]}) == 4


def test_cvat_has_a_task_a_video_and_every_label(batch: Batch) -> None:
    root = ElementTree.fromstring(written(batch, "cvat.xml"))
    assert [task.findtext("name") for task in root.iter("task")] == ["front.mp4", "rear.mp4"]
    labels = {label.findtext("name") for label in root.iter("label")}
    assert {track.get("label") for track in root.iter("track")} == labels == {"Cut-in", "Fog"}
    assert [track.get("task_id") for track in root.iter("track")] == ["1", "1", "2", "2"]
    attributes = root.findall("./track[4]/box[1]/attribute")
    assert attributes[0].text == HOSTILE.replace("\x01", " ")


@pytest.mark.parametrize("kind", KINDS)
def test_no_approved_finding_is_a_file_without_findings(read_file: ReadFile, kind: str) -> None:
    data = written(make_batch(), kind)
    if kind.endswith("json"):
        assert not (json.loads(data) or {}) or json.loads(data)["annotations"] == []
    else:
        assert list(ElementTree.fromstring(data).iter("track")) == []


@pytest.mark.parametrize("kind", [*KINDS, "csv"])
def test_several_batches_are_one_file(batch: Batch, kind: str) -> None:
    other = make_batch()
    make_event(
        make_item(other, name="side.mp4"),
        category="Cut-in",
        approval=Approval.APPROVED,
        vendor_approval=Approval.APPROVED,
    )
    download = Download(columns=parse_columns(""), public_url="", format=Format(kind), rows=Rows.DATASET)
    seen: list[int] = []
    data = b"".join(download.write([*parts(batch), *parts(other)], seen.append))
    assert sum(seen) == download.count([*parts(batch), *parts(other)]) == 5
    assert b"side.mp4" in data


def test_the_past_has_the_verdicts_and_values_of_that_time() -> None:
    event = make_event(category="Cut-in", label="bus")
    moment = datetime.now(UTC)
    decide(
        event_id=event.pk, version=1, fingerprint=event.fingerprint, approval="approved", values={"label": "van"},
        by=make_member(event.batch.connection), idempotency_key=uuid4(),
    )  # fmt: skip

    def labels(moment: datetime) -> Iterator[str]:
        download = Download(columns=parse_columns(""), public_url="", rows=Rows.DATASET, past=moment)
        events = as_of(Event.objects.filter(batch=event.batch), moment)
        lines = b"".join(download.write([Part(event.batch, events)])).decode()
        return (row["Label"] for row in csv.DictReader(StringIO(lines, newline="")))

    assert list(labels(moment)) == []
    assert list(labels(datetime.now(UTC))) == ["van"]


def test_formats_of_other_tools_have_fixed_fields_and_findings_only() -> None:
    with pytest.raises(ValueError, match="COCO has fixed fields"):
        written(make_batch(), "coco.json", "Label,Class")
    with pytest.raises(ValueError, match="CVAT only contains training data"):
        Download(columns=parse_columns(""), public_url="", format=Format.CVAT)
