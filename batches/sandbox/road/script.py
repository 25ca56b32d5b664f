"""Writes the script of one drive: situations on a time line, and what a vendor's model would find in them."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from batches.sandbox.road.actors import CLOTHES, PAINTS, Actor
from batches.sandbox.road.layout import Layout
from batches.sandbox.road.look import Look
from batches.sandbox.road.motion import Bend, Dip, Drive, Track
from batches.sandbox.road.roadway import Junction, Zebra

KEY = tuple[float, float]  # (second, value)
Situation = Callable[["Script", float], Generator[None]]


@dataclass(frozen=True)
class Finding:
    """One event in the film, in seconds from its start; `actors` are what a box marks at `best`."""

    start: float
    end: float
    best: float
    category: str
    label: str
    severity: str
    analysis: str
    actors: tuple[Actor, ...]
    facts: dict[str, Any] = field(default_factory=dict)
    true: bool = True  # False: the film does not show it


class Script:
    """What a drive consists of. Situations write on it twice: first how the camera car moves, then, once its motion is
    known, who else is there and what there is to find."""

    def __init__(self, layout: Layout, look: Look, seconds: float, rng: np.random.Generator) -> None:
        self.layout, self.look, self.seconds, self.rng = layout, look, seconds, rng
        self.actors: list[Actor] = []
        self.findings: list[Finding] = []
        self.crossings: list[Junction | Zebra] = []
        self._dips: list[Dip] = []
        self._shifts: list[Track] = []
        self.cruise = (
            layout.cruise * float(rng.uniform(0.92, 1.08)) * (0.85 if look.wet or look.snow or look.sight < 60 else 1)
        )
        self.drive = Drive(seconds, self.cruise, [], layout.ours, [])
        self.bend = Bend(1, [])

    def play(self, situations: Sequence[tuple[Situation, float]]) -> None:
        """Runs the situations, each from its second on."""
        running = [situation(self, start) for situation, start in situations]
        for track in running:
            next(track)
        self.drive = Drive(self.seconds, self.cruise, self._dips, self.layout.ours, self._shifts)
        for track in running:
            next(track, None)
        self.bend = Bend(self.drive.length, self._bumps())

    def slow(self, start: float, low: float, go: float, end: float, share: float) -> None:
        """The camera car brakes to that share of its cruising speed."""
        self._dips.append(Dip(start, low, go, end, self.cruise * share))

    def shift(self, *points: KEY) -> None:
        """The camera car moves aside by metres, right is positive."""
        self._shifts.append(Track(*points))

    def pick(self, *choices: str) -> str:
        return choices[int(self.rng.integers(len(choices)))]

    def paint(self) -> str:
        return self.pick("silver", "white", "black", "grey", "red", "blue", "green", "beige")

    def companion(self, kind: str, paint: str, gaps: Sequence[KEY], places: Sequence[KEY], **more: Any) -> Actor:
        """A vehicle or rider that moves relative to us: metres ahead of the camera, metres right of the middle line."""
        span = more.pop("span", (gaps[0][0] - 0.1, gaps[-1][0]))
        actor = Actor(kind, Track(*gaps), Track(*places), follows=True, colour=PAINTS[paint], span=span, **more)
        self.actors.append(actor)
        return actor

    def place(self, kind: str, s: float, x: float, **more: Any) -> Actor:
        """Something that stands at a place on the road."""
        actor = Actor(kind, Track((0, s)), Track((0, x)), moves=False, **more)
        self.actors.append(actor)
        return actor

    def walker(self, kind: str, s: float, crossing: Sequence[KEY], **more: Any) -> Actor:
        """Somebody who goes across the road at `s`; the track decides the heading."""
        yaw = np.pi / 2 if crossing[-1][1] > crossing[0][1] else -np.pi / 2
        colour = more.pop("colour", CLOTHES[int(self.rng.integers(len(CLOTHES)))])
        actor = Actor(kind, Track((0, s)), Track(*crossing, ease=False), yaw=float(yaw), colour=colour, **more)
        self.actors.append(actor)
        return actor

    def find(
        self,
        category: str,
        span: tuple[float, float],
        label: str,
        severity: str,
        analysis: str,
        *actors: Actor,
        best: float | None = None,
        **facts: Any,
    ) -> None:
        """Notes an event. Its text gets the surroundings, its facts our speed."""
        start, end = max(span[0], 0.0), min(span[1], self.seconds - 0.2)
        if end - start < 0.6:
            return
        moment = min(max(best if best is not None else start + 0.55 * (end - start), start), end)
        seen = {
            "ego_speed_kmh": round(self.kmh(moment)),
            "weather": self.look.weather,
            "actors": [a.kind for a in actors],
        }
        text = f"{analysis} Recorded {self.layout.phrase} {self.look.phrase}; ego speed {self.kmh(moment):.0f} km/h."
        self.findings.append(Finding(start, end, moment, category, label, severity, text, actors, {**seen, **facts}))

    def kmh(self, time: float) -> float:
        return self.drive.speed(time) * 3.6

    def distance(self, actor: Actor, time: float) -> float:
        """Metres from our front to the near end of the actor."""
        s = actor.s.at(time) + (0 if actor.follows else -self.drive.s(time))
        return max(s - actor.size[0] / 2 - 1.5, 0.0)

    def traffic(self) -> None:
        """Other traffic of no importance: oncoming cars, parked cars."""
        kinds = (
            ["sedan", "suv", "sedan", "van", "suv", "truck"]
            if self.layout.name != "suburb"
            else ["sedan", "suv", "van"]
        )
        speed = self.layout.cruise * 0.95
        for lane in self.layout.oncoming:
            start = float(self.rng.uniform(30, 90))
            reach = self.drive.length + 300 + self.seconds * speed
            while start < reach:
                track = Track((0.0, start), (self.seconds, start - speed * self.seconds), ease=False)
                x = Track((0, lane + float(self.rng.uniform(-0.2, 0.2))))
                kind = str(self.rng.choice(kinds))
                self.actors.append(Actor(kind, track, x, yaw=np.pi, colour=PAINTS[self.paint()]))
                start += float(self.rng.uniform(45, 170)) * (1.6 if self.layout.name in ("suburb", "country") else 1)
        if self.layout.name in ("city", "suburb"):
            self._parked(0.55 if self.layout.name == "city" else 0.3)

    def notices(self) -> None:
        """What a model that was told to report everything says about ordinary traffic."""
        seen = 0
        for actor in self.actors:
            if actor.follows or actor.yaw != np.pi or actor.kind not in ("truck", "van", "suv") or seen == 2:
                continue
            for time in np.arange(2.0 + 9 * seen, self.seconds - 3, 0.5):
                if actor.moves and 14 < actor.s.at(float(time)) - self.drive.s(float(time)) < 24:
                    span = (float(time) - 1.4, float(time) + 0.9)
                    text = f"An oncoming {actor.kind} keeps to its lane and passes on the left."
                    self.find(
                        "Oncoming Traffic", span, f"Oncoming {actor.kind} passes", "low", text, actor, best=float(time)
                    )
                    seen += 1
                    break

    def _parked(self, share: float) -> None:
        busy = [a.s.at(0) for a in self.actors if not a.follows and a.yaw != np.pi]
        taken = [(c.s - 16, c.s + 12) for c in self.crossings] + [(s - 9, s + 9) for s in busy]
        for side, edge in zip((-1, 1), self.layout.asphalt, strict=True):
            for s in np.arange(-4.0, self.drive.length + 150, 7.4):
                free = not any(a < s < b for a, b in taken)
                if free and self.rng.random() < share * (0.8 + 0.2 * side):
                    kind = self.pick("sedan", "suv", "sedan", "van")
                    yaw = 0.0 if side > 0 else np.pi
                    self.place(kind, float(s), edge - side * 1.12, yaw=yaw, colour=PAINTS[self.paint()])

    def _bumps(self) -> list[tuple[float, float, float]]:
        """Bends away from crossings, gentler on the fast road."""
        most = {"highway": 0.14, "city": 0.0, "suburb": 0.16, "country": 0.3}[self.layout.name]
        bumps, turned = [], 0.0
        for s in np.arange(40.0, self.drive.length + 60, 150.0):
            turn = float(self.rng.uniform(-most, most)) - turned * 0.6
            if not any(abs(c.s - s - 60) < 95 for c in self.crossings):
                bumps.append((float(s), 120.0, turn))
                turned += turn
        return bumps
