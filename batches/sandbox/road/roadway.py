"""The ground: verges, asphalt, markings, crossings, and the light our headlamps throw on it."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from batches.sandbox.road.layout import Layout
from batches.sandbox.road.look import Ink, Look, ink, lit, mix
from batches.sandbox.road.motion import Floats
from batches.sandbox.road.paint import Image, convex, shapes
from batches.sandbox.road.view import CENTRE, EYE, FAR, FOCAL, HEIGHT, NEAR, WIDTH, View

DASH, PERIOD = 3.5, 11.0  # metres of paint, metres from dash to dash
DASH_SIGHT = 85.0  # metres: beyond, dashes are thinner than a pixel
STRIP = np.concatenate([[NEAR], np.geomspace(3, FAR, 22)])
KEEP = 96  # the fixed point of the light on the ground: 96 keeps a colour as it is


@dataclass(frozen=True)
class Junction:
    """A street that crosses ours."""

    s: float  # its middle, metres along ours
    half: float = 5.5  # half its width
    zebra: bool = True  # painted crossings on our side
    stop_line: bool = True


@dataclass(frozen=True)
class Zebra:
    """A crossing for people, on its own."""

    s: float


@dataclass(frozen=True)
class Patch:
    """A repaired or dark piece of asphalt: what shows that the road moves."""

    s: float
    x: float
    length: float
    width: float
    tone: float


class Ground:
    """Draws the ground of one drive."""

    def __init__(self, layout: Layout, look: Look, patches: list[Patch], crossings: list[Junction | Zebra]) -> None:
        self._layout, self._look = layout, look
        self._patches, self._crossings = patches, crossings
        self._verge = self._gradient(look.grass if layout.name != "city" else mix(look.grass, look.road, 0.55))
        self._light = _light(look)

    def draw(self, image: Image, view: View) -> None:
        layout, look = self._layout, self._look
        top = int(view.horizon)
        image[top:] = self._verge[: HEIGHT - top, None]
        left, right = layout.asphalt
        for crossing in self._crossings:
            if isinstance(crossing, Junction) and -8 < crossing.s - view.s < FAR:
                self._cross_street(image, view, crossing)
        if layout.walk:
            kerb = mix(ink("#8d8c88"), look.road, 0.35)
            sides = ((left - layout.walk, left), (right, right + layout.walk))
            self._strips(image, view, sides, lit(kerb, 1.0 if not look.night else 0.45))
        self._strips(image, view, [(left, right)], look.road)
        for crossing in self._crossings:
            if isinstance(crossing, Junction) and -8 < crossing.s - view.s < FAR:
                self._band(
                    image,
                    view,
                    crossing.s - crossing.half,
                    crossing.s + crossing.half,
                    left - 40,
                    right + 40,
                    look.road,
                )
        wheels = [lane + side for lane in (*layout.lanes, *layout.oncoming) for side in (-0.85, 0.85)]
        self._strips(image, view, [(x - 0.28, x + 0.28) for x in wheels], lit(look.road, 0.93))
        self._draw_patches(image, view)
        if layout.median:
            dark = mix(layout.median, look.road, 0.3)
            self._strips(image, view, [(-2.6, -0.15)], lit(dark, 0.4 if look.night else 1.0))
        self._draw_markings(image, view)
        for crossing in self._crossings:
            if -6 < crossing.s - view.s < 90:
                self._draw_crossing(image, view, crossing)
        keep, add = self._light
        image[top:] = cv2.add(cv2.multiply(image[top:], keep[: HEIGHT - top], scale=1 / KEEP), add[: HEIGHT - top])

    def _gradient(self, colour: Ink) -> Image:
        rows = np.linspace(0.86, 1.06, HEIGHT)[:, None]
        return np.clip(np.array(colour) * rows, 0, 255).astype(np.uint8)

    def _strips(self, image: Image, view: View, edges: Sequence[tuple[float, float]], colour: Ink) -> None:
        """Bands of one colour along the road, each from a left to a right edge."""
        outline = np.concatenate([STRIP, STRIP[::-1]])
        x = np.array([np.repeat(edge, len(STRIP)) for edge in edges])
        s = np.tile(view.s + outline, len(edges))
        points = view.points(s, x.ravel(), np.zeros(len(s)))
        shapes(image, points.reshape(len(edges), len(outline), 2), colour)

    def _band(self, image: Image, view: View, near: float, far: float, left: float, right: float, colour: Ink) -> None:
        """A patch across the road; nothing where it lies behind the camera."""
        near = max(near, view.s + NEAR)
        if far > near:
            s, x = np.array([near, near, far, far]), np.array([left, right, right, left])
            convex(image, view.points(s, x, np.zeros(4)), colour)

    def _quads(self, view: View, s: Floats, half: float, x: float, width: float) -> Floats:
        """Rectangles (n, 4, 2) on the ground around (s, x); those behind the camera are left out."""
        s = s[s + half > view.s + NEAR]
        near, far = np.maximum(s - half, view.s + NEAR), s + half
        along = np.stack([near, near, far, far], axis=1).ravel()
        across = np.tile([x - width, x + width, x + width, x - width], len(s))
        return view.points(along, across, np.zeros(len(along))).reshape(-1, 4, 2)

    def _draw_markings(self, image: Image, view: View) -> None:
        look = self._look
        for name in ("white", "yellow"):
            marks = [marking for marking in self._layout.markings if marking.colour == name]
            colour = look.paint if name == "white" else mix(look.paint, ink("#d9a521"), 0.75)
            if look.night and name == "yellow":
                colour = lit(colour, 0.55)
            solid = [(mark.x - mark.width / 2, mark.x + mark.width / 2) for mark in marks if not mark.dashed]
            if solid:
                self._strips(image, view, solid, colour)
            first = np.floor(view.s / PERIOD) * PERIOD
            dashes = np.arange(first, view.s + DASH_SIGHT, PERIOD) + DASH / 2
            for mark in marks:
                if mark.dashed:
                    shapes(image, self._quads(view, dashes, DASH / 2, mark.x, mark.width / 2 + 0.02), colour)

    def _draw_patches(self, image: Image, view: View) -> None:
        for patch in self._patches:
            if -patch.length < patch.s - view.s < 70:
                quads = self._quads(view, np.array([patch.s]), patch.length / 2, patch.x, patch.width / 2)
                shapes(image, quads, lit(self._look.road, patch.tone))

    def _cross_street(self, image: Image, view: View, junction: Junction) -> None:
        left, right = self._layout.asphalt
        walk = mix(ink("#8d8c88"), self._look.road, 0.5)
        walk = lit(walk, 0.45 if self._look.night else 1.0)
        edge = junction.half + 2.2
        self._band(image, view, junction.s - edge, junction.s + edge, left - 60, right + 60, walk)
        self._band(
            image, view, junction.s - junction.half, junction.s + junction.half, left - 60, right + 60, self._look.road
        )

    def _draw_crossing(self, image: Image, view: View, crossing: Junction | Zebra) -> None:
        left, right = self._layout.asphalt
        at, stop = crossing.s, crossing.s - 3.6
        if isinstance(crossing, Junction):
            at, stop = crossing.s - crossing.half - 2.2, crossing.s - crossing.half - 5.2
        clear = crossing.s + (crossing.half if isinstance(crossing, Junction) else 2.0)  # no lane lines up to there
        self._band(image, view, at - 2.0, clear, left, right, self._look.road)
        stripes = np.arange(left + 0.8, right - 0.4, 1.15)
        if isinstance(crossing, Zebra) or crossing.zebra:
            near, far = np.maximum(at - 1.5, view.s + NEAR), at + 1.5
            if far > near:
                s = np.tile([near, near, far, far], len(stripes))
                x = np.repeat(stripes, 4) + np.tile([-0.3, 0.3, 0.3, -0.3], len(stripes))
                quads = view.points(s, x, np.zeros(len(s))).reshape(-1, 4, 2)
                shapes(image, quads, lit(self._look.paint, 0.96))
        if isinstance(crossing, Zebra) or crossing.stop_line:
            middle, half = right / 2, right / 2 - 0.4
            shapes(image, self._quads(view, np.array([stop]), 0.22, middle, half), self._look.paint)


def _light(look: Look) -> tuple[Image, Image]:
    """By row below the horizon: what is kept of the ground's colour (times KEEP), and what is added to it.

    Headlamps make it brighter, a wet surface mirrors the sky, haze swallows it towards the horizon.
    """
    v, u = np.mgrid[1 : HEIGHT + 1, 0:WIDTH].astype(np.float32)
    depth = EYE * FOCAL / v
    haze = (1 - np.exp(-depth / look.sight))[..., None]
    sheen = (np.exp(-v / 70) * (0.3 if look.wet else 0.0) * (0.6 if look.night else 1))[..., None]
    lamps = np.ones_like(depth)
    if look.night:
        aside = np.abs((u - CENTRE) * depth / FOCAL - 0.4)
        beam = np.exp(-((aside / (2.6 + depth * 0.12)) ** 2)) * np.exp(-depth / 30) * (1 - np.exp(-depth / 3.2))
        lamps = np.clip(0.42 + 3.2 * beam, 0, 2.6)
    keep = lamps[..., None] * np.array([0.92, 0.98, 1.0] if look.night else [1, 1, 1]) * (1 - haze) * (1 - sheen)
    add = np.array(look.haze) * haze * (1 - sheen) + np.array(look.sky[1]) * sheen
    return np.clip(keep * KEEP, 0, 255).astype(np.uint8), np.clip(add, 0, 255).astype(np.uint8)
