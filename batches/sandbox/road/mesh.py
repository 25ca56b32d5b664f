"""Vehicles as flat faces, in metres: forward, right, up from the middle of their footprint."""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from batches.sandbox.road.actors import SIZES
from batches.sandbox.road.motion import Floats

Point = tuple[float, float, float]


SMALL = frozenset({"rim", "plate", "grille", "pillar", "seam", "frame", "cross", "stripe"})  # left out far away


@dataclass(frozen=True)
class Face:
    part: str  # what it is, and so its colour
    points: Floats  # (n, 3)
    normal: Floats  # outwards


@dataclass(frozen=True)
class Mesh:
    """Faces in an order that paints right (hull, wheels, cabin, small parts), and all their corners in one array."""

    faces: tuple[Face, ...]
    corners: Floats  # (n, 3)
    starts: NDArray[np.intp]  # where each face's corners begin
    normals: Floats
    sky_share: Floats  # how much of the sky a face mirrors

    @cached_property
    def offsets(self) -> list[int]:
        offsets: list[int] = self.starts.tolist()
        return offsets


@lru_cache
def mesh(kind: str, *, far: bool = False) -> Mesh:
    """The mesh of a vehicle; `far` without what is too small to see."""
    length, width, height = SIZES[kind]
    if kind in ("truck", "bus", "school bus", "van", "ambulance"):
        faces = _box_vehicle(kind, length / 2, width / 2, height)
    else:
        faces = _car(length / 2, width / 2, height, tall=kind == "suv", police=kind == "police car")
    kept = tuple(face for face in faces if not (far and face.part in SMALL))
    sizes = [len(face.points) for face in kept]
    starts = np.cumsum([0, *sizes])[:-1]
    mirror = np.array([0.1 + 0.22 * max(face.normal[2], 0.0) if face.part == "glass" else 0.0 for face in kept])
    return Mesh(kept, np.concatenate([f.points for f in kept]), starts, np.array([f.normal for f in kept]), mirror)


def _face(part: str, *points: Point) -> Face:
    corners = np.array(points)
    normal = np.cross(corners[1] - corners[0], corners[2] - corners[0])
    return Face(part, corners, normal / (np.linalg.norm(normal) or 1))


def _turned(face: Face, axis: int, sign: float) -> Face:
    """The face with its outside towards that end of that axis."""
    return face if face.normal[axis] * sign > 0 else Face(face.part, face.points[::-1], -face.normal)


def _both(part: str, *points: Point) -> list[Face]:
    """A face of the right side and its mirror image."""
    mirrored = tuple((f, -r, u) for f, r, u in points)
    return [_turned(_face(part, *points), 1, 1), _turned(_face(part, *mirrored), 1, -1)]


def _top(part: str, *points: Point) -> Face:
    return _turned(_face(part, *points), 2, 1)


def _wheels(places: tuple[float, ...], side: float, radius: float) -> list[Face]:
    turn = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    faces = []
    for along in places:
        for part, share in (("tyre", 1.0), ("rim", 0.55)):
            ring = [
                (along + radius * share * float(np.cos(a)), side, radius + radius * share * float(np.sin(a)))
                for a in turn
            ]
            faces += _both(part, *ring)
    return faces


def _lamps(f: float, w: float, low: float, high: float, part: str, share: float = 0.3) -> list[Face]:
    """A pair of lamps at the rear (f < 0) or the front."""
    inner = w * (1 - share)
    pair = []
    for a, b in ((inner, w * 0.97), (-w * 0.97, -inner)):
        pair.append(_turned(_face(part, (f, a, low), (f, b, low), (f, b, high), (f, a, high)), 0, f))
    return pair


def _end(part: str, f: float, left: float, right: float, low: float, high: float, lean: float = 0.0) -> Face:
    """A face across the vehicle; `lean` moves its upper edge forward."""
    corners = (f, left, low), (f, right, low), (f + lean, right, high), (f + lean, left, high)
    return _turned(_face(part, *corners), 0, f)


