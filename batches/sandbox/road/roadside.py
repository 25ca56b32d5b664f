"""Draws the scenery: facades with windows, trees, lamps, rails."""

from functools import lru_cache

import cv2
import numpy as np

from batches.sandbox.road.look import LOOKS, Ink, Look, ink, lit, mix
from batches.sandbox.road.paint import Image, convex, glow, line, shapes, stamp, strokes
from batches.sandbox.road.scenery import Building, Plant, Pole, Scenery
from batches.sandbox.road.view import NEAR, View

STEEL, LIT, PANE = ink("#5a5f64"), ink("#f2c877"), ink("#39434d")
LEAVES = [ink(c) for c in ("#55763a", "#6b8840", "#46683c", "#7b8f46", "#3e5c3a", "#86803c")]
SIGHT = {"post": 55.0, "lamp": 110.0, "utility": 130.0, "gantry": 200.0}  # metres


def draw_rails(image: Image, view: View, look: Look, made: Scenery) -> None:
    """Crash barriers along the whole road."""
    s = view.s + np.concatenate([[NEAR], np.geomspace(3, 160, 18)])
    zero = np.zeros_like(s)
    for x, low, high, colour in made.rails:
        tone = mix(lit(colour, look.ambient * 0.9 + 0.05), look.haze, 0.25)
        outline = np.concatenate([view.points(s, zero + x, zero + low), view.points(s, zero + x, zero + high)[::-1]])
        shapes(image, [outline], tone)
        strokes(image, [view.points(s, zero + x, zero + high)], lit(tone, 1.25), 1)


def draw_thing(image: Image, view: View, look: Look, thing: Building | Plant | Pole) -> None:
    z = thing.key - view.s
    haze = 1 - float(np.exp(-max(z, 0) / look.sight))
    if isinstance(thing, Building):
        _building(
            image, view, look, thing, 1 - float(np.exp(-max(thing.s + thing.length / 2 - view.s, 0) / look.sight))
        )
    elif isinstance(thing, Plant):
        _plant(image, view, look, thing)
    else:
        _pole(image, view, look, thing, haze)


def sight(thing: Building | Plant | Pole) -> float:
    """From how far a thing is drawn, in metres."""
    if isinstance(thing, Building):
        return 120.0 if thing.roof else 170.0
    return SIGHT[thing.kind] if isinstance(thing, Pole) else 125.0


def _building(image: Image, view: View, look: Look, b: Building, haze: float) -> None:
    near = view.s + NEAR
    if b.key < near + 0.6:
        return
    distance = b.s + b.length / 2 - view.s
    windows = b.windows[:0] if distance > 90 else b.windows
    corners = np.concatenate([b.walls, windows]).reshape(-1, 3)
    quads = view.points(corners[:, 0], corners[:, 1], corners[:, 2]).reshape(-1, 4, 2)
    ambient = look.ambient * (0.55 if look.night else 1.0)
    sunny = 0.35 * max(-b.side * look.sun[1], 0.0)
    wall = mix(lit(b.colour, ambient * (0.8 + sunny)), look.haze, haze)
    if b.s > near:
        end = mix(lit(b.colour, ambient * (0.66 + 0.3 * max(-look.sun[0], 0.0))), look.haze, haze)
        convex(image, quads[1], end)
        if b.roof:
            convex(image, quads[0][:3], end)
    convex(image, quads[2], wall)
    if b.roof:
        convex(image, quads[3], mix(lit(b.roof, ambient * (0.9 + sunny)), look.haze, haze))
    dark = look.ambient < 0.7
    if distance < 90:
        seen = windows[:, 1, 0] > near
        burning = b.lit & dark
        glass = mix(mix(lit(PANE, look.ambient), look.sky[1], 0.18), wall, haze * 0.8 + 0.05)
        shapes(image, quads[5:][seen & ~burning], glass)
        shapes(image, quads[5:][seen & burning], mix(LIT, look.haze, haze * 0.8))
    if b.roof is None and distance < 110 and b.key - 0.6 > near:
        shop = ink("#c79a55") if dark else lit(PANE, 0.4 + 0.5 * look.ambient)
        convex(image, quads[3], mix(shop, look.haze, haze))
        if b.awning:
            convex(image, quads[4], mix(lit(b.awning, 0.35 + 0.65 * look.ambient), look.haze, haze))


@lru_cache
def _tree(variant: int) -> tuple[Image, Image]:
    """A tree of 256 × 192 pixels: colour and cover."""
    rng = np.random.default_rng(variant)
    colour = np.zeros((512, 384, 3), np.uint8)
    cover = np.zeros((512, 384), np.uint8)
    trunk = np.array([[182, 512], [202, 512], [197, 300], [187, 300]], dtype=float)
    shapes(colour, [trunk], ink("#54432f"))
    cv2.fillConvexPoly(cover, trunk.astype(np.int32), 255, cv2.LINE_AA)
    leaf = LEAVES[variant % len(LEAVES)]
    slim = variant % 3 == 2
    blobs = [(192 + rng.normal(0, 34 if slim else 60), rng.uniform(70, 340), rng.uniform(34, 74)) for _ in range(46)]
    for x, y, radius in sorted(blobs, key=lambda blob: -blob[1]):
        if slim:
            x = 192 + (x - 192) * (0.25 + y / 340)
        radius = radius * (0.6 if slim else 1) * (1 - abs(y - 210) / 420)
        sunny = 0.66 + 0.5 * (1 - y / 380) + 0.12 * (192 - x) / 120
        tone = lit(leaf, float(sunny * rng.uniform(0.88, 1.1)))
        cv2.circle(colour, (int(x), int(y)), int(radius), tone, -1, cv2.LINE_AA)
        cv2.circle(cover, (int(x), int(y)), int(radius), 255, -1, cv2.LINE_AA)
    size = (192, 256)
    return cv2.resize(colour, size, interpolation=cv2.INTER_AREA), cv2.resize(cover, size, interpolation=cv2.INTER_AREA)


