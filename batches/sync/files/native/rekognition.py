"""Amazon Rekognition Video: the answers of GetLabelDetection, GetSegmentDetection and their kin."""

from collections.abc import Iterator
from typing import Any

from batches.sync.files.base import JSONObject, Source
from batches.sync.files.jsonrecords import Record
from batches.sync.files.native.base import (
    Head,
    NativeFormat,
    box_of,
    inner,
    items_of,
    milliseconds,
    number_of,
    share_of_percent,
    sized,
)

LISTS = ("Labels", "Segments", "ModerationLabels", "TextDetections", "Celebrities", "Faces", "Persons")


class Rekognition(NativeFormat):
    name = "rekognition"
    label = "Amazon Rekognition Video results"
    documented = "https://docs.aws.amazon.com/rekognition/latest/APIReference/API_GetLabelDetection.html"
    lists_all_items = False  # a file is about one video
    joins_frames = True

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self.fields: dict[str, Any] = {}

    @classmethod
    def recognises(cls, head: Head) -> bool:
        return (head.has("JobStatus") or head.has("VideoMetadata")) and any(
            items_of(head.document.get(key)) for key in LISTS
        )

    def rows(self) -> Iterator[Record]:
        for key in LISTS:
            for location, detection, body in self.records(key):
                if isinstance(detection, str):
                    yield Record(location, detection, body)
                    continue
                parent = detection.pop("parent", {})
                video = inner(parent, "Video", "S3Object", "Name") or self.only_video
                start = milliseconds(detection.get("StartTimestampMillis", detection.get("Timestamp")))
                end = milliseconds(detection.get("EndTimestampMillis"))
                if start is None:
                    yield self.refuse(location, "has no time", detection)
                    continue
                # A span that the detector closed is an event of its own.
                track = f"{key} {location}" if end is not None else None
                yield self.row(
                    location, detection, video=video, start=start, end=end,
                    **{"track": track, **_facts(key, detection)},
                    **sized([inner(parent, "VideoMetadata", name) for name in ("FrameWidth", "FrameHeight")]),
                )  # fmt: skip


def _facts(key: str, detection: JSONObject) -> dict[str, Any]:
    """Label, category, track and confidence of a detection in the list `key`."""
    match key:
        case "Labels" | "ModerationLabels":
            label = detection.get(key[:-1])
            parents = [parent.get("Name") for parent in items_of(inner(label, "Parents"))]
            category = inner(label, "ParentName") or next(filter(None, parents), None)
            return {
                "label": inner(label, "Name"),
                "category": category,
                "confidence": share_of_percent(inner(label, "Confidence")),
                "box": _box(_surest(inner(label, "Instances"))),
            }
        case "Segments":
            segment = detection.get("TechnicalCueSegment") or detection.get("ShotSegment")
            return {"label": inner(segment, "Type") or detection.get("Type"), "category": detection.get("Type"),
                    "confidence": share_of_percent(inner(segment, "Confidence"))}  # fmt: skip
        case "TextDetections":
            text = detection.get("TextDetection")
            return {
                "label": inner(text, "DetectedText"),
                "category": "Text",
                "confidence": share_of_percent(inner(text, "Confidence")),
                "box": _box(inner(text, "Geometry")),
            }
        case "Celebrities":
            face = detection.get("Celebrity")
            region = face if inner(face, "BoundingBox") else inner(face, "Face")
            return {
                "label": inner(face, "Name"),
                "category": "Celebrity",
                "confidence": share_of_percent(inner(face, "Confidence")),
                "box": _box(region),
            }
        case "Persons":
            person = detection.get("Person")
            index = inner(person, "Index")
            track = None if index is None else f"person {index}"
            return {"label": "Person", "track": track, "box": _box(person)}
    face = detection.get("Face")
    return {"label": "Face", "confidence": share_of_percent(inner(face, "Confidence")), "box": _box(face)}


def _surest(instances: Any) -> Any:
    """Of the places where a label was seen in a frame, the one with the highest confidence."""
    return max(items_of(instances), key=lambda region: number_of(region.get("Confidence")) or 0, default=None)


def _box(region: Any) -> list[float] | None:
    return box_of([inner(region, "BoundingBox", name) for name in ("Left", "Top", "Width", "Height")])