def _car(l: float, w: float, h: float, *, tall: bool, police: bool) -> list[Face]:  # noqa: E741
    belt = h * (0.6 if tall else 0.64)
    tuck = w * 0.94
    rear_deck, roof_back, roof_front, cowl = (
        (-l * 0.96, -l * 0.84, l * 0.12, l * 0.46) if tall else (-l * 0.62, -l * 0.4, l * 0.1, l * 0.46)
    )
    body = "police" if police else "body"
    side = [(-l, tuck, 0.28), (l * 0.97, tuck, 0.26), (l, tuck, belt * 0.62), (cowl, w, belt), (-l * 0.97, w, belt)]
    faces = [
        *_both(body, *side),
        _end("body", -l, -tuck, tuck, 0.5, belt, 0.03),
        _end("bumper", -l * 1.01, -tuck, tuck, 0.26, 0.52),
        _end("body", l, -tuck, tuck, 0.45, belt * 0.7, -0.1),
        _end("bumper", l * 1.01, -tuck, tuck, 0.24, 0.47),
        _top("body", (cowl, -w, belt), (cowl, w, belt), (l * 0.96, tuck, belt * 0.7), (l * 0.96, -tuck, belt * 0.7)),
        _top("body", (-l * 0.97, -w, belt), (-l * 0.97, w, belt), (rear_deck, w, belt), (rear_deck, -w, belt)),
        *_wheels((-l * 0.62, l * 0.62), w * 0.985, 0.33 if not tall else 0.37),
    ]
    top = w * 0.74
    faces += [
        *_both(
            "glass",
            (rear_deck, w * 0.95, belt),
            (cowl, w * 0.95, belt),
            (roof_front, top, h * 0.985),
            (roof_back, top, h * 0.985),
        ),
        _turned(
            _face(
                "glass",
                (rear_deck, -w * 0.93, belt),
                (rear_deck, w * 0.93, belt),
                (roof_back, top, h),
                (roof_back, -top, h),
            ),
            0,
            -1,
        ),
        _turned(
            _face(
                "glass", (cowl, -w * 0.93, belt), (cowl, w * 0.93, belt), (roof_front, top, h), (roof_front, -top, h)
            ),
            0,
            1,
        ),
        _top("roof", (roof_back, -top, h), (roof_back, top, h), (roof_front, top, h), (roof_front, -top, h)),
        *_both(
            "pillar",
            (-l * 0.16, w * 0.9, belt),
            (-l * 0.1, w * 0.9, belt),
            (-l * 0.1, top * 1.02, h * 0.97),
            (-l * 0.16, top * 1.02, h * 0.97),
        ),
    ]
    faces += [
        *_lamps(-l * 1.005, tuck, belt * 0.66, belt * 0.92, "tail"),
        *_lamps(l * 1.005, tuck, belt * 0.5, belt * 0.68, "head"),
        _end("plate", -l * 1.02, -0.26, 0.26, 0.56, 0.68),
        _end("grille", l * 1.012, -w * 0.5, w * 0.5, 0.4, belt * 0.62),
    ]
    if police:
        faces += [_end("blue", -l * 0.2, -0.55, 0, h, h + 0.14), _end("red", -l * 0.2, 0, 0.55, h, h + 0.14),
                  _end("blue", l * 0.01, -0.55, 0, h, h + 0.14),
                  _end("red", l * 0.01, 0, 0.55, h, h + 0.14)]  # fmt: skip
    return faces


def _box_vehicle(kind: str, l: float, w: float, h: float) -> list[Face]:  # noqa: E741
    low = 0.5 if kind != "truck" else 0.95
    back = -l
    front = l * 0.62 if kind == "truck" else l
    side = "cargo" if kind == "truck" else "body"
    faces = [
        *_wheels((-l * 0.62, l * 0.66), w * 0.97, 0.38 if kind in ("van", "ambulance") else 0.5),
        *_both(side, (back, w, low), (front, w, low), (front, w, h), (back, w, h)),
        _end(side, back, -w, w, low, h),
        _end(side, front, -w, w, low, h),
        _end("bumper", back * 1.005, -w, w, low - 0.22, low + 0.05),
    ]
    if kind == "truck":
        cab = h * 0.78
        faces += [*_both("body", (front, w * 0.95, 0.5), (l, w * 0.95, 0.5), (l, w * 0.95, cab),
            (front, w * 0.95, cab)),
                  _end("body", l, -w * 0.95, w * 0.95, 0.5, cab),
                  _end("glass", l * 1.002, -w * 0.85, w * 0.85, cab * 0.58, cab * 0.93),
                  *_both("seam", (back, w * 1.003, h * 0.5), (front, w * 1.003, h * 0.5), (front, w * 1.003, h * 0.53),
                      (back, w * 1.003, h * 0.53)),
                  _end("seam", back * 1.003, -0.03, 0.03, low + 0.08, h - 0.12),
                  _end("frame", back * 1.002, -w, w, h - 0.14, h)]  # fmt: skip
    else:
        band = (0.56, 0.86) if kind != "van" else (0.55, 0.84)
        start = -0.94 if "bus" in kind else 0.35
        faces += [*_both("glass", (l * start, w * 1.003, h * band[0]), (l * 0.95, w * 1.003, h * band[0]),
                         (l * 0.92, w * 1.003, h * band[1]), (l * start, w * 1.003, h * band[1])),
                  _end("glass", back * 1.003, -w * 0.8, w * 0.8, h * band[0], h * 0.88),
                  _end("glass", front * 1.003, -w * 0.9, w * 0.9, h * 0.45, h * 0.86),
                  *_both("stripe", (back, w * 1.004, h * 0.42), (l, w * 1.004, h * 0.42), (l, w * 1.004, h * 0.48),
                      (back, w * 1.004, h * 0.48))]  # fmt: skip
        if kind in ("ambulance", "school bus"):
            tones = ("blue", "red") if kind == "ambulance" else ("amber", "amber")
            for f in (back * 1.004, front * 1.004):
                faces += [
                    _end(tones[0], f, -w * 0.8, -w * 0.45, h * 0.9, h * 0.98),
                    _end(tones[1], f, w * 0.45, w * 0.8, h * 0.9, h * 0.98),
                ]
        if kind == "ambulance":
            faces += [
                _end("cross", back * 1.005, -0.09, 0.09, h * 0.3, h * 0.5),
                _end("cross", back * 1.005, -0.28, 0.28, h * 0.37, h * 0.43),
            ]
    foot = low + 0.12
    faces += [*_lamps(back * 1.006, w, foot, foot + 0.3, "tail", 0.16),
              *_lamps(l * 1.006, w * 0.95, 0.62, 0.86, "head", 0.22),
              _end("plate", back * 1.008, -0.26, 0.26, foot - 0.16, foot - 0.04)]  # fmt: skip
    return faces
