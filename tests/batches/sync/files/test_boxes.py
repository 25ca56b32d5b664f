"""Boxes of every form are kept in one: x, y, width and height, from 0 to 1 of the picture."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batches.sync.files.boxes import FORMS, four_numbers, relative
from tests.batches.sync.files.conftest import ReadFile

BOX = [0.25, 0.5, 0.25, 0.375]
PIXELS = [100, 100, 100, 75]  # of a picture of 400 × 200
HEAD = "video,start,label"


def boxes_in(text: str) -> list[float]:
    box: list[float] = json.loads(text)
    return box


@pytest.mark.parametrize(("head", "cells", "options"), [
    ("x1,y1,x2,y2", "100,100,200,175", {"box.size": "400x200"}),
    ("bbox_xmin,bbox_ymin,bbox_xmax,bbox_ymax", "0.25,0.5,0.5,0.875", {}),
    ("left,top,width,height", "100,100,100,75", {"box.size": "400 x 200"}),
    ("x_center,y_center,width,height", "0.375,0.6875,0.25,0.375", {}),
    ("x,y,w,h,image_width,image_height", "100,100,100,75,400,200", {}),
    ("bbox", '"[100, 100, 100, 75]"', {"box.size": "400x200"}),
    ("box", "0.375 0.6875 0.25 0.375", {"box": "cxcywh"}),
])  # fmt: skip
def test_boxes_of_a_table_are_guessed(read_file: ReadFile, head: str, cells: str, options: dict[str, str]) -> None:
    read = read_file("d.csv", f"{HEAD},{head}\na.mp4,1,car,{cells}\n", **options)
    [(_, event)] = read.events
    assert boxes_in(event.box) == BOX
    assert json.loads(event.sdk)["box"] == BOX
    assert "100" in event.raw or "0." in event.raw


def test_boxes_of_json_are_guessed_by_their_values(read_file: ReadFile) -> None:
    rows = [{"video": "a", "start": n, "label": "car", "bbox": [n, n, 2 * n + 1, 2 * n + 1]} for n in range(1, 7)]
    read = read_file("d.json", json.dumps(rows), **{"box.size": "20x20"})
    assert read.options["box"] == "xyxy"
    assert boxes_in(read.events[0][1].box) == [0.05, 0.05, 0.1, 0.1]


def test_what_is_no_box_is_left_out(read_file: ReadFile) -> None:
    rows = [
        {"video": "a", "start": 1, "label": "car", "bbox": box} for box in (PIXELS, None, [1, 2], "x", [0, 0, 0, 0])
    ]
    read = read_file("d.json", json.dumps(rows), **{"box.size": "100x100"})
    assert [event.box for _, event in read.events] == [""] * 5
    assert (read.refused, len(read.events)) == ([], 5)
    numbered = read_file("e.csv", f"{HEAD},box\na.mp4,1,car,7\n")
    assert "box" not in numbered.mapping


@pytest.mark.parametrize("name", ["megadetector", "yolo-text", "fiftyone", "frigate", "coco-dataset", "vott"])
def test_detectors_boxes_are_read(read_file: ReadFile, name: str) -> None:
    text, file, box = NATIVE[name]
    read = read_file(file, text, unit_start="frames:10")
    assert [boxes_in(event.box) for _, event in read.events] == [box]


NATIVE: dict[str, tuple[str, str, list[float]]] = {
    "megadetector": (json.dumps({"detection_categories": {"1": "animal"}, "images": [
        {"file": "a.mp4", "frame_rate": 10, "detections": [
            {"category": "1", "conf": 0.6, "bbox": BOX, "frame_number": 15}]}]}), "m.json", BOX),
    "yolo-text": ("0 0.375 0.6875 0.25 0.375 0.9\n", "cam1_930.txt", BOX),
    "fiftyone": (json.dumps({"samples": [{"filepath": "a.jpg", "x": {"_cls": "Detections", "detections": [
        {"_cls": "Detection", "label": "car", "bounding_box": BOX}]}}]}), "samples.json", BOX),
    "frigate": (json.dumps([{"id": "1.5-a", "camera": "yard", "label": "car", "start_time": 1.5, "end_time": 3,
        "zones": [], "data": {"box": BOX, "score": 0.8}}]), "events.json", BOX),
    "coco-dataset": (json.dumps({"images": [{"id": 1, "file_name": "a.jpg", "width": 400, "height": 200}],
        "categories": [{"id": 3, "name": "car"}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 3, "bbox": PIXELS}]}), "coco.json", BOX),
    "vott": (json.dumps({"assets": {"a": {"asset": {"path": "file:a.jpg", "name": "a.jpg",
        "size": {"width": 400, "height": 200}}, "regions": [{"tags": ["car"],
        "boundingBox": {"height": 75, "width": 100, "left": 100, "top": 100}}]}}}), "vott.json", BOX),
}  # fmt: skip


NUMBERS = st.one_of(st.floats(), st.integers(-10_000, 10_000), st.text(max_size=6), st.none())


@given(value=st.one_of(st.lists(NUMBERS, max_size=5), st.text(max_size=20)), form=st.sampled_from(list(FORMS)))
def test_a_box_lies_in_its_picture_or_is_none(value: Any, form: str) -> None:
    box = relative(four_numbers(value), form, (640, 480))
    if box is not None:
        left, top, width, height = box
        assert 0 <= left <= left + width <= 1.000001
        assert 0 <= top <= top + height <= 1.000001
