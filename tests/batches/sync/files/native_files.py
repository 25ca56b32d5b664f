"""A plain file of each detector's own format, written after its documentation, and what it must become."""

import json
from typing import Any, NamedTuple

Span = tuple[str, float | None, float | None, str]


class Case(NamedTuple):
    """A file with the events it must become: video, start, end, label."""

    name: str  # of the format
    file: str
    text: str
    spans: list[Span]
    confidences: list[float | None]
    options: dict[str, str] = {}


def _json(value: Any) -> str:
    return json.dumps(value, indent=1)


def _entity(name: str) -> dict[str, str]:
    return {"entityId": "/m/0k4j", "description": name, "languageCode": "en-US"}


FRIGATE = [
    {"id": "1700000000.1-abc", "camera": "front", "label": "person", "sub_label": None, "start_time": 1700000000.1,
     "end_time": 1700000012.5, "has_clip": True, "has_snapshot": True, "zones": ["porch"],
     "data": {"score": 0.81, "top_score": 0.92, "type": "object"}},
    {"id": "1700000100.5-def", "camera": "front", "label": "car", "sub_label": "post van", "start_time": 1700000100.5,
     "end_time": None, "has_clip": True, "zones": [], "data": {"score": 0.7, "top_score": 0.75}},
]  # fmt: skip
MEGADETECTOR = {
    "info": {"format_version": "1.4", "detector": "md_v5a.0.0.pt"},
    "detection_categories": {"1": "animal", "2": "person"},
    "classification_categories": {"7": "red fox"},
    "images": [
        {"file": "site1/1.MP4", "frame_rate": 30, "detections": [
            {"category": "1", "conf": 0.6, "bbox": [0, 0.29, 0.36, 0.7], "frame_number": 150},
            {"category": "1", "conf": 0.926, "bbox": [0, 0.29, 0.36, 0.7], "frame_number": 165},
            {"category": "1", "conf": 0.5, "bbox": [0, 0.29, 0.36, 0.7], "frame_number": 900,
             "classifications": [["7", 0.9]]}]},
        {"file": "site1/2.JPG", "detections": [{"category": "2", "conf": 0.4, "bbox": [0, 0, 1, 1]}]},
        {"file": "site1/3.MP4", "detections": []},
    ],
}  # fmt: skip
COCO = {
    "videos": [{"id": 1, "name": "cam1.mp4", "fps": 10}],
    "images": [{"id": n, "file_name": f"cam1/{n}.jpg", "video_id": 1, "frame_id": n, "width": 9,
        "height": 9} for n in range(30)]
    + [{"id": 99, "file_name": "single.jpg", "width": 9, "height": 9}],
    "annotations": [{"id": n, "image_id": n, "category_id": 3, "bbox": [1, 2, 3, 4], "track_id": 5,
        "score": 0.5 + n / 100}
                    for n in range(20)]
    + [{"id": 70, "image_id": 99, "category_id": 3, "bbox": [1, 2, 3, 4]}],
    "categories": [{"id": 3, "name": "car", "supercategory": "vehicle"}],
}  # fmt: skip
LABEL_STUDIO = [{
    "id": 1, "data": {"video": "s3://b/cam1.mp4"},
    "annotations": [{"id": 9, "was_cancelled": False, "result": [
        {"id": "r1", "type": "timelinelabels",
            "value": {"ranges": [{"start": 12, "end": 90}], "timelinelabels": ["cut-in"]}},
        {"id": "r2", "type": "videorectangle",
            "value": {"framesCount": 250, "duration": 10, "labels": ["car"], "sequence": [
            {"frame": 25, "time": 1, "enabled": True, "x": 1}, {"frame": 50, "time": 2, "enabled": False, "x": 1},
            {"frame": 100, "time": 4, "enabled": True, "x": 1}]}}]},
        {"id": 10, "was_cancelled": True, "result": [{"id": "r9", "type": "choices", "value": {"choices": ["bad"]}}]}],
    "predictions": [{"score": 0.75, "result": [{"id": "p1", "type": "choices", "value": {"choices": ["night"]}}]}],
}]  # fmt: skip
REKOGNITION = {
    "JobStatus": "SUCCEEDED", "VideoMetadata": {"DurationMillis": 67301, "FrameRate": 29.97},
    "Labels": [
        {"Timestamp": 500,
            "Label": {"Name": "Car", "Confidence": 95.5, "Instances": [], "Parents": [{"Name": "Vehicle"}]}},
        {"Timestamp": 1000, "Label": {"Name": "Car", "Confidence": 98.5, "Instances": [], "Parents": []}},
        {"Timestamp": 61000, "Label": {"Name": "Person", "Confidence": 50.5, "Instances": [], "Parents": []}}],
    "Segments": [{"Type": "SHOT", "StartTimestampMillis": 0, "EndTimestampMillis": 4000,
        "ShotSegment": {"Index": 0, "Confidence": 87.5}},
                 {"Type": "SHOT", "StartTimestampMillis": 4000, "EndTimestampMillis": 9000,
                     "ShotSegment": {"Index": 1, "Confidence": 50}}],
    "Video": {"S3Object": {"Bucket": "b", "Name": "drive/cam1.mp4"}},
}  # fmt: skip
GOOGLE = {"annotationResults": [{
    "inputUri": "/bucket/cam1.mp4",
    "segmentLabelAnnotations": [{"entity": _entity("street"), "segments": [
        {"segment": {"startTimeOffset": "0s", "endTimeOffset": "14.833664s"}, "confidence": 0.98}]}],
    "objectAnnotations": [{"entity": _entity("car"), "confidence": 0.5,
        "segment": {"startTimeOffset": {}, "endTimeOffset":
        {"seconds": 2, "nanos": 500000000}}, "frames": [{"timeOffset": "1s"}]}],
    "shotAnnotations": [{"endTimeOffset": "7s"}, {"startTimeOffset": "7s", "endTimeOffset": "14s"}],
    "frameLabelAnnotations": [{"entity": _entity("rain"), "frames": [
        {"timeOffset": "3s", "confidence": 0.25}, {"timeOffset": "4s", "confidence": 0.75},
        {"timeOffset": "9s", "confidence": 0.5}]}],
}]}  # fmt: skip
AZURE = {"name": "cam1", "id": "abc", "videos": [{"id": "abc", "insights": {
    "duration": "0:01:00", "labels": [{"id": 1, "name": "car", "instances": [
        {"confidence": 0.5, "start": "0:00:02.5", "end": "0:00:04", "adjustedStart": "0:00:02.5",
            "adjustedEnd": "0:00:04"},
        {"confidence": 0.75, "start": "0:00:12", "end": "0:00:14.833"}]}],
    "transcript": [{"id": 1, "text": "Look out!", "confidence": 0.25,
        "instances": [{"start": "0:00:01", "end": "0:00:02"}]}]}}],
}  # fmt: skip
FIFTYONE = {"samples": [{
    "filepath": "/data/cam1.mp4", "tags": [], "metadata": {"_cls": "VideoMetadata", "frame_rate": 10},
    "events": {"_cls": "TemporalDetections",
        "detections": [{"_cls": "TemporalDetection", "label": "cut-in", "support": [11, 30], "confidence": 0.5}]},
    "weather": {"_cls": "Classification", "label": "rain", "confidence": 0.25},
    "frames": {str(n): {"objects": {"_cls": "Detections", "detections": [
        {"_cls": "Detection", "label": "car", "index": 1, "confidence": n / 100,
            "bounding_box": [0, 0, 1, 1]}]}} for n in range(1, 12)},
}]}  # fmt: skip
ENCORD = [{"label_hash": "l1", "data_hash": "d1", "data_title": "cam1.mp4", "data_type": "video", "data_units": {"d1": {
    "data_title": "cam1.mp4", "data_fps": 25, "data_type": "video/mp4", "labels": {str(n): {"objects": [
        {"name": "Car", "value": "car", "objectHash": "o1", "confidence": 0.5 if n < 40 else 0.75,
            "manualAnnotation": False}],
        "classifications": []} for n in range(0, 50, 5)}}}}]  # fmt: skip
