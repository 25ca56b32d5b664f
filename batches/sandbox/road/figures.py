"""Draws people, riders and animals, from joints that move with the time."""

from collections.abc import Sequence

import numpy as np

from batches.sandbox.road.actors import ANIMALS, CLOTHES, WALKERS, Actor
from batches.sandbox.road.look import Ink, Look, ink, lit, mix
from batches.sandbox.road.motion import Floats
from batches.sandbox.road.paint import Image, convex, darken, disc, glow, strokes
from batches.sandbox.road.vehicles import brightness
from batches.sandbox.road.view import CENTRE, EYE, FOCAL, NEAR, View

SKIN, HAIR, DENIM, RUBBER = ink("#c99a7a"), ink("#3a2a20"), ink("#38465c"), ink("#1b1c1e")
HIDES = {"deer": ink("#8a6443"), "dog": ink("#6b5138")}


class Brush:
    """Draws in metres around a figure's feet: forward along its heading, right, up."""

    def __init__(self, image: Image, view: View, look: Look, s: float, x: float, yaw: float) -> None:
        self.image = image
        self._cos, self._sin = float(np.cos(yaw)), float(np.sin(yaw))
        self._z = s - view.s
        self.scale = view.scale(s)
        self._right = (view.point(s, x, 0)[0] - CENTRE) / self.scale  # metres right of the line of sight
        self._horizon = view.horizon
        self._haze, self._hazed = look.haze, 1 - float(np.exp(-max(self._z, 0) / look.sight))
        self._light = brightness(look, self._z, x - view.x)

    def ink(self, colour: Ink) -> Ink:
        return mix(lit(colour, self._light), self._haze, self._hazed)

    def at(self, points: Sequence[tuple[float, float, float]]) -> Floats:
        """Pixels (n, 2)."""
        pixels = []
        for f, r, u in points:
            scale = FOCAL / max(self._z + f * self._cos - r * self._sin, NEAR)
            pixels.append(
                (CENTRE + (self._right + f * self._sin + r * self._cos) * scale, self._horizon + (EYE - u) * scale)
            )
        return np.array(pixels)

    def limb(self, points: Sequence[tuple[float, float, float]], thick: float, colour: Ink) -> None:
        strokes(self.image, [self.at(points)], self.ink(colour), thick * self.scale)

    def patch(self, points: Sequence[tuple[float, float, float]], colour: Ink) -> None:
        convex(self.image, self.at(points), self.ink(colour))

    def ball(self, point: tuple[float, float, float], radius: float, colour: Ink) -> None:
        disc(self.image, self.at([point])[0], radius * self.scale, self.ink(colour))

    def shadow(self, long: float, wide: float) -> None:
        """A soft shadow on the ground, `long` and `wide` metres from the feet."""
        corners = self.at([(-long, -wide, 0), (-long, wide, 0), (long, wide, 0), (long, -wide, 0)])
        (left, top), (right, low) = corners.min(axis=0), corners.max(axis=0)
        darken(self.image, left, top - 1, right - left, low - top + 2, 0.55)


def draw_figure(image: Image, view: View, look: Look, actor: Actor, s: float, x: float, time: float) -> None:
    """Paints a person, rider or animal standing at (s, x)."""
    yaw = actor.heading(time)
    brush = Brush(image, view, look, s, x, yaw)
    if actor.kind in WALKERS:
        _walker(brush, actor, yaw, time)
    elif actor.kind in ANIMALS:
        _animal(brush, actor, time)
    else:
        _rider(brush, look, actor, yaw, time)


def _walker(brush: Brush, actor: Actor, yaw: float, time: float) -> None:
    tall = actor.size[2]
    pace = np.sin(time * 7.0 + tall * 9) if actor.moves else 0.0
    swing, lift = 0.34 * pace * tall / 1.75, 0.09 * max(pace, -pace)
    coat, trousers = actor.colour, DENIM if actor.colour != CLOTHES[3] else ink("#6a6358")
    hip, neck = tall * 0.5, tall * 0.83
    brush.shadow(0.4, 0.35)
    for side, stride in ((-1, swing), (1, -swing)):
        knee = (stride * 0.5 + 0.06 * abs(pace), side * 0.09, hip * 0.52)
        brush.limb([(0, side * 0.09, hip), knee, (stride, side * 0.1, 0.06 + lift * (stride < 0))], 0.15, trousers)
        brush.limb([(stride - 0.05, side * 0.1, 0.05), (stride + 0.16, side * 0.1, 0.04)], 0.09, RUBBER)
    far, near = (1, -1) if np.sin(yaw) >= 0 else (-1, 1)
    brush.limb([(0, far * 0.2, neck - 0.06), (swing * far * 0.7, far * 0.24, hip * 1.05)], 0.1, lit(coat, 0.75))
    shoulder = 0.24 * tall / 1.75
    torso = [
        (-0.13, -shoulder, neck),
        (0.13, shoulder, neck),
        (0.12, shoulder * 0.72, hip - 0.04),
        (-0.12, -shoulder * 0.72, hip - 0.04),
    ]
    brush.patch(torso, coat)
    brush.patch([(f, -r, u) for f, r, u in torso], lit(coat, 0.93))
    brush.limb([(0, 0, neck - 0.08), (0, 0, hip)], 0.26 * tall / 1.75, coat)
    brush.limb(
        [(0, near * 0.2, neck - 0.06), (0.06, near * 0.25, hip * 1.3), (swing * near * 0.8, near * 0.24, hip * 1.02)],
        0.1,
        lit(coat, 0.88),
    )
    brush.ball((0.02, 0, neck + 0.13), 0.125, SKIN)
    brush.ball((-0.02, 0, neck + 0.17), 0.118, HAIR)


