"""A drawing on a frame or a still: arrows, boxes and lines, each a list of points as parts of the picture.

Stored as JSON of numbers and three names; whatever shows it makes its picture from these.
"""

import json
from typing import Any

from batches.errors import BadValues
from batches.models.corrections import MAX_SECONDS

MAX_DRAWING = 20_000  # characters of its JSON
MAX_SHAPES = 20
POINTS = {"arrow": (2, 2), "box": (2, 2), "line": (2, 300)}  # kind → fewest and most points
PLACES = 4
ASPECTS = (0.1, 10.0)


def clean(text: str) -> str:
    """The JSON text as it is stored: {"at": seconds, "aspect": width by height, "shapes": [{"kind", "points"}]}.

    `at` is null on a still of an item without video. Raises BadValues.
    """
    if len(text) > MAX_DRAWING:
        raise BadValues(f"drawing: has more than {MAX_DRAWING:,} characters.")
    try:
        drawing = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadValues("drawing: is not JSON.") from error
    if not isinstance(drawing, dict) or drawing.keys() != {"at", "aspect", "shapes"}:
        raise BadValues("drawing: must have at, aspect and shapes.")
    shapes = drawing["shapes"]
    if not isinstance(shapes, list) or not 1 <= len(shapes) <= MAX_SHAPES:
        raise BadValues(f"drawing: must have 1 to {MAX_SHAPES} shapes.")
    at = drawing["at"]
    return json.dumps({
        "at": None if at is None else _number("at", at, 0, MAX_SECONDS),
        "aspect": _number("aspect", drawing["aspect"], *ASPECTS),
        "shapes": [_shape(shape) for shape in shapes],
    })  # fmt: skip


def _shape(shape: Any) -> dict[str, Any]:
    if not isinstance(shape, dict) or shape.keys() != {"kind", "points"} or not isinstance(shape["kind"], str):
        raise BadValues("drawing: a shape must have a kind and points.")
    kind, points = shape["kind"], shape["points"]
    if kind not in POINTS:
        raise BadValues(f"drawing: {kind[:20]!r} is not one of {', '.join(POINTS)}.")
    fewest, most = POINTS[kind]
    if not isinstance(points, list) or not fewest <= len(points) <= most:
        raise BadValues(f"drawing: a shape {kind} has {fewest} to {most} points.")
    if any(not isinstance(point, list) or len(point) != 2 for point in points):
        raise BadValues("drawing: a point is two numbers.")
    return {"kind": kind, "points": [[_number("a point", part, 0, 1) for part in point] for point in points]}


def _number(name: str, value: Any, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:  # neither is NaN
        raise BadValues(f"drawing: {name} must be a number from {low:g} to {high:g}.")
    return round(float(value), PLACES)
