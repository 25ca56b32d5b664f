"""FiftyOne: the samples of an exported data set (`FiftyOneDataset`), with labels of samples, spans and frames."""

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
    sized,
)

LISTS = {"Detections": "detections", "TemporalDetections": "detections", "Classifications": "classifications",
         "Polylines": "polylines", "Keypoints": "keypoints"}  # fmt: skip
SINGLE = ("Detection", "TemporalDetection", "Classification", "Polyline", "Keypoint")

SIDES = ("width", "height", "frame_width", "frame_height")  # of a picture; of a video


class FiftyOne(NativeFormat):
    name = "fiftyone"
    label = "FiftyOne samples"
    documented = "https://docs.voxel51.com/user_guide/export_datasets.html#fiftyonedataset"
    joins_frames = True

    @classmethod
    def recognises(cls, head: Head) -> bool:
        return any("filepath" in sample for sample in items_of(head.document.get("samples")))

    def question(self) -> str:
        if self.rate is not None:
            return ""
        samples = (sample for _, sample, _ in self.records("samples") if isinstance(sample, dict))
        return RATE_QUESTION if any(_counts_frames(sample) for sample in samples) else ""

    def rows(self) -> Iterator[Record]:
        for location, sample, body in self.records("samples"):
            if isinstance(sample, str):
                yield Record(location, sample, body)
                continue
            rate = frame_rate(inner(sample, "metadata", "frame_rate")) or self.rate
            for field, number, label in _labels(sample):
                support = label.get("support")
                where = f"{location} {field} {number}"
                if not isinstance(support, list):
                    yield self._row(where, sample, field, label)
                elif rate is None or len(support) != 2 or None in map(number_of, support):
                    yield self.refuse(where, NO_RATE if rate is None else NO_FRAME, label)
                else:
                    # Frames count from 1, and the last one belongs to the span.
                    yield self._row(
                        where, sample, field, label, (support[0] - 1) / rate, support[1] / rate, track=where
                    )
            yield from self._frames(location, sample, rate)

    def _frames(self, location: str, sample: JSONObject, rate: float | None) -> Iterator[Record]:
        frames = sample.get("frames")
        for key, frame in frames.items() if isinstance(frames, dict) else ():
            for field, number, label in _labels(frame):
                where = f"{location} frames {key} {field} {number}"
                if rate is None or not key.isdecimal():
                    yield self.refuse(where, NO_RATE if rate is None else NO_FRAME, label)
                else:
                    index = label.get("index")
                    track = f"{field} {index}" if index is not None else None
                    yield self._row(where, sample, field, label, (int(key) - 1) / rate, track=track)

    def _row(
        self, location: str, sample: JSONObject, field: str, label: JSONObject,
        start: float | None = None, end: float | None = None, track: str | None = None,
    ) -> Record:  # fmt: skip
        return self.row(
            location, label, video=sample.get("filepath"), label=label.get("label"), category=field, start=start,
            end=end,
            confidence=label.get("confidence"), track=track, box=box_of(label.get("bounding_box")),
            video_length=inner(sample, "metadata", "duration"),
            **sized([inner(sample, "metadata", name) for name in SIDES]),
        )  # fmt: skip


def _labels(sample: Any) -> Iterator[tuple[str, int, JSONObject]]:
    """Field, number and label of everything in a sample or frame that is a label."""
    for field, value in sample.items() if isinstance(sample, dict) else ():
        kind = inner(value, "_cls")
        if not isinstance(kind, str):
            continue
        if kind in LISTS:
            for number, label in enumerate(items_of(value.get(LISTS[kind]))):
                yield field, number, label
        elif kind in SINGLE:
            yield field, 0, value


def _counts_frames(sample: JSONObject) -> bool:
    if frame_rate(inner(sample, "metadata", "frame_rate")):
        return False
    return bool(sample.get("frames")) or any("support" in label for _, _, label in _labels(sample))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0
