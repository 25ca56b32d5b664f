"""Ultralytics YOLO: `Results.to_json()`, and the text files that `save_txt` writes for each frame of a video."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from batches.sync.files.jsonrecords import Record
from batches.sync.files.native.base import RATE_QUESTION, Head, NativeFormat, box_of, inner
from batches.sync.files.text import read_lines

_NUMBER = r"[+-]?\d*\.?\d+(?:[eE][+-]?\d+)?"
_LINE = re.compile(rf"\d+(?: {_NUMBER}){{4,6}}")
_FRAME = re.compile(r"(.+)_(\d+)")


class YoloJSON(NativeFormat):
    name = "yolo-json"
    label = "Ultralytics YOLO results (JSON)"
    documented = "https://docs.ultralytics.com/modes/predict/#working-with-results"
    lists_all_items = False  # a file is about one video

    @classmethod
    def recognises(cls, head: Head) -> bool:
        others = {"path", "video", "frame", "image", "file", "time", "timestamp", "start"}
        has_box = isinstance(inner(head.document, "box", "x1"), (int, float))
        return head.has("name", "class", "confidence") and has_box and not others & head.document.keys()

    def rows(self) -> Iterator[Record]:
        """The results of one image or frame: all are about the whole of it."""
        for location, result, body in self.records():
            if isinstance(result, str):
                yield Record(location, result, body)
            else:
                yield self.row(
                    location,
                    result,
                    video=self.only_video,
                    label=result.get("name"),
                    confidence=result.get("confidence"),
                    **self._box(result.get("box")),
                )

    def _box(self, box: Any) -> dict[str, Any]:
        corners = [inner(box, name) for name in ("x1", "y1", "x2", "y2")]
        normalized = box_of(corners, "xyxy")
        return {"box": normalized} if normalized and not self.picture else self.boxed(corners, "xyxy")


class YoloText(NativeFormat):
    name = "yolo-text"
    label = "Ultralytics YOLO labels (text)"
    documented = "https://docs.ultralytics.com/datasets/detect/"
    lists_all_items = False  # a file is about one video

    @classmethod
    def recognises(cls, head: Head) -> bool:
        lines = [line.strip() for line in head.text.splitlines()[:20] if line.strip()]
        return bool(lines) and all(_LINE.fullmatch(line) for line in lines[:-1] or lines)

    def question(self) -> str:
        return RATE_QUESTION if self._frame and self.rate is None else ""

    @property
    def _frame(self) -> int | None:
        """The frame, from 1, in the name of a file about one frame of a video, as in cam1_930.txt."""
        match = _FRAME.fullmatch(Path(self.source.name).stem)
        return int(match[2]) if match else None

    def rows(self) -> Iterator[Record]:
        match, time = _FRAME.fullmatch(Path(self.source.name).stem), None
        video = self.options.get("video") or (match[1] if match else self.only_video)
        if self._frame and self.rate:
            time = (self._frame - 1) / self.rate
        for number, line in read_lines(self.source):
            text = (line or b"").decode("utf-8", "replace").strip()
            if not _LINE.fullmatch(text):
                yield Record(f"line {number}", "expected a class and four numbers", text.encode())
                continue
            name, *numbers = text.split()
            confidence, track = _confidence_and_track(numbers)
            yield self.row(
                f"line {number}", {"line": text}, video=video, start=time, label=f"class {name}",
                confidence=confidence, track=track,
                box=box_of(numbers[:4], "cxcywh") if len(numbers) < 6 or track else None,  # else a polygon
            )  # fmt: skip


def _confidence_and_track(numbers: Sequence[str]) -> tuple[str | None, str | None]:
    """What stands behind a box (four numbers) or a polygon (pairs of them), as the option save_conf writes it."""
    if len(numbers) == 6 and numbers[5].isdigit() and int(numbers[5]) > 1:  # no coordinate is that large
        return numbers[4], numbers[5]
    return (numbers[-1] if len(numbers) % 2 else None), None
