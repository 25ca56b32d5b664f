"""Detectors' own formats: plain files come in right, odd ones too or with a reason, hostile ones never break the
reading.
"""

import copy
import json
import math
import re
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batches.errors import BadRecord
from batches.sync.files.formats import FORMATS
from batches.sync.files.native import NATIVE
from batches.sync.files.text import PIECE_BYTES
from batches.sync.records import EventRecord
from tests.batches.sync.files import native_files as files
from tests.batches.sync.files import odd_files
from tests.batches.sync.files.conftest import FileRead, ReadFile

JSON_CASES = [case for case in files.CASES if case.text.lstrip()[:1] in "{["]


@pytest.mark.parametrize("case", [*files.CASES, *odd_files.CASES], ids=lambda case: f"{case.name}-{case.file}")
def test_a_plain_or_odd_file_becomes_its_events(read_file: ReadFile, case: files.Case) -> None:
    read = read_file(case.file, case.text, **case.options)
    assert read.label == FORMATS[case.name].label
    assert read.spans == [
        tuple(pytest.approx(v, abs=1e-6) if isinstance(v, (int, float)) else v for v in span) for span in case.spans
    ]
    assert read.confidences == [None if share is None else pytest.approx(share) for share in case.confidences]
    assert read.refused == []


def test_every_format_has_a_plain_file_and_its_documentation() -> None:
    for cases in (files.CASES, odd_files.CASES):
        assert {case.name for case in cases} == {native.name for native in NATIVE}
    assert all(native.documented.startswith("https://") for native in NATIVE)


@pytest.mark.parametrize("case", JSON_CASES, ids=lambda case: case.name)
def test_json_formats_are_read_in_any_shape(read_file: ReadFile, case: files.Case) -> None:
    value = json.loads(case.text)
    shapes = [json.dumps(value)]
    if isinstance(value, list):
        shapes += ["\n".join(map(json.dumps, value)), ",\n".join(map(json.dumps, value))]
    for shape in shapes:
        read = read_file(case.file, shape.encode("utf-16"), **case.options)
        assert [span[:1] + span[3:] for span in read.spans] == [span[:1] + span[3:] for span in case.spans]


def read_or_nothing(read_file: ReadFile, file: str, text: str) -> list[tuple[str, EventRecord]]:
    try:
        return read_file(file, text).events
    except BadRecord:
        return []


def _without_rates(value: Any) -> Any:
    if isinstance(value, dict):
        hidden = ("frame_rate", "fps", "data_fps", "framesCount")
        return {key: _without_rates(inner) for key, inner in value.items() if key not in hidden}
    return [_without_rates(inner) for inner in value] if isinstance(value, list) else value


@pytest.mark.parametrize(
    "name", ["megadetector", "coco-dataset", "label-studio", "fiftyone", "encord", "cvat", "yolo-text"]
)
def test_frames_without_a_rate_are_refused_or_read_with_the_rate_chosen(read_file: ReadFile, name: str) -> None:
    case = next(case for case in files.CASES if case.name == name)
    text = json.dumps(_without_rates(json.loads(case.text))) if case in JSON_CASES else case.text
    timed = [event for _, event in read_or_nothing(read_file, case.file, text) if event.start_s is not None]
    assert all(name == "label-studio" for _ in timed)  # whose key frames have times of their own
    read = read_file(case.file, text, unit_start="frames:10")
    assert [video for video, _ in read.events]
    assert not [reason for _, reason in read.refused if "frame rate" in reason]


@pytest.mark.parametrize(("name", "change", "reason"), [
    ("frigate", {"end_time": 5}, "ends before it starts"),
    ("frigate", {"start_time": "soon"}, "has no id, no camera or no start_time"),
    ("frigate", {"camera": {"name": "front"}}, "has no id, no camera or no start_time"),
    ("coco-results", {"image_id": None}, "has no image_id"), ("coco-results", {"score": "high"}, "expected 0 to 1"),
])  # fmt: skip
def test_an_odd_record_is_refused_with_its_reason(
    read_file: ReadFile, name: str, change: dict[str, Any], reason: str
) -> None:
    case = next(case for case in files.CASES if case.name == name)
    good = json.loads(case.text)
    read = read_file(case.file, json.dumps([*good, {**good[0], **change}]))
    assert len(read.events) == len(case.spans)
    assert reason in read.refused[0][1]


def _put(value: Any, path: str, changed: Any) -> str:
    """The JSON text of a copy in which the value at a dotted path is another one."""
    value = holder = copy.deepcopy(value)
    *way, last = [int(key) if key.isdigit() and isinstance(key, str) else key for key in path.split(".")]
    for key in way:
        holder = holder[key if isinstance(holder, list) else str(key)]
    holder[last if isinstance(holder, list) else str(last)] = changed
    return json.dumps(value)


