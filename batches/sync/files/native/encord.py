"""Encord: the JSON export of label rows, with objects and classifications of each frame."""

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
)


class Encord(NativeFormat):
    name = "encord"
    label = "Encord export"
    documented = "https://docs.encord.com/platform-documentation/Annotate/annotate-export/annotate-export-json"
    joins_frames = True

    @classmethod
    def recognises(cls, head: Head) -> bool:
        return isinstance(head.document.get("data_units"), dict) and (head.has("label_hash") or head.has("data_hash"))

    def question(self) -> str:
        rows = (row for _, row, _ in self.records() if isinstance(row, dict))
        counts_frames = any(
            _frames(unit) and not frame_rate(unit.get("data_fps")) for row in rows for unit in _units(row)
        )
        return RATE_QUESTION if counts_frames and self.rate is None else ""

    def rows(self) -> Iterator[Record]:
        for location, row, body in self.records():
            if isinstance(row, str):
                yield Record(location, row, body)
                continue
            answers = _answers(row)
            for unit in _units(row):
                video = unit.get("data_title") or row.get("data_title")
                rate = frame_rate(unit.get("data_fps")) or self.rate
                if not (frames := _frames(unit)):
                    yield from self._labels(f"{location} labels", video, unit.get("labels"), None, answers)
                for frame, labels in frames.items():
                    where = f"{location} frame {frame}"
                    if rate is None or not frame.isdecimal():
                        yield self.refuse(where, NO_RATE if rate is None else NO_FRAME, {"frame": frame})
                    else:
                        yield from self._labels(where, video, labels, int(frame) / rate, answers)

    def _labels(
        self, location: str, video: Any, labels: Any, time: float | None, answers: dict[str, str]
    ) -> Iterator[Record]:
        for kind, hashed in (("objects", "objectHash"), ("classifications", "classificationHash")):
            for number, label in enumerate(items_of(inner(labels, kind))):
                by_hand = label.get("manualAnnotation") is True
                name, key = label.get("name") or label.get("value"), label.get(hashed)
                answer = answers.get(key, "") if isinstance(key, str) else ""
                yield self.row(
                    f"{location} {kind} {number}", label, video=video, start=time,
                    label=f"{name}: {answer}" if answer and isinstance(name, str) else name,
                    box=box_of([inner(label, "boundingBox", name) for name in "xywh"]),
                    category=kind, track=key, confidence=None if by_hand else label.get("confidence"),
                    approval="approved" if by_hand else "",
                )  # fmt: skip


def _answers(row: JSONObject) -> dict[str, str]:
    """Classification → what was answered to it: a text, or the names of the options that were chosen."""
    answers = {}
    rows = row.get("classification_answers")
    for key, answer in rows.items() if isinstance(rows, dict) else ():
        options: list[Any] = []
        for part in items_of(inner(answer, "classifications")):
            given = part.get("answers")
            options += [given] if isinstance(given, str) else [option.get("name") for option in items_of(given)]
        answers[key] = ", ".join(text for text in options if isinstance(text, str))
    return answers


def _units(row: JSONObject) -> list[JSONObject]:
    return [unit for unit in row.get("data_units", {}).values() if isinstance(unit, dict)]


def _frames(unit: JSONObject) -> JSONObject:
    """Frame → its labels, of a video; an image has its labels at once."""
    labels = unit.get("labels")
    is_video = isinstance(labels, dict) and "objects" not in labels and "classifications" not in labels
    return labels if is_video and isinstance(labels, dict) else {}
