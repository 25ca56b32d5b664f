"""Telemetry of a video, from what the vendor says at the start and end of each event: a route and curves over time.

Vendors write the values beside their events only, so that there are two moments for each event and none between.
"""

import json
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from django.db.models.functions import Coalesce

from batches.models import EventPayload, Item

MAX_EVENTS = 500  # of a video whose telemetry is read
MAX_CURVES = 4
SPEED = "speed"
WIDTHS = 4  # of the route's line, by speed
SIZE, MARGIN = 100.0, 8.0  # of the map's longer side; around the route, for its marks
LARGEST = 1e15  # what a value can be; JSON has whole numbers that are too large for a float
EARTH_KM = 6371.0
NUMBER = re.compile(r"\s*([+-]?\d{1,12}(?:\.\d{1,12})?)\s*([^\d\s.,:;-][^\d:;]{0,11})?", re.ASCII)

type Position = tuple[float, float]  # latitude, longitude in degrees
type Quantity = tuple[str, str]  # name and unit


@dataclass(slots=True)
class Moment:
    """What is known about one second of the video."""

    second: float
    values: dict[Quantity, float] = field(default_factory=dict)
    latitude: float | None = None
    longitude: float | None = None

    @property
    def position(self) -> Position | None:
        """None without coordinates; receivers without a fix report 0, 0."""
        if self.latitude is None or self.longitude is None or (self.latitude, self.longitude) == (0, 0):
            return None
        return self.latitude, self.longitude


@dataclass(frozen=True, slots=True)
class Curve:
    name: str
    unit: str
    low: float
    high: float
    points: str  # of an SVG: seconds to the right, 0 at the top is the highest value and 100 the lowest


@dataclass(frozen=True, slots=True)
class Segment:
    x1: float
    y1: float
    x2: float
    y2: float
    width: int  # from 0 to WIDTHS - 1, the fastest


@dataclass(frozen=True, slots=True)
class Route:
    """The outline of a way, north at the top, in a frame from 0, 0 to `width`, `height`."""

    width: float
    height: float
    segments: list[Segment]
    points: str  # "second,x,y" of each moment with a position
    first: Position
    last: Position
    kilometres: float
    speed: Curve | None


@dataclass(frozen=True, slots=True)
class Telemetry:
    moments: list[Moment]
    curves: list[Curve]
    route: Route | None

    @property
    def last_second(self) -> float:
        return self.moments[-1].second

    @property
    def rows(self) -> list[tuple[float, list[float | None], Position | None]]:
        """(second, value of each curve, position) of each moment."""
        quantities = [(curve.name, curve.unit) for curve in self.curves]
        return [
            (moment.second, [moment.values.get(quantity) for quantity in quantities], moment.position)
            for moment in self.moments
        ]


def telemetry_of(item: Item) -> Telemetry | None:
    """None if the vendor gives neither a way nor two values of anything. One query."""
    payloads = EventPayload.objects.filter(event__item=item, sdk__contains='"overlay"')
    starts, ends = (Coalesce(f"event__vendor_{side}_s", f"event__{side}_s") for side in ("start", "end"))
    rows = payloads.annotate(start=starts, end=ends).filter(start__isnull=False).order_by("start", "event")
    moments = _moments(rows.values_list("start", "end", "sdk")[:MAX_EVENTS])
    curves = sorted(_curves(moments), key=lambda curve: (curve.name != SPEED, curve.name, curve.unit))
    curves = curves[:MAX_CURVES]
    route = _route(moments, next((curve for curve in curves if curve.name == SPEED), None))
    return Telemetry(moments, curves, route) if curves or route else None


def _moments(rows: Iterable[tuple[float, float | None, str]]) -> list[Moment]:
    moments: dict[float, Moment] = {}
    for start, end, text in rows:
        document = json.loads(text)
        overlay = document.get("overlay") if isinstance(document, dict) else None
        for name, pair in overlay.items() if isinstance(overlay, dict) else ():
            for side, second in (("start", start), ("end", end)):
                value = pair.get(side) if isinstance(pair, dict) else None
                if second is not None and value is not None:
                    _note(moments.setdefault(second, Moment(second)), name, value)
    noted = (moment for moment in moments.values() if moment.values or moment.position)
    return sorted(noted, key=lambda moment: moment.second)