@lru_cache(maxsize=1200)
def _plant_sprite(variant: int, height: int, name: str, hazed: int, dim: int) -> tuple[Image, Image]:
    look = LOOKS[name]
    colour, cover = _tree(variant)
    size = (max(height * 3 // 4, 1), height)
    method = cv2.INTER_AREA if height < 256 else cv2.INTER_LINEAR
    colour, cover = cv2.resize(colour, size, interpolation=method), cv2.resize(cover, size, interpolation=method)
    share = hazed / 20
    snowy = 1.45 if look.snow else 1.0
    tone = cv2.addWeighted(colour, dim / 20 * snowy * (1 - share), np.full_like(colour, look.haze), share, 0)
    through = cv2.merge([cover, cover, cover])
    return cv2.multiply(tone, through, scale=1 / 255), cv2.bitwise_not(through)


def _plant(image: Image, view: View, look: Look, plant: Plant) -> None:
    z = plant.key - view.s
    u, v = view.point(plant.key, plant.x, 0.0)
    tall = plant.height * view.scale(plant.key)
    if not -tall < u < image.shape[1] + tall or tall < 3:
        return
    height = int(min(round(1.075 ** round(np.log(tall) / np.log(1.075))), 700))
    beam = float(np.exp(-z / 30)) * 0.5 if look.night else 0.0
    dim = round((look.ambient * (0.75 if look.night else 1) + beam) * 20)
    colour, rest = _plant_sprite(
        plant.variant, height, look.name, round((1 - float(np.exp(-z / look.sight))) * 20), dim
    )
    stamp(image, colour, rest, u - colour.shape[1] / 2, v - height)


def _pole(image: Image, view: View, look: Look, pole: Pole, haze: float) -> None:
    s = pole.key
    tone = mix(lit(STEEL, 0.25 + 0.75 * look.ambient), look.haze, haze)
    scale = view.scale(s)
    side = 1 if pole.x > 0 else -1
    if pole.kind == "post":
        line(
            image,
            view.point(s, pole.x, 0),
            view.point(s, pole.x, 0.9),
            mix(lit(ink("#d9d9d4"), look.ambient), look.haze, haze),
            0.1 * scale,
        )
    elif pole.kind == "lamp":
        arm = [
            view.point(s, pole.x, 0),
            view.point(s, pole.x, 6.4),
            view.point(s, pole.x - side * 0.5, 7.1),
            view.point(s, pole.x - side * 2.0, 7.2),
        ]
        strokes(image, [np.array(arm)], tone, 0.13 * scale)
        if look.night or look.name == "dusk":
            glow(image, arm[-1], 0.5 * scale + 3, ink("#ffe0a0"))
            glow(image, arm[-1], min(2.6 * scale + 8, 120), ink("#6a5226"))
        if look.night and s - view.s < 60:
            glow(image, view.point(s, pole.x - side * 2.4, 0), min(3.6 * scale, 140), ink("#4a3c20"), 0.3)
    elif pole.kind == "utility":
        line(
            image,
            view.point(s, pole.x, 0),
            view.point(s, pole.x, 8),
            mix(lit(ink("#6b543c"), look.ambient), look.haze, haze),
            0.22 * scale,
        )
        line(image, view.point(s, pole.x - 0.9, 7.5), view.point(s, pole.x + 0.9, 7.5), tone, 0.12 * scale)
        along = np.linspace(s, s + 42, 7)
        sag = 7.5 - 0.9 * (1 - ((along - s - 21) / 21) ** 2)
        strokes(
            image,
            [view.points(along, np.full(7, pole.x + r), sag) for r in (-0.85, 0.85)],
            mix(tone, look.haze, 0.3),
            1,
        )
    else:
        _gantry(image, view, look, s, haze, tone)


def _gantry(image: Image, view: View, look: Look, s: float, haze: float, tone: Ink) -> None:
    scale = view.scale(s)
    left, right = -1.2, 14.2
    for x in (left, right):
        line(image, view.point(s, x, 0), view.point(s, x, 6.6), tone, 0.3 * scale)
    line(image, view.point(s, left, 6.3), view.point(s, right, 6.3), tone, 0.35 * scale)
    green = mix(lit(ink("#1f6b4a"), 0.45 + 0.55 * look.ambient), look.haze, haze)
    text = mix(lit(ink("#e9efe9"), 0.6 + 0.4 * look.ambient), look.haze, haze)
    for x in (0.8, 5.6, 9.4):
        board = view.points(np.full(4, s), np.array([x, x + 3.2, x + 3.2, x]), np.array([5.4, 5.4, 7.6, 7.6]))
        convex(image, board, green)
        for low, long in ((6.9, 2.3), (6.3, 1.6)):
            line(image, view.point(s, x + 0.35, low), view.point(s, x + 0.35 + long, low), text, 0.22 * scale)
        line(image, view.point(s, x + 2.6, 5.7), view.point(s, x + 2.6, 6.15), text, 0.12 * scale)
