"""Scale: tasks of the type videoplaybackannotation, with events in milliseconds, and objects followed by boxes."""

from collections.abc import Iterator
from typing import Any

from batches.sync.files.base import JSONObject
from batches.sync.files.boxes import four_numbers
from batches.sync.files.jsonrecords import Record
from batches.sync.files.native.base import (
    RATE_QUESTION,
    Head,
    NativeFormat,
    inner,
    items_of,
    milliseconds,
    number_of,
)

# Of a task, after `TaskReviewStatus` of Scale's own client (https://github.com/scaleapi/scaleapi-python-client). What
# the customer fixed is as the customer wants it.
APPROVALS = {"accepted": "approved", "approved": "approved", "fixed": "approved", "rejected": "rejected"}


class Scale(NativeFormat):
    name = "scale"
    label = "Scale tasks (video playback)"
    documented = "https://scale.com/docs/api-reference/video-playback"

    @classmethod
    def recognises(cls, head: Head) -> bool:
        return head.has("task_id", "params", "response") and head.document.get("type") == "videoplaybackannotation"

    def question(self) -> str:
        tasks = (task for _, task, _ in self.records() if isinstance(task, dict))
        frames = (frame for task in tasks for _, annotation in _annotations(task) for frame in _frames(annotation))
        return RATE_QUESTION if self.rate is None and any("timestamp" not in frame for frame in frames) else ""

    def rows(self) -> Iterator[Record]:
        for location, task, body in self.records():
            if isinstance(task, str):
                yield Record(location, task, body)
                continue
            video, review = inner(task, "params", "attachment"), task.get("customer_review_status")
            approval = APPROVALS.get(review, "") if isinstance(review, str) else ""
            shared = {"video": video, "clip": video, "approval": approval}
            for number, event in enumerate(items_of(inner(task, "response", "events"))):
                where, start = f"{location} events {number}", milliseconds(event.get("start"))
                if start is None:
                    yield self.refuse(where, "has no start", event)
                    continue
                yield self.row(
                    where, event, **shared, label=event.get("label") or event.get("type"), start=start,
                    end=milliseconds(event.get("end")), id=event.get("uuid"), **self._box(event),
                )  # fmt: skip
            for key, annotation in _annotations(task):
                yield self._object(f"{location} annotations {key}", key, annotation, shared)

    def _object(self, location: str, key: str, annotation: JSONObject, shared: dict[str, Any]) -> Record:
        """One event for all key frames of an object, with the box of the first."""
        frames = _frames(annotation)
        times = [time for frame in frames if (time := self._seconds(frame)) is not None]
        if len(times) < len(frames) or not times:
            return self.refuse(location, "has a frame without its time, or counts frames: choose the rate", annotation)
        start, end = min(times), max(times)
        return self.row(
            location, annotation, **shared, id=key, label=annotation.get("label"), start=start,
            end=end if end > start else None, **self._box(frames[times.index(start)]),
        )  # fmt: skip

    def _seconds(self, frame: JSONObject) -> float | None:
        if "timestamp" in frame:
            number_of_milliseconds = number_of(frame["timestamp"])
            return None if number_of_milliseconds is None else milliseconds(number_of_milliseconds)
        number = four_numbers([frame.get("key")] * 4)
        return number[0] / self.rate if number and self.rate else None

    def _box(self, region: JSONObject) -> dict[str, Any]:
        return self.boxed([region.get(name) for name in ("left", "top", "width", "height")])


def _annotations(task: JSONObject) -> list[tuple[str, JSONObject]]:
    """Id and object of each followed object that has boxes."""
    annotations = inner(task, "response", "annotations")
    pairs = annotations.items() if isinstance(annotations, dict) else ()
    return [(key, value) for key, value in pairs if isinstance(value, dict) and _frames(value)]


def _frames(annotation: JSONObject) -> list[JSONObject]:
    return items_of(annotation.get("frames"))