SCALE = [{"task_id": "5f1", "type": "videoplaybackannotation", "status": "completed",
    "customer_review_status": "approved",
          "params": {"attachment": "https://example.com/cam1.mp4"},
          "response": {"events": [{"label": "cut-in", "start": 12000, "end": 15500},
              {"label": "brake", "start": 20000}]}}]  # fmt: skip
VOTT = {"name": "p", "version": "2.2.0", "tags": [{"name": "car"}], "assets": {
    f"a{n}": {"asset": {"id": f"a{n}", "name": f"cam1.mp4#t={n / 2}", "path": f"file:/cam1.mp4#t={n / 2}", "type": 3,
        "timestamp": n / 2,
              "parent": {"name": "cam1.mp4", "path": "file:/cam1.mp4"}},
              "regions": [{"id": "r", "type": "RECTANGLE", "tags": ["car"],
                  "boundingBox": {"left": 1}}]} for n in range(4)}}  # fmt: skip
CVAT = """<?xml version="1.0" encoding="utf-8"?>
<annotations><version>1.1</version><meta><task><name>drive</name><size>100</size><source>cam1.mp4</source></task></meta>
<track id="0" label="car" source="manual">{}</track>
<track id="1" label="bus"><box frame="20" outside="0" xtl="1" ytl="1" xbr="2" ybr="2"/></track>
</annotations>""".format(
    "".join(
        f'<box frame="{n}" outside="{int(n in (10, 30))}" keyframe="1" xtl="1" ytl="1" xbr="2" ybr="2"/>'
        for n in [*range(11), *range(25, 31)]
    )
)
WEBVTT = """WEBVTT - detections

NOTE made by a model

intro
00:01.500 --> 00:03.250 align:start
<v Speaker>Car cuts in</v>
from the right

01:00:02.000 --> 01:00:04.000
Braking
"""
SRT = "1\r\n00:00:01,500 --> 00:00:03,250\r\nCar cuts in\r\n\r\n2\r\n00:00:05,000 --> 00:00:06,000\r\n42\r\n"

