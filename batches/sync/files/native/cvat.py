"""CVAT: the XML of version 1.1, for videos (tracks) and for images."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast
from xml.etree import ElementTree

from batches.errors import BadFile
from batches.export.columns import SIZE_ASSUMED
from batches.sync.files.boxes import around, at_times, four_numbers
from batches.sync.files.jsonrecords import Record
from batches.sync.files.native.base import (
    NO_FRAME,
    NO_RATE,
    RATE_QUESTION,
    Head,
    NativeFormat,
)
from batches.sync.files.text import pieces

META = ("source", "name", "start_frame", "frame_filter")
SIZE = ("width", "height")  # of the frames of a task, in its `original_size`
DOCUMENT_TYPE = b"<!DOCTYPE"  # the only place of entities, which a few bytes make as large as they like
OWN_TASK = "task_id"  # of a track, in a file of a project with several tasks


class CVAT(NativeFormat):
    name = "cvat"
    label = "CVAT annotations (XML 1.1)"
    documented = "https://docs.cvat.ai/docs/dataset_management/formats/format-cvat/"

    @classmethod
    def recognises(cls, head: Head) -> bool:
        return head.text.lstrip().startswith("<") and "<annotations" in head.text[:4096]

    def question(self) -> str:
        if self.rate is not None:
            return ""
        return RATE_QUESTION if any(tag == "track" for tag, _, _ in self._elements()) else ""

    def rows(self) -> Iterator[Record]:
        for tag, element, meta in self._elements():
            if tag == "track":
                yield from self._track(element, meta)
            else:
                yield from self._image(element)

    def _elements(self) -> Iterator[tuple[str, "ElementTree.Element", dict[str, str]]]:
        """Each track and image, with what the file says about its task. Raises BadRecord."""
        parser: ElementTree.XMLPullParser[Any] = ElementTree.XMLPullParser(("end",))
        meta: dict[str, str] = {}
        self.tasks = dict[str, dict[str, str]]()
        try:
            end = b""
            for piece in pieces(self.source.path):
                if DOCUMENT_TYPE in end + piece:
                    raise BadFile(self.source.name, "has a document type, which is not read")
                end = piece[1 - len(DOCUMENT_TYPE) :]  # where it may begin that goes on in the next piece
                parser.feed(piece)
                yield from self._closed(parser, meta)
            parser.close()
            yield from self._closed(parser, meta)
        except ElementTree.ParseError as error:
            raise BadFile(self.source.name, f"is not XML, or ends early: {error}") from error

    def _closed(
        self, parser: "ElementTree.XMLPullParser[Any]", meta: dict[str, str]
    ) -> Iterator[tuple[str, "ElementTree.Element", dict[str, str]]]:
        for event in parser.read_events():
            element = cast("ElementTree.Element", event[-1])
            if element.tag == "original_size":
                meta.update(_texts(element, SIZE))
            elif element.tag == "task" and (number := element.findtext("id")):
                size = element.find("original_size")
                self.tasks[number.strip()] = _texts(element, META) | (_texts(size, SIZE) if size is not None else {})
                element.clear()
            elif element.tag in META and element.text:
                meta.setdefault(element.tag, element.text.strip())
            elif element.tag in ("track", "image"):
                yield element.tag, element, self.tasks.get(element.get(OWN_TASK, ""), meta)
                element.clear()

    def _track(self, track: "ElementTree.Element", meta: dict[str, str]) -> Iterator[Record]:
        """One event for each stretch of frames in which the object is not outside."""
        location, about = f"track {track.get('id')}", {**track.attrib}
        try:
            frames = sorted((_whole(shape.attrib["frame"]), shape.get("outside") == "1", shape_index)
                            for shape_index, shape in enumerate(track) if "frame" in shape.attrib)  # fmt: skip
        except ValueError:
            yield self.refuse(location, NO_FRAME, about)
            return
        if self.rate is None:
            yield self.refuse(location, NO_RATE, about)
            return
        start: int | None = None
        last = first = 0
        for number, (frame, is_outside, shape_index) in enumerate([*frames, (-1, True, 0)]):
            if start is None and not is_outside:
                start, first = frame, shape_index
            elif is_outside and start is not None:
                end = frame if frame >= 0 else last + 1
                yield self.row(
                    f"{location} frame {start}", {**about, "frames": [start, last]},
                    video=meta.get("source") or meta.get("name")
                    or self.only_video, label=track.get("label"), start=self._seconds(start, meta),
                    end=self._seconds(end, meta),
                    id=f"track {track.get('id')} {number}" if track.get("id") else "",
                    **self._box(track[first], meta), **self._boxes(track, frames, (start, last), meta),
                )  # fmt: skip
                start = None
            last = frame

    def _boxes(
        self, track: "ElementTree.Element", frames: list[tuple[int, bool, int]], span: tuple[int, int],
        meta: dict[str, str],
    ) -> dict[str, Any]:  # fmt: skip
        """The boxes of a stretch of frames at their times."""
        shown = [(frame, index) for frame, is_out, index in frames if span[0] <= frame <= span[1] and not is_out]
        return at_times([(self._seconds(frame, meta), self._box(track[at], meta).get("box")) for frame, at in shown])

    def _box(self, shape: "ElementTree.Element", about: Mapping[str, str]) -> dict[str, Any]:
        """The box around a shape of a picture with this size; one that is turned has none."""
        if shape.get("rotation", "0").strip("0.+-"):
            return {}
        edges: Any = [shape.get(name) for name in ("xtl", "ytl", "xbr", "ybr")]
        size = four_numbers([about.get(side) for side in SIZE] * 2)
        own = {about.get("name"): about.text for about in shape.iterfind("attribute")}
        if own.get("event") and size and four_numbers(edges) == (0, 0, *size[:2]):
            edges = None  # our own training data has the whole picture for a finding without a box
        if points := shape.get("points"):
            edges = around([point.split(",") for point in points.split(";")])
        fields = self.boxed(edges, "xyxy", size[:2] if size else ())
        is_assumed = own.get("event") and own.get("picture") == SIZE_ASSUMED
        return {"box": fields.get("box")} if is_assumed else fields

    def _seconds(self, frame: int, meta: dict[str, str]) -> float:
        """A task can begin later in its video and leave frames out: its frames are counted in steps."""
        step = meta.get("frame_filter", "").partition("step=")[2]
        first = meta.get("start_frame", "0")
        real = frame * (int(step) if step.isdigit() and int(step) else 1) + (int(first) if first.isdigit() else 0)
        return real / (self.rate or 1)

    def _image(self, image: "ElementTree.Element") -> Iterator[Record]:
        for number, shape in enumerate(image):
            about: dict[str, Any] = {"image": {**image.attrib}, "shape": shape.tag, **shape.attrib}
            if shape.get("label"):
                yield self.row(
                    f"image {image.get('id')} {shape.tag} {number}",
                    about,
                    video=image.get("name"),
                    label=shape.get("label"),
                    **self._box(shape, image.attrib),
                )


def _whole(text: str) -> int:
    """Raises ValueError for what Python alone takes for a number."""
    if not (text.isascii() and text.isdigit()):
        raise ValueError(text)
    return int(text)


def _texts(element: "ElementTree.Element", tags: Iterable[str]) -> dict[str, str]:
    return {tag: text.strip() for tag in tags if (text := element.findtext(tag))}
