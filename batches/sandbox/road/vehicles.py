"""Draws vehicles: shaded faces, lamps, shadow."""

from functools import lru_cache

import cv2
import numpy as np

from batches.sandbox.road.actors import Actor
from batches.sandbox.road.look import Ink, Look, ink, lit, mix
from batches.sandbox.road.mesh import Face, mesh
from batches.sandbox.road.motion import Floats
from batches.sandbox.road.paint import SHIFT, Image, convex, darken, fixed, glow
from batches.sandbox.road.view import View

PARTS: dict[str, Ink] = {
    "glass": ink("#27323c"), "tyre": ink("#17181a"), "rim": ink("#8b8f94"), "bumper": ink("#2c2e31"),
    "plate": ink("#e4e2d2"),
    "grille": ink("#1c1d20"), "pillar": ink("#22262b"), "cargo": ink("#d3d5d4"), "seam": ink("#8f9294"),
    "frame": ink("#5c5f62"),
    "stripe": ink("#b23a32"), "cross": ink("#c03030"), "police": ink("#e6e7e6"),
}  # fmt: skip
TAIL, TAIL_LIT, BRAKE = ink("#7d1a1c"), ink("#c3252a"), ink("#ff4238")
HEAD, HEAD_LIT, AMBER = ink("#cfd6da"), ink("#fff6e2"), ink("#ffab2e")
LAMPS = frozenset({"tail", "head", "blue", "red", "amber"})
BEACONS = {"blue": ink("#3d6bff"), "red": ink("#ff3b3b"), "amber": ink("#ffb52e")}


def brightness(look: Look, z: float, aside: float) -> float:
    """Light on a thing: the day's, or what our headlamps give at that distance."""
    beam = np.exp(-abs(z) / 34) * np.exp(-((aside / (4 + abs(z) * 0.14)) ** 2)) if look.night else 0.0
    return float(look.ambient + 0.95 * beam)


def draw_vehicle(
    image: Image, view: View, look: Look, actor: Actor, s: float, x: float, yaw: float, time: float
) -> None:
    """Paints the vehicle whose middle is at (s, x); `yaw` in radians clockwise, seen from above."""
    tall = view.scale(s) * actor.size[2]
    if tall < 14 and s - view.s > 30:
        _speck(image, view, look, actor, s, x, yaw, time)
        return
    shape = mesh(actor.kind, far=tall < 36)
    z = s - view.s
    haze = 1 - float(np.exp(-max(z, 0) / look.sight))
    light = brightness(look, z, x - view.x)
    _shadow(image, view, look, actor, s, x, yaw)
    cos, sin = float(np.cos(yaw)), float(np.sin(yaw))
    corners = shape.corners
    along = s + corners[:, 0] * cos - corners[:, 1] * sin
    across = x + corners[:, 0] * sin + corners[:, 1] * cos
    pixels = view.points(along, across, corners[:, 2])
    rough = fixed(pixels)
    first = shape.starts
    edge, other = pixels[first + 1] - pixels[first], pixels[first + 2] - pixels[first]
    towards_us = edge[:, 0] * other[:, 1] - edge[:, 1] * other[:, 0] > 0
    sun = np.array([look.sun[0] * cos + look.sun[1] * sin, look.sun[1] * cos - look.sun[0] * sin, look.sun[2]])
    shades = (0.68 + 0.4 * np.maximum(shape.normals @ sun, 0) + 0.1 * shape.normals[:, 2]) * light
    colours = np.minimum(_base(actor.kind, actor.colour, tall < 36) * shades[:, None], 255)
    colours += shape.sky_share[:, None] * (np.array(look.sky[1]) - colours)
    colours += haze * (np.array(look.haze) - colours)
    tones = colours.tolist()
    for index in np.flatnonzero(towards_us).tolist():
        face, start = shape.faces[index], shape.offsets[index]
        stop = start + len(face.points)
        lamp = face.part in LAMPS
        colour = mix(_lamp(face.part, actor, look, time, light), look.haze, haze) if lamp else tones[index]
        cv2.fillConvexPoly(image, rough[start:stop], colour, cv2.LINE_AA, SHIFT)
        if lamp:
            _shine(image, face, actor, look, pixels[start:stop], time, z)


@lru_cache(maxsize=200)
def _base(kind: str, paint: Ink, far: bool) -> Floats:
    """The colour of every face in full light, (n, 3)."""
    return np.array([PARTS.get(face.part, paint) for face in mesh(kind, far=far).faces], dtype=float)


