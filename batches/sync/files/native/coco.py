"""COCO: a data set with images, annotations and categories, or the list of results that evaluations read."""

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
    number_of,
    numbered,
)


class CocoDataset(NativeFormat):
    name = "coco-dataset"
    label = "COCO data set"
    documented = "https://cocodataset.org/#format-data"
    joins_frames = True

    @classmethod
    def recognises(cls, head: Head) -> bool:
        return head.has("annotations", "images") and all(
            isinstance(head.document[key], list) for key in ("annotations", "images")
        )

    def question(self) -> str:
        videos = self._names("videos")
        counts_frames = any(
            isinstance(image, dict) and _frame(image) is not None and _key(image.get("video_id")) in videos
            and not frame_rate(videos[_key(image.get("video_id"))].get("fps"))
            for _, image, _ in self.records("images")
        )  # fmt: skip
        return RATE_QUESTION if counts_frames and self.rate is None else ""

    def rows(self) -> Iterator[Record]:
        categories, images, videos = self._names("categories"), self._names("images"), self._names("videos")
        for location, annotation, body in self.records("annotations"):
            if isinstance(annotation, str):
                yield Record(location, annotation, body)
                continue
            own = {key: value for key, value in annotation.items() if key != "parent"}
            image = images.get(_key(annotation.get("image_id")))
            if image is None:
                yield self.refuse(
                    location, f"names the image {annotation.get('image_id')!r}, which the file does not have", own
                )
                continue
            video = videos.get(_key(image.get("video_id")), {})
            rate, frame = frame_rate(video.get("fps")) or self.rate, _frame(image)
            named = video.get("file_name") or video.get("name")
            if named and frame is not None and (rate is None or number_of(frame) is None):
                yield self.refuse(location, NO_RATE if rate is None else NO_FRAME, own)
                continue
            category = categories.get(_key(annotation.get("category_id")), {})
            yield self.row(
                location, own, video=named or image.get("file_name"),
                start=frame / rate if named and frame is not None and rate else None,
                label=_own_label(annotation) or category.get("name")
                or numbered("category", annotation.get("category_id")),
                category=category.get("supercategory"), severity=inner(annotation, "attributes", "severity"),
                confidence=annotation.get("score"),
                **self._box(annotation, image),
                track=annotation.get("track_id", annotation.get("instance_id")),
                id="" if named else annotation.get("id"),
            )  # fmt: skip

    def _box(self, annotation: JSONObject, image: JSONObject) -> dict[str, Any]:
        """Our own training data has shares of a picture whose size is not known, and no box as an empty one."""
        if _is_own(annotation) and not any(annotation.get("bbox") or ()):
            return {"box": box_of(inner(annotation, "attributes", "box"))}
        return self.boxed(annotation.get("bbox"), size=[image.get("width"), image.get("height")])

    def _names(self, key: str) -> dict[Any, JSONObject]:
        wanted = ("name", "supercategory", "file_name", "video_id", "frame_index", "frame_id", "fps", "width", "height")
        return {
            _key(record["id"]): {name: record[name] for name in wanted if name in record}
            for _, record, _ in self.records(key)
            if isinstance(record, dict) and "id" in record
        }


class CocoResults(NativeFormat):
    name = "coco-results"
    label = "COCO results"
    documented = "https://cocodataset.org/#format-results"

    @classmethod
    def recognises(cls, head: Head) -> bool:
        return head.has("image_id", "category_id", "score") and not head.has("file_name")

    def rows(self) -> Iterator[Record]:
        """The file has neither names of images nor of categories: both are shown by their numbers."""
        for location, result, body in self.records():
            if isinstance(result, str):
                yield Record(location, result, body)
            elif result.get("image_id") is None:
                yield self.refuse(location, "has no image_id", result)
            else:
                yield self.row(
                    location, result, video=numbered("image", result["image_id"]),
                    label=numbered("category", result.get("category_id")),
                    confidence=result.get("score"), **self.boxed(result.get("bbox")),
                )  # fmt: skip


def _own_label(annotation: JSONObject) -> Any:
    """What a finding of our own training data says beyond its class."""
    return inner(annotation, "attributes", "label") if _is_own(annotation) else None


def _is_own(annotation: JSONObject) -> bool:
    return bool(inner(annotation, "attributes", "event"))


def _key(value: Any) -> Any:
    return value if isinstance(value, (str, int)) else repr(value)


def _frame(image: JSONObject) -> Any:
    frame = image.get("frame_index", image.get("frame_id"))
    return frame if inner(image, "video_id") is not None else None
