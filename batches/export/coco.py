"""Writes findings as COCO for videos (videos, images, annotations, categories).

An annotation stands on the first frame of its span, then on one each second, and on the last; all of a finding share
their track and its one box. A box is in pixels, which need the size of the picture. Readers refuse a file in which an
annotation has no bbox or no area: without pixels the box is empty.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from batches.export.dataset import Finding, Spool

ABOUT = {
    "description": "Approved findings. bbox is in pixels of the image's width and height; a finding without a box has"
    " an empty one of area 0. Where the size of the picture is not known, width and height are left out, bbox is"
    " empty, and attributes.box has left, top, width and height as shares of the picture."
}
NO_BOX = [0.0, 0.0, 0.0, 0.0]


def coco_bytes(pages: Iterable[list[Finding]], fps: float) -> Iterator[bytes]:
    """Yield the file. Images and annotations wait on disk until all videos are written."""
    with Spool(b",\n") as images, Spool(b",\n") as annotations:
        writer = _Writer(images, annotations, fps)
        yield b'{"info": ' + orjson.dumps(ABOUT) + b', "licenses": [], "videos": ['
        for page in pages:
            yield b"".join(map(writer.add, page))
        yield b'],\n"images": ['
        yield from images.read()
        yield b'],\n"annotations": ['
        yield from annotations.read()
        yield b'],\n"categories": ' + orjson.dumps(writer.categories()) + b"}\n"


class _Writer:
    def __init__(self, images: Spool, annotations: Spool, fps: float) -> None:
        self.images, self.annotations, self.fps = images, annotations, fps
        self.videos: dict[int, int] = {}  # item → number of its video
        self.classes: dict[tuple[str, str], int] = {}
        self.item, self.frames = 0, dict[int, int]()  # the images of the item at hand, by frame
        self.tracks = self.image_count = self.annotation_count = 0

    def add(self, finding: Finding) -> bytes:
        """Write one finding; returns the entry of its video if that is new."""
        entry = self._video(finding)
        if finding.item != self.item:
            self.item, self.frames = finding.item, {}
        self.tracks += 1
        key = (finding.name, finding.group)
        shared: dict[str, Any] = {
            "video_id": self.videos[finding.item], "category_id": self.classes.setdefault(key, len(self.classes) + 1),
            "track_id": self.tracks, "instance_id": self.tracks, "iscrowd": 0,
            "attributes": {
                "label": finding.label, "severity": finding.severity, "start": finding.start, "end": finding.end,
                "event": finding.permalink,
            },
        }  # fmt: skip
        shared |= {} if finding.confidence is None else {"score": finding.confidence}  # Datumaro refuses null
        box = finding.pixels(finding.picture) if finding.box and finding.picture else NO_BOX
        shared |= {"bbox": box, "area": round(box[2] * box[3], 2), "segmentation": []}
        if finding.box and not finding.picture:
            shared["attributes"]["box"] = finding.box
        for frame in self._frames(finding):
            self.annotation_count += 1
            ids = {"id": self.annotation_count, "image_id": self._image(finding, frame)}
            self.annotations.add(orjson.dumps(ids | shared))
        return entry

    def categories(self) -> list[dict[str, Any]]:
        return [
            {"id": number, "name": name, "supercategory": group or name}
            for (name, group), number in self.classes.items()
        ]

    def _video(self, finding: Finding) -> bytes:
        if finding.item in self.videos:
            return b""
        self.videos[finding.item] = number = len(self.videos) + 1
        video = {"id": number, "name": finding.video, "file_name": finding.video, "fps": self.fps,
                 "video_id": finding.video_id, "source": finding.address, **_size(finding)}  # fmt: skip
        return (b",\n" if number > 1 else b"") + orjson.dumps(video)

    def _frames(self, finding: Finding) -> list[int]:
        start, end = finding.frames(self.fps)
        step = max(1, int(self.fps))
        return sorted({*range(start, end, step), end - 1 if end == start + 1 else end})

    def _image(self, finding: Finding, frame: int) -> int:
        if frame not in self.frames:
            self.image_count += 1
            self.frames[frame] = self.image_count
            image = {"id": self.image_count, "video_id": self.videos[finding.item], "frame_id": frame,
                     "file_name": f"{finding.video}/{frame:06d}.jpg", **_size(finding)}  # fmt: skip
            self.images.add(orjson.dumps(image))
        return self.frames[frame]


def _size(finding: Finding) -> dict[str, int]:
    return dict(zip(("width", "height"), finding.picture or (), strict=False))
