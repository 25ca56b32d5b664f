"""Boxes of any detector as x, y, width and height, from 0 to 1 of the picture: left and top edge first."""

import json
import re
from collections.abc import Mapping, Sequence
from itertools import product
from math import isfinite
from typing import Any

from batches.sync.files.names import plain
from batches.sync.files.units import MAX_SECONDS, read_number

FORMS = {
    "xywh": "left, top, width, height", "xyxy": "left, top, right, bottom", "cxcywh": "centre, width, height",
    "yxyx": "top, left, bottom, right",
}  # fmt: skip
PARTS = ("box1", "box2", "box3", "box4")  # our fields, where each number has a column of its own
SIZES = ("frame_width", "frame_height")
OUTSIDE = 0.02  # of the picture: detectors round, and objects are cut by its edge
SURE = 5  # boxes that tell two forms apart by their values
RELATIVE = "1x1"
IN_PIXELS = "box_in_pixels"  # the field of a box that a detector's own format cannot set against its picture
_NAMES = {
    "xyxy": (("x1", "y1", "x2", "y2"), ("xmin", "ymin", "xmax", "ymax"), ("left", "top", "right", "bottom"),
             ("xtl", "ytl", "xbr", "ybr"), ("minx", "miny", "maxx", "maxy")),
    "cxcywh": tuple(product(("cx", "xc", "xcenter", "centerx"), ("cy", "yc", "ycenter", "centery"),
                            ("w", "width"), ("h", "height"))),
    "xywh": (("x", "y", "w", "h"), ("x", "y", "width", "height"), ("left", "top", "width", "height"),
             ("xmin", "ymin", "width", "height")),
}  # fmt: skip
_NAMED = re.compile(r"""["']?([A-Za-z_]\w*)["']?\s*[:=]\s*([^\s,;}]+)""")  # a part of the text of an object
AT_TIMES = "boxes"  # the field of an object's boxes at several times: a second, x, y, width and height each
MOST_TIMES = 5_000
LONGEST_TEXT = 1_000  # characters of a box
_SPLIT = re.compile(r"[\s,;]+")
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*[x×]\s*(\d+(?:\.\d+)?)")

Box = tuple[float, float, float, float]
Size = tuple[float, float]


def read_size(text: str) -> Size:
    """Width and height of "1920x1080". Raises ValueError."""
    match = _SIZE.fullmatch(text.strip())
    width, height = (float(match[1]), float(match[2])) if match else (0.0, 0.0)
    if not (0 < width <= 1e6 and 0 < height <= 1e6):
        raise ValueError("is not the size of a picture, as in 1920x1080")
    return width, height


def four_numbers(value: Any) -> Box | None:
    """The numbers of a list or of a text as "[1, 2, 3, 4]", "1 2 3 4" or "{'x1': 1, …}"; None for anything else."""
    if isinstance(value, str) and (parts := _named_parts(value)):
        named = columns_of(list(parts))
        value = [parts[name] for name in named[1]] if named else None
    elif isinstance(value, str) and len(value) <= LONGEST_TEXT:
        value = [part for part in _SPLIT.split(value.strip().strip("[](){}").strip()) if part]
    if not isinstance(value, (list, tuple)) or len(value) != 4:
        return None
    numbers = [_number(part) for part in value]
    return None if None in numbers else tuple(numbers)  # type: ignore[return-value]


def _named_parts(text: str) -> dict[str, str]:
    """The parts of the text of an object by their names; none of any other text.

    A long text is no box, and a run of letters takes the square of its length.
    """
    return dict(_NAMED.findall(text)) if len(text) <= LONGEST_TEXT else {}


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = read_number(value) if isinstance(value, str) else float(value)
    except (ValueError, OverflowError):
        return None
    return number if isfinite(number) else None


def relative(numbers: Box | None, form: str, size: Size | None) -> list[float] | None:
    """The box as kept; None if it is none, or lies outside the picture."""
    if numbers is None or size is None:
        return None
    width, height = size
    left, top, right, bottom = (
        edge / length for edge, length in zip(edges(numbers, form), (width, height, width, height), strict=True)
    )
    inside = left >= -OUTSIDE and top >= -OUTSIDE and right <= 1 + OUTSIDE and bottom <= 1 + OUTSIDE
    left, top, right, bottom = (min(max(edge, 0.0), 1.0) for edge in (left, top, right, bottom))
    if not (inside and left < right and top < bottom):
        return None
    return [round(value, 6) for value in (left, top, right - left, bottom - top)]


