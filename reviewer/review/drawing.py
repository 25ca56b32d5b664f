"""The picture of a drawing on a frame, made from its numbers alone."""

import json
from itertools import chain
from math import atan2, cos, pi, sin
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

HEIGHT = 1000  # of the picture, in the drawing's units
HEAD = 40  # length of the two strokes of an arrow's head
SPREAD = pi / 7  # between the shaft and each of them
Point = tuple[float, float]


def picture_of(drawing: str) -> SafeString:
    """SVG with the shape of the video's picture."""
    stored = json.loads(drawing)
    width = round(HEIGHT * stored["aspect"])
    paths = format_html_join("", '<path d="{}"/>', ((_path(shape, width),) for shape in stored["shapes"]))
    return format_html('<svg class="drawing" viewBox="0 0 {} {}" aria-hidden="true">{}</svg>', width, HEIGHT, paths)


def second_of(drawing: str) -> float | None:
    """The moment of the frame; None for a drawing on a still."""
    second: float | None = json.loads(drawing)["at"]
    return second


def _path(shape: dict[str, Any], width: int) -> str:
    points = [(x * width, y * HEIGHT) for x, y in shape["points"]]
    (left, top), (right, bottom) = points[0], points[-1]
    if shape["kind"] == "box":
        return _line([(left, top), (right, top), (right, bottom), (left, bottom)]) + "Z"
    return _line(points) + (_head(points[0], points[1]) if shape["kind"] == "arrow" else "")


def _line(points: list[Point]) -> str:
    return "M" + " ".join(f"{number:.1f}" for number in chain.from_iterable(points))


def _head(start: Point, tip: Point) -> str:
    angle = atan2(tip[1] - start[1], tip[0] - start[0]) + pi
    ends = [(tip[0] + HEAD * cos(angle + turn), tip[1] + HEAD * sin(angle + turn)) for turn in (-SPREAD, SPREAD)]
    return _line([ends[0], tip, ends[1]])
