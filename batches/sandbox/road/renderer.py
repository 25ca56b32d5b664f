"""Draws the film of a drive, frame by frame; every frame depends on its second alone."""

from functools import cached_property

import cv2
import numpy as np

from batches.sandbox.road.actors import PAINTS, VEHICLES, WALKERS, Actor
from batches.sandbox.road.backdrop import PLATE_WIDTH, backdrop, bonnet
from batches.sandbox.road.figures import draw_figure
from batches.sandbox.road.look import ink
from batches.sandbox.road.motion import Floats
from batches.sandbox.road.objects import draw_object
from batches.sandbox.road.paint import Image, stamp, strokes
from batches.sandbox.road.roadside import draw_rails, draw_thing, sight
from batches.sandbox.road.roadway import Ground, Junction
from batches.sandbox.road.scenery import Scenery, scenery
from batches.sandbox.road.script import Script
from batches.sandbox.road.vehicles import draw_vehicle
from batches.sandbox.road.view import FOCAL, HEIGHT, HORIZON, WIDTH, View

ACTOR_SIGHT, PARKED_SIGHT = 190.0, 90.0  # metres
FIGURES = WALKERS | {"cyclist", "motorcycle", "deer", "dog"}


class Renderer:
    """The camera of one drive. Not thread-safe: one at a time."""

    def __init__(self, script: Script, seed: int) -> None:
        self.script = script
        self._seed = seed
        self._look = script.look
        self._latest: tuple[float, View] | None = None

    @cached_property
    def _scenery(self) -> Scenery:
        script = self.script
        gaps = [(c.s - c.half - 4, c.s + c.half + 4) for c in script.crossings if isinstance(c, Junction)]
        return scenery(script.layout, script.drive.length, gaps, np.random.default_rng(self._seed))

    @cached_property
    def _keys(self) -> Floats:
        return np.array([thing.key for thing in self._scenery.things])

    @cached_property
    def _ground(self) -> Ground:
        return Ground(self.script.layout, self._look, self._scenery.patches, self.script.crossings)

    @cached_property
    def _plate(self) -> Image:
        return backdrop(self._look, self.script.layout.name, np.random.default_rng(self._seed))

    @cached_property
    def _bonnet(self) -> tuple[Image, Image, int]:
        paints = ("silver", "blue", "grey", "red", "black")
        return bonnet(self._look, PAINTS[paints[self._seed % len(paints)]])

    @cached_property
    def _drops(self) -> Floats:
        return np.random.default_rng(self._seed).random((120, 4))

    def view(self, time: float) -> View:
        """Where the camera is and looks; braking tips it forward a little."""
        if self._latest and self._latest[0] == time:
            return self._latest[1]
        drive = self.script.drive
        tilt = float(np.clip(-drive.braking(time) * 0.55, -4.5, 3)) + 0.35 * float(np.sin(time * 5.1)) * min(
            drive.speed(time) / 12, 1
        )
        view = View(self.script.bend, drive.s(time), drive.x(time), tilt)
        self._latest = time, view
        return view

    def frame(self, time: float) -> Image:
        """(HEIGHT, WIDTH, 3) blue, green, red."""
        image = np.empty((HEIGHT, WIDTH, 3), np.uint8)
        view, look = self.view(time), self._look
        top = int(view.horizon)
        left = int(np.clip((PLATE_WIDTH - WIDTH) / 2 + view.heading * FOCAL, 0, PLATE_WIDTH - WIDTH))
        shift = int(HORIZON + 15 - view.horizon)
        image[:top] = self._plate[shift : shift + top, left : left + WIDTH]
        self._ground.draw(image, view)
        draw_rails(image, view, look, self._scenery)
        self._things(image, view, time)
        self._weather(image, view, time)
        colour, cover, row = self._bonnet
        stamp(image, colour, cover, 0, row)
        return image

    def _things(self, image: Image, view: View, time: float) -> None:
        """Everything upright, the farthest first."""
        made = self._scenery.things
        first, last = np.searchsorted(self._keys, [view.s + 1.5, view.s + 200])
        queue: list[tuple[float, object]] = [(t.key, t) for t in made[first:last] if t.key - view.s < sight(t)]
        places = {}
        for actor in self.script.actors:
            pose = self.pose(actor, time)
            if pose and -1.5 < pose[0] - view.s < (ACTOR_SIGHT if actor.moves else PARKED_SIGHT):
                queue.append((pose[0], actor))
                places[id(actor)] = pose
        for _, thing in sorted(queue, key=lambda pair: -pair[0]):
            if not isinstance(thing, Actor):
                draw_thing(image, view, self._look, thing)  # type: ignore[arg-type]
                continue
            s, x, yaw = places[id(thing)]
            if thing.kind in VEHICLES:
                draw_vehicle(image, view, self._look, thing, s, x, yaw + view.bend.heading(s) - view.heading, time)
            elif thing.kind in FIGURES and s > view.s + 1.6:
                draw_figure(image, view, self._look, thing, s, x, time)
            elif s > view.s + 1.6:
                draw_object(image, view, self._look, thing, s, x, time)

    def pose(self, actor: Actor, time: float) -> tuple[float, float, float] | None:
        """Metres along the road, metres right of the middle line, heading; None while it is not there."""
        if not actor.present(time):
            return None
        s = actor.s.at(time) + (self.script.drive.s(time) if actor.follows else 0.0)
        x, yaw = actor.x.at(time), actor.heading(time)
        if actor.follows and actor.kind in VEHICLES:
            sideways = (actor.x.at(time + 0.1) - actor.x.at(time - 0.1)) / 0.2
            yaw += float(np.arctan2(sideways, max(self.script.drive.speed(time), 4.0)))
        return s, x, yaw

    def _weather(self, image: Image, view: View, time: float) -> None:
        look = self._look
        if look.wet:
            fall = (self._drops[:, 1] + time * (1.6 + self._drops[:, 2])) % 1
            x = (self._drops[:, 0] + 0.02 * time) % 1 * WIDTH
            y = fall * HEIGHT
            long = 7 + 16 * self._drops[:, 2]
            lines = np.stack([np.stack([x, y], 1), np.stack([x + (x - WIDTH / 2) * 0.015, y + long], 1)], axis=1)
            tone = ink("#3a414d") if look.night else ink("#b4bcc2")
            strokes(image, lines[:90], tone, 1)
        elif look.snow:
            drift = (self._drops[:, 1] + time * (0.22 + 0.25 * self._drops[:, 2])) % 1
            x = (self._drops[:, 0] + 0.03 * np.sin(time * 1.3 + self._drops[:, 3] * 9) + 0.05 * time) % 1 * WIDTH
            for u, v, size in zip(x, drift * HEIGHT, self._drops[:, 2], strict=True):
                cv2.circle(image, (int(u * 16), int(v * 16)), int(14 + 26 * size), (250, 250, 250), -1, cv2.LINE_AA, 4)