def around(points: Any) -> Box | None:
    """The left, top, right and bottom of what the points enclose; None unless all of them are pairs of numbers."""
    pairs = [[_number(value) for value in point] for point in points]
    if not pairs or any(len(pair) != 2 or None in pair for pair in pairs):
        return None
    across, down = ([value for value in values if value is not None] for values in zip(*pairs, strict=True))
    return min(across), min(down), max(across), max(down)


def edges(numbers: Box, form: str) -> Box:
    """The left, top, right and bottom edge."""
    left, top, third, fourth = numbers
    if form == "xyxy":
        return numbers
    if form == "yxyx":
        return top, left, fourth, third
    if form == "cxcywh":
        return left - third / 2, top - fourth / 2, left + third / 2, top + fourth / 2
    return left, top, left + third, top + fourth


def columns_of(columns: Sequence[str]) -> tuple[str, tuple[str, ...]] | None:
    """The form and the four columns that hold a box, by their names; None without."""
    named: dict[str, str] = {}
    for column in columns:
        named.setdefault(plain(column), column)
    for form, groups in _NAMES.items():
        for first, *others in groups:
            prefixes = (name.removesuffix(first) for name in named if name.endswith(first))
            for prefix in prefixes:
                names = [f"{prefix}{part}" for part in (first, *others)]
                if all(name in named for name in names):
                    return form, tuple(named[name] for name in names)
    return None


def named_form(value: Any) -> str:
    """The form of a box that is the text of an object, by the names in it; "" for any other value."""
    named = columns_of(list(_named_parts(value))) if isinstance(value, str) else None
    return named[0] if named else ""


def form_of(boxes: Sequence[Box]) -> tuple[str, str]:
    """The form of a list of boxes by their values, and why."""
    if any(third <= first or fourth <= second for first, second, third, fourth in boxes):
        fitting = [form for form in ("xywh", "cxcywh") if is_relative(boxes) and _all_inside(boxes, form)]
        return (fitting[0], "by its values") if fitting else ("xywh", "the third and fourth number are too small")
    if len(boxes) >= SURE or (is_relative(boxes) and not _all_inside(boxes, "xywh")):
        return "xyxy", "the third and fourth number are always larger"
    return "xywh", "as most files have it; look at the boxes"


def _all_inside(boxes: Sequence[Box], form: str) -> bool:
    return all(relative(box, form, (1.0, 1.0)) for box in boxes)


def is_relative(boxes: Sequence[Box]) -> bool:
    return all(number <= 1 + OUTSIDE for box in boxes for number in box)


def values_of(mapping: Mapping[str, str], samples: Mapping[str, Sequence[Any]]) -> list[Box]:
    """The boxes of the first rows."""
    if column := mapping.get("box"):
        numbers = [four_numbers(value) for value in samples.get(column, ())]
    else:
        parts = [samples.get(mapping.get(name, ""), ()) for name in PARTS]
        numbers = [four_numbers(list(values)) for values in zip(*parts, strict=False)]
    return [box for box in numbers if box is not None]


def with_box(text: str, box: Sequence[float]) -> str:
    """The JSON text of an object with its box in this form."""
    record = json.loads(text)
    return json.dumps(record | {"box": box})


def track_of(text: str) -> list[list[float]]:
    """The boxes at times, in their order, in the JSON text of an event: seconds, then the box as kept.

    None of them where one cannot be: between two boxes the page draws what lies between them.
    """
    if f'"{AT_TIMES}"' not in text:
        return []
    record = json.loads(text)
    stored = record.get(AT_TIMES) if isinstance(record, dict) else None
    if not isinstance(stored, list) or len(stored) > MOST_TIMES:
        return []
    track = [_at_time(part) for part in stored]
    return sorted(part for part in track if part) if all(track) else []


def at_times(boxes: Sequence[tuple[float | None, Sequence[float] | None]]) -> dict[str, list[list[float]]]:
    """The field of a followed object's boxes, from pairs of a second and a box; none unless all of them are known."""
    if not 1 < len(boxes) <= MOST_TIMES:
        return {}
    track = [[second, *box] for second, box in boxes if second is not None and box]
    return {AT_TIMES: track} if len(track) == len(boxes) else {}


def _at_time(part: Any) -> list[float] | None:
    if not isinstance(part, list) or len(part) != 5:
        return None
    second, box = _number(part[0]), relative(four_numbers(part[1:]), "xywh", (1.0, 1.0))
    return [round(second, 3), *box] if second is not None and 0 <= second <= MAX_SECONDS and box else None
