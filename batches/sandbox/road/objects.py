"""Draws things that stand or lie: cones, barriers, debris, traffic lights, signs."""

import numpy as np

from batches.sandbox.road.actors import Actor
from batches.sandbox.road.figures import Brush
from batches.sandbox.road.look import Ink, Look, ink, lit
from batches.sandbox.road.paint import Image, disc, glow
from batches.sandbox.road.view import View

ORANGE, WHITE, STEEL, WOOD = ink("#e8682a"), ink("#ecebe6"), ink("#50555a"), ink("#a97c4c")
LAMPS: dict[str, Ink] = {"red": ink("#ff3a2f"), "yellow": ink("#ffc02e"), "green": ink("#3dea8c")}


def draw_object(image: Image, view: View, look: Look, actor: Actor, s: float, x: float, time: float) -> None:
    """Paints the thing at (s, x)."""
    brush = Brush(image, view, look, s, x, 0.0)
    _, width, height = actor.size
    half = width / 2
    match actor.kind:
        case "cone":
            brush.shadow(0.3, 0.3)
            _column(brush, half, 0.05, 0.0, 0.06, lit(ORANGE, 0.7))
            _column(brush, half * 0.72, half * 0.1, 0.06, height, ORANGE)
            _column(brush, half * 0.5, half * 0.33, height * 0.35, height * 0.6, WHITE)
        case "barrel":
            brush.shadow(0.4, 0.4)
            _column(brush, half, half * 0.85, 0.0, height, ORANGE)
            for low in (0.3, 0.62):
                _column(brush, half * 0.95, half * 0.92, height * low, height * (low + 0.16), WHITE)
        case "barrier" | "arrow board":
            _board(brush, look, half, height, time, arrow=actor.kind == "arrow board")
        case "box":
            _crate(brush, half, height, actor.size[0])
        case "tyre":
            brush.shadow(0.45, 0.5)
            _column(brush, half, half * 0.9, 0.0, height, ink("#1d1e20"))
            _column(brush, half * 0.6, half * 0.5, height * 0.65, height * 0.95, ink("#3a3c3f"))
        case "branch":
            brush.shadow(0.5, 1.2)
            brush.limb([(0, -half, 0.1), (0, half * 0.2, 0.22), (0, half, 0.12)], 0.14, ink("#4e3b29"))
            for r, u in ((-0.8, 0.5), (-0.3, 0.62), (0.2, 0.66), (0.6, 0.5), (0.95, 0.32)):
                brush.limb([(0, r - 0.25, 0.16), (0, r, u)], 0.05, ink("#4e3b29"))
                brush.ball((0, r, u), 0.17, ink("#4d6a35"))
        case "ball":
            brush.ball((0, 0, half), half, ink("#d8482f"))
        case "stop sign":
            _stop_sign(brush, height)
        case "traffic light":
            _traffic_light(brush, actor.light(time), height, look)


def _column(brush: Brush, low_half: float, high_half: float, low: float, high: float, colour: Ink) -> None:
    """Something round seen from the side, its left half in a softer light."""
    brush.patch([(0, -low_half, low), (0, low_half, low), (0, high_half, high), (0, -high_half, high)], colour)
    brush.patch(
        [(0, low_half * 0.2, low), (0, low_half, low), (0, high_half, high), (0, high_half * 0.2, high)],
        lit(colour, 0.82),
    )


def _board(brush: Brush, look: Look, half: float, height: float, time: float, *, arrow: bool) -> None:
    low = height * (0.55 if arrow else 0.5)
    for r in (-half * 0.8, half * 0.8):
        brush.limb([(0, r, 0), (0, r, low)], 0.08, STEEL)
    brush.patch(
        [(0, -half, low), (0, half, low), (0, half, height), (0, -half, height)], ink("#26282b") if arrow else WHITE
    )
    if not arrow:
        for k in np.arange(-1.0, 1.0, 0.4):
            a, b = k * half, (k + 0.2) * half
            brush.patch([(0, a, low), (0, b, low), (0, b + 0.2 * half, height), (0, a + 0.2 * half, height)], ORANGE)
        return
    if time % 1 < 0.6:
        middle = (low + height) / 2
        lamps = [(r, middle) for r in np.linspace(-0.75, 0.6, 6) * half] + [
            (-0.5 * half, middle + d) for d in (-0.25, 0.25)
        ]
        for r, u in [*lamps, (-0.3 * half, middle + 0.42), (-0.3 * half, middle - 0.42)]:
            centre = brush.at([(0, float(r), u)])[0]
            disc(brush.image, centre, max(0.08 * brush.scale, 1), ink("#ffc24a"))
            glow(brush.image, centre, max(0.22 * brush.scale, 2), ink("#a87420"))


def _crate(brush: Brush, half: float, height: float, deep: float) -> None:
    brush.shadow(0.6, 0.6)
    brush.patch([(0, -half, 0), (0, half, 0), (0, half, height), (0, -half, height)], WOOD)
    brush.patch([(0, -half, height), (0, half, height), (deep, half, height), (deep, -half, height)], lit(WOOD, 1.2))
    for u in (0.3, 0.65):
        brush.limb([(0, -half, height * u), (0, half, height * u)], 0.03, lit(WOOD, 0.65))
    brush.limb([(0, 0, 0), (0, 0, height)], 0.1, ink("#c9b48a"))


def _stop_sign(brush: Brush, height: float) -> None:
    brush.limb([(0.05, 0, 0), (0.05, 0, height)], 0.07, STEEL)
    turn = np.linspace(0, 2 * np.pi, 8, endpoint=False) + np.pi / 8
    for radius, colour in ((0.4, WHITE), (0.36, ink("#b3232a"))):
        brush.patch([(0, radius * float(np.cos(a)), height - 0.4 + radius * float(np.sin(a))) for a in turn], colour)
    brush.patch(
        [(0, -0.26, height - 0.48), (0, 0.26, height - 0.48), (0, 0.26, height - 0.32), (0, -0.26, height - 0.32)],
        WHITE,
    )
    brush.patch(
        [(0, -0.2, height - 0.44), (0, 0.2, height - 0.44), (0, 0.2, height - 0.36), (0, -0.2, height - 0.36)],
        ink("#b3232a"),
    )


def _traffic_light(brush: Brush, colour: str, height: float, look: Look) -> None:
    side = 1.4
    brush.limb([(0, side, 0), (0, side, height + 0.2), (0, 0, height + 0.2)], 0.14, STEEL)
    top = height
    brush.patch(
        [(0, -0.22, top - 1.15), (0, 0.22, top - 1.15), (0, 0.22, top + 0.1), (0, -0.22, top + 0.1)], ink("#1b1c1e")
    )
    for index, name in enumerate(LAMPS):
        centre = brush.at([(0, 0, top - 0.12 - index * 0.4)])[0]
        lamp = LAMPS[name] if name == colour else lit(LAMPS[name], 0.18)
        disc(brush.image, centre, max(0.15 * brush.scale, 1.1), lamp)
        if name == colour:
            glow(brush.image, centre, max(0.6 * brush.scale, 5) * (1.5 if look.night else 1), lit(lamp, 0.75))
