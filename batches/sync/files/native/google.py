"""Google Cloud Video Intelligence: the annotation results of a video, in the JSON of its client or of the REST API."""

import re
from collections.abc import Iterator
from typing import Any

from batches.sync.files.base import JSONObject
from batches.sync.files.boxes import around
from batches.sync.files.jsonrecords import Record
from batches.sync.files.native.base import Head, NativeFormat, box_of, inner, items_of

PATHS = (
    ("annotation_results",),
    ("annotationResults",),
    ("response", "annotationResults"),
    ("response", "annotation_results"),
)
LABELS = {"segment_label_annotations": "video", "shot_label_annotations": "shot", "frame_label_annotations": "frame"}
SEEN = ("POSSIBLE", "LIKELY", "VERY_LIKELY")


class GoogleVideoIntelligence(NativeFormat):
    name = "google-video-intelligence"
    label = "Google Video Intelligence results"
    documented = "https://cloud.google.com/video-intelligence/docs/reference/rest/v1/AnnotateVideoResponse"
    lists_all_items = False  # a file is about one video
    joins_frames = True

    @classmethod
    def recognises(cls, head: Head) -> bool:
        return any(items_of(inner(head.document, *path)) for path in PATHS)

    def rows(self) -> Iterator[Record]:
        for path in PATHS:
            for location, result, body in self.records(*path):
                if isinstance(result, str):
                    yield Record(location, result, body)
                    continue
                result = _snake(result)
                video = result.get("input_uri") or self.only_video
                if message := inner(result, "error", "message"):
                    yield self.refuse(location, f"the detector failed: {message}", result["error"])
                for location_inside, source, fields in _findings(result):
                    yield self.row(f"{location} {location_inside}", source, video=video, **fields)


Finding = tuple[str, JSONObject, dict[str, Any]]


def _findings(result: JSONObject) -> Iterator[Finding]:
    for key, category in LABELS.items():
        for number, annotation in enumerate(items_of(result.get(key))):
            yield from _labels(f"{key} {number}", annotation, category)
    for number, shot in enumerate(items_of(result.get("shot_annotations"))):
        yield f"shot_annotations {number}", shot, {**_span(shot), "label": "Shot", "track": f"shot {number}"}
    for number, annotation in enumerate(items_of(result.get("object_annotations"))):
        yield f"object_annotations {number}", annotation, _object(annotation, number)
    for number, annotation in enumerate(items_of(result.get("text_annotations"))):
        for at, part in enumerate(items_of(annotation.get("segments"))):
            path = f"text_annotations {number} segments {at}"
            fields = {
                "label": annotation.get("text"),
                "category": "text",
                "confidence": part.get("confidence"),
                "track": path,
                "box": _box(part.get("frames"), "rotated_bounding_box"),
            }
            yield path, part, {**_span(part.get("segment")), **fields}
    for number, annotation in enumerate(items_of(result.get("logo_recognition_annotations"))):
        for at, track in enumerate(items_of(annotation.get("tracks"))):
            path = f"logo_recognition_annotations {number} tracks {at}"
            fields = {"label": inner(annotation, "entity", "description"), "category": "logo", "track": path}
            fields |= {"confidence": track.get("confidence"), "box": _box(track.get("timestamped_objects"))}
            yield path, track, {**_span(track.get("segment")), **fields}
    for number, frame in enumerate(items_of(inner(result, "explicit_annotation", "frames"))):
        likelihood = frame.get("pornography_likelihood")
        if isinstance(likelihood, str) and likelihood in SEEN:
            fields = {
                "start": _time(frame.get("time_offset")),
                "label": "Explicit content",
                "severity": likelihood.lower(),
            }
            yield f"explicit_annotation frames {number}", frame, fields
    for number, speech in enumerate(items_of(result.get("speech_transcriptions"))):
        yield from _speech(f"speech_transcriptions {number}", speech)


def _labels(path: str, annotation: JSONObject, category: str) -> Iterator[Finding]:
    label = inner(annotation, "entity", "description")
    for number, part in enumerate(items_of(annotation.get("segments"))):
        track = f"{path} segments {number}"
        fields = {"label": label, "category": category, "confidence": part.get("confidence"), "track": track}
        yield track, {**part, "entity": annotation.get("entity")}, {**_span(part.get("segment")), **fields}
    for number, frame in enumerate(items_of(annotation.get("frames"))):
        fields = {"label": label, "category": category, "confidence": frame.get("confidence")}
        yield (
            f"{path} frames {number}",
            {**frame, "entity": annotation.get("entity")},
            {**fields, "start": _time(frame.get("time_offset"))},
        )


def _object(annotation: JSONObject, number: int) -> dict[str, Any]:
    times = [_time(frame.get("time_offset")) for frame in items_of(annotation.get("frames"))]
    segment = annotation.get("segment")
    span = {"start": times[0] if times else None} if segment is None else _span(segment)
    return {
        **span, "label": inner(annotation, "entity", "description"), "category": "object",
        "confidence": annotation.get("confidence"), "track": f"object {number}", "box": _box(annotation.get("frames")),
    }  # fmt: skip


def _box(frames: Any, name: str = "normalized_bounding_box") -> list[float] | None:
    """The box in the first of the frames. A coordinate of zero is left out."""
    box = inner(next(iter(items_of(frames)), None), name)
    if not isinstance(box, dict):
        return None
    if corners := items_of(box.get("vertices")):
        return box_of(around([[corner.get(axis, 0) for axis in "xy"] for corner in corners]), "xyxy")
    return box_of([box.get(edge, 0) for edge in ("left", "top", "right", "bottom")], "xyxy")


def _speech(path: str, speech: JSONObject) -> Iterator[Finding]:
    best = next(iter(items_of(speech.get("alternatives"))), None)
    spoken = items_of(inner(best, "words"))
    if best and best.get("transcript"):
        times = (
            {"start": _time(spoken[0].get("start_time")), "end": _time(spoken[-1].get("end_time"))} if spoken else {}
        )
        fields = {"label": "Speech", "text": best["transcript"], "confidence": best.get("confidence"), "track": path}
        yield path, best, {**times, **fields}


def _span(segment: Any) -> dict[str, Any]:
    """The times of a segment; of what is none, a list, which is refused as a time."""
    if not (isinstance(segment, dict) and segment):
        return {"start": [segment]}
    return {"start": _time(inner(segment, "start_time_offset")), "end": _time(inner(segment, "end_time_offset"))}


def _time(value: Any) -> Any:
    """A duration: protocol buffers leave out a zero, also as a whole value or as one part of it."""
    return "0s" if value is None or value == {} else value


def _snake(value: Any) -> Any:
    """The value with the names of its objects as the Python client writes them: `startTimeOffset` →
    `start_time_offset`.
    """
    if isinstance(value, dict):
        return {re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", key).lower(): _snake(inside) for key, inside in value.items()}
    return [_snake(inside) for inside in value] if isinstance(value, list) else value
