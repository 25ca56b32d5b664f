"""Files as other programs write them, and the events that they must become."""

from collections.abc import Sequence
from typing import Any, NamedTuple

HEAD = "video,start,end,label"
PLAIN = [("a.mp4", 1.0, 2.0, "cut-in", None)]


class Case(NamedTuple):
    file: str
    data: str | bytes
    events: Sequence[tuple[Any, ...]]
    options: dict[str, str] = {}  # what a person has to enter first
    question: str = ""  # that asks for it
    refused: int = 0


CASES = {
    "index of a data frame": Case("a.csv", f",{HEAD}\n0,a.mp4,1,2,cut-in\n", PLAIN),
    "row names": Case("a.csv", '"","video","start","end","label"\n"1","a.mp4",1,2,"cut-in"\n', PLAIN),
    "remark in a column without a name": Case("a.csv", f"{HEAD},\na.mp4,1,2,cut-in,looked at\n", PLAIN),
    "one record a line": Case("a.json", '{"found": [\n{"video": "a.mp4", "start": 1, "end": 2, "label": "cut-in"},\n'
        '{"video": "b.mp4", "start": 3, "label": "brake"}\n]}', [*PLAIN, ("b.mp4", 3.0, None, "brake", None)]),
    "list": Case("a.json", '[{"video": "a.mp4", "start": 1, "end": 2, "label": "cut-in"}]', PLAIN),
    "nested": Case("a.jsonl", '{"video": {"name": "a.mp4"}, "segment": {"start": 1, "end": 2}, "label": {"name":'
        ' "cut-in", "confidence": 0.9}, "tags": ["x"]}\n', [("a.mp4", 1.0, 2.0, "cut-in", 0.9)]),
    "milliseconds and percent": Case("a.csv", "Video,StartTimestampMillis,EndTimestampMillis,Label,Confidence\n"
        "a.mp4,500,1500,Car,95.5\n", [("a.mp4", 0.5, 1.5, "Car", 0.955)]),
    "frames": Case("a.jsonl", '{"path": "a.mp4", "frame": 30, "name": "car", "confidence": 0.5, "box": {"x1": 3}}\n',
        [("a.mp4", 3.0, None, "car", 0.5)], {"unit.start": "frames:10"},
        "Choose the frame rate: the column frame counts frames."),
    "seconds with their unit": Case("a.jsonl", '{"inputUri": "a.mp4", "entity": {"description": "car"},'
        ' "startTimeOffset": "0s", "endTimeOffset": "14.833664s"}\n', [("a.mp4", 0.0, 14.833664, "car", None)]),
    "ISO durations": Case("a.csv", f"{HEAD}\na.mp4,PT1.5S,PT1M2S,cut-in\n", [("a.mp4", 1.5, 62.0, "cut-in", None)]),
    "a hair above 1": Case("a.csv", f"{HEAD},confidence\na.mp4,1,2,x,1.0000001\n", [("a.mp4", 1.0, 2.0, "x", 1.0)]),
    "scale that is not clear": Case("a.csv", f"{HEAD},confidence\na.mp4,1,2,x,92.28\na.mp4,3,4,y,0.9\n",
        [("a.mp4", 1.0, 2.0, "x", 0.9228), ("a.mp4", 3.0, 4.0, "y", 0.009)], {"scale": "100"},
        "Choose the scale of the confidence: some values are above 1, others below."),
    "decimal commas": Case("a.csv", "video;start;end;label;confidence\na.mp4;1,5;3,25;cut-in;0,91\n",
        [("a.mp4", 1.5, 3.25, "cut-in", 0.91)]),
    "times of subtitles": Case("a.csv", f'{HEAD}\na.mp4,"00:00:01,500","00:00:03,250",x\n',
        [("a.mp4", 1.5, 3.25, "x", None)]),
    "separator line": Case("a.csv", "sep=;\nvideo;start;end;label\na.mp4;1;2;cut-in\n", PLAIN),
    "commas in a quoted header": Case("a.csv", 'video;"start, s";"end, s";"label, text"\na.mp4;1;2;cut-in\n', PLAIN),
    "comment above the header": Case("a.csv", f"# detector v3, 2026\n{HEAD}\na.mp4,1,2,cut-in\n", PLAIN),
    "short row": Case("a.csv", f"{HEAD},confidence,note\na.mp4,1,2,cut-in\n", PLAIN),
    "stray quote": Case("a.csv", f'{HEAD}\na.mp4,1,2,"cut" in\na.mp4,1,2,cut-in\n', PLAIN, refused=1),
    "words for nothing": Case("a.csv", f"{HEAD},confidence,severity\na.mp4,1,NaN,x,nan,\na.mp4,3,4,y,inf,None\n",
        [("a.mp4", 1.0, None, "x", None), ("a.mp4", 3.0, 4.0, "y", None)]),
    "letters of every language": Case("a.csv", f"{HEAD}\nZu\u0308rich.mp4,1,2,自行车 ışık\n".encode("utf-16"),
        [("Zu\u0308rich.mp4", 1.0, 2.0, "自行车 ışık", None)]),
    "clock times": Case("a.csv", "video,label,start,end\na.mp4,dog,0:00:02.4690000,0:00:04.1333333\n",
        [("a.mp4", 2.469, 4.1333333, "dog", None)]),
    "times of day": Case("a.csv", f"{HEAD}\na.mp4,2026-03-29T01:59:58Z,2026-03-29T02:00:04Z,x\n",
        [("a.mp4", 58.0, 64.0, "x", None)], {"zero": "2026-03-29T01:59:00Z"},
        "Choose the start of the recording: the column start holds times of day."),
    "results of a search": Case("a.json", '{"pool": {"total": 3}, "data": [{"score": 92.28, "start": 1, "end": 2,'
        ' "metadata": [{"type": "visual"}], "video_id": "v1", "confidence": "high"}]}',
        [("v1", 1.0, 2.0, "Event", 0.9228)]),
    "no video in the file": Case("a.csv", "name,class,confidence,box\ncar,2,0.9,\"{'x1': 1, 'y1': 2, 'x2': 3,"
        " 'y2': 4}\"\n", [("a.mp4", None, None, "car", 0.9)], {"video": "a.mp4"},
        "Choose the column that names the video."),
    "Label Studio": Case("a.json", '[{"id": 1, "data": {"video": "a.mp4"}, "annotations": [{"id": 9, "result": ['
        '{"id": "r", "type": "timelinelabels", "value": {"ranges": [{"start": 10, "end": 20}],'
        ' "timelinelabels": ["cut-in"]}}]}]}]', PLAIN, {"unit.start": "frames:10"},
        "Choose the frame rate: the file counts frames."),
    "MegaDetector": Case("a.json", '{"detection_categories": {"1": "animal"}, "images": [{"file": "a.mp4",'
        ' "frame_rate": 30, "detections": [{"category": "1", "conf": 0.9, "bbox": [0, 0, 1, 1], "frame_number": 15}]},'
        ' {"file": "b.mp4", "detections": null, "failure": "no access"}]}',
        [("a.mp4", 0.5, None, "animal", 0.9)], refused=1),
}  # fmt: skip
