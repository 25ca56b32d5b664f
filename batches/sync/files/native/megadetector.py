"""MegaDetector's batch output, which Timelapse and AddaxAI use too: images or frames of videos, with detections."""

from collections.abc import Iterator
from typing import Any

from batches.sync.files.base import JSONObject
from batches.sync.files.jsonrecords import Record
from batches.sync.files.native.base import (
    NO_FRAME,
    NO_RATE,
    RATE_QUESTION,
    Head,
    NativeFormat,
    box_of,
    frame_rate,
    inner,
    items_of,
    number_of,
    numbered,
)


class MegaDetector(NativeFormat):
    name = "megadetector"
    label = "MegaDetector results"
    documented = "https://lila.science/megadetector-output-format"
    joins_frames = True

    @classmethod
    def recognises(cls, head: Head) -> bool:
        return head.has("images", "detection_categories") and any(
            "file" in image for image in items_of(head.document["images"])
        )

    def question(self) -> str:
        counts_frames = any(
            isinstance(image, dict) and not frame_rate(image.get("frame_rate"))
            and any("frame_number" in detection for detection in items_of(image.get("detections")))
            for _, image, _ in self.records("images")
        )  # fmt: skip
        return RATE_QUESTION if counts_frames and self.rate is None else ""

    def rows(self) -> Iterator[Record]:
        for location, image, body in self.records("images"):
            if isinstance(image, str):
                yield Record(location, image, body)
            elif image.get("failure"):
                yield self.refuse(location, f"the detector failed: {image['failure']}", image)
            else:
                yield from self._detections(location, image)

    def _detections(self, location: str, image: JSONObject) -> Iterator[Record]:
        categories, classes = (
            inner(image, "parent", "detection_categories"),
            inner(image, "parent", "classification_categories"),
        )
        rate = frame_rate(image.get("frame_rate")) or self.rate
        for index, detection in enumerate(items_of(image.get("detections"))):
            frame, where = detection.get("frame_number"), f"{location} detections {index}"
            if frame is not None and (rate is None or number_of(frame) is None):
                yield self.refuse(where, NO_RATE if rate is None else NO_FRAME, detection)
                continue
            species = _best(detection.get("classifications"))
            kind = _name(categories, detection.get("category"))
            label = _name(classes, species) if species is not None else kind
            time = frame / rate if frame is not None and rate else None
            yield self.row(
                where,
                detection,
                video=image.get("file"),
                start=time,
                label=label,
                category=kind,
                confidence=detection.get("conf"),
                box=box_of(detection.get("bbox")),
            )


def _best(classifications: Any) -> Any:
    """The category of the most likely classification: they are listed with falling confidence."""
    first = classifications[0] if isinstance(classifications, list) and classifications else None
    return first[0] if isinstance(first, list) and first else None


def _name(categories: Any, key: Any) -> Any:
    name = inner(categories, str(key))
    return name if isinstance(name, str) else numbered("category", key)
