"""What stands along the road, placed once a drive by its seed: houses, trees, lamps, fences, poles."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batches.sandbox.road.layout import Layout
from batches.sandbox.road.look import Ink, ink
from batches.sandbox.road.motion import Floats
from batches.sandbox.road.roadway import Patch

FACADES = [
    ink(c) for c in ("#a98d78", "#8f8a86", "#b7a48c", "#7d6b62", "#97a0a3", "#b59a86", "#6f7b80", "#c0b6a4", "#8a5f50")
]
HOUSES = [ink(c) for c in ("#d8cdb8", "#b9c3c6", "#c9a98a", "#e0ded6", "#a7b09a", "#cdb8a8")]
ROOFS = [ink(c) for c in ("#5d4a44", "#6b4b40", "#4a4f55", "#7a5142")]
AWNINGS = [ink(c) for c in ("#9c3a34", "#2f5d55", "#2e4a73", "#b08a3c", "#6a4468")]


@dataclass(frozen=True)
class Building:
    s: float  # where it begins
    length: float
    colour: Ink
    side: int  # -1 left, 1 right
    walls: Floats  # (5, 4, 3): gable, end wall, front, shop or roof, awning; corners along, right, up
    windows: Floats  # (n, 4, 3)
    lit: NDArray[np.bool_]  # by window, at night
    awning: Ink | None = None
    roof: Ink | None = None  # a gable instead of a flat roof

    @property
    def key(self) -> float:
        """Its far end: what stands before it is painted after it."""
        return self.s + self.length


@dataclass(frozen=True)
class Plant:
    key: float
    x: float
    height: float
    variant: int


@dataclass(frozen=True)
class Pole:
    """A street lamp ("lamp"), a delineator ("post"), a utility pole ("utility") or a gantry ("gantry")."""

    key: float
    x: float
    kind: str


@dataclass
class Scenery:
    things: list[Building | Plant | Pole] = field(default_factory=list)
    patches: list[Patch] = field(default_factory=list)
    rails: list[tuple[float, float, float, Ink]] = field(default_factory=list)  # x, from height, to height, colour


def scenery(layout: Layout, length: float, gaps: Sequence[tuple[float, float]], rng: np.random.Generator) -> Scenery:
    """Scenery along `length` metres; `gaps` are stretches that stay free, for crossing streets."""
    made = Scenery()
    for s in np.arange(0.0, length, 16.0):
        x = float(rng.uniform(layout.asphalt[0] + 1, layout.asphalt[1] - 1))
        tone = float(rng.choice([0.86, 0.9, 1.07]))
        made.patches.append(
            Patch(float(s + rng.uniform(0, 12)), x, float(rng.uniform(1.2, 5)), float(rng.uniform(0.5, 1.7)), tone)
        )
    _BUILDERS[layout.name](made, layout, length, rng)
    made.things = [
        thing for thing in made.things if not any(a < _start(thing) < b or a < thing.key < b for a, b in gaps)
    ]
    made.things.sort(key=lambda thing: thing.key)
    return made


def _start(thing: Building | Plant | Pole) -> float:
    return thing.s if isinstance(thing, Building) else thing.key


def _building(
    s: float, length: float, side: int, face: float, height: float, colour: Ink, panes: Floats, **more: Any
) -> Building:
    """`face` is the front's distance from the middle of the road; `panes` are (n, 4): from s, to s, from height, to
    height.
    """
    end, back, eave = s + length, face + side * 14, face - side * 0.4
    gable = [(s, eave, height), (s, face + side * 7, height + 3), (s, back, height), (s, back, height)]
    end_wall = [(s, face, 0), (s, back, 0), (s, back, height), (s, face, height)]
    front = [(s, face, 0), (end, face, 0), (end, face, height), (s, face, height)]
    shop = [(s + 0.6, face, 0.5), (end - 0.6, face, 0.5), (end - 0.6, face, 2.8), (s + 0.6, face, 2.8)]
    rise = height + 3, face + side * 7
    slope = [(s, eave, height - 0.1), (end, eave, height - 0.1), (end, rise[1], rise[0]), (s, rise[1], rise[0])]
    awning = [
        (s + 0.4, face, 3.3),
        (end - 0.4, face, 3.3),
        (end - 0.4, face - side * 1.2, 2.75),
        (s + 0.4, face - side * 1.2, 2.75),
    ]
    walls = np.array([gable, end_wall, front, slope if more.get("roof") else shop, awning])
    x = np.full(len(panes), face)
    a, b, low, high = panes.T
    windows = np.stack([np.stack(c, axis=1) for c in ((a, x, low), (b, x, low), (b, x, high), (a, x, high))], axis=1)
    return Building(s, length, colour, side, walls, windows, **more)


def _panes(s: float, length: float, height: float, rng: np.random.Generator) -> Floats:
    columns = np.arange(s + 1.2, s + length - 2.2, float(rng.choice([2.6, 3.2, 3.8])))
    floors = np.arange(4.6, height - 1.6, 3.3)
    return np.array([(c, c + 1.5, f, f + 1.7) for f in floors for c in columns]).reshape(-1, 4)


def _city(made: Scenery, layout: Layout, length: float, rng: np.random.Generator) -> None:
    for side, edge in ((-1, layout.asphalt[0]), (1, layout.asphalt[1])):
        s = -20.0
        while s < length + 240:
            long, tall = float(rng.uniform(13, 26)), float(rng.choice([8, 11, 15, 18, 22, 28]) + rng.uniform(0, 2))
            panes = _panes(s, long, tall, rng)
            burning = rng.random(len(panes)) < 0.38
            awning = AWNINGS[rng.integers(len(AWNINGS))] if rng.random() < 0.6 else None
            colour = FACADES[rng.integers(len(FACADES))]
            face = edge + side * layout.walls
            made.things.append(_building(s, long, side, face, tall, colour, panes, lit=burning, awning=awning))
            s += long + float(rng.choice([0, 0, 0, 4]))
        for at in np.arange(6.0 + 9 * (side > 0), length + 150, 27):
            made.things.append(Pole(float(at), edge + side * 0.6, "lamp"))
            if rng.random() < 0.75:
                made.things.append(
                    Plant(float(at + 12), edge + side * 1.4, float(rng.uniform(4, 6)), int(rng.integers(6)))
                )


def _suburb(made: Scenery, layout: Layout, length: float, rng: np.random.Generator) -> None:
    for side, edge in ((-1, layout.asphalt[0]), (1, layout.asphalt[1])):
        for s in np.arange(-10.0, length + 180, 21):
            at, long, tall = float(s + rng.uniform(0, 5)), float(rng.uniform(9, 13)), float(rng.uniform(3.2, 5.8))
            panes = np.array([(at + f * long, at + f * long + 1.5, 1.0, 2.3) for f in (0.14, 0.44, 0.74)])
            colour, roof = HOUSES[rng.integers(len(HOUSES))], ROOFS[rng.integers(len(ROOFS))]
            face = edge + side * (layout.walls + float(rng.uniform(0, 3)))
            made.things.append(_building(at, long, side, face, tall, colour, panes, lit=rng.random(3) < 0.6, roof=roof))
            for _ in range(2):
                far = edge + side * float(rng.uniform(2.6, 5.5))
                made.things.append(
                    Plant(at + float(rng.uniform(0, 18)), far, float(rng.uniform(2.5, 8)), int(rng.integers(6)))
                )
        for at in np.arange(4.0 + 18 * (side > 0), length + 120, 38):
            made.things.append(Pole(float(at), edge + side * 0.5, "lamp"))


def _highway(made: Scenery, layout: Layout, length: float, rng: np.random.Generator) -> None:
    left, right = layout.asphalt
    made.rails += [
        (right + 0.9, 0.45, 0.8, ink("#a5abb0")),
        (left - 0.9, 0.45, 0.8, ink("#a5abb0")),
        (-1.4, 0.0, 0.85, ink("#a9a7a1")),
    ]
    for side, edge in ((-1, left), (1, right)):
        for s in np.arange(0.0, length + 220, 8):
            if rng.random() < 0.8:
                far = edge + side * float(rng.uniform(layout.walls, layout.walls + 18))
                made.things.append(
                    Plant(float(s + rng.uniform(0, 8)), far, float(rng.uniform(5, 11)), int(rng.integers(6)))
                )
        made.things += [Pole(float(s), edge + side * 0.9, "post") for s in np.arange(0.0, length + 60, 12)]
    made.things += [Pole(float(s), 0.0, "gantry") for s in np.arange(170.0, length + 200, 420)]


def _country(made: Scenery, layout: Layout, length: float, rng: np.random.Generator) -> None:
    for side, edge in ((-1, layout.asphalt[0]), (1, layout.asphalt[1])):
        for s in np.arange(0.0, length + 220, 14):
            if rng.random() < 0.65:
                far = edge + side * float(rng.uniform(layout.walls, 40))
                made.things.append(
                    Plant(float(s + rng.uniform(0, 14)), far, float(rng.uniform(3, 12)), int(rng.integers(6)))
                )
        made.things += [Pole(float(s), edge + side * 0.8, "post") for s in np.arange(0.0, length + 80, 25)]
    made.things += [Pole(float(s), layout.asphalt[1] + 4.2, "utility") for s in np.arange(10.0, length + 220, 42)]


_BUILDERS = {"city": _city, "suburb": _suburb, "highway": _highway, "country": _country}
