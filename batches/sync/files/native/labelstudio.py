"""Label Studio: the JSON export of tasks, with predictions of models and annotations of people."""

from collections.abc import Iterator
from typing import Any

from batches.sync.files.base import JSONObject
from batches.sync.files.boxes import at_times
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

MADE = (("annotations", "approved"), ("completions", "approved"), ("predictions", "pending"))


class LabelStudio(NativeFormat):
    name = "label-studio"
    label = "Label Studio export"
    documented = "https://labelstud.io/guide/task_format"

    @classmethod
    def recognises(cls, head: Head) -> bool:
        made = [part for key, _ in MADE for part in items_of(head.document.get(key))]
        return isinstance(head.document.get("data"), dict) and any(
            isinstance(part.get("result"), list) for part in made
        )

    def question(self) -> str:
        if self.rate is not None:
            return ""
        tasks = (task for _, task, _ in self.records() if isinstance(task, dict))
        return RATE_QUESTION if any(_counts_frames(task) for task in tasks) else ""

    def rows(self) -> Iterator[Record]:
        """Annotations are what people said: they come with their approval, predictions wait for one."""
        for location, task, body in self.records():
            if isinstance(task, str):
                yield Record(location, task, body)
                continue
            for key, approval in MADE:
                for number, part in enumerate(items_of(task.get(key))):
                    if part.get("was_cancelled"):
                        continue
                    shared = {"video": _video(task), "approval": approval, "confidence": part.get("score")}
                    made_as = f"annotation {part['id']} " if part.get("id") is not None else "annotation "
                    prefix = "" if approval == "pending" else made_as
                    for at, result in enumerate(items_of(part.get("result"))):
                        yield from self._results(
                            f"{location} {key} {number} result {at}", result, shared, prefix, _rate(task)
                        )

    def _results(
        self, location: str, result: JSONObject, shared: dict[str, Any], prefix: str, rate: float | None
    ) -> Iterator[Record]:
        labels = _labels(result)
        if not labels:  # a relation, or a text about another region
            return
        rate = rate or self.rate
        key = f"{prefix}{result['id']}" if isinstance(result.get("id"), str) else ""
        own = {"confidence": result["score"]} if isinstance(result.get("score"), (int, float)) else {}
        try:
            spans = _spans(result.get("value"), rate)
        except ValueError as error:
            yield self.refuse(location, str(error), result)
            return
        for number, (start, end, region, keys) in enumerate(spans):
            shown = key if number == 0 or not key else f"{key} {number}"
            yield self.row(
                location,
                result,
                **(shared | own),
                id=shown,
                label=", ".join(labels),
                category=result.get("type"),
                start=start,
                end=end,
                box=_box(region),
                **at_times([(at, _box(key)) for at, key in keys]),
                **sized([result.get("original_width"), result.get("original_height")]),
            )


def _labels(result: JSONObject) -> list[str]:
    """The labels of a result: the list in its value that is named like its type, or `labels`."""
    value = result.get("value")
    for key in (result.get("type"), "timelinelabels", "labels", "choices", "videorectangle"):
        labels = inner(value, key) if isinstance(key, str) else None
        if isinstance(labels, list) and labels and all(isinstance(label, str) for label in labels):
            return labels
    return ["Region"] if isinstance(inner(value, "sequence"), list) else []


Keys = list[tuple[float, JSONObject]]  # seconds, and the box of that time
Spans = list[tuple[float | None, float | None, Any, Keys]]


def _box(region: Any) -> list[float] | None:
    """The box of a value or key frame, in percent of the picture; one that is turned has none."""
    if inner(region, "rotation"):
        return None
    return box_of([inner(region, name) for name in ("x", "y", "width", "height")], size=(100, 100))


def _spans(value: Any, rate: float | None) -> Spans:
    """The spans in seconds, each with what holds its box and its key frames. Raises ValueError without a rate."""
    if ranges := items_of(inner(value, "ranges")):
        ends = [(_seconds(part.get("start"), rate), _seconds(part.get("end"), rate)) for part in ranges]
        return [(start, end, None, []) for start, end in ends]
    if sequence := items_of(inner(value, "sequence")):
        return _visible(sequence, value, rate)
    start, end = inner(value, "start"), inner(value, "end")
    if start is None and end is None:
        return [(None, None, value, [])]
    if number_of(start) is None or number_of(end) is None:
        raise ValueError("has a span that is not of numbers")
    return [(start, end, value, [])]


def _visible(sequence: list[JSONObject], value: JSONObject, rate: float | None) -> Spans:
    """The times between each key frame where a region appears and the one where it is switched off, or the video's
    end.
    """
    spans: Spans = []
    start, region, keys = None, None, Keys()
    if any(number_of(key.get("frame", 0)) is None for key in sequence):
        raise ValueError(NO_FRAME)
    for key in sorted(sequence, key=lambda key: key.get("frame", 0)):
        time = number_of(key.get("time"))
        time = _seconds(key.get("frame"), rate) if time is None else time
        if start is None and key.get("enabled", True):
            start, region, keys = time, key, []
        if key.get("enabled", True):
            keys.append((time, key))
        elif start is not None:
            spans.append((start, time, region, keys))
            start = None
    if start is not None:
        duration = number_of(value.get("duration"))
        spans.append((start, duration if duration is not None and duration >= start else None, region, keys))
    return spans or [(None, None, None, [])]


def _seconds(frame: Any, rate: float | None) -> float:
    number = number_of(frame)
    if number is None:
        raise ValueError("has a span without its frames")
    if not rate:
        raise ValueError(NO_RATE)
    return number / rate


def _rate(task: JSONObject) -> float | None:
    """The frame rate: `fps` of the task's data, else from the number of frames and the length of the video."""
    if given := frame_rate(inner(task, "data", "fps")):
        return given
    for key, _ in MADE:
        for part in items_of(task.get(key)):
            for result in items_of(part.get("result")):
                frames, duration = (number_of(inner(result, "value", name)) for name in ("framesCount", "duration"))
                if frames and duration and (rate := frame_rate(frames / duration)):
                    return rate
    return None


def _counts_frames(task: JSONObject) -> bool:
    results = [
        result for key, _ in MADE for part in items_of(task.get(key)) if not part.get("was_cancelled")
        for result in items_of(part.get("result"))
    ]  # fmt: skip
    has_ranges = any(items_of(inner(result, "value", "ranges")) for result in results)
    untimed = any("time" not in key for result in results for key in items_of(inner(result, "value", "sequence")))
    return (has_ranges or untimed) and _rate(task) is None


def _video(task: JSONObject) -> str:
    """The address of the task's video: `video` of its data, else its first text."""
    data = task["data"] if isinstance(task.get("data"), dict) else {}
    texts = [value for value in (data.get("video"), *data.values()) if isinstance(value, str) and value]
    return texts[0] if texts else f"task {task.get('id')}"