@pytest.mark.parametrize(("name", "path", "changes"), [
    ("megadetector", "images.0.frame_rate", [True, math.inf, 1e308, 10**40, -30, "30"]),
    ("coco-dataset", "videos.0.fps", [True, math.inf, 1e308, "10"]),
    ("encord", "0.data_units.d1.data_fps", [True, math.inf, 1e308]),
    ("fiftyone", "samples.0.metadata.frame_rate", [True, math.inf, 1e308]),
])  # fmt: skip
def test_what_is_no_frame_rate_is_asked_for(
    read_file: ReadFile, name: str, path: str, changes: list[Any]
) -> None:  # fmt: skip
    case = next(case for case in files.CASES if case.name == name)
    for changed in changes:
        try:
            read = read_file(case.file, _put(json.loads(case.text), path, changed))
        except BadRecord as error:  # no record is left
            assert "choose the frame rate" in str(error)  # noqa: PT017
            continue
        assert not [event for _, event in read.events if event.start_s is not None]
        assert "counts frames; choose the frame rate" in {reason for _, reason in read.refused}


@pytest.mark.parametrize(("name", "path", "changes"), [
    ("megadetector", "images.0.detections.0.frame_number", ["12", True, math.nan, [], {}]),
    ("coco-dataset", "images.0.frame_id", ["12", True, math.nan, []]),
    ("label-studio", "0.annotations.0.result.0.value.ranges.0.start", ["12", True, math.nan]),
    ("frigate", "0.end_time", ["soon", True, [], math.nan]), ("frigate", "0.start_time", [True, math.nan]),
    ("rekognition", "Segments.0.EndTimestampMillis", ["4000", True, [], math.nan]),
    ("rekognition", "Labels.2.Timestamp", ["61000", math.nan]),
    ("rekognition", "Labels.2.Label.Confidence", ["high", [], math.nan]),
    ("google-video-intelligence", "annotationResults.0.segmentLabelAnnotations.0.segments.0.segment", [None, {}, "x"]),
    ("google-video-intelligence", "annotationResults.0.objectAnnotations.0.segment", [[], {}, "x"]),
    ("azure-video-indexer", "videos.0.insights.labels.0.instances.0.start", [{}, [], True]),
    ("scale", "0.response.events.0.end", ["15500", [], math.nan]),
    ("vott", "assets.a0.asset.timestamp", [None, [], {}]),
])  # fmt: skip
def test_a_time_or_share_that_is_none_costs_its_record(
    read_file: ReadFile, name: str, path: str, changes: list[Any]
) -> None:  # fmt: skip
    case = next(case for case in files.CASES if case.name == name)
    value = json.loads(case.text)
    good = read_file(case.file, case.text, **case.options)
    for changed in changes:
        read = read_file(case.file, _put(value, path, changed), **case.options)
        assert len(read.refused) == 1
        assert _whole(read) <= _whole(good)


def test_a_kind_that_is_no_text_is_no_label(read_file: ReadFile) -> None:
    for kind in ([], {"a": {}}, None, 7):
        read = read_file("samples.json", _put(files.FIFTYONE, "samples.0.weather._cls", kind))
        assert "rain" not in {event.label for _, event in read.events}


def _whole(read: FileRead) -> set[files.Span]:
    """The events that are about a whole video."""
    return {span for span in read.spans if span[1] is None}


def test_a_video_that_the_detector_could_not_read_is_no_event(read_file: ReadFile) -> None:
    value = copy.deepcopy(files.MEGADETECTOR)
    value["images"].append({"file": "site1/4.MP4", "detections": None, "failure": "Failure video access"})  # type: ignore[attr-defined]
    read = read_file("md.json", json.dumps(value))
    assert {video for video, _ in read.events} == {"site1/1.MP4", "site1/2.JPG"}
    assert read.refused == [("images 3", "the detector failed: Failure video access")]


def test_what_people_annotated_comes_as_approved(read_file: ReadFile) -> None:
    read = read_file("ls.json", json.dumps(files.LABEL_STUDIO))
    assert [(event.label, event.approval, event.external_id) for _, event in read.events] == [
        ("cut-in", "approved", "annotation 9 r1"), ("car", "approved", "annotation 9 r2"),
        ("car", "approved", "annotation 9 r2 1"),
        ("night", "pending", "p1"),
    ]  # fmt: skip


def test_xml_with_a_document_type_is_not_read(read_file: ReadFile) -> None:
    entities = '<!DOCTYPE a [<!ENTITY x "y">]>' + files.CVAT.split("?>")[1].replace("bus", "&x;")
    with pytest.raises(BadRecord, match="has a document type"):
        read_file("a.xml", entities, unit_start="frames:10")
    comment = f"<!-- <annotations {'x' * (PIECE_BYTES - 25)}-->"
    with pytest.raises(BadRecord, match="has a document type"):
        read_file("a.xml", f"{comment}{entities}", unit_start="frames:10")
    with pytest.raises(BadRecord, match="is not XML, or ends early"):
        read_file("a.xml", files.CVAT[:-20], unit_start="frames:10")