CASES = [
    Case("frigate", "e.json", _json(FRIGATE),
         [("front/1700000000.1-abc", 0, 12.4, "person"), ("front/1700000100.5-def", 0, None, "car")],
         [0.92, 0.75]),
    Case("megadetector", "md.json", _json(MEGADETECTOR),
         [("site1/1.MP4", 5, 5.5, "animal"), ("site1/1.MP4", 30, None, "red fox"),
         ("site1/2.JPG", None, None, "person")], [0.926, 0.5, 0.4]),
    Case("coco-dataset", "c.json", _json(COCO), [("cam1.mp4", 0, 1.9, "car"), ("single.jpg", None, None, "car")],
        [0.69, None]),
    Case("coco-results", "r.json", _json([{"image_id": 42, "category_id": 3, "bbox": [1, 2, 3, 4], "score": 0.236}]),
         [("image 42", None, None, "category 3")], [0.236]),
    Case("yolo-json", "cam1.json",
         _json([{"name": "car", "class": 2, "confidence": 0.9, "box": {"x1": 1, "y1": 1, "x2": 2, "y2": 2}}]),
         [("cam1", None, None, "car")], [0.9]),
    Case("yolo-text", "cam1_31.txt", "2 0.5 0.5 0.1 0.1 0.9\n0 0.1 0.2 0.3 0.4 0.5\n",
         [("cam1", 1, None, "class 2"), ("cam1", 1, None, "class 0")], [0.9, 0.5], {"unit_start": "frames:30"}),
    Case("label-studio", "ls.json", _json(LABEL_STUDIO),
         [("s3://b/cam1.mp4", 0.48, 3.6, "cut-in"), ("s3://b/cam1.mp4", 1, 2, "car"),
         ("s3://b/cam1.mp4", 4, 10, "car"), ("s3://b/cam1.mp4", None, None, "night")], [None, None, None, 0.75]),
    Case("rekognition", "labels.json", _json(REKOGNITION),
         [("drive/cam1.mp4", 0, 4, "SHOT"), ("drive/cam1.mp4", 0.5, 1, "Car"),
         ("drive/cam1.mp4", 4, 9, "SHOT"), ("drive/cam1.mp4", 61, None, "Person")], [0.875, 0.985, 0.5, 0.505]),
    Case("google-video-intelligence", "g.json", _json(GOOGLE), [("/bucket/cam1.mp4", 0, 14.833664, "street"),
         ("/bucket/cam1.mp4", 0, 7, "Shot"), ("/bucket/cam1.mp4", 0, 2.5, "car"), ("/bucket/cam1.mp4", 3, 4, "rain"),
         ("/bucket/cam1.mp4", 7, 14, "Shot"), ("/bucket/cam1.mp4", 9, None, "rain")],
         [0.98, None, 0.5, 0.75, None, 0.5]),
    Case("azure-video-indexer", "a.json", _json(AZURE),
         [("cam1", 2.5, 4, "car"), ("cam1", 12, 14.833, "car"), ("cam1", 1, 2, "Look out!")],
         [0.5, 0.75, 0.25]),
    Case("fiftyone", "samples.json", _json(FIFTYONE),
         [("/data/cam1.mp4", 0, 1, "car"), ("/data/cam1.mp4", 1, 3, "cut-in"),
         ("/data/cam1.mp4", None, None, "rain")], [0.11, 0.5, 0.25]),
    Case("encord", "l.json", _json(ENCORD), [("cam1.mp4", 0, 1.8, "Car")], [0.75]),
    Case("scale", "s.json", _json(SCALE), [("https://example.com/cam1.mp4", 12, 15.5, "cut-in"),
         ("https://example.com/cam1.mp4", 20, None, "brake")], [None, None]),
    Case("vott", "v.json", _json(VOTT), [("cam1.mp4", 0, 1.5, "car")], [None]),
    Case("cvat", "annotations.xml", CVAT,
         [("cam1.mp4", 0, 1, "car"), ("cam1.mp4", 2.5, 3, "car"), ("cam1.mp4", 2, 2.1, "bus")],
         [None] * 3, {"unit_start": "frames:10"}),
    Case("captions", "cam1.vtt", WEBVTT,
        [("cam1", 1.5, 3.25, "Car cuts in from the right"), ("cam1", 3602, 3604, "Braking")], [None] * 2),
    Case("captions", "cam1.srt", SRT, [("cam1", 1.5, 3.25, "Car cuts in"), ("cam1", 5, 6, "42")], [None] * 2),
]  # fmt: skip
