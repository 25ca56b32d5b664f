"""Writes findings as tasks of Label Studio: one for each video, its findings as labels on the timeline.

A finding about the whole video is a choice. One with a box is a region, whose sides are percent of the picture.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from batches.export.dataset import Finding


def labelstudio_bytes(pages: Iterable[list[Finding]], fps: float) -> Iterator[bytes]:
    """Yield the file, a JSON array."""
    item, count = 0, 0
    yield b"["
    for page in pages:
        parts: list[bytes] = []
        for finding in page:
            count += 1
            result = orjson.dumps(_result(count, finding, fps))
            if finding.item == item:
                parts.append(b",\n" + result)
                continue
            parts += [_END + b",\n" if item else b"", _begin(finding, fps), result]
            item = finding.item
        yield b"".join(parts)
    yield (_END if item else b"") + b"]\n"


_END = b"]}]}"


def _begin(finding: Finding, fps: float) -> bytes:
    """The task of a video, open at its list of results."""
    data = {"video": finding.address or finding.video, "video_id": finding.video_id, "fps": fps}
    return b'{"data": ' + orjson.dumps(data) + b', "annotations": [{"was_cancelled": false, "result": ['


def _result(number: int, finding: Finding, fps: float) -> dict[str, Any]:
    shared: dict[str, Any] = {"id": f"finding-{number}", "to_name": "video", "origin": "manual",
              "meta": {"text": list(filter(None, (finding.label, finding.severity, finding.permalink)))}}  # fmt: skip
    if finding.picture:
        shared |= dict(zip(("original_width", "original_height"), finding.picture, strict=True))
    if finding.box:
        _, end = finding.frames(fps)
        # Its own check needs both; they reach as far as the finding, since nobody may know where the video ends.
        length = {"framesCount": end, "duration": end / fps}
        value = {"sequence": _sequence(finding, fps), "labels": [finding.name], **length}
        return shared | {"type": "videorectangle", "from_name": "box", "value": value}
    if finding.start is None:
        return shared | {"type": "choices", "from_name": "whole", "value": {"choices": [finding.name]}}
    start, end = finding.frames(fps)
    value = {"ranges": [{"start": start, "end": end}], "timelinelabels": [finding.name]}
    return shared | {"type": "timelinelabels", "from_name": "findings", "value": value}


def _sequence(finding: Finding, fps: float) -> list[dict[str, Any]]:
    """The key frames between which the box is shown; of a finding about the whole video, the first one only."""
    start, end = finding.frames(fps)
    sides = dict(zip(("x", "y", "width", "height"), finding.percent, strict=True)) | {"rotation": 0}
    frames = [(start, True)] if finding.start is None else [(start, True), (end, False)]
    return [{"frame": max(1, frame), "time": frame / fps, "enabled": shown, **sides} for frame, shown in frames]