def test_cues_without_text_or_with_broken_times_are_refused(read_file: ReadFile) -> None:
    read = read_file(
        "a.vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\n\n00:03.000 --> soon\nx\n\n00:04.000 --> 00:05.000\ny\n"
    )
    assert [span[1:] for span in read.spans] == [(4, 5, "y")]
    assert [reason for _, reason in read.refused] == ["has no text", "expected the times of a cue"]


@pytest.mark.parametrize(
    ("review", "approval"),
    [
        ("accepted", "approved"),
        ("fixed", "approved"),
        ("rejected", "rejected"),
        ("commented", "pending"),
        ([], "pending"),
    ],
)
def test_the_review_of_a_scale_task_is_that_of_its_events(read_file: ReadFile, review: Any, approval: str) -> None:
    read = read_file("s.json", json.dumps([files.SCALE[0] | {"customer_review_status": review}]))
    assert [event.approval for _, event in read.events] == [approval, approval]


def test_no_id_has_the_text_of_a_missing_one(read_file: ReadFile) -> None:
    result = {"id": "r", "type": "choices", "value": {"choices": ["day"]}}
    tasks = [
        {"id": 2, "data": {"video": "a.mp4"}, "annotations": [{"result": [result]}, {"id": 7, "result": [result]}]}
    ]
    read = read_file("ls.json", json.dumps(tasks))
    assert [event.external_id for _, event in read.events] == ["annotation r", "annotation 7 r"]


HOSTILE = st.sampled_from([None, [], {}, "", "x", -1, 0, 1e308, float("nan"), "\0", "\ud800", True, [[]], [None],
    {"a": {}}, "1,234",
                           10**40, "NaN", {"seconds": "x"}, ["a"], "2026-01-01T00:00:00Z"])  # fmt: skip


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(position for key, inner in pairs for position in _places(inner, (*path, key)))] if path else [
        position for key, inner in pairs for position in _places(inner, (key,))
    ]  # fmt: skip


@pytest.mark.parametrize("case", JSON_CASES, ids=lambda case: case.name)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_hostile_values_are_refused_or_left_out(read_file: ReadFile, case: files.Case, data: st.DataObject) -> None:
    value = json.loads(case.text)
    for _ in range(data.draw(st.integers(1, 3))):
        *way, last = data.draw(st.sampled_from(_places(value)))
        position = value
        for key in way:
            position = position[key]
        position[last] = copy.deepcopy(data.draw(HOSTILE))  # else a list could end up inside itself
    try:
        read = read_file(case.file, json.dumps(value), **case.options)
    except BadRecord:
        return
    _check(read)


TEXT_CASES = [case for case in files.CASES if case not in JSON_CASES]
LINES = st.one_of(
    st.sampled_from(["nan", "inf", "-1", "1e400", "9" * 40, "\0", "0 0 0 0 0", "00:99:00", "-->", "<", "]]>", "&x;"]),
    st.text(max_size=8),
)  # fmt: skip


@pytest.mark.parametrize("case", TEXT_CASES, ids=lambda case: case.name)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_hostile_text_is_refused_or_left_out(read_file: ReadFile, case: files.Case, data: st.DataObject) -> None:
    parts = re.split(r"([\s\"]+)", case.text)
    for _ in range(data.draw(st.integers(1, 3))):
        parts[data.draw(st.integers(0, len(parts) - 1))] = data.draw(LINES)
    with suppress(BadRecord):
        _check(read_file(case.file, "".join(parts), **case.options))


def _check(read: FileRead) -> None:
    for video, event in read.events:
        assert video
        assert "{'" not in f"{video}{event.label}{event.category}"
        for moment in (event.start_s, event.end_s):
            assert moment is None or (math.isfinite(moment) and 0 <= moment <= 10_000_000)
        assert event.confidence is None or 0 <= event.confidence <= 1
        assert event.start_s is None or event.end_s is None or event.start_s <= event.end_s


@pytest.mark.parametrize(("name", "key"), [
    ("coco-dataset", "category_id"), ("coco-results", "category_id"), ("coco-results", "image_id"),
])  # fmt: skip
def test_an_object_in_place_of_a_number_is_no_name(read_file: ReadFile, name: str, key: str) -> None:
    case = next(case for case in files.CASES if case.name == name)
    value = json.loads(case.text)
    records = value["annotations"] if isinstance(value, dict) else value
    good = len(read_file(case.file, case.text, **case.options).events)
    records.append({**records[-1], key: {"seconds": "x"}})
    read = read_file(case.file, json.dumps(value), **case.options)
    assert (len(read.events), len(read.refused)) == (good, 1)
    _check(read)