def _rider(brush: Brush, look: Look, actor: Actor, yaw: float, time: float) -> None:
    motor = actor.kind == "motorcycle"
    long = 0.7 if motor else 0.55
    radius = 0.31 if motor else 0.34
    brush.shadow(1.0, 0.35)
    turn = np.linspace(0, 2 * np.pi, 18, endpoint=False)
    for f in (-long, long):
        ring = [(f + radius * float(np.cos(a)), 0.0, radius + radius * float(np.sin(a))) for a in turn]
        strokes(brush.image, [brush.at(ring)], brush.ink(RUBBER), (0.13 if motor else 0.06) * brush.scale, closed=True)
        brush.limb([(f, 0, 0.02), (f, 0, 2 * radius)], 0.12 if motor else 0.045, RUBBER)
    frame = actor.colour if motor else ink("#c23b2e")
    if motor:
        brush.limb([(-long, 0, 0.5), (-0.2, 0, 0.75), (0.35, 0, 0.8), (long, 0, 0.4)], 0.34, frame)
        brush.limb([(-long, 0, 0.62), (-0.1, 0, 0.8)], 0.26, RUBBER)
    else:
        brush.limb([(-long, 0, radius), (-0.15, 0, 0.8), (0.4, 0, 0.85), (0.0, 0, 0.3), (-0.15, 0, 0.8)], 0.05, frame)
        brush.limb([(0.4, 0, 0.85), (long, 0, radius)], 0.05, frame)
    brush.limb([(0.42, -0.27, 1.0), (0.42, 0.27, 1.0)], 0.05, RUBBER)
    turning = time * 7.5 if actor.moves and not motor else 0.6
    for side, phase in ((-1, 0.0), (1, np.pi)):
        up, out = np.sin(turning + phase), np.cos(turning + phase)
        foot = (0.16 * out, side * 0.13, 0.32 + 0.16 * up) if not motor else (0.15, side * 0.24, 0.32)
        brush.limb([(-0.2, side * 0.1, 0.92), (0.2, side * 0.15, 0.66 + 0.1 * up), foot], 0.14, DENIM)
    coat = actor.colour if not motor else ink("#2b2d33")
    brush.limb([(-0.2, 0, 0.92), (0.12, 0, 1.38)], 0.34, coat)
    for side in (-1, 1):
        brush.limb(
            [(0.12, side * 0.19, 1.36), (0.32, side * 0.27, 1.12), (0.42, side * 0.24, 1.02)], 0.09, lit(coat, 0.85)
        )
    brush.ball((0.2, 0, 1.56), 0.13, SKIN if not motor else ink("#1e2024"))
    brush.ball((0.18, 0, 1.6), 0.135, ink("#e8e4d8") if not motor else ink("#33363c"))
    if look.night or motor:
        rear = abs(np.cos(yaw)) > 0.5 and np.cos(yaw) > 0
        centre = brush.at([(-long - 0.3, 0, 0.75)] if rear else [(long + 0.3, 0, 0.9)])[0]
        glow(brush.image, centre, max(0.28 * brush.scale, 3), ink("#ff4a3a") if rear else ink("#fff3d8"))


def _animal(brush: Brush, actor: Actor, time: float) -> None:
    long, _, tall = actor.size
    hide = HIDES[actor.kind]
    gait = np.sin(time * 9) * 0.3 if actor.moves else 0.05
    back = tall * (0.62 if actor.kind == "deer" else 0.78)
    brush.shadow(long * 0.5, 0.25)
    for f, side, phase in ((-0.36, -1, 1), (0.34, -1, -1), (-0.36, 1, -1), (0.34, 1, 1)):
        reach = f * long + gait * phase * tall * 0.35
        tone = lit(hide, 0.75 if side < 0 else 0.9)
        brush.limb(
            [
                (f * long, side * 0.1, back * 0.85),
                (reach * 0.6 + f * long * 0.4, side * 0.1, back * 0.4),
                (reach, side * 0.1, 0.03),
            ],
            tall * 0.075,
            tone,
        )
    brush.limb([(-0.38 * long, 0, back * 0.9), (0.36 * long, 0, back * 0.92)], tall * 0.27, hide)
    brush.limb([(-0.36 * long, 0, back * 0.8), (0.3 * long, 0, back * 0.8)], tall * 0.1, lit(hide, 1.25))
    head = (0.58 * long, 0.0, tall * 0.93)
    brush.limb([(0.36 * long, 0, back * 0.98), head], tall * 0.14, hide)
    brush.limb([head, (0.76 * long, 0, tall * 0.84)], tall * 0.12, lit(hide, 0.9))
    brush.limb(
        [(-0.42 * long, 0, back), (-0.52 * long, 0, back * 0.85)],
        tall * 0.09,
        lit(hide, 1.5 if actor.kind == "deer" else 0.9),
    )
    if actor.kind == "deer":
        for side in (-1, 1):
            brush.limb(
                [head, (0.5 * long, side * 0.12, tall * 1.12), (0.6 * long, side * 0.2, tall * 1.24)],
                0.035,
                ink("#5b452f"),
            )