def _lamp(part: str, actor: Actor, look: Look, time: float, light: float) -> Ink:
    dim = (look.night or look.wet or look.name == "fog") and actor.running
    if part == "tail":
        return BRAKE if actor.is_braking(time) else TAIL_LIT if dim else lit(TAIL, max(light, 0.5))
    if part == "head":
        return HEAD_LIT if dim or (look.name == "dusk" and actor.running) else lit(HEAD, light)
    on = actor.beacon and (time * 4 + (part == "red") * 0.5) % 1 < 0.5
    return BEACONS[part] if on else lit(BEACONS[part], 0.35)


def _shine(image: Image, face: Face, actor: Actor, look: Look, polygon: Floats, time: float, z: float) -> None:
    """Light that a lit lamp throws around itself, and on a wet road below."""
    centre = polygon.mean(axis=0).tolist()
    wide = max(float(polygon[:, 0].max() - polygon[:, 0].min()), 1.2)
    dim = (look.night or look.wet or look.name in ("fog", "dusk")) and actor.running
    side = int(np.sign(face.points[:, 1].mean()))
    if (
        face.part in ("tail", "head")
        and (actor.hazards or _within(actor.blinks.get(side), time))
        and time * 1.5 % 1 < 0.55
    ):
        glow(image, centre, wide * 1.6 + 2, AMBER)
        return
    if face.part == "tail" and (actor.is_braking(time) or dim):
        strength = 0.9 if actor.is_braking(time) else 0.4
        glow(image, centre, wide * (1.7 if look.night else 1.1) + 1, lit(BRAKE, strength))
    elif face.part == "head" and dim:
        glow(image, centre, min(wide * 2.6 + 4, 60), lit(HEAD_LIT, 0.9 if look.night else 0.55))
        if look.night:
            glow(image, centre, min(wide * 9 + 8, 120), lit(HEAD_LIT, 0.22), 0.35)
    elif face.part in BEACONS and actor.beacon and (time * 4 + (face.part == "red") * 0.5) % 1 < 0.5:
        glow(image, centre, wide * 3 + 6, BEACONS[face.part])
    else:
        return
    if look.wet and face.part in ("tail", "head") and z > 4:
        below = (centre[0], centre[1] + wide * 5 + 6)
        glow(image, below, wide * 1.2 + 1, lit(BRAKE if face.part == "tail" else HEAD_LIT, 0.4), 4.0)


def _within(span: tuple[float, float] | None, time: float) -> bool:
    return span is not None and span[0] <= time <= span[1]


def _shadow(image: Image, view: View, look: Look, actor: Actor, s: float, x: float, yaw: float) -> None:
    length, width, _ = actor.size
    if not 2 + length / 2 < s - view.s < 80:
        return
    f, r = np.array([-1, -1, 1, 1]) * (length / 2 + 0.4), np.array([-1, 1, 1, -1]) * (width / 2 + 0.35)
    along, across = s + f * np.cos(yaw) - r * np.sin(yaw), x + f * np.sin(yaw) + r * np.cos(yaw)
    corners = view.points(along, across, np.zeros(4))
    (left, top), (right, low) = corners.min(axis=0), corners.max(axis=0)
    darken(image, left, top - 1, right - left, (low - top) + 3, 0.5 if not look.night else 0.6)


def _speck(image: Image, view: View, look: Look, actor: Actor, s: float, x: float, yaw: float, time: float) -> None:
    """A vehicle too far away for more than a hull, a window and its lamps."""
    _, width, height = actor.size
    z = s - view.s
    haze = 1 - float(np.exp(-z / look.sight))
    half = width / 2 + abs(float(np.sin(yaw))) * actor.size[0] / 2
    left, ground = view.point(s, x - half, 0.25)
    right, top = view.point(s, x + half, height)
    middle = top + (ground - top) * 0.42
    inset = (right - left) * 0.12
    hull = PARTS["cargo"] if actor.kind == "truck" else actor.colour
    for points, colour in (
        (
            [[left + inset, top], [right - inset, top], [right, middle], [left, middle]],
            PARTS["glass"] if actor.kind in ("sedan", "suv") else hull,
        ),
        ([[left, middle], [right, middle], [right, ground], [left, ground]], hull),
    ):
        convex(image, np.array(points), mix(lit(colour, look.ambient * 0.85), look.haze, haze))
    front = float(np.cos(yaw)) < 0
    if ((look.night or look.wet) and actor.running) or actor.is_braking(time):
        lamp = HEAD_LIT if front else BRAKE
        for u in (left + inset, right - inset):
            glow(image, (u, middle + (ground - middle) * 0.4), 4 if front else 2.4, lit(lamp, 0.8))