def _note(moment: Moment, name: str, value: Any) -> None:
    """Keep a value that is a number, with or without a unit, and no point in time."""
    number, unit = _number(value)
    if number is None or "timestamp" in name:
        return
    if "gps_lat" in name:
        moment.latitude = number if abs(number) <= 90 else None
    elif "gps_lon" in name:
        moment.longitude = number if abs(number) <= 180 else None
    else:
        moment.values[name.removeprefix("frame_").replace("_", " "), unit] = number


def _number(value: Any) -> tuple[float | None, str]:
    """(31.5, "km/h") of "31.5 km/h"; (None, "") of anything that is no number."""
    if type(value) in (int, float):
        return (float(value), "") if abs(value) <= LARGEST else (None, "")  # neither is NaN
    match = NUMBER.fullmatch(value) if isinstance(value, str) else None
    return (float(match[1]), (match[2] or "").strip()) if match else (None, "")


def _curves(moments: list[Moment]) -> Iterable[Curve]:
    """A curve of each value that is known at two moments."""
    for quantity in {quantity for moment in moments for quantity in moment.values}:
        points = [(moment.second, moment.values[quantity]) for moment in moments if quantity in moment.values]
        if len(points) < 2:
            continue
        low, high = min(value for _, value in points), max(value for _, value in points)
        spread = high - low
        drawn = (f"{second:.2f},{100 * (high - value) / spread if spread else 50:.1f}" for second, value in points)
        yield Curve(*quantity, low, high, " ".join(drawn))


def _route(moments: list[Moment], speed: Curve | None) -> Route | None:
    """None if the video stays at one position."""
    on_way = [(moment, moment.position) for moment in moments if moment.position]
    flat = _flat([position for _, position in on_way]) if on_way else []
    if len(set(flat)) < 2:
        return None
    left, top = min(x for x, _ in flat), min(y for _, y in flat)
    width, height = max(x for x, _ in flat) - left, max(y for _, y in flat) - top
    scale = SIZE / max(width, height)
    at = [(MARGIN + (x - left) * scale, MARGIN + (y - top) * scale) for x, y in flat]
    drawn = list(zip((moment for moment, _ in on_way), at, strict=True))
    return Route(
        width=width * scale + 2 * MARGIN,
        height=height * scale + 2 * MARGIN,
        segments=[Segment(*a, *b, _width(moment, speed)) for (moment, a), (_, b) in pairwise(drawn)],
        points=" ".join(f"{moment.second:.2f},{x:.2f},{y:.2f}" for moment, (x, y) in drawn),
        first=on_way[0][1],
        last=on_way[-1][1],
        kilometres=sum(_distance(a, b) for (_, a), (_, b) in pairwise(on_way)),
        speed=speed,
    )


def _flat(positions: list[Position]) -> list[tuple[float, float]]:
    """The positions on a plane, in degrees of latitude; a way over the date line stays in one piece."""
    if max(east for _, east in positions) - min(east for _, east in positions) > 180:
        positions = [(north, east % 360) for north, east in positions]
    middle = sum(north for north, _ in positions) / len(positions)
    narrowing = max(0.01, math.cos(math.radians(middle)))
    return [(east * narrowing, -north) for north, east in positions]


def _width(moment: Moment, speed: Curve | None) -> int:
    value = moment.values.get((speed.name, speed.unit)) if speed else None
    if speed is None or value is None or speed.high == speed.low:
        return 0
    return min(WIDTHS - 1, int(WIDTHS * (value - speed.low) / (speed.high - speed.low)))


def _distance(a: Position, b: Position) -> float:
    """Kilometres along the ground."""
    north, other = math.radians(a[0]), math.radians(b[0])
    east = math.radians(b[1] - a[1])
    half = math.sin((other - north) / 2) ** 2 + math.cos(north) * math.cos(other) * math.sin(east / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(min(1.0, half)))
