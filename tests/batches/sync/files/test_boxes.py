"""Boxes of every form are kept in one: x, y, width and height, from 0 to 1 of the picture."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batches.sync.files.boxes import FORMS, LONGEST_TEXT, four_numbers, named_form, relative, track_of
from tests.batches.sync.files.conftest import ReadFile

BOX = [0.25, 0.5, 0.25, 0.375]
PIXELS = [100, 100, 100, 75]  # of a picture of 400 × 200
HEAD = "video,start,label"


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
    "rekognition": (json.dumps({"JobStatus": "SUCCEEDED", "Video": {"S3Object": {"Name": "a.mp4"}}, "Labels": [
        {"Timestamp": 500, "Label": {"Name": "Car", "Confidence": 95, "Instances": [
            {"Confidence": 60, "BoundingBox": {"Width": 0.1, "Height": 0.1, "Left": 0, "Top": 0}},
            {"Confidence": 90, "BoundingBox": {"Width": 0.25, "Height": 0.375, "Left": 0.25, "Top": 0.5}}]}}]}),
        "labels.json", BOX),
    "rekognition-faces": (json.dumps({"JobStatus": "SUCCEEDED", "Faces": [{"Timestamp": 500, "Face": {"Confidence": 95,
        "BoundingBox": {"Width": 0.25, "Height": 0.375, "Left": 0.25, "Top": 0.5}}}]}), "faces.json", BOX),
    "rekognition-persons": (json.dumps({"JobStatus": "SUCCEEDED", "Persons": [{"Timestamp": 5, "Person": {"Index": 1,
        "BoundingBox": {"Width": 0.25, "Height": 0.375, "Left": 0.25, "Top": 0.5}}}]}), "persons.json", BOX),
    "rekognition-celebrities": (json.dumps({"JobStatus": "SUCCEEDED", "Celebrities": [{"Timestamp": 5, "Celebrity": {
        "Name": "A", "Face": {"BoundingBox": {"Width": 0.25, "Height": 0.375, "Left": 0.25, "Top": 0.5}}}}]}),
        "celebrities.json", BOX),
    "rekognition-texts": (json.dumps({"JobStatus": "SUCCEEDED", "TextDetections": [{"Timestamp": 5, "TextDetection": {
        "DetectedText": "STOP", "Geometry": {"BoundingBox": {"Width": 0.25, "Height": 0.375, "Left": 0.25,
        "Top": 0.5}}}}]}), "texts.json", BOX),
    "google-objects": (json.dumps({"annotationResults": [{"objectAnnotations": [{"entity": {"description": "car"},
        "segment": {"startTimeOffset": "1s", "endTimeOffset": "3s"}, "frames": [
            {"timeOffset": "1s", "normalizedBoundingBox": {"right": 0.5, "bottom": 0.875}},
            {"timeOffset": "2s", "normalizedBoundingBox": {"left": 0.5, "right": 0.75, "bottom": 1}}]}]}]}),
        "objects.json", [0, 0, 0.5, 0.875]),
    "google-texts": (json.dumps({"annotation_results": [{"text_annotations": [{"text": "STOP", "segments": [{
        "segment": {"end_time_offset": "1s"}, "frames": [{"rotated_bounding_box": {"vertices": [
            {"x": 0.25, "y": 0.5}, {"x": 0.5, "y": 0.625}, {"x": 0.375, "y": 0.875}]}}]}]}]}]}), "texts.json", BOX),
    "google-logos": (json.dumps({"annotation_results": [{"logo_recognition_annotations": [{
        "entity": {"description": "Acme"}, "tracks": [{"segment": {"end_time_offset": "1s"}, "timestamped_objects": [{
            "normalized_bounding_box": {"left": 0.25, "top": 0.5, "right": 0.5, "bottom": 0.875}}]}]}]}]}),
        "logos.json", BOX),
    "label-studio-image": (json.dumps([{"id": 1, "data": {"image": "a.jpg"}, "predictions": [{"result": [{
        "type": "rectanglelabels", "value": {"x": 25, "y": 50, "width": 25, "height": 37.5, "rotation": 0,
        "rectanglelabels": ["car"]}}]}]}]), "tasks.json", BOX),
    "cvat-image": ('<annotations><image id="0" name="a.jpg" width="400" height="200"><polygon label="car"'
        ' points="100.0,100;200,150.0;150,175"/></image></annotations>', "a.xml", BOX),
}  # fmt: skip
SEQUENCE = [
    {"frame": 25, "time": 1, "enabled": True, "x": 25, "y": 50, "width": 25, "height": 37.5, "rotation": 0},
    {"frame": 37, "time": 1.5, "enabled": True, "x": 30, "y": 50, "width": 25, "height": 37.5},
    {"frame": 50, "time": 2, "enabled": False, "x": 0, "y": 0, "width": 1, "height": 1},
    {"frame": 100, "time": 4, "enabled": True, "x": 0, "y": 0, "width": 50, "height": 50},
]
TRACK = (
    '<track id="0" label="car"><box frame="10" outside="0" xtl="100" ytl="100" xbr="200" ybr="175" rotation="0.0"/>'
    '<box frame="20" outside="1" xtl="100" ytl="100" xbr="200" ybr="175"/><box frame="40" outside="0" xtl="0" ytl="0"'
    ' xbr="200" ybr="100"/><box frame="50" outside="1" xtl="0" ytl="0" xbr="9" ybr="9"/></track></annotations>'
)
FOLLOWED = {
    "label-studio": json.dumps([{"id": 1, "data": {"video": "a.mp4"}, "annotations": [{"id": 9, "result": [{
        "id": "r", "type": "videorectangle",
        "value": {"framesCount": 250, "duration": 10, "labels": ["car"], "sequence": SEQUENCE}}]}]}]),
    "cvat": "<annotations><meta><task><id>1</id><original_size><width>400</width><height>200</height></original_size>"
        f"<source>a.mp4</source></task></meta>{TRACK}",
}  # fmt: skip
IN_PIXELS = {
    "coco-results": json.dumps([{"image_id": 42, "category_id": 3, "bbox": PIXELS, "score": 0.5}]),
    "yolo-json": json.dumps([{"name": "car", "class": 2, "confidence": 0.5,
        "box": {"x1": 100, "y1": 100, "x2": 200, "y2": 175}}]),
    "scale": json.dumps([{"task_id": "t", "type": "videoplaybackannotation", "params": {"attachment": "a.mp4"},
        "response": {"annotations": {"u1": {"label": "car", "geometry": "box", "frames": [
            {"key": 20, "left": 1, "top": 1, "width": 9, "height": 9},
            {"key": 10, "left": 100, "top": 100, "width": 100, "height": 75}]}}}}]),
    "coco-dataset": json.dumps({"images": [{"id": 1, "file_name": "a.jpg"}], "categories": [{"id": 3, "name": "car"}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 3, "bbox": PIXELS}]}),
    "cvat": '<annotations><image id="0" name="a.jpg"><box label="car" xtl="100" ytl="100" xbr="200" ybr="175"/>'
        "</image></annotations>",
}  # fmt: skip


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
    ("box", "\"{'x1': 100.0, 'y1': 100.0, 'x2': 200.0, 'y2': 175.0}\"", {"box.size": "400x200"}),
    ("box", '"{""h"": 0.375, ""w"": 0.25, ""x"": 0.25, ""y"": 0.5}"', {}),
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


def test_boxes_at_times_are_kept_and_the_first_is_the_box(read_file: ReadFile) -> None:
    later = [3, 0.5, 0.5, 0.5, 0.5]
    tracks = [[later, [1, *BOX]], [[1, *BOX], [2, 1, 1, 1, 1]], [[1, *BOX, 0]], [[-1, *BOX]], "x"]
    rows = [{"video": "a", "start": 1, "end": 4, "label": "car", "boxes": boxes} for boxes in tracks]
    events = [event for _, event in read_file("d.json", json.dumps(rows)).events]
    assert [event.box for event in events] == [str(BOX), "", "", "", ""]
    assert [track_of(event.sdk) for event in events] == [[[1.0, *BOX], later], [], [], [], []]
    for name in ("label-studio", "cvat"):
        text = FOLLOWED[name].replace(
            '<box frame="20"', '<box frame="15" outside="0" xtl="0" ytl="0" xbr="200" ybr="100"/><box frame="20"', 1
        )
        [first, *_] = [event for _, event in read_file(f"t{name}", text, unit_start="frames:10").events]
        assert [at for at, *_ in track_of(first.sdk)] == [1, 1.5], name


@pytest.mark.parametrize("name", list(NATIVE))
def test_detectors_boxes_are_read(read_file: ReadFile, name: str) -> None:
    text, file, box = NATIVE[name]
    read = read_file(file, text, unit_start="frames:10")
    assert [boxes_in(event.box) for _, event in read.events] == [box]


def test_each_event_of_a_followed_object_has_the_box_where_it_starts(read_file: ReadFile) -> None:
    for name in ("label-studio", "cvat"):
        read = read_file(f"a{name}", FOLLOWED[name], unit_start="frames:10")
        assert [(event.start_s, event.end_s) for _, event in read.events] == [(1, 2), (4, 10 if name[0] == "l" else 5)]
        assert [boxes_in(event.box) for _, event in read.events] == [BOX, [0, 0, 0.5, 0.5]]


@pytest.mark.parametrize("name", ["coco-results", "yolo-json", "scale", "coco-dataset", "cvat"])
def test_pixels_of_a_picture_of_unknown_size_are_kept_as_they_are(read_file: ReadFile, name: str) -> None:
    text = IN_PIXELS[name]
    [(_, event)] = read_file("a", text, unit_start="frames:10").events
    assert (event.box, json.loads(event.sdk)["box_in_pixels"]) == ("", PIXELS)
    [(_, event)] = read_file("a", text, unit_start="frames:10", **{"box.size": "400x200"}).events
    assert (boxes_in(event.box), "box_in_pixels" in event.sdk) == (BOX, False)


@pytest.mark.parametrize("name", ["label-studio", "cvat"])
def test_a_turned_shape_has_no_box(read_file: ReadFile, name: str) -> None:
    text = FOLLOWED[name].replace('"rotation": 0', '"rotation": 30').replace('rotation="0.0"', 'rotation="30.0"')
    events = read_file("a", text, unit_start="frames:10").events
    assert [event.box == "" for _, event in events] == [True, False]


@pytest.mark.parametrize("text", ["1 2 3 4", "{'x1': 1, 'y1': 2, 'x2': 3, 'y2': 4}"])
def test_a_long_text_is_no_box(text: str) -> None:
    assert four_numbers(text) == (1, 2, 3, 4)
    long = text + "x" * LONGEST_TEXT
    assert (four_numbers(long), named_form(long)) == (None, "")


NUMBERS = st.one_of(st.floats(), st.integers(-10_000, 10_000), st.text(max_size=6), st.none())


@given(value=st.one_of(st.lists(NUMBERS, max_size=5), st.text(max_size=20)), form=st.sampled_from(list(FORMS)))
def test_a_box_lies_in_its_picture_or_is_none(value: Any, form: str) -> None:
    box = relative(four_numbers(value), form, (640, 480))
    if box is not None:
        left, top, width, height = box
        assert 0 <= left <= left + width <= 1.000001
        assert 0 <= top <= top + height <= 1.000001
